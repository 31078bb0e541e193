resource "terraform_data" "x" {
  input = { a = [for v in [true ? 1 : "x"] : v], b = concat([1], ["a"]), c = coalesce(null, "", "z"), d = coalescelist([], ["q"]), e = tolist([1, true, "s"]) }
}
