variable "s" {
  default   = "secret"
  sensitive = true
}
resource "terraform_data" "x" {
  input = { a = nonsensitive(var.s), b = "n" }
}
