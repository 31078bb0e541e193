variable "create" {
  default = false
}

resource "aws_ebs_volume" "none" {
  count     = var.create ? 1 : 0
  encrypted = false
}

resource "aws_ebs_volume" "bad" {
  count     = var.create ? 0 : 1
  encrypted = false
}
