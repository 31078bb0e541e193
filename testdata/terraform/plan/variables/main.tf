variable "s" { default = "v" }
variable "n" {
  type    = number
  default = "5"
}
variable "l" {
  type    = list(string)
  default = [1, 2]
}
variable "o" {
  type    = object({ a = string, b = optional(number, 3), c = optional(object({ d = optional(bool, true) }), {}) })
  default = { a = true, extra = 1 }
}
variable "m" {
  type    = map(number)
  default = { x = "1" }
}
variable "st" {
  type    = set(string)
  default = ["b", "a", "b"]
}
variable "tu" {
  type    = tuple([string, number])
  default = [1, "2"]
}
variable "any" {
  type    = any
  default = { k = [1, "a"] }
}
resource "terraform_data" "x" {
  input = { s = var.s, n = var.n, l = var.l, o = var.o, m = var.m, st = var.st, tu = var.tu, any = var.any }
}
