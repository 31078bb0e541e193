variable "v" {
  type    = string
  default = "none"
}
output "v" { value = "${var.v}!" }
