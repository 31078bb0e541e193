e = "B.auto.tfvars"
