variable "volumes" {
  type    = list(object({ name = string, encrypted = bool }))
  default = [{ name = "a", encrypted = true }, { name = "b", encrypted = false }]
}

module "volume" {
  source    = "./volume"
  for_each  = { for volume in var.volumes : volume.name => volume }
  encrypted = each.value.encrypted
}
