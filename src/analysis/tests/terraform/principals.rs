//! Parts of policies that are not known: what could be everyone or everything is neither a finding nor a pass.

use super::verdicts::verdict;

const KNOWN: &str = r#"
variable "given" {}
variable "account" {}
resource "aws_iam_role" "reader" {
  assume_role_policy = "{}"
}
resource "terraform_data" "made" {
  input = var.given
}
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_ssm_parameter" "stored" {
  name = "/who"
}
data "external" "asked" {
  program = ["ask"]
}
"#;

/// What the rule about public bucket policies says of a statement with these elements.
fn public(elements: &str) -> &'static str {
    let text = format!(
        "{KNOWN}resource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = \"b\"\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"*\", {elements} }}] }})\n}}\n"
    );
    verdict(
        &text,
        "aws-s3-bucket-policy-public",
        "aws_s3_bucket_policy.p",
    )
}

/// What the rule about administrators says of a statement with these elements.
fn admin(elements: &str) -> &'static str {
    let text = format!(
        "{KNOWN}resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", {elements} }}] }})\n}}\n"
    );
    verdict(&text, "aws-iam-policy-admin", "aws_iam_policy.p")
}

#[test]
fn a_principal_that_could_be_everyone_is_not_known() {
    let aws = |principal: &str| public(&format!("Principal = {{ AWS = {principal} }}"));
    for known in [
        "\"*\"",
        "[aws_iam_role.reader.arn, \"*\"]",
        "\"arn:aws:iam::*:root\"",
        "\"arn:${data.aws_partition.current.partition}:iam::*:role/${var.given}\"",
    ] {
        assert_eq!(aws(known), "fails", "{known}");
    }
    for open in [
        "var.given",
        "[aws_iam_role.reader.arn, var.given]",
        "\"arn:aws:iam::${var.account}:root\"",
        "\"${var.given}:root\"",
        "\"${var.given}*\"",
        "terraform_data.made.output",
        "data.aws_ssm_parameter.stored.value",
        "data.external.asked.result.arn",
    ] {
        assert_eq!(aws(open), "is open", "{open}");
    }
    for certain in [
        "aws_iam_role.reader.arn",
        "aws_iam_role.reader.unique_id",
        "data.aws_caller_identity.current.account_id",
        "\"arn:aws:iam::${data.aws_caller_identity.current.account_id}:root\"",
        "\"arn:aws:iam::123456789012:role/${var.given}\"",
        "\"arn:aws:iam::1234${var.account}x:root\"",
    ] {
        assert_eq!(aws(certain), "passes", "{certain}");
    }
    assert_eq!(public("Principal = var.given"), "is open");
    assert_eq!(public("Principal = { Service = var.given }"), "passes");
    assert_eq!(public("NotPrincipal = { AWS = var.given }"), "fails");
}

#[test]
fn a_condition_that_could_let_everyone_in_is_not_known() {
    let everyone = |condition: &str| public(&format!("Principal = \"*\", Condition = {condition}"));
    for open in [
        "var.given",
        "{ StringEquals = var.given }",
        "{ StringLike = { \"aws:PrincipalOrgID\" = var.given } }",
        "{ IpAddress = { \"aws:SourceIp\" = var.given } }",
        "{ ArnLike = { \"aws:SourceArn\" = data.aws_ssm_parameter.stored.value } }",
    ] {
        assert_eq!(everyone(open), "is open", "{open}");
    }
    for certain in [
        "{ StringEquals = { \"aws:PrincipalOrgID\" = var.given } }",
        "{ IpAddress = { \"aws:SourceIp\" = \"${var.given}/32\" } }",
        "{ ArnLike = { \"aws:SourceArn\" = aws_iam_role.reader.arn } }",
        "{ StringEquals = var.given, IpAddress = { \"aws:SourceIp\" = \"10.0.0.0/8\" } }",
    ] {
        assert_eq!(everyone(certain), "passes", "{certain}");
    }
    for known in [
        "{}",
        "{ StringEquals = { \"aws:RequestedRegion\" = var.given } }",
        "{ IpAddress = { \"aws:SourceIp\" = [var.given, \"0.0.0.0/0\"] } }",
    ] {
        assert_eq!(everyone(known), "fails", "{known}");
    }
}

#[test]
fn actions_and_resources_that_could_be_everything_are_not_known() {
    for open in [
        "Action = var.given, Resource = \"*\"",
        "Action = [\"s3:GetObject\", aws_iam_role.reader.arn], Resource = \"*\"",
        "Action = \"*\", Resource = var.given",
        "Action = \"*\", Resource = \"${var.given}*\"",
        "Action = \"*\", Resource = terraform_data.made.output",
        "NotAction = var.given, Resource = \"*\"",
        "Action = \"*\", NotResource = var.given",
    ] {
        assert_eq!(admin(open), "is open", "{open}");
    }
    for certain in [
        "Action = var.given, Resource = \"arn:aws:s3:::b\"",
        "Action = \"*\", Resource = aws_iam_role.reader.arn",
        "Action = \"*\", Resource = \"${var.given}/*\"",
        "Action = \"s3:GetObject\", NotResource = var.given",
        "NotAction = [\"iam:*\", var.given], Resource = \"*\"",
    ] {
        assert_eq!(admin(certain), "passes", "{certain}");
    }
    assert_eq!(
        admin("Action = [var.given, \"*\"], Resource = [var.given, \"*\"]"),
        "fails"
    );
}

#[test]
fn a_denial_that_is_not_known_may_take_the_right_away() {
    let escalates = |denial: &str| {
        let text = format!(
            "{KNOWN}resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"iam:CreateAccessKey\", Resource = \"*\" }}, {{ Effect = \"Deny\", {denial} }}] }})\n}}\n"
        );
        verdict(
            &text,
            "aws-iam-policy-privilege-escalation",
            "aws_iam_policy.p",
        )
    };
    assert_eq!(escalates("Action = var.given, Resource = \"*\""), "is open");
    assert_eq!(
        escalates("Action = \"iam:*\", Resource = var.given"),
        "is open"
    );
    assert_eq!(
        escalates("Action = \"iam:*\", Resource = \"*\", Condition = var.given"),
        "is open"
    );
    assert_eq!(escalates("Action = \"iam:*\", Resource = \"*\""), "passes");
    assert_eq!(
        escalates("Action = var.given, Resource = \"arn:aws:s3:::b\""),
        "fails"
    );
    assert_eq!(escalates("Action = \"s3:*\", Resource = \"*\""), "fails");
}
