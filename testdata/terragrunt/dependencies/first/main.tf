variable "x" {}
output "y" {
  value = var.x
}
resource "terraform_data" "first" {
  input = var.x
}
