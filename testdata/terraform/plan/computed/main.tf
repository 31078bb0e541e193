resource "terraform_data" "a" {
  input = "k"
}
resource "terraform_data" "b" {
  input = { id = terraform_data.a.id, out = terraform_data.a.output, inp = terraform_data.a.input, text = "x-${terraform_data.a.id}", list = [terraform_data.a.id, 1] }
}
