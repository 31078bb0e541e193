resource "terraform_data" "m" {
  for_each = { a = 1, b = 2 }
  input    = "${each.key}=${each.value}"
}
resource "terraform_data" "s" {
  for_each = toset(["x", "y"])
  input    = each.value
}
resource "terraform_data" "all" {
  input = { for k, r in terraform_data.m : k => r.input }
}
resource "terraform_data" "one" {
  input = terraform_data.m["a"].input
}
