variable "inside" {
  default = [{ port = 22, from = ["10.0.0.0/8"] }, { port = 443, from = ["0.0.0.0/0"] }]
}

variable "outside" {
  default = [{ port = 22, from = ["0.0.0.0/0"] }]
}

resource "aws_security_group" "good" {
  dynamic "ingress" {
    for_each = { for rule in var.inside : rule.port => rule }
    content {
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ingress.value.from
    }
  }
}

resource "aws_security_group" "bad" {
  dynamic "ingress" {
    for_each = { for rule in var.outside : rule.port => rule }
    content {
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ingress.value.from
    }
  }
}
