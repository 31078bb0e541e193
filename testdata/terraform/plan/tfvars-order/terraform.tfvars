a = "terraform.tfvars"
b = "terraform.tfvars"
c = "terraform.tfvars"
d = "terraform.tfvars"
e = "terraform.tfvars"
merged = { first = "terraform.tfvars" }
optional = { name = 5 }
null_default = null
