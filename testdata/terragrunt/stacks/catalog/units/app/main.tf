variable "region" {}
variable "cidr" {}
variable "zone" {}
resource "terraform_data" "app" {
  input = "${var.region}${var.zone} ${var.cidr}"
}
