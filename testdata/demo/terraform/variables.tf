variable "vpc_id" {
  type = string
}

variable "trusted_ranges" {
  type    = list(string)
  default = ["0.0.0.0/0"]
}

# Nobody says whether the database is encrypted: no tool can know.
variable "encrypted" {
  type = bool
}
