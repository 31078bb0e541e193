resource "terraform_data" "x" {
  input = { a = [{ n = 1 }, { n = 2 }][*].n, b = [{ n = 1 }].*.n, c = "x"[*], d = null[*], e = { n = 3 }[*].n, f = [[{ n = 1 }]][0][*].n, g = [{ l = [1, 2] }, { l = [3] }][*].l[0] }
}
