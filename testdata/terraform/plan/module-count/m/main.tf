variable "n" {}
resource "terraform_data" "in" {
  input = var.n * 10
}
output "out" { value = terraform_data.in.input }
