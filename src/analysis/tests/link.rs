//! Which resource a value of Terraform names, where the value is known without it.
//!
//! Two buckets always have one name, so that only the reference tells them apart.

use std::path::Path;
use std::sync::Arc;

use palisade_analysis::discover::ProjectKind;
use palisade_analysis::lang::Inputs;
use palisade_analysis::system::{OsSystem, System};
use palisade_analysis::{fold, link, lower};
use palisade_model::{Graph, Resource};

use crate::terraform::{files, run, text};

const TWINS: &str = r#"
resource "aws_s3_bucket" "first" { bucket = "logs" }
resource "aws_s3_bucket" "second" { bucket = "logs" }
"#;

fn graph(resources: Vec<Arc<Resource>>) -> Graph {
    link::link(fold::fold(lower::lower(resources).resources))
}

/// The buckets that have an ACL.
fn opened(graph: &Graph) -> Vec<String> {
    graph
        .resources()
        .filter(|(_, resource)| resource.properties.get("AccessControl").is_some())
        .map(|(_, resource)| resource.address.to_string())
        .collect()
}

/// The bucket of an ACL beside the twins, which an expression names.
fn bucket_of(expression: &str, more: &str) -> Vec<String> {
    let acl = format!(
        "resource \"aws_s3_bucket_acl\" \"acl\" {{\n  bucket = {expression}\n  acl = \"public-read\"\n}}\n"
    );
    opened(&graph(
        text(&format!("{TWINS}{acl}{more}")).evaluation.resources,
    ))
}

#[test]
fn a_reference_names_its_resource_although_the_name_is_known() {
    let written = [
        "aws_s3_bucket.second.bucket",
        "aws_s3_bucket.second.id",
        "\"${aws_s3_bucket.second.bucket}\"",
        "local.name",
        "local.whole.bucket",
        "local.names[0]",
        "local.by_key[\"a\"]",
        "one([for it in [aws_s3_bucket.second] : it.bucket])",
        "join(\"\", aws_s3_bucket.second[*].bucket)",
        "try(aws_s3_bucket.second.bucket, \"\")",
        "coalesce(null, aws_s3_bucket.second.bucket)",
        "lower(trimspace(aws_s3_bucket.second.bucket))",
        "format(\"%s\", aws_s3_bucket.second.bucket)",
        "format(\"arn:aws:s3:::%s\", aws_s3_bucket.second.bucket)",
        "\"arn:aws:s3:::${aws_s3_bucket.second.bucket}\"",
        "true ? aws_s3_bucket.second.bucket : \"other\"",
        "aws_s3_bucket_versioning.second.bucket",
    ];
    let more = r#"
resource "aws_s3_bucket_versioning" "second" {
  bucket = aws_s3_bucket.second.bucket
}
locals {
  name   = aws_s3_bucket.second.bucket
  whole  = aws_s3_bucket.second
  names  = [aws_s3_bucket.second.bucket]
  by_key = { a = aws_s3_bucket.second.bucket }
}
"#;
    for expression in written {
        let named = bucket_of(expression, more);
        assert_eq!(named, ["aws_s3_bucket.second"], "{expression}");
    }
}

#[test]
fn a_name_without_a_value_still_names_its_resource() {
    let made = text(
        r#"
variable "name" {}
resource "aws_s3_bucket" "first" { bucket = var.name }
resource "aws_s3_bucket" "second" { bucket = var.name }
resource "aws_s3_bucket_acl" "acl" {
  bucket = aws_s3_bucket.second.bucket
  acl    = "public-read"
}
"#,
    );
    assert_eq!(
        opened(&graph(made.evaluation.resources)),
        ["aws_s3_bucket.second"]
    );
}

#[test]
fn a_reference_goes_through_modules_and_loops() {
    let made = files(&[
        (
            "main.tf",
            &format!(
                r#"{TWINS}
module "acl" {{
  for_each = {{ a = aws_s3_bucket.second.bucket }}
  source   = "./acl"
  bucket   = each.value
}}
"#
            ),
        ),
        (
            "acl/main.tf",
            r#"
variable "bucket" { type = string }
resource "aws_s3_bucket_acl" "acl" {
  count  = 1
  bucket = var.bucket
  acl    = "public-read"
}
output "bucket" { value = aws_s3_bucket_acl.acl[0].bucket }
"#,
        ),
    ]);
    assert_eq!(
        opened(&graph(made.evaluation.resources)),
        ["aws_s3_bucket.second"]
    );
}

