variable "k" {}
variable "v" { type = number }
resource "terraform_data" "in" {
  for_each = toset([var.k])
  input = var.v
}
output "out" { value = "${var.k}${var.v}" }
