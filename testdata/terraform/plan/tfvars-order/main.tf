variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { default = "default" }
variable "d" { default = "default" }
variable "e" { default = "default" }
variable "f" { default = "default" }
variable "merged" {
  type    = map(string)
  default = { kept = "no" }
}
variable "optional" {
  type = object({ name = string, size = optional(number, 3) })
}
variable "null_default" {
  default  = "default"
  nullable = false
}

resource "terraform_data" "order" {
  input = {
    a            = var.a
    b            = var.b
    c            = var.c
    d            = var.d
    e            = var.e
    f            = var.f
    merged       = var.merged
    optional     = var.optional
    null_default = var.null_default
  }
}
