locals {
  config   = yamldecode(file("${path.module}/config.yaml"))
  defaults = local.config.defaults
  services = { for s in local.config.services : s.name => merge(local.defaults, { for k, v in s : k => v if v != null }) }
  rules = flatten([
    for name, s in local.services : [
      for p in s.ports : {
        key  = format("%s-%05d", name, p)
        from = p
        open = contains(try(s.public, []), p)
      }
    ]
  ])
  files = { for f in fileset(path.module, "templates/*.tftpl") : trimsuffix(basename(f), ".tftpl") => f }
}
resource "terraform_data" "service" {
  for_each = local.services
  input = {
    replicas = each.value.replicas
    memory   = "${each.value.memory}Mi"
    env      = { for k, v in try(each.value.env, {}) : upper(k) => tostring(v) }
    labels   = join(",", [for k, v in { app = each.key, tier = lookup(each.value, "tier", "web") } : "${k}=${v}"])
  }
}
resource "terraform_data" "rule" {
  for_each = { for r in local.rules : r.key => r }
  input    = each.value
}
resource "terraform_data" "file" {
  for_each = local.files
  input    = templatefile("${path.module}/${each.value}", { services = local.services, name = each.key, debug = local.config.debug })
}
resource "terraform_data" "back" {
  input = {
    yaml = yamlencode({ a = [1, { b = "x: y" }], c = local.config.multi })
    json = jsonencode(local.config.services[0])
    keys = keys(local.config)
    date = local.config.date
    odd  = local.config.odd
  }
}
