use palisade_analysis::lang::{Given, Inputs};
use palisade_model::{FrameKind, Kind, Presence, Reason};
use serde_json::json;

use super::{files, files_with, text, to_json};

#[test]
fn variables_locals_and_references() {
    let made = text(
        r#"
variable "name" { default = "logs" }
locals { full = "${var.name}-${terraform.workspace}" }
resource "aws_s3_bucket" "b" {
  bucket = local.full
  tags   = { Name = var.name, n = 1 + 1 }
}
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.id
  name   = aws_s3_bucket.b.bucket
  arn    = "${aws_s3_bucket.b.arn}/*"
  acl    = "public-read"
}
"#,
    );
    assert_eq!(made.messages(), Vec::<String>::new());
    assert_eq!(
        made.json("aws_s3_bucket.b", ""),
        json!({"bucket": "logs-default", "tags": {"Name": "logs", "n": 2}})
    );
    assert_eq!(
        made.json("aws_s3_bucket_acl.b", ""),
        json!({
            "bucket": {"$ref": "aws_s3_bucket.b", "attr": "id"},
            "name": "logs-default",
            "arn": {"$parts": [{"$ref": "aws_s3_bucket.b", "attr": "arn"}, "/*"]},
            "acl": "public-read",
        })
    );
}

#[test]
fn origins_lead_from_the_use_to_the_line_that_decides() {
    let made = files(&[
        (
            "main.tf",
            "module \"m\" {\n  source = \"./m\"\n  acl    = local.acl\n}\nlocals {\n  acl = \"public-read\"\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n",
        ),
    ]);
    let value = made.property("module.m.aws_s3_bucket.b", "acl");
    assert_eq!(value.as_str(), Some("public-read"));
    assert_eq!(made.source(value.origin.span), "var.acl");
    assert_eq!(made.source(value.origin.entry), "acl = var.acl");
    let frames: Vec<(FrameKind, String, String)> = value
        .origin
        .frames()
        .map(|frame| {
            (
                frame.kind,
                frame.label.to_string(),
                made.source(Some(frame.span)),
            )
        })
        .collect();
    assert_eq!(
        frames,
        [
            (
                FrameKind::Variable,
                "var.acl".into(),
                "acl    = local.acl".into()
            ),
            (
                FrameKind::ModuleArgument,
                "module.m".into(),
                "acl    = local.acl".into()
            ),
            (
                FrameKind::Local,
                "local.acl".into(),
                "acl = \"public-read\"".into()
            ),
        ]
    );
    let resource = made.resource("module.m.aws_s3_bucket.b");
    let call = resource.origin.frames().next().expect("the call");
    assert_eq!(made.source(Some(call.span)), "module \"m\"");
}

#[test]
fn instances_of_count_and_for_each() {
    let made = text(
        r#"
variable "n" {}
variable "create" {}
resource "a_b" "count" {
  count = 2
  name  = "n-${count.index}"
}
resource "a_b" "each" {
  for_each = { x = { open = true }, y = { open = false } }
  name     = each.key
  open     = each.value.open
}
resource "a_b" "some" {
  count = var.n
  name  = "x${count.index}"
  fixed = "f"
}
resource "a_b" "maybe" {
  count = var.create ? 1 : 0
  name  = "m"
}
resource "a_b" "none" { count = 0 }
resource "a_b" "user" {
  all   = a_b.count[*].name
  ids   = a_b.count[*].id
  first = a_b.count[0].id
  y     = a_b.each["y"].name
  names = { for k, v in a_b.each : k => v.id }
  maybe = a_b.maybe[0].name
}
"#,
    );
    assert_eq!(
        made.addresses(),
        [
            "a_b.count[0]",
            "a_b.count[1]",
            "a_b.each[\"x\"]",
            "a_b.each[\"y\"]",
            "a_b.maybe[0]",
            "a_b.some[*]",
            "a_b.user"
        ]
    );
    assert_eq!(made.json("a_b.count[1]", "name"), json!("n-1"));
    assert_eq!(
        made.json("a_b.each[\"x\"]", ""),
        json!({"name": "x", "open": true})
    );
    assert_eq!(made.json("a_b.some[*]", "fixed"), json!("f"));
    assert!(
        matches!(&made.resource("a_b.some[*]").presence, Presence::Symbolic(unknown)
        if unknown.reason == Reason::NoValue("var.n".into()))
    );
    assert!(matches!(
        made.resource("a_b.maybe[0]").presence,
        Presence::Conditional(_)
    ));
    assert_eq!(
        made.json("a_b.user", ""),
        json!({
            "all": ["n-0", "n-1"],
            "ids": [{"$ref": "a_b.count[0]", "attr": "id"}, {"$ref": "a_b.count[1]", "attr": "id"}],
            "first": {"$ref": "a_b.count[0]", "attr": "id"},
            "y": "y",
            "names": {"x": {"$ref": "a_b.each[\"x\"]", "attr": "id"}, "y": {"$ref": "a_b.each[\"y\"]", "attr": "id"}},
            "maybe": "m",
        })
    );
}

