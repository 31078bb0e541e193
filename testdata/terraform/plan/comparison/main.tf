resource "terraform_data" "x" {
  input = { a = 1 < 2, b = 2 <= 2, c = 3 > 4, d = "1" == 1, e = 1 == 1.0, f = [1] == [1], g = { a = 1 } == { a = 1 }, h = null == null, i = "a" != "b", j = "10" > 9 }
}
