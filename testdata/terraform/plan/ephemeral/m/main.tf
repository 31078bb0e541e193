variable "token" {
  type      = string
  ephemeral = true
}
variable "plain" { type = string }
output "token" {
  value     = "x${var.token}"
  ephemeral = true
}
output "plain" { value = "x${var.plain}" }
