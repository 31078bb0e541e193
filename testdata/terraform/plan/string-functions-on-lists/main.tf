resource "terraform_data" "x" {
  input = { a = [for s in split("\n", "a\nb") : trimspace(s)], b = chomp("x\n\n"), c = indent(2, "a\nb"), d = strrev("abc"), e = trim("xxaxx", "x"), f = trimprefix("ab", "a"), g = trimsuffix("ab", "b"), h = regexall("[a-z]", "a1b") }
}
