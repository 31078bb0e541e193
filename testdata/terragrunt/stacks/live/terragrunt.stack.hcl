locals {
  region = "eu-west-1"
}

unit "network" {
  source = "../catalog/units/network"
  path   = "network"
  values = {
    cidr = "10.1.0.0/16"
  }
}

unit "app" {
  source = "../catalog/units/app"
  path   = "apps/web"
  values = {
    region  = local.region
    network = "../../network"
  }
}

stack "nested" {
  source = "../catalog/stacks/pair"
  path   = "pair"
  values = {
    cidr = "10.2.0.0/16"
  }
}

unit "gone" {
  source = "git::https://example.com/catalog.git//units/gone?ref=v1"
  path   = "gone"
}
