terraform {
  source = "${path_relative_from_include()}/modules/app"
}

inputs = {
  region = "from common.hcl"
  other  = path_relative_to_include()
}
