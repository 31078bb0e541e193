variable "a" {}
variable "b" {}
variable "c" { type = list(number) }
variable "d" { default = "default" }
resource "terraform_data" "x" {
  input = { a = var.a, b = var.b, c = var.c, d = var.d }
}
