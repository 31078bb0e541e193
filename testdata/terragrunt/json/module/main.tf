variable "name" {}
variable "region" {}
variable "size" { default = 1 }

resource "terraform_data" "all" {
  input = { name = var.name, region = var.region, size = var.size }
}
