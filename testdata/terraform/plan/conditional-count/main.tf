variable "create" { default = true }
variable "skip" { default = false }
resource "terraform_data" "a" {
  count = var.create ? 1 : 0
  input = "a"
}
resource "terraform_data" "b" {
  count = var.skip ? 1 : 0
  input = "b"
}
resource "terraform_data" "c" {
  input = { a = one(terraform_data.a[*].input), b = one(terraform_data.b[*].input), j = join("", terraform_data.a.*.input) }
}
