variable "zone" { default = "a" }

resource "terraform_data" "own" {
  input = var.zone
}
