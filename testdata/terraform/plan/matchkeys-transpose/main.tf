resource "terraform_data" "x" {
  input = { a = matchkeys(["a", "b"], ["x", "y"], ["y"]), b = transpose({ a = ["1", "2"], b = ["2"] }), c = index(["a", "b"], "b"), d = alltrue([true, true]), e = anytrue([false]), f = merge(null, { a = 1 }) }
}
