resource "terraform_data" "x" {
  input = { a = upper("x"), b = format("%s-%03d", "a", 7), c = join(",", ["a", "b"]), d = split(",", "a,b"), e = replace("abc", "b", "X"), f = substr("hello", 1, 3), g = trimspace("  a "), h = title("a b"), i = startswith("abc", "a"), j = regex("[0-9]+", "a12"), k = formatlist("%s!", ["a", "b"]) }
}
