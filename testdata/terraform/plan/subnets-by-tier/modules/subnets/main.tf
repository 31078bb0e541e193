variable "names" { type = set(string) }
variable "all" {
  type = map(object({ cidr = string, zone = string, nat = optional(bool), tier = optional(string, "none") }))
}
variable "tags" {
  type    = map(string)
  default = {}
}
locals {
  tags = merge({ Managed = "yes" }, var.tags)
}
resource "terraform_data" "route" {
  for_each = { for name, it in var.all : name => it if it.nat == true }
  input    = "${each.key}:${each.value.cidr}@${each.value.zone}"
  triggers_replace = [local.tags, each.value]
}
resource "terraform_data" "one" {
  count = length(var.names) > 2 && !contains(values(local.tags), "Data") ? 1 : 0
  input = one([for n in var.names : n if endswith(n, "a")])
}
output "names" { value = var.names }
output "cidrs" { value = values(var.all)[*].cidr }
output "first" {
  value = { route = try(values(terraform_data.route)[0].input, null), one = one(terraform_data.one[*].input) }
}
