locals {
  list   = ["a", "b", "c"]
  nested = [{ v = [{ w = 1 }, { w = 2 }] }, { v = [] }, { v = [{ w = 3 }] }]
  m      = { "a.b" = { "c d" = 1 }, x = null }
  t      = [1, "two", true, null]
}
resource "terraform_data" "a" {
  count = 2
  input = local.list[count.index]
}
resource "terraform_data" "b" {
  input = {
    splat    = local.nested[*].v[*].w
    flat     = flatten(local.nested[*].v[*].w)
    attr     = local.nested.*.v
    legacy   = terraform_data.a.*.input
    legacy0  = terraform_data.a.0.input
    last     = local.list[length(local.list) - 1]
    wrap     = element(local.list, 7)
    q        = local.m["a.b"]["c d"]
    nullsplat = local.m.x[*]
    onesplat  = "x"[*]
    tsplat    = local.t[*]
    slice     = slice(local.list, 1, 3)
    coal      = coalesce(null, "", "z")
    coalesced = coalescelist([], ["q"])
    tern      = length(local.list) > 2 ? local.list : ["none"]
    keysort   = keys({ b = 1, a = 2, "10" = 3, "9" = 4 })
    typ       = [for x in local.t : try(tostring(x), "no")]
    lookup    = lookup({ a = 1 }, "b", "dflt")
    cross     = [for i, x in terraform_data.a : "${i}=${x.input}"]
    rev       = reverse(local.list)
    m2        = { for k, v in zipmap(["k1", "k2"], [1, 2]) : v => k }
    num       = [7 / 2, 7 % 3, -7 % 3, floor(-1.5), 1e3, 0.1 + 0.2, 10 / 4 * 4, parseint("ff", 16)]
    eq        = [1 == "1", "a" == "a", [1] == [1], { a = 1 } == { a = 1 }, null == null, tolist([1]) == [1]]
    esc       = "a\tb\"c\\ \u00e9 $${x} %%{y}"
    cmp       = [1 < 2, "b" != "a", !false && true || false]
    fmt       = format("%-6s|%06.2f|%x|%q|%v|%t|%%", "ab", 3.14159, 255, "q\"", [1, "a"], true)
    re        = [regex("([a-z]+)(\\d+)", "abc123"), regexall("\\d", "a1b2"), replace("a-b_c", "/[-_]/", "."), regex("(?P<y>\\d{4})-(?P<m>\\d\\d)", "on 2024-05-06")]
  }
}
