variable "region" {}
variable "key" {}
variable "tags" {
  type = map(string)
}
variable "zones" {
  type    = list(string)
  default = []
}
variable "size" {
  default = "small"
}
variable "other" {
  default = "module"
}

resource "terraform_data" "app" {
  input = {
    region = var.region
    key    = var.key
    tags   = var.tags
    zones  = var.zones
    size   = var.size
    other  = var.other
  }
}
