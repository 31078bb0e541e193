module "nulls" {
  source   = "./m"
  plain    = null
  strict   = null
  untyped  = null
  optional = { a = null, b = null }
}
module "given" {
  source   = "./m"
  plain    = "p"
  strict   = "s"
  untyped  = [1]
  optional = { a = "a", b = "b", c = { d = 5 } }
}
module "unset" {
  source = "./m"
}
resource "terraform_data" "all" {
  input = { for name, m in { nulls = module.nulls, given = module.given, unset = module.unset } : name => m.all }
}
