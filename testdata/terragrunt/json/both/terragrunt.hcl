terraform {
  source = "../module"
}

inputs = {
  name   = "terragrunt.hcl"
  region = "eu-west-1"
  size   = 1
}
