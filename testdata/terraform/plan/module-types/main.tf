module "m" {
  source = "./m"
  cfg    = { a = 1 }
  l      = ["a"]
  nul    = null
}
resource "terraform_data" "x" {
  input = module.m
}
