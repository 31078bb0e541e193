removed {
  from = terraform_data.old
  lifecycle { destroy = false }
}
removed {
  from = module.gone
  lifecycle { destroy = true }
}
moved {
  from = terraform_data.before
  to   = terraform_data.after["a"]
}
moved {
  from = module.x
  to   = module.y[0]
}
module "y" {
  source = "./y"
  count  = 2
  at     = count.index
}
resource "terraform_data" "after" {
  for_each = { a = 1, b = 2 }
  input    = each.value
}
import {
  for_each = { c = "id-c" }
  to       = terraform_data.imported[each.key]
  id       = each.value
}
resource "terraform_data" "imported" {
  for_each = toset(["c"])
}
