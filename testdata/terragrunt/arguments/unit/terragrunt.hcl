locals {
  data = yamldecode(file("data.yaml"))
  vars = jsondecode(read_tfvars_file("../common.tfvars"))
}

feature "flag" {
  default = "off"
}

terraform {
  extra_arguments "files" {
    commands           = get_terraform_commands_that_need_vars()
    required_var_files = ["${get_terragrunt_dir()}/../common.tfvars"]
    optional_var_files = ["${get_terragrunt_dir()}/missing.tfvars"]
  }
  extra_arguments "texts" {
    commands  = ["apply", "plan"]
    arguments = ["-lock=false", "-var", "b=text", "-var=e=[3]"]
  }
}

inputs = merge(local.data, {
  a = "loses to common.tfvars"
  c = "${feature.flag.value} ${local.vars.b}"
  d = find_in_parent_folders("nothing.hcl", "fallback")
})
