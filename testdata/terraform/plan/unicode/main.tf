resource "terraform_data" "x" {
  input = { a = "é", b = upper("straße"), c = length("日本"), d = substr("日本語", 1, 1), e = reverse(["ü"]), f = "e\u0301" }
}
