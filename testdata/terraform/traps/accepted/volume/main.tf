resource "aws_ebs_volume" "this" {
  encrypted = false
}
