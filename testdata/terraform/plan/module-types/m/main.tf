variable "cfg" {
  type = object({ a = string, b = optional(string, "bb") })
}
variable "l" {
  type = set(string)
}
variable "nul" {
  default  = "dflt"
  nullable = false
}
output "cfg" { value = var.cfg }
output "l" { value = var.l }
output "nul" { value = var.nul }
