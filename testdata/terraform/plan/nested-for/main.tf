resource "terraform_data" "x" {
  input = flatten([for a in ["x", "y"] : [for b in [1, 2] : { k = "${a}${b}", v = b }]])
}
