variable "name" {
  type = string
  validation {
    condition     = can(regex("^svc-[0-9]+$", var.name))
    error_message = "bad"
  }
}
variable "settings" {
  type = object({
    size     = string
    count    = number
    features = map(bool)
  })
}
resource "terraform_data" "this" {
  input = { name = var.name, settings = var.settings }
  lifecycle { create_before_destroy = true }
}
output "out" { value = { name = terraform_data.this.input.name, big = var.settings.size == "large", on = [for k, v in var.settings.features : k if v] } }
output "id" { value = terraform_data.this.id }
