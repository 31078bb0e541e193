variable "apps" {
  type = map(object({
    image = string
    ports = optional(list(object({
      number   = number
      protocol = optional(string, "tcp")
      allow    = optional(set(string), ["10.0.0.0/8"])
    })), [{ number = 80 }])
    limits = optional(object({
      cpu    = optional(string, "1")
      memory = optional(number, 512)
      extra  = optional(map(object({ on = optional(bool, true), text = optional(string) })), { base = {} })
    }))
    pair  = optional(tuple([string, number]), ["p", 1])
    notes = optional(any)
    sets  = optional(list(set(string)), [])
  }))
}
locals {
  flat = flatten([for name, app in var.apps : [for port in app.ports : { name = name, port = port.number, allow = port.allow }]])
}
resource "terraform_data" "apps" {
  for_each = var.apps
  input    = each.value
}
resource "terraform_data" "flat" {
  for_each = { for it in local.flat : "${it.name}-${it.port}" => it }
  input    = { allow = join(",", each.value.allow) }
}
