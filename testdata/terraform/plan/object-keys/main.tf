locals {
  k = "dyn"
}
resource "terraform_data" "x" {
  input = { (local.k) = 1, "a-${local.k}" = 2, plain = 3, "q" : 4, 5 = 6 }
}
