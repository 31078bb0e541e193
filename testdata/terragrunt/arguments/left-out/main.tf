resource "terraform_data" "left_out" {}
