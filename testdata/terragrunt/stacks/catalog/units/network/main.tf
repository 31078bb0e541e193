variable "cidr" {}
variable "owner" {
  default = "nobody"
}
resource "terraform_data" "network" {
  input = [var.cidr, var.owner]
}
output "cidr" {
  value = var.cidr
}
