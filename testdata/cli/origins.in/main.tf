variable "openings" {
  type = list(object({ port = number, sources = list(string) }))
  default = [
    { port = 443, sources = ["10.0.0.0/8"] },
    { port = 22, sources = ["10.0.0.0/8", "0.0.0.0/0"] },
  ]
}

variable "stage" {
  type = string
}

resource "aws_security_group" "web" {
  name        = "web"
  description = "web"

  dynamic "ingress" {
    for_each = var.openings
    content {
      description = "opening"
      protocol    = "tcp"
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      cidr_blocks = ingress.value.sources
    }
  }
}

resource "aws_dynamodb_table" "orders" {
  name         = "orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
}

resource "aws_sqs_queue" "orders" {
  name                    = "orders-${var.stage}"
  sqs_managed_sse_enabled = true
}