#[test]
fn unknowns_reach_only_what_depends_on_them() {
    let made = text(
        r#"
variable "x" { type = bool }
resource "a_b" "c" {
  t    = true || var.x
  f    = var.x && false
  u    = var.x
  same = var.x ? 1 : 1
  pick = var.x ? "a" : "b"
  part = { known = 1, not = var.x }
  list = [for v in [1, 2] : v * 2]
}
"#,
    );
    let value = made.json("a_b.c", "");
    assert_eq!(value["t"], json!(true));
    assert_eq!(value["f"], json!(false));
    assert_eq!(value["u"], json!({"$unknown": "var.x has no value"}));
    assert_eq!(value["same"], json!(1));
    assert_eq!(
        value["part"],
        json!({"known": 1, "not": {"$unknown": "var.x has no value"}})
    );
    assert_eq!(value["list"], json!([2, 4]));
    let Kind::Unknown(pick) = &made.property("a_b.c", "pick").kind else {
        panic!("known")
    };
    let candidates: Vec<_> = pick
        .candidates
        .iter()
        .map(|it| to_json(&it.value))
        .collect();
    assert_eq!(candidates, [json!("a"), json!("b")]);
    assert_eq!(&*pick.candidates[0].when[0].subject, "var.x");
}

#[test]
fn nested_and_dynamic_blocks_are_lists() {
    let made = text(
        r#"
variable "u" {}
locals { rules = { ssh = 22, web = 443 } }
resource "aws_security_group" "g" {
  ingress {
    from_port = 1
  }
  dynamic "ingress" {
    for_each = local.rules
    content {
      description = ingress.key
      from_port   = ingress.value
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
  dynamic "egress" {
    for_each = var.u
    iterator = it
    content { from_port = it.value }
  }
}
"#,
    );
    assert_eq!(
        made.json("aws_security_group.g", "ingress"),
        json!([
            {"from_port": 1},
            {"description": "ssh", "from_port": 22, "cidr_blocks": ["0.0.0.0/0"]},
            {"description": "web", "from_port": 443, "cidr_blocks": ["0.0.0.0/0"]},
        ])
    );
    assert_eq!(
        made.json("aws_security_group.g", "egress"),
        json!({"$unknown": "var.u has no value"})
    );
    let cidr = made.property("aws_security_group.g", "ingress.1.cidr_blocks");
    assert_eq!(
        made.source(cidr.origin.entry),
        "cidr_blocks = [\"0.0.0.0/0\"]"
    );
}

#[test]
fn modules_give_outputs_back() {
    let made = files(&[
        (
            "main.tf",
            r#"
module "m" {
  for_each = toset(["a", "b"])
  source   = "./mod"
  name     = each.key
}
module "gone" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.1.0"
}
resource "a_b" "c" {
  names = [for m in module.m : m.name]
  id    = module.m["a"].id
  vpc   = module.gone.vpc_id
}
"#,
        ),
        (
            "mod/main.tf",
            r#"
variable "name" { type = string }
resource "a_b" "this" { name = "x-${var.name}" }
output "name" { value = a_b.this.name }
output "id" { value = a_b.this.id }
"#,
        ),
    ]);
    assert_eq!(
        made.addresses(),
        [
            "a_b.c",
            "module.m[\"a\"].a_b.this",
            "module.m[\"b\"].a_b.this"
        ]
    );
    assert_eq!(
        made.json("a_b.c", ""),
        json!({
            "names": ["x-a", "x-b"],
            "id": {"$ref": "module.m[\"a\"].a_b.this", "attr": "id"},
            "vpc": {"$unknown": "module terraform-aws-modules/vpc/aws 5.1.0 is not here"},
        })
    );
}

#[test]
fn variable_files_types_and_defaults() {
    let main = r#"
variable "cfg" {
  type = object({ a = string, b = optional(number, 5), c = optional(list(string), []) })
}
variable "list" { type = set(string) }
variable "plain" {}
variable "nn" {
  default  = "d"
  nullable = false
}
resource "a_b" "c" {
  cfg   = var.cfg
  list  = var.list
  plain = var.plain
  nn    = var.nn
}
"#;
    let inputs = Inputs {
        given: vec![
            Given::Variable("list".into(), "[\"b\", \"a\", \"b\"]".into()),
            Given::Variable("plain".into(), "{1}".into()),
        ],
        ..Inputs::default()
    };
    let made = files_with(
        &[
            ("main.tf", main),
            (
                "terraform.tfvars",
                "cfg = { a = 1 }\nnn = null\nplain = \"x\"\n",
            ),
            ("z.auto.tfvars.json", "{\"plain\": \"y\"}"),
        ],
        &inputs,
    );
    assert_eq!(
        made.json("a_b.c", ""),
        json!({"cfg": {"a": "1", "b": 5, "c": []}, "list": ["a", "b"], "plain": "{1}", "nn": "d"})
    );
}

#[test]
fn overrides_tofu_files_and_json_syntax() {
    let made = files(&[
        (
            "main.tf",
            "resource \"a_b\" \"c\" {\n  acl = \"public\"\n  rule { n = 1 }\n  keep = 1\n}\nresource \"a_b\" \"old\" {}\n",
        ),
        (
            "z_override.tf",
            "resource \"a_b\" \"c\" {\n  acl = \"private\"\n  rule { n = 2 }\n}\n",
        ),
        ("x.tf", "resource \"a_b\" \"tf\" {}\n"),
        ("x.tofu", "resource \"a_b\" \"tofu\" {}\n"),
        (
            "j.tf.json",
            r#"{"resource": {"a_b": {"j": {"name": "${a_b.c.acl}-x", "n": 3}}}, "locals": {"l": "v"}}"#,
        ),
    ]);
    assert_eq!(made.addresses(), ["a_b.c", "a_b.j", "a_b.old", "a_b.tofu"]);
    assert_eq!(
        made.json("a_b.c", ""),
        json!({"acl": "private", "rule": [{"n": 2}], "keep": 1})
    );
    assert_eq!(made.json("a_b.j", ""), json!({"name": "private-x", "n": 3}));
}

#[test]
fn policy_documents_are_decoded_with_inner_places() {
    let made = text(
        r#"
resource "aws_s3_bucket" "b" {}
data "aws_iam_policy_document" "d" {
  statement {
    sid       = "A"
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:x"
      values   = ["y"]
    }
  }
}
resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.d.json }
resource "aws_iam_policy" "h" {
  policy = <<EOF
{ "Statement": [ { "Effect": "Allow", "Action": "*", "Resource": "${aws_s3_bucket.b.arn}" } ] }
EOF
}
"#,
    );
    let arn = json!({"$ref": "aws_s3_bucket.b", "attr": "arn"});
    assert_eq!(
        made.json("aws_iam_policy.p", "policy"),
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "A", "Effect": "Allow", "Action": "s3:*",
                "Resource": {"$parts": [arn, "/*"]},
                "Principal": {"AWS": "*"},
                "Condition": {"StringEquals": {"aws:x": "y"}},
            }],
        })
    );
    let action = made.property("aws_iam_policy.p", "policy.Statement.0.Action");
    assert_eq!(made.source(action.origin.entry), "actions   = [\"s3:*\"]");
    assert_eq!(
        made.json("aws_iam_policy.h", "policy.Statement.0.Resource"),
        arn
    );
    let action = made.property("aws_iam_policy.h", "policy.Statement.0.Action");
    assert_eq!(made.source(action.origin.entry), "\"Action\": \"*\"");
    assert_eq!(made.source(action.origin.span), "\"*\"");
}

