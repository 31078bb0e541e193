resource "terraform_data" "x" {
  input = { a = cidrsubnet("10.0.0.0/16", 8, 2), b = cidrhost("10.0.0.0/24", 5), c = cidrnetmask("10.0.0.0/20"), d = cidrsubnets("10.0.0.0/16", 4, 8) }
}
