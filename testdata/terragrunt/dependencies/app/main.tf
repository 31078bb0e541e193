variable "cidr" {}
variable "id" {}
variable "ids" {}
variable "arn" {}
variable "mocked" {}
variable "remote" {}
variable "skipped" {}
resource "terraform_data" "app" {
  input = {
    cidr    = var.cidr
    id      = var.id
    ids     = var.ids
    arn     = var.arn
    mocked  = var.mocked
    remote  = var.remote
    skipped = var.skipped
  }
}
