variable "v" {}
resource "terraform_data" "in" {
  input = { v = var.v, len = var.v != null }
}
output "o" { value = "${var.v}-x" }
output "k" { value = "known" }
