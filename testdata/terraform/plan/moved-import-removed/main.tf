resource "terraform_data" "new" {
  input = "n"
}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
removed {
  from = terraform_data.gone
  lifecycle { destroy = false }
}
check "c" {
  assert {
    condition     = terraform_data.new.input == "n"
    error_message = "no"
  }
}