#[test]
fn providers_lifecycle_and_default_tags() {
    let made = files(&[
        (
            "main.tf",
            r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
    google = { source = "hashicorp/google", version = ">= 4.0" }
  }
}
provider "aws" {
  region = "eu-west-1"
  default_tags { tags = { Owner = "me" } }
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
resource "aws_s3_bucket" "a" {
  tags = { A = "1" }
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags, versioning]
  }
}
resource "aws_s3_bucket" "b" { provider = aws.us }
resource "google_x" "g" {}
module "m" {
  source    = "./m"
  providers = { aws = aws.us }
}
"#,
        ),
        ("m/m.tf", "resource \"aws_s3_bucket\" \"c\" {}"),
        (
            ".terraform.lock.hcl",
            "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"5.31.0\"\n}\n",
        ),
    ]);
    let provider = |address: &str| made.resource(address).provider.clone().expect("a provider");
    assert_eq!(&*provider("aws_s3_bucket.a").source, "hashicorp/aws");
    assert_eq!(
        provider("aws_s3_bucket.a").version.as_deref(),
        Some("= 5.31.0")
    );
    assert_eq!(provider("aws_s3_bucket.b").alias.as_deref(), Some("us"));
    assert_eq!(
        provider("module.m.aws_s3_bucket.c").alias.as_deref(),
        Some("us")
    );
    assert_eq!(provider("google_x.g").version.as_deref(), Some(">= 4.0"));
    assert_eq!(
        made.json("aws_s3_bucket.a", "tags_all"),
        json!({"Owner": "me", "A": "1"})
    );
    let meta = to_json(&made.resource("aws_s3_bucket.a").meta);
    assert_eq!(
        meta,
        json!({"prevent_destroy": true, "ignore_changes": ["tags", "versioning"], "region": "eu-west-1"})
    );
    assert_eq!(
        to_json(&made.resource("module.m.aws_s3_bucket.c").meta)["region"],
        json!("us-east-1")
    );
}

