variable "names" {
  type = list(string)
  validation {
    condition     = alltrue([for n in var.names : length(n) > 0])
    error_message = "bad ${join(",", var.names)}"
  }
}
variable "extra" { type = map(string) }
resource "terraform_data" "n" {
  for_each = toset(var.names)
  input    = "${path.module}:${each.key}"
}
module "b" {
  source = "./b"
  v      = length(var.names)
}
output "all" { value = [for n in terraform_data.n : n.input] }
output "ids" { value = { for k, n in terraform_data.n : k => n.id } }
output "extra" { value = var.extra }
output "b" { value = module.b }
