resource "terraform_data" "x" {
  input = {
    a = <<EOT
line 1
  line ${1 + 1}
EOT
    b = <<-EOT
      indented
        more ${"x"}

      end
    EOT
    c = <<-EOT
    %{ for s in ["a", "b"] ~}
    - ${s}
    %{ endfor ~}
    done
    EOT
  }
}
