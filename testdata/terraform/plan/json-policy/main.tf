resource "terraform_data" "x" {
  input = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = ["a", "b"] }] })
}
