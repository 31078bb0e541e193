variable "public" {
  type    = bool
  default = true
}

resource "aws_db_instance" "orders" {
  engine              = "postgres"
  publicly_accessible = var.public
}
