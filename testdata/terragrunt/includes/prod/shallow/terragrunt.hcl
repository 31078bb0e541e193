include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}

terraform {
  source = "../../modules//app"
}

inputs = {
  tags  = { unit = "shallow" }
  zones = ["b"]
  size  = "loses to terraform.tfvars"
  other = "${include.root.locals.region} ${include.root.inputs.key}"
}
