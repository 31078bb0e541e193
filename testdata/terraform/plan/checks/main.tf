variable "size" {
  type    = number
  default = 3
  validation {
    condition     = var.size > 2
    error_message = "Too small: ${var.size}."
  }
}
resource "terraform_data" "a" {
  input = var.size
  lifecycle {
    precondition {
      condition     = var.size < 10
      error_message = "Too large."
    }
    postcondition {
      condition     = self.input == var.size
      error_message = "Changed."
    }
  }
}
check "sizes" {
  assert {
    condition     = terraform_data.a.input == 4
    error_message = "Only warns: ${terraform_data.a.input}."
  }
}
output "o" {
  value = terraform_data.a.input
  precondition {
    condition     = var.size > 1
    error_message = "No."
  }
}
