data "aws_iam_policy_document" "all" {
  dynamic "statement" {
    for_each = ["*"]
    content {
      actions   = [statement.value]
      resources = ["*"]
    }
  }
}

resource "aws_iam_policy" "document" {
  policy = data.aws_iam_policy_document.all.json
}

resource "aws_iam_policy" "template" {
  policy = templatefile("${path.module}/template.json", { action = "*" })
}

resource "aws_iam_policy" "encoded" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}

resource "aws_iam_policy" "file" {
  policy = file("${path.module}/plain.json")
}

resource "aws_iam_policy" "good" {
  policy = templatefile("${path.module}/template.json", { action = "s3:ListAllMyBuckets" })
}
