module "m" {
  source = "./m"
  name   = "n"
}
resource "terraform_data" "x" {
  input = { o = module.m.out, id = module.m.id }
}
