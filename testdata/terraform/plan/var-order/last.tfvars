file_last = "last.tfvars"
twice     = "last.tfvars"
