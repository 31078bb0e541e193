variable "versioned" {
  type = bool
}

resource "aws_s3_bucket" "inside" {
  bucket = "inside"
  dynamic "versioning" {
    for_each = var.versioned ? [1] : []
    content {
      enabled = true
    }
  }
}

resource "aws_s3_bucket" "beside" {
  bucket = "beside"
}

resource "aws_s3_bucket_versioning" "beside" {
  count  = var.versioned ? 1 : 0
  bucket = aws_s3_bucket.beside.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket" "never" {
  bucket = "never"
}
