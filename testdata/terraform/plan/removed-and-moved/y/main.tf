variable "at" {}
resource "terraform_data" "in" { input = "y${var.at}" }
