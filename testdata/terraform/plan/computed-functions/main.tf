resource "terraform_data" "a" {
  input = "k"
}
resource "terraform_data" "b" {
  input = { u = upper(terraform_data.a.id), n = length([terraform_data.a.id, 2]), c = coalesce("x", terraform_data.a.id), j = join("-", ["a", terraform_data.a.id]), e = try(terraform_data.a.id, "x"), m = merge({ a = 1 }, { b = terraform_data.a.id }) }
}
