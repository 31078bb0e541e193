variable "cidr" {
  type    = string
  default = "10.20.0.0/16"
}
variable "zones" {
  type    = list(string)
  default = ["eu-1a", "eu-1b", "eu-1c"]
}
locals {
  tiers = {
    public  = { newbits = 4, offset = 0, nat = true }
    private = { newbits = 4, offset = 4, nat = false }
    data    = { newbits = 6, offset = 40 }
  }
  subnets = merge([
    for tier, it in local.tiers : {
      for at, zone in var.zones : "${tier}-${zone}" => {
        cidr = cidrsubnet(var.cidr, it.newbits, it.offset + at)
        zone = zone
        tier = tier
        nat  = try(it.nat, false)
      }
    }
  ]...)
  by_tier = { for name, it in local.subnets : it.tier => name... }
}
module "subnets" {
  source   = "./modules/subnets"
  for_each = local.by_tier
  names    = each.value
  all      = { for name in each.value : name => local.subnets[name] }
  tags     = { Tier = title(each.key) }
}
resource "terraform_data" "subnet" {
  for_each = local.subnets
  input    = merge(each.value, { name = each.key, index = index(sort(keys(local.subnets)), each.key) })
}
resource "terraform_data" "summary" {
  input = {
    names  = { for tier, m in module.subnets : tier => m.names }
    first  = module.subnets["public"].first
    cidrs  = sort(flatten([for m in values(module.subnets) : m.cidrs]))
    has    = contains(keys(module.subnets), "data")
    ids    = [for s in terraform_data.subnet : s.input.cidr if s.input.nat]
    max    = max([for s in local.subnets : tonumber(split("/", s.cidr)[1])]...)
    zipped = zipmap(var.zones, [for i, z in var.zones : cidrhost(var.cidr, i + 5)])
  }
}
