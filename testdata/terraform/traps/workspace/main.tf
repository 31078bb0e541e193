resource "aws_ebs_volume" "good" {
  encrypted = terraform.workspace == "default"
}

resource "aws_ebs_volume" "bad" {
  encrypted = terraform.workspace != "default"
}
