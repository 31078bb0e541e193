resource "terraform_data" "x" {
  input = "from tf"
}
