terraform {
  source = "../module"
}

locals {
  account = get_env("ACCOUNT")
  region  = "eu-west-1"
}

generate "parts" {
  path      = "parts.tf"
  if_exists = "overwrite"
  contents  = <<-EOF
    # "${local.account}
    resource "terraform_data" "known" {
      input = "${local.region}"
    }
    resource "terraform_data" "part" {
      input = "arn:aws:iam::${local.account}:role/\"x\"-${local.account}"
    }
    resource "terraform_data" "bare" {
      input = [${local.account}, "${local.region}"]
    }
    resource "terraform_data" "lines" {
      input = <<-TEXT
        in ${local.account}
      TEXT
    }
    resource "terraform_data" "after" {
      input = ${jsonencode({ a = local.region })}
    }
  EOF
}

generate "whole" {
  path      = "whole.tf"
  if_exists = "overwrite"
  contents  = run_cmd("make-it")
}
