terraform {
  required_providers {
    aws    = { source = "hashicorp/aws", version = "~> 5.31" }
    google = { source = "hashicorp/google", version = "~> 6.0" }
  }
}

locals {
  buckets = {
    reports = { acl = "private" }
    assets  = { acl = "public-read" }
  }
  open_ports = [22, 443]
}

module "bucket" {
  source   = "./modules/bucket"
  for_each = local.buckets

  name = "acme-${each.key}"
  acl  = each.value.acl
}

resource "aws_security_group" "bastion" {
  name   = "bastion"
  vpc_id = var.vpc_id

  dynamic "ingress" {
    for_each = toset(local.open_ports)
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = var.trusted_ranges
    }
  }
}

resource "aws_db_instance" "orders" {
  identifier          = "orders"
  engine              = "postgres"
  instance_class      = "db.t4g.medium"
  allocated_storage   = 50
  username            = "orders"
  publicly_accessible = true
  storage_encrypted   = var.encrypted
}

resource "aws_iam_role_policy" "deploy" {
  name = "deploy"
  role = aws_iam_role.deploy.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "*", Resource = "*" },
    ]
  })
}

resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } },
    ]
  })
}

resource "google_storage_bucket_iam_member" "public" {
  bucket = google_storage_bucket.site.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}

resource "google_storage_bucket" "site" {
  name     = "acme-site"
  location = "EU"
}
