c = "10.auto.tfvars"
d = "10.auto.tfvars"
undeclared = "told"
