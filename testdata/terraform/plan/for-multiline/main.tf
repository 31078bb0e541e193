locals {
  names = ["a", "bb"]
  made = { for k in local.names :
    k => length(k) > 1 ? "long" :
    "short"
  }
}
resource "terraform_data" "x" {
  input = local.made
}
