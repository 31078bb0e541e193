terraform {
  required_version = ">= 1.8"
}
variable "services" {
  type = map(object({
    port    = optional(number, 8080)
    tags    = optional(map(string), { team = "core" })
    scaling = optional(object({
      min  = optional(number, 1)
      max  = optional(number)
      mode = optional(string, "auto")
      steps = optional(list(object({ at = number, add = optional(number, 2) })), [{ at = 50 }])
    }), { max = 4 })
    secret = optional(string)
  }))
  default = {
    api = { scaling = { min = 2, steps = [{ at = 10 }, { at = 20, add = 5 }] } }
    web = { port = 443, tags = null }
    bad = { scaling = null }
  }
}
module "net" {
  source   = "./net"
  for_each = var.services
  name     = each.key
  port     = each.value.port
}
resource "terraform_data" "svc" {
  for_each = { for k, m in module.net : k => m if m.public }
  input    = { id = each.value.id, all = var.services[each.key] }
}
resource "terraform_data" "nested" {
  for_each = module.net
  input    = [each.key, try(each.value.ports[*], "splat of null"), each.value.maybe]
}
locals {
  nothing = null
  one_null = one([])
  one_one  = one([1])
  one_set  = one(toset(["x"]))
  splat_null = local.nothing[*]
  splat_obj  = { a = 1 }[*].a
}
resource "terraform_data" "loc" {
  input = {
    a = local.one_null, b = local.one_one, c = local.one_set, d = local.splat_null, e = local.splat_obj
    ws = terraform.workspace
    f = try(local.nothing.x, "none"), g = local.nothing == null ? "isnull" : "no"
    h = [for s in var.services : s.scaling.max]
    i = one(terraform_data.cond[*].input)
    j = one(terraform_data.gone[*].input)
    k = terraform_data.cond[*].input
    l = length(terraform_data.gone)
    m = values(module.net)[*].id
    n = [for k, v in module.net : v.ports]
    o = flatten([for k, v in module.net : v.ports == null ? [] : v.ports])
    p = compact([for k, v in module.net : v.maybe == null ? "" : "x${v.maybe}"])
    q = merge([for k, v in var.services : { for kk, vv in coalesce(v.tags, {}) : "${k}-${kk}" => vv }]...)
  }
}
resource "terraform_data" "cond" {
  count = var.services["web"].port == 443 ? 1 : 0
  input = "cond-${count.index}"
}
resource "terraform_data" "gone" {
  count = length([for s in var.services : s if s.port == 1])
  input = "gone"
}
moved {
  from = terraform_data.old
  to   = terraform_data.cond
}
resource "terraform_data" "num" {
  input = {
    a = 0.1 + 0.2, b = 1 / 3, c = 10 / 4, d = 9007199254740993, e = 123456789012345678901234567890, f = 1e3, g = 5 % 3, h = -7 % 3
    i = floor(-2.5), j = ceil(2.1), k = pow(2, 0.5), l = log(8, 2), m = "${1 / 3}", n = "${0.1 + 0.2}", o = tostring(1e21), p = tonumber("0x10" == "0x10" ? "16" : "1")
    q = "${123456789012345678901234567890}", r = 2.50, s = "${2.50}", t = 1.0, u = 100000000000000000000 * 10, v = 3.0 == 3, w = parseint("ff", 16), x = abs(-0.0), y = signum(-3), z = max(1, 2.5, -1)
  }
}
