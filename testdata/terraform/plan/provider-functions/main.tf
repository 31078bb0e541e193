terraform {
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
    tf        = { source = "terraform.io/builtin/terraform" }
  }
}
locals {
  decoded = provider::terraform::decode_tfvars(<<-T
    a = "x"
    b = [1, true, null]
    c = { d = 1.50, "e f" = "g" }
  T
  )
}
resource "terraform_data" "tfvars" {
  input = {
    encoded  = provider::terraform::encode_tfvars({ b = [1, "2", null, true], a = "x\ny \"q\" $${z} %%{w}", c = { d = 1.5, "e f" = { g = [] } }, long_name = {} })
    decoded  = local.decoded
    again    = provider::terraform::decode_tfvars(provider::terraform::encode_tfvars({ x = local.decoded.c }))
    text     = provider::terraform::encode_expr("a\tb")
    number   = provider::terraform::encode_expr(1.50)
    list     = provider::terraform::encode_expr([1, [2, {}], { a = null, bb = false }])
    nothing  = provider::terraform::encode_expr([null])
    set      = provider::tf::encode_expr(toset(["b", "a"]))
    keyword  = provider::terraform::encode_expr({ "for" = 1, "null" = 2, "true" = 3, "a-b" = 4, "1" = 5, "" = 6, "é" = 7 })
  }
}
locals {
  edge = {
    a = provider::terraform::encode_expr({ x = 1, "y" = [1, 2], "z.w" = { n = 1 }, "_u" = 1, "9a" = 1, "a9" = 1, "-" = 1 })
    b = provider::terraform::encode_expr(["x", true])
    c = provider::terraform::encode_expr([])
    d = provider::terraform::encode_expr({})
    e = provider::terraform::encode_expr("line\nnext $${a} %%{b} $x % \\ \" \u00e9 \u0001 \u2028 😀")
    f = provider::terraform::encode_expr(1e30)
    g = provider::terraform::encode_expr(-0.000001)
    h = provider::terraform::encode_expr(true)
    i = provider::terraform::encode_expr(tomap({ b = "1", a = "2" }))
    j = provider::terraform::encode_expr(tolist([{ a = 1 }, { a = 2 }]))
    k = provider::terraform::encode_expr(1 / 3)
    l = provider::terraform::encode_expr([for i in range(3) : { i = i }])
    m = provider::terraform::encode_expr({ "if" = 1, "in" = 2, "endif" = 3, "else" = 4, "false" = 5, "a b" = 6, "a\"b" = 7, "$${x}" = 8 })
    n = can(provider::terraform::encode_tfvars(["x"]))
    o = can(provider::terraform::encode_tfvars({ "a b" = 1 }))
    p = can(provider::terraform::encode_tfvars(null))
    q = can(provider::terraform::decode_tfvars("a = b"))
    r = can(provider::terraform::decode_tfvars("a {}"))
    s = can(provider::terraform::decode_tfvars("a = upper(\"x\")"))
    t = can(provider::terraform::decode_tfvars("a = 1\na = 2"))
    u = provider::terraform::decode_tfvars("")
    v = provider::terraform::decode_tfvars("a = \"$${\"x\"}\"\nb = 1 + 2\nc = [for x in [1] : x]\nd = true ? 1 : 2")
    w = provider::terraform::encode_tfvars({})
    x = provider::terraform::encode_tfvars(tomap({ a = "b", cc = "d" }))
    y = can(provider::terraform::encode_tfvars({ "for" = 1 }))
    z = issensitive(provider::terraform::encode_expr(sensitive("x")))
    aa = can(provider::terraform::decode_tfvars("a = "))
  }
}
resource "terraform_data" "edge" {
  for_each = local.edge
  input    = each.value
}

locals {
  null_expr = can(provider::terraform::encode_expr(null))
}
resource "terraform_data" "null" {
  input = local.null_expr
}
