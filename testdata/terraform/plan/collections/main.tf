resource "terraform_data" "x" {
  input = { a = merge({ a = 1 }, { b = 2 }), b = concat([1], [2, 3]), c = flatten([[1], [2, [3]]]), d = lookup({ a = 1 }, "b", 9), e = keys({ b = 1, a = 2 }), f = values({ b = 1, a = 2 }), g = element(["a", "b"], 3), h = distinct([1, 1, 2]), i = zipmap(["a"], [1]), j = contains(["a"], "a"), k = slice([1, 2, 3], 1, 3), l = reverse([1, 2]), m = compact(["a", "", "b"]), n = chunklist([1, 2, 3], 2), o = one([5]), p = setproduct(["a"], ["b", "c"]) }
}
