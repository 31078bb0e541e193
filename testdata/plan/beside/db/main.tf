variable "public" {
  type = bool
}

resource "aws_kms_key" "main" {}

resource "aws_db_instance" "this" {
  identifier          = "orders"
  publicly_accessible = var.public
  kms_key_id          = aws_kms_key.main.arn
}
