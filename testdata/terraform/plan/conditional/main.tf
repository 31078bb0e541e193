resource "terraform_data" "x" {
  input = { a = true ? 1 : 2, b = false ? "x" : 3, c = true ? [] : ["a"], d = true ? null : "x", e = 1 > 2 ? { a = 1 } : { a = 2 }, f = true ? 1 : "2" }
}
