variable "file_last" {}
variable "text_last" {}
variable "twice" {}
variable "only_first_file" {}
resource "terraform_data" "all" {
  input = [var.file_last, var.text_last, var.twice, var.only_first_file]
}
