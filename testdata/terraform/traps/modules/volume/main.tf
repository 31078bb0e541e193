variable "encrypted" {
  type = bool
}

resource "aws_ebs_volume" "this" {
  encrypted = var.encrypted
}
