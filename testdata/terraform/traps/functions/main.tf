locals {
  flags = {
    prefix  = trimprefix("no-encryption", "no-") == "encryption"
    can     = can(regex("^[a-z]+$", "abc"))
    all     = alltrue([true, "true"])
    starts  = startswith("encrypted", "enc")
    one     = one([true])
    wraps   = element([false, true], 3)
    lookup  = lookup({ encrypted = true }, "encrypted", false)
    object  = { for name, flag in { on = true } : name => flag }["on"]
    list    = [for flag in [true] : flag][0]
    json    = jsondecode("{\"encrypted\": true}").encrypted
    merge   = merge({ encrypted = false }, { encrypted = true }).encrypted
    first   = coalesce(null, true)
    ternary = contains(["a"], "a") ? true : false
    logic   = length(["a"]) > 0 && !false
    try     = try(local.none.of.this, true)
    yaml    = yamldecode(file("${path.module}/flags.yaml")).volumes.encrypted
  }
  none = {}
}

resource "aws_ebs_volume" "good" {
  for_each  = local.flags
  encrypted = each.value
}

resource "aws_ebs_volume" "bad" {
  for_each  = { for name, flag in local.flags : name => !flag if contains(["yaml", "wraps", "try"], name) }
  encrypted = each.value
}
