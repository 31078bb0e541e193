e = "a.auto.tfvars"
