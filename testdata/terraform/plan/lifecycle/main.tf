resource "terraform_data" "a" {
  input = 1
  lifecycle {
    ignore_changes        = [input]
    create_before_destroy = true
    precondition {
      condition     = path.module != ""
      error_message = "no"
    }
  }
  depends_on = [terraform_data.b]
}
resource "terraform_data" "b" {
  triggers_replace = ["x", 1]
}
