resource "terraform_data" "x" {
  input = { a = jsonencode({ b = 1, a = [true, null] }), b = jsondecode("{\"x\": [1, \"y\"]}"), c = yamldecode("a: 1\nb: [x]"), d = base64encode("hi"), e = base64decode("aGk="), f = urlencode("a b&c"), g = csvdecode("a,b\n1,2") }
}
