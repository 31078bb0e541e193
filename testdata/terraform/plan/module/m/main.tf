variable "name" {}
variable "d" { default = "d" }
resource "terraform_data" "in" {
  input = "${var.name}-${var.d}"
}
output "out" { value = terraform_data.in.input }
output "id" { value = terraform_data.in.id }
