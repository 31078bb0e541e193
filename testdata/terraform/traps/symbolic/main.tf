variable "zones" {}

resource "aws_ebs_volume" "bad" {
  for_each          = var.zones
  availability_zone = each.key
  encrypted         = false
}

resource "aws_ebs_volume" "open" {
  count     = var.zones
  encrypted = count.index > 1
}

resource "aws_ebs_volume" "good" {
  count     = length(var.zones)
  encrypted = true
}
