variable "name" { type = string }
variable "count_text" { type = number }
variable "flags" {
  type = object({ open = bool, ports = optional(list(number), [443]) })
}
variable "tags" { type = map(string) }
variable "any" {}
variable "list" {
  type    = list(string)
  default = ["default"]
}
variable "unset" {
  type    = string
  default = "default"
}
variable "empty" {
  type    = string
  default = "default"
}
resource "terraform_data" "all" {
  input = {
    name  = var.name
    count = var.count_text + 1
    flags = var.flags
    tags  = var.tags
    any   = var.any
    list  = var.list
    unset = var.unset
    empty = var.empty
  }
}
