variable "a" {}
variable "b" {}
variable "c" {}
variable "d" {}
variable "e" {
  type = list(number)
}
variable "missing" {}
resource "terraform_data" "unit" {
  input = [var.a, var.b, var.c, var.d, var.e, var.missing]
}
