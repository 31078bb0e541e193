locals {
  vpcs = { a = { subnets = ["s1", "s2"] }, b = { subnets = ["s3"] } }
  subnets = merge([for k, v in local.vpcs : { for s in v.subnets : "${k}-${s}" => { vpc = k, name = s } }]...)
}
resource "terraform_data" "x" {
  for_each = local.subnets
  input    = each.value
}
