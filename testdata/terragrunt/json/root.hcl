inputs = {
  region = "eu-west-1"
  name   = "from root"
}
