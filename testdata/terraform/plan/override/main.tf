resource "terraform_data" "x" {
  input            = "base"
  triggers_replace = "kept"
}
variable "v" { default = "base" }
locals { l = "base" }
resource "terraform_data" "y" {
  input = { v = var.v, l = local.l }
}
