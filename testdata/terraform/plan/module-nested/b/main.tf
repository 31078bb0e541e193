variable "v" {}
resource "terraform_data" "x" {
  input = { v = var.v, m = path.module, r = path.root }
}
output "o" { value = "${var.v}-b" }
