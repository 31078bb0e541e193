locals {
  a = local.b + 1
  b = local.c * 2
  c = 3
}
locals {
  d = "${local.a}-${local.b}"
}
resource "terraform_data" "x" {
  input = { a = local.a, d = local.d }
}
