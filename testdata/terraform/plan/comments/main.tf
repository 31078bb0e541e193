# comment
// another
resource "terraform_data" "x" { /* inline */
  input = [ # open
    1, // one
    2, /* two */
  ]
}
