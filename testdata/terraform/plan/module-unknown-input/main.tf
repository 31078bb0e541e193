resource "terraform_data" "u" {
  input = 1
}
module "m" {
  source = "./m"
  v      = terraform_data.u.id
}
resource "terraform_data" "x" {
  input = { o = module.m.o, k = module.m.k }
}
