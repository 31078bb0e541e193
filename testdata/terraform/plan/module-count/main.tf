module "m" {
  count  = 2
  source = "./m"
  n      = count.index
}
resource "terraform_data" "x" {
  input = { all = module.m[*].out, one = module.m[1].out, n = length(module.m) }
}
