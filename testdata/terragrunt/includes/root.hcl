locals {
  region = "eu-central-1"
  env    = read_terragrunt_config(find_in_parent_folders("env.hcl"))
  name   = local.env.locals.name
}

remote_state {
  backend = "s3"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite"
  }
  config = {
    bucket = "state"
    key    = "${path_relative_to_include()}/terraform.tfstate"
  }
}

generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = <<EOF
resource "terraform_data" "generated" {
  input = "by root.hcl for ${local.name}"
}
EOF
}

inputs = {
  region = local.region
  key    = path_relative_to_include()
  tags   = { owner = "root", environment = local.name }
  zones  = ["a"]
}
