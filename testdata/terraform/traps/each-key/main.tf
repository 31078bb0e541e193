resource "aws_ebs_volume" "this" {
  for_each  = toset(["a", "b"])
  encrypted = each.key == "a"
}
