# Which rules there are depends on a variable without a value, but not what each possibility is.
variable "remote" { type = bool }
variable "ports" { type = list(number) }

# Open where the variable is true.
resource "aws_security_group" "one" {
  description = "of the workers"
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  dynamic "ingress" {
    for_each = var.remote ? [22] : []
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

# Open for nobody, whatever the variable is.
resource "aws_security_group" "neither" {
  description = "of the workers"
  dynamic "ingress" {
    for_each = var.remote ? [443] : []
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

# Nobody knows which ports.
resource "aws_security_group" "any" {
  description = "of the workers"
  dynamic "ingress" {
    for_each = var.ports
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}

# Of two unknown numbers of blocks nothing is told.
resource "aws_security_group" "both" {
  description = "of the workers"
  dynamic "ingress" {
    for_each = var.remote ? [22] : []
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
  dynamic "ingress" {
    for_each = var.ports
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
}
