variable "m" {
  type    = map(string)
  default = { a = 1, b = true, c = null, d = "x" }
}
variable "l" {
  type    = list(any)
  default = [1, "a", true]
}
variable "o" {
  type = object({
    n = number
    l = optional(list(object({ k = string, v = optional(string, "dv"), w = optional(list(string)) })), [{ k = "dk" }])
    m = optional(map(object({ x = optional(number, 5) })), { one = {}, two = { x = 6 } })
    t = optional(tuple([string, number]))
    a = optional(any, { deep = [1] })
    b = optional(bool)
  })
  default = { n = "42", l = [{ k = 1, w = [1, true] }, { k = "b", v = null }], extra = "dropped" }
}
variable "s" {
  type    = set(object({ a = number }))
  default = [{ a = 2 }, { a = 1 }, { a = "2" }]
}
variable "mm" {
  type    = map(any)
  default = { a = { x = 1 }, b = { x = 2 } }
}
variable "nested" {
  type    = map(map(list(number)))
  default = { a = { b = ["1", 2] }, c = {} }
}
locals {
  tup  = [1, "a", { b = true }]
  cnd  = true ? [1, 2] : ["a"]
  cnd2 = false ? { a = 1 } : { a = "x" }
  cnd3 = true ? null : 5
  cnd4 = true ? 1 : "a"
  cnd5 = true ? [] : ["x"]
  cnd6 = false ? tomap({ a = 1 }) : tomap({ a = 2, b = 3 })
  cnd7 = true ? tolist([1]) : toset([2])
}
resource "terraform_data" "c" {
  input = {
    m = var.m, l = var.l, o = var.o, s = var.s, mm = var.mm, nested = var.nested
    tup = local.tup, cnd = local.cnd, cnd2 = local.cnd2, cnd3 = local.cnd3, cnd4 = local.cnd4, cnd5 = local.cnd5, cnd6 = local.cnd6
    a = tolist(["a", 1, null]), b = tomap({ a = 1, b = "x" }), c = toset([1, "1", true]), d = tostring(1.50), e = tobool("true"), f = tonumber("1e2")
    g = concat(["a"], [1, true], []), h = merge({ a = 1 }, null, { b = "x" }), i = distinct(["a", "b", "a"]), j = sort(["b", "A", "a", "10", "9"])
    k = keys({ b = 1, a = 2, B = 3 }), l2 = values({ b = 1, a = "x" }), m2 = lookup({ a = 1 }, "b", 2), n = flatten([[1, [2]], [], [[["x"]]]])
    o2 = setunion(["a", "b"], ["b", "c"]), p = setsubtract([1, 2, 3], [2]), q = setintersection(["a"], ["a", "b"]), r = reverse([1, "a"]), s2 = matchkeys(["x", "y"], ["a", "b"], ["b"])
    t = contains([1, "1"], "1"), u = index([1, 2], 2), v = alltrue([true, "true"]), w = anytrue([]), x = length("héé👍🏽"), y = [for k, v in var.m : v == null ? "-" : v]
    z = { for k, v in var.m : k => v if v != null }
    aa = [1, 2] == [1, 2], ab = tolist([1]) == [1], ac = { a = 1 } == { a = 1 }, ad = "1" == 1, ae = null == null, af = tomap({ a = 1 }) == { a = 1 }, ag = toset([1, 2]) == toset([2, 1]), ah = [] == tolist([])
    ai = try(tolist([1, { a = 2 }]), "no"), aj = can(tomap({ a = 1, b = [1] })), ak = can({ a = 1 }.b), al = try([][0], "empty"), am = can(tonumber("abc"))
    an = coalesce("", null, "x"), ao = coalesce(null, 0), ap = coalescelist([], ["a"]), aq = compact(["a", "", null, "b"]), ar = zipmap(["b", "a"], [1, "x"])

  }
}
