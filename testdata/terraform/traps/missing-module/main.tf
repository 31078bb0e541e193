resource "aws_lb" "given" {
  name = "given"
}

module "firewall" {
  source                    = "example/firewall/aws"
  association_resource_arns = [aws_lb.given.arn]
}

resource "aws_lb" "kept" {
  name = "kept"
}

module "network" {
  source = "./network"
  lb_arn = aws_lb.kept.arn
}
