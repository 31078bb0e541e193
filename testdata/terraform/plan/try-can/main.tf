resource "terraform_data" "x" {
  input = { a = try({ x = 1 }.y, "none"), b = can({ x = 1 }.y), c = can(1), d = try([1][3], [2][0]), e = try(tonumber("x"), 0), f = can(regex("a", "b")) }
}
