locals {
  m = { for i in range(50) : "k${i}" => i * i }
}
resource "terraform_data" "x" {
  input = { k7 = local.m["k7"], n = length(local.m), s = sum(values(local.m)) }
}
