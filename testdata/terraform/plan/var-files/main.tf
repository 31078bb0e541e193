variable "a" {}
variable "b" {}
variable "c" {}
variable "d" {}
variable "e" {}
variable "f" {}
variable "g" { type = map(object({ port = number, open = optional(bool) })) }
resource "terraform_data" "all" {
  input = [var.a, var.b, var.c, var.d, var.e, var.f, var.g]
}
