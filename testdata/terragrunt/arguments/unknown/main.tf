variable "a" {}
variable "secret" {
  default = "default"
}
resource "terraform_data" "unknown" {
  input = [var.a, var.secret]
}
