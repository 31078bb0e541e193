resource "aws_ebs_volume" "same_name" {
  encrypted = false
}
