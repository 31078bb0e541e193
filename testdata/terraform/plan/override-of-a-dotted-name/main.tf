resource "terraform_data" "a" {
  input = "main"
}

resource "terraform_data" "b" {
  input = "main"
}
