variable "enabled" { default = true }
variable "namespace" { default = null }
variable "stage" { default = "prod" }
variable "attributes" { default = ["a", "b"] }
locals {
  id_full = join("-", compact(concat([var.namespace, var.stage], var.attributes)))
  tags    = { for k, v in { Name = local.id_full, Stage = var.stage, Ns = var.namespace } : k => v if v != null && length(coalesce(v, "x")) > 0 }
}
resource "terraform_data" "x" {
  input = { id = local.id_full, tags = local.tags }
}
