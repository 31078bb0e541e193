resource "terraform_data" "x" {
  input = { a = { for v in ["a", "b"] : v => "${v}!" }, b = { for k, v in { x = 1, y = 2 } : v => k }, c = { for v in ["a", "b", "a"] : v => 1... }, d = { for k, v in { x = 1 } : k => v if v > 5 } }
}
