module "db" {
  source   = "./db"
  for_each = { a = true }
  public   = each.value
}

data "aws_caller_identity" "me" {}
