resource "terraform_data" "u" { input = "x" }
variable "e" { default = [] }
locals {
  unk  = terraform_data.u.id
  some = [for i in range(3) : { i = i, id = i == 1 ? local.unk : "k${i}" }]
}
resource "terraform_data" "by" {
  for_each = { for s in local.some : s.i => s.id }
  input    = each.value
}
resource "terraform_data" "c" {
  count = length(local.some) > 2 ? 2 : 1
  input = count.index == 0 ? local.unk : "known"
}
resource "terraform_data" "v" {
  input = {
    e = [for s in local.some : s.i], f = [for s in local.some : s.id]
    g = { for s in local.some : s.i => s.id }, h = [for s in local.some : s.i if s.id != "k0"], i = length(local.some), j = local.some[*].i, k = local.some[1].id, l = keys({ (local.unk) = 1 })
    m = length({ for s in [local.unk] : s => 1 }), n = toset([local.unk, local.unk]), o = contains(["a", local.unk], "a"), p = contains(["a", local.unk], "b"), q = distinct([local.unk, "a"])
    r = sort([local.unk, "a"]), s = join(",", ["a", local.unk]), t = format("%s-%d", local.unk, 1), u = replace(local.unk, "a", "b"), v = length(local.unk), w = substr(local.unk, 0, 1), x = upper("${local.unk}")
    y = tomap({ a = local.unk }), z = merge({ a = local.unk }, { a = "k" }), aa = concat([local.unk], ["b"]), ab = slice([local.unk, "b"], 1, 2), ac = reverse([local.unk, 1]), ad = element([local.unk, "b"], 1)
    ae = lookup({ a = local.unk }, "a", "d"), af = zipmap(["a"], [local.unk]), ah = can(local.unk), ai = coalesce(local.unk, "x"), aj = compact([local.unk, ""]),
    al = chunklist([local.unk, "b"], 1), am = values({ b = local.unk, a = 1 }), an = setunion([local.unk], ["a"]), ao = jsonencode([local.unk]), ap = tolist([local.unk])[0], aq = one([local.unk]), ar = range(length(local.some))
    as = max(1, length(local.unk)), au = anytrue([true, local.unk == ""]), av = local.unk != null, aw = tostring(local.unk), ax = cidrsubnet("10.0.0.0/8", 8, length(local.unk)), ay = index(["a", local.unk], "a")
    az = transpose({ a = [local.unk] }), ba = regexall("a", local.unk), bb = startswith("${local.unk}", "a"), bc = "pre-${local.unk}" == "x", bd = startswith("pre-${local.unk}", "pre"), be = { a = local.unk }.a, bf = [local.unk, "x"][1]
    bg = nonsensitive(sensitive("x")), bi = can(tonumber(local.unk)), bj = length(var.e) == 0 ? null : local.unk, bk = timeadd("2020-01-01T00:00:00Z", "1h"), bl = formatdate("YYYY", "2020-01-01T00:00:00Z")
  }
}
