resource "terraform_data" "x" {
  input = { a = 1 + 2 * 3 - 4 / 2, b = !true || true && false, c = 1 + 1 == 2 && 3 > 2, d = -(2 + 3), e = true ? false ? 1 : 2 : 3, f = 7 - 2 - 1 }
}
