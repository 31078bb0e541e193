resource "terraform_data" "x" {
  input = { a = [for v in [1, 2, 3] : v * 2], b = [for i, v in ["a", "b"] : "${i}${v}"], c = [for v in [1, 2, 3] : v if v > 1], d = [for k, v in { b = 1, a = 2 } : "${k}${v}"], e = [for v in [] : v] }
}
