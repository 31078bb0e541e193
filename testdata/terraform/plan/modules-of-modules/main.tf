module "a" {
  source   = "./a"
  for_each = toset(["x", "y"])
  names    = [for n in ["1", "2"] : "${each.key}${n}"]
  extra    = { (each.value) = terraform_data.root.id }
}
resource "terraform_data" "root" { input = "r" }
resource "terraform_data" "out" {
  input = {
    all = { for k, m in module.a : k => m.all }, ids = module.a["x"].ids, has = contains(keys(module.a), "z"), try = try(module.a["z"].all, []), extra = module.a["y"].extra, b = module.a["x"].b.v
    names = flatten(values(module.a)[*].all), deep = [for k, m in module.a : [for i, n in m.all : "${k}/${i}/${n}"]]
  }
}
output "x" { value = module.a }
moved {
  from = module.old
  to   = module.a["x"]
}
