variable "env" { default = "prod" }
variable "overrides" {
  type    = any
  default = { prod = { size = "large", features = { a = true } }, dev = {} }
}
locals {
  base   = { size = "small", count = 2, features = { a = false, b = true } }
  merged = merge(local.base, try(var.overrides[var.env], {}))
  deep   = merge(local.base, var.overrides[var.env], { features = merge(local.base.features, try(var.overrides[var.env].features, {})) })
  pairs  = { for p in setproduct(["a", "b"], [1, 2]) : "${p[0]}${p[1]}" => p }
  groups = { for s in ["x1", "y1", "x2"] : substr(s, 0, 1) => s... }
  matrix = [for r in chunklist(range(6), 2) : { for i, v in r : "c${i}" => v }]
  cond   = var.env == "prod" ? { a = 1 } : { a = "x" }
  ports  = distinct(compact(["80", "", "443", "80"]))
}
module "svc" {
  source   = "./modules/svc"
  count    = local.merged.count
  name     = "svc-${count.index}"
  settings = count.index == 0 ? local.merged : local.deep
}
resource "terraform_data" "m" {
  input = [local.merged, local.deep, local.pairs, local.groups, local.matrix, local.cond, local.ports]
}
resource "terraform_data" "out" {
  input = {
    all   = module.svc[*].out
    names = [for m in module.svc : m.out.name]
    last  = module.svc[length(module.svc) - 1].out
    text  = <<-EOT
      %{for m in module.svc~}
      ${m.out.name} = ${m.out.big}
      %{endfor~}
      done
    EOT
  }
}
resource "terraform_data" "chain" {
  count = 3
  input = count.index == 0 ? "root" : "after ${count.index}"
  triggers_replace = [for m in module.svc : m.id]
}
resource "terraform_data" "uses" {
  for_each = { for i, c in terraform_data.chain : tostring(i) => c.input }
  input    = each.value
}
