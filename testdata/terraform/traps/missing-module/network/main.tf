variable "lb_arn" {}
