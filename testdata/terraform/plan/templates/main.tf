resource "terraform_data" "x" {
  input = { a = "x-${1 + 1}-y", b = "${[1, 2]}", c = "%{ if true }yes%{ else }no%{ endif }", d = "%{ for i in [1, 2, 3] }${i},%{ endfor }", e = "$${x} %%{y}", f = "a ${~ "b" ~} c", g = "${true}" }
}
