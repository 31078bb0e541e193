resource "terraform_data" "x" {
  input = { a = md5("x"), b = sha256("x"), c = base64sha256("x"), d = uuidv5("dns", "example.com"), e = sha1("x") }
}
