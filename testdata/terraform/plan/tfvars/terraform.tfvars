a = "tfvars"
b = "tfvars"
c = [1]
