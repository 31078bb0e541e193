# palisade:ignore[aws-ec2-volume-unencrypted] reason="holds nothing"
module "accepted" {
  source = "./volume"
}

module "bad" {
  source = "./volume"
}
