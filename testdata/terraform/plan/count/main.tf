resource "terraform_data" "x" {
  count = 3
  input = count.index
}
resource "terraform_data" "none" {
  count = 0
  input = 1
}
resource "terraform_data" "y" {
  input = { all = terraform_data.x[*].input, one = terraform_data.x[1].input, n = length(terraform_data.x) }
}
