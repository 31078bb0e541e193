variable "token" {
  type      = string
  ephemeral = true
  default   = "t-1"
}
variable "plain" {
  type    = string
  default = "p"
}
locals {
  joined  = "${var.token}-${var.plain}"
  is_set  = var.token != ""
}
module "m" {
  source = "./m"
  token  = local.joined
  plain  = var.plain
}
resource "terraform_data" "known" {
  input = {
    null_of = ephemeralasnull(local.joined)
    partly  = ephemeralasnull({ a = var.token, b = var.plain })
    plain   = module.m.plain
    nothing = ephemeralasnull(module.m.token)
  }
}
