resource "terraform_data" "replaced_too" {}
