resource "terraform_data" "x" {
  input = { a = tostring(1), b = tonumber("2"), c = tobool("true"), d = tolist(["a", 1]), e = tomap({ a = 1, b = "x" }), f = toset([1, "1"]) }
}
