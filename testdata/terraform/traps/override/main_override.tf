resource "aws_ebs_volume" "good" {
  encrypted = true
}

resource "aws_ebs_volume" "bad" {
  encrypted = false
}
