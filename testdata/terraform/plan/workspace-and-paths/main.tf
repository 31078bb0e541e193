resource "terraform_data" "x" {
  input = { w = terraform.workspace, m = path.module, r = path.root }
}
