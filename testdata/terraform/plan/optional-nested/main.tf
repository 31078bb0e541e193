variable "rules" {
  type = list(object({
    port  = number
    cidrs = optional(list(string), ["10.0.0.0/8"])
    meta  = optional(map(string))
  }))
  default = [{ port = 22 }, { port = 443, cidrs = null }, { port = 80, cidrs = [], meta = { a = 1 } }]
}
resource "terraform_data" "x" {
  input = var.rules
}
