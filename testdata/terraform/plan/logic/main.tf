resource "terraform_data" "x" {
  input = { a = true && false, b = true || false, c = !true, d = "true" && true, e = !false && (1 == 1) }
}
