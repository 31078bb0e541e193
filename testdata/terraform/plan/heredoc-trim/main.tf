resource "terraform_data" "x" {
  input = <<-EOT
    a
      %{ if true ~}
      b
      %{~ endif }
    c ${~ "d" ~}

    e
  EOT
}
