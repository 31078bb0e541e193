module "a" {
  source = "./m"
  v      = "x"
}
module "b" {
  source = "./m"
  v      = module.a.o
}
resource "terraform_data" "x" {
  input = module.b.o
}