#[test]
fn a_text_that_only_holds_a_name_names_another_resource() {
    let made = text(
        r#"
resource "aws_s3_bucket" "first" { bucket = "logs" }
resource "aws_s3_bucket" "second" { bucket = "logs-acl" }
resource "aws_s3_bucket_acl" "acl" {
  bucket = "${aws_s3_bucket.first.bucket}-acl"
  acl    = "public-read"
}
"#,
    );
    assert_eq!(
        opened(&graph(made.evaluation.resources)),
        ["aws_s3_bucket.second"]
    );
}

#[test]
fn another_attribute_of_a_resource_is_not_its_name() {
    let more = r#"
resource "aws_s3_bucket" "third" {
  bucket = "third"
  tags   = { logs = "logs" }
}
"#;
    let named = bucket_of("aws_s3_bucket.third.tags.logs", more);
    assert!(!named.contains(&"aws_s3_bucket.third".to_owned()));
}

#[test]
fn a_known_attribute_is_an_edge_to_the_resource_it_is_taken_from() {
    let made = text(
        r#"
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_security_group" "one" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.main.cidr_block]
  }
}
resource "aws_security_group" "other" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
}
"#,
    );
    let graph = graph(made.evaluation.resources);
    let vpc = graph.of_type("AWS::EC2::VPC")[0];
    let from: Vec<String> = graph
        .edges_to(vpc)
        .map(|edge| graph.resource(edge.from).address.to_string())
        .collect();
    assert_eq!(from, ["aws_security_group.one"]);
}

#[test]
fn an_attribute_that_is_one_of_another_resource_is_an_edge_to_both() {
    let made = text(
        r#"
resource "null_resource" "name" {}
resource "aws_codecommit_repository" "alone" { repository_name = null_resource.name.id }
resource "aws_codecommit_repository" "parts" { repository_name = "x-${null_resource.name.id}" }
resource "aws_codecommit_repository" "none" { repository_name = null_resource.name.id }
resource "aws_codecommit_approval_rule_template_association" "alone" {
  approval_rule_template_name = "two-people"
  repository_name             = aws_codecommit_repository.alone.repository_name
}
resource "aws_codecommit_approval_rule_template_association" "parts" {
  approval_rule_template_name = "two-people"
  repository_name             = aws_codecommit_repository.parts.repository_name
}
"#,
    );
    let graph = graph(made.evaluation.resources);
    let repositories = graph.of_type("AWS::CodeCommit::Repository");
    let named = repositories.iter().filter(|&&it| {
        graph
            .edges_to(it)
            .any(|edge| &*graph.resource(edge.from).resource_type != "null_resource")
    });
    let named: Vec<String> = named
        .map(|&it| graph.resource(it).address.to_string())
        .collect();
    assert_eq!(
        named,
        [
            "aws_codecommit_repository.alone",
            "aws_codecommit_repository.parts"
        ]
    );
}

#[test]
fn a_plan_tells_whose_attribute_a_value_of_the_deployment_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/plan/references");
    let folder = OsSystem.canonicalize(&folder).expect("the folder");
    let made = run(
        &OsSystem,
        ProjectKind::TerraformPlan,
        &folder.join("plan.json"),
        std::slice::from_ref(&folder),
        &Inputs::default(),
    );
    let graph = graph(made.evaluation.resources);
    // Through the key of the instance; through a variable, an output of another module and its variable.
    assert_eq!(
        opened(&graph),
        ["aws_s3_bucket.each[\"b\"]", "aws_s3_bucket.opened"]
    );
    let guarded: Vec<String> = graph
        .of_type("AWS::EC2::SecurityGroup")
        .iter()
        .filter(|&&group| graph.edges_to(group).next().is_some())
        .map(|&group| graph.resource(group).address.to_string())
        .collect();
    // The groups of the other load balancer are a local value, which a plan leaves out.
    assert_eq!(
        guarded,
        ["aws_security_group.one", "aws_security_group.two"]
    );
}
