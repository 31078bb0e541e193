module "a" {
  source = "./a"
  v      = "root"
}
resource "terraform_data" "x" {
  input = module.a.o
}
