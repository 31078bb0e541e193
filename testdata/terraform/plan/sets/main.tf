resource "terraform_data" "x" {
  input = { a = toset(["b", "a", "b"]), b = setunion(["a"], ["b"]), c = setintersection(["a", "b"], ["b"]), d = setsubtract(["a", "b"], ["b"]), e = [for v in toset(["z", "y"]) : v], f = sort(["b", "a"]), g = length(toset([1, 1])) }
}
