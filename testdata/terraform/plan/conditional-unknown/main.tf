resource "terraform_data" "u" {
  input = 1
}
resource "terraform_data" "x" {
  input = { a = terraform_data.u.id == "x" ? "p" : "q", b = true ? "k" : terraform_data.u.id, c = terraform_data.u.id == null }
}
