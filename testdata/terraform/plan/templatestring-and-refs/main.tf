locals {
  tpl = "hi $${name}"
}
resource "terraform_data" "x" {
  input = templatestring(local.tpl, { name = "bob" })
}
