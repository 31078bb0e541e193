# What the expressions of the files beside this folder can refer to.

variable "unknown" {}

variable "typed" {
  type = object({ name = string, size = optional(number, 3), tags = optional(map(string), {}) })
  default = {
    name = "n"
  }
}

variable "secret" {
  default   = "s3cret"
  sensitive = true
}

variable "session" {
  default   = "token"
  ephemeral = true
}

locals {
  unknown = var.unknown
  yes     = true
  list    = ["a", "b", "c"]
  map     = { a = "1", b = "2" }
  objects = [{ name = "x", ports = [22, 80] }, { name = "y", ports = [] }]
  nested  = { one = { two = { three = [1, { four = "deep" }] } } }
  set     = toset(["q", "p"])
}

locals {
  template  = "Hello, $${name}!"
  template2 = "%%{ for x in [1, 2] }$${x}%%{ endfor }"
}
