variable "v" { default = "over" }
locals { l = "over" }
