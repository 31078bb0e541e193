resource "terraform_data" "x" {
  input = { a = [1, 2][1], b = { k = "v" }["k"], c = { k = "v" }.k, d = [[1, 2], [3]][0][1], e = { a = { b = [5] } }.a.b[0], f = ["x"].0, g = tomap({ z = 1 })["z"] }
}
