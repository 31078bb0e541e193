include "root" {
  path           = find_in_parent_folders("root.hcl")
  merge_strategy = "no_merge"
  expose         = true
}

terraform {
  source = "${dirname(find_in_parent_folders("root.hcl"))}/modules/app"
}

inputs = {
  region = upper(include.root.locals.region)
  key    = "none"
  tags   = {}
  size   = get_env("SIZE", "large")
  other  = run_cmd("date")
}
