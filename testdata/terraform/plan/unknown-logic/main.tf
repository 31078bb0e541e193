resource "terraform_data" "a" {
  input = true
}
resource "terraform_data" "b" {
  input = { t = terraform_data.a.id == "x", list = [for v in [terraform_data.a.id, "b"] : v], obj = { for k, v in { p = terraform_data.a.id } : k => v } }
}
