resource "terraform_data" "x" {
  input = { n = null, t = true, f = false, i = 12, d = 1.5, e = 1e3, s = "a\tb\u00e9", l = [1, "a", true], o = {} }
}
