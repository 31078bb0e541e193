module "m" {
  for_each = { a = 1, b = 2 }
  source   = "./m"
  k        = each.key
  v        = each.value
}
resource "terraform_data" "x" {
  input = { all = { for k, m in module.m : k => m.out }, vals = values(module.m)[*].out, b = module.m["b"].out }
}
