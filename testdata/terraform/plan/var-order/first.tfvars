text_last       = "first.tfvars"
only_first_file = "first.tfvars"
twice           = "first.tfvars"
