variable "a" {
  default  = "d"
  nullable = false
}
variable "b" { default = "d" }
resource "terraform_data" "x" {
  input = { a = var.a, b = var.b }
}
