a = "common.tfvars"
b = "common.tfvars"
