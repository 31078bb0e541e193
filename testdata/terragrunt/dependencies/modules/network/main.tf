variable "cidr" {}
resource "terraform_data" "network" {
  input = var.cidr
}
output "cidr" {
  value = var.cidr
}
output "id" {
  value = terraform_data.network.id
}
output "ids" {
  value = [terraform_data.network.id, "fixed"]
}
output "arn" {
  value = terraform_data.network.id
}
