resource "aws_ebs_volume" "good" {
  encrypted = false
}

resource "aws_ebs_volume" "bad" {
  encrypted = true
}
