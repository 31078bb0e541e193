size = "from terraform.tfvars"
