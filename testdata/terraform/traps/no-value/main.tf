variable "encrypted" {
  type = bool
}

data "external" "answer" {
  program = ["answer"]
}

resource "aws_ebs_volume" "variable" {
  encrypted = var.encrypted
}

resource "aws_ebs_volume" "data" {
  encrypted = data.external.answer.result.encrypted
}

resource "aws_ebs_volume" "decided" {
  encrypted = true || var.encrypted
}

resource "aws_ebs_volume" "bad" {
  encrypted = false && var.encrypted
}
