variable "plain" {
  type    = string
  default = "default"
}
variable "strict" {
  type     = string
  default  = "default"
  nullable = false
}
variable "untyped" {
  default  = { a = 1 }
  nullable = false
}
variable "optional" {
  type = object({
    a = optional(string, "a-default")
    b = optional(string)
    c = optional(object({ d = optional(number, 4), e = optional(list(string), ["e"]) }), {})
  })
  default  = {}
  nullable = false
}
output "all" {
  value = { plain = var.plain, strict = var.strict, untyped = var.untyped, optional = var.optional }
}
