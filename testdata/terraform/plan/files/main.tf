resource "terraform_data" "x" {
  input = { a = file("${path.module}/a.txt"), b = templatefile("${path.module}/t.tpl", { name = "N", items = ["x", "y"] }), c = fileexists("nope"), d = filebase64("a.txt"), e = jsondecode(file("d.json")).k, f = fileset(path.module, "*.txt") }
}
