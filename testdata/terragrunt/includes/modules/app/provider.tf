resource "terraform_data" "replaced" {}