#[test]
fn mistakes_cost_one_attribute_and_are_told() {
    let made = text(
        r#"
locals {
  a = local.b
  b = local.a
}
resource "a_b" "c" {
  ok      = 1
  cycle   = local.a
  missing = var.nope
  index   = [1][5]
  other   = x_y.undeclared.id
  bad     = [1, 
  after   = 2
}
"#,
    );
    let value = made.json("a_b.c", "");
    assert_eq!(value["ok"], json!(1));
    assert_eq!(value["after"], json!(2));
    assert_eq!(
        value["missing"],
        json!({"$unknown": "var.nope is not declared"})
    );
    assert_eq!(
        value["other"],
        json!({"$ref": "x_y.undeclared", "attr": "id"})
    );
    for name in ["cycle", "index", "bad"] {
        assert!(value[name]["$unknown"].is_string(), "{name}: {value}");
    }
    let messages = made.messages().join("\n");
    for part in [
        "depends on itself",
        "variable `nope` is not declared",
        "no element 5",
        "never closed",
    ] {
        assert!(messages.contains(part), "{part}: {messages}");
    }
}

#[test]
fn a_block_that_is_repeated_wrongly_is_told_and_judged_all_the_same() {
    let strings = "`for_each` must be a map or a set of strings";
    let converted = &format!("{strings}: these are taken as `toset` would take them");
    let whole = "`count` must be a whole number that is not negative";
    for (argument, place, message, addresses) in [
        (
            "for_each = [\"b\", \"a\", \"b\"]",
            "[\"b\", \"a\", \"b\"]",
            &**converted,
            &["a_b.c[\"a\"]", "a_b.c[\"b\"]"][..],
        ),
        (
            "for_each = toset([1, 2])",
            "toset([1, 2])",
            converted,
            &["a_b.c[\"1\"]", "a_b.c[\"2\"]"],
        ),
        (
            "for_each = toset([\"a\", null])",
            "toset([\"a\", null])",
            strings,
            &["a_b.c[*]"],
        ),
        (
            "for_each = toset([[\"a\"]])",
            "toset([[\"a\"]])",
            strings,
            &["a_b.c[*]"],
        ),
        ("for_each = \"a\"", "\"a\"", strings, &["a_b.c[*]"]),
        (
            "for_each = null",
            "null",
            "`for_each` cannot be null",
            &["a_b.c[*]"],
        ),
        (
            "for_each = sensitive({ a = 1 })",
            "sensitive({ a = 1 })",
            "`for_each` shows its keys, and this is sensitive or ephemeral",
            &["a_b.c[\"a\"]"],
        ),
        ("count = -1", "-1", whole, &["a_b.c[*]"]),
        ("count = 1.5", "1.5", whole, &["a_b.c[*]"]),
        ("count = null", "null", whole, &["a_b.c[*]"]),
        (
            "count = \"two\"",
            "\"two\"",
            "`count` must be a number: a number is required",
            &["a_b.c[*]"],
        ),
        (
            "count = var.e",
            "var.e",
            "`count` must be kept, and this is ephemeral",
            &["a_b.c[0]"],
        ),
        (
            "count = 1\nfor_each = {}",
            "for_each = {}",
            "`count` and `for_each` exclude each other: `count` is taken",
            &["a_b.c[0]"],
        ),
    ] {
        let made = text(&format!(
            "variable \"e\" {{\n  default = 1\n  ephemeral = true\n}}\nresource \"a_b\" \"c\" {{\n{argument}\nfixed = 1\n}}\n"
        ));
        assert_eq!(made.addresses(), addresses, "{argument}");
        assert_eq!(made.json(addresses[0], "fixed"), json!(1), "{argument}");
        assert_eq!(made.messages(), [message], "{argument}");
        assert_eq!(
            made.source(made.evaluation.diagnostics[0].span),
            place,
            "{argument}"
        );
    }
    for argument in [
        "for_each = toset([])",
        "for_each = {}",
        "for_each = toset([\"a\"])",
        "count = \"2\"",
        "count = sensitive(1)",
        "for_each = { a = sensitive(1) }",
        "for_each = toset([\"a\", d_e.f.id])",
        "count = length(d_e.f.id)",
    ] {
        let made = text(&format!(
            "resource \"d_e\" \"f\" {{}}\nresource \"a_b\" \"c\" {{\n{argument}\n}}\n"
        ));
        assert_eq!(made.messages(), Vec::<String>::new(), "{argument}");
    }
}

#[test]
fn results_do_not_depend_on_the_order_of_blocks_and_files() {
    let blocks = [
        "variable \"a\" { default = 1 }\n",
        "locals { b = var.a + local.c }\n",
        "locals { c = 2 }\n",
        "resource \"a_b\" \"x\" { v = a_b.y.v }\n",
        "resource \"a_b\" \"y\" { v = local.b }\n",
        "module \"m\" {\n  source = \"./m\"\n  v = a_b.x.v\n}\n",
        "resource \"a_b\" \"z\" { v = module.m.o }\n",
    ];
    let module = (
        "m/main.tf",
        "variable \"v\" {}\noutput \"o\" { value = var.v * 2 }\n",
    );
    let shown = |order: &[usize]| {
        let half = order.len() / 2;
        let join = |part: &[usize]| part.iter().map(|&at| blocks[at]).collect::<String>();
        let (first, second) = (join(&order[..half]), join(&order[half..]));
        let made = files(&[("a.tf", &first), ("b.tf", &second), module]);
        let resources = made.evaluation.resources.iter();
        resources
            .map(|it| format!("{} {}", it.address, to_json(&it.properties)))
            .collect::<Vec<_>>()
    };
    let expected = shown(&[0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(expected[2], "a_b.z {\"v\":6}");
    let mut order: Vec<usize> = (0..7).collect();
    for turn in 0..40 {
        let at = (turn * 5 + 3) % 7;
        order.swap(at, turn % 7);
        assert_eq!(shown(&order), expected, "{order:?}");
    }
}
