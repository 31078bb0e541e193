variable "v" {}
module "b" {
  source = "../b"
  v      = "${var.v}-a"
}
output "o" { value = module.b.o }
