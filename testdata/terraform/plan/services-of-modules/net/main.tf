variable "name" {}
variable "port" { type = number }
output "id" { value = "svc-${var.name}" }
output "public" { value = var.port > 400 && var.name != "bad" }
output "ports" { value = var.port == 443 ? null : [var.port] }
output "maybe" { value = one([for p in [var.port] : p if p > 1000]) }
