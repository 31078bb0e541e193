//! Which resource a finding names: the one to change.

use std::path::PathBuf;
use std::sync::Arc;

use palisade_analysis::analyzer::{Analyzer, Request};
use palisade_analysis::system::MemorySystem;

/// What the findings of a rule name, and the resources that were judged.
fn subjects(files: &[(&str, &str)], rule: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let request = Request {
        paths: vec![PathBuf::from("/p")],
        ..Request::default()
    };
    let files = files
        .iter()
        .map(|(name, text)| (format!("/p/{name}"), *text));
    let files: Vec<(String, &str)> = files.collect();
    let system = MemorySystem::new(files.iter().map(|(name, text)| (name.as_str(), *text)));
    let analysis = Analyzer::new(Arc::new(system)).analyze(&request);
    let analysis = analysis.expect("there is no configuration to be wrong");
    let shown =
        |all: &[Arc<palisade_model::Address>]| all.iter().map(ToString::to_string).collect();
    analysis
        .findings
        .iter()
        .filter(|finding| &*finding.rule_id == rule)
        .map(|finding| (shown(finding.subjects()), shown(&finding.instances)))
        .collect()
}

const SSH: &str = "aws-ec2-security-group-ssh-open";

const GROUP: &str = r#"
resource "aws_security_group" "main" {
  description = "of the web servers"
}
"#;

#[test]
fn a_rule_of_its_own_is_what_to_change() {
    let rules = r#"
resource "aws_security_group_rule" "ssh" {
  count             = 2
  type              = "ingress"
  from_port         = 22
  to_port           = 22
  protocol          = "tcp"
  cidr_blocks       = ["0.0.0.0/0"]
  security_group_id = aws_security_group.main.id
}
"#;
    let found = subjects(&[("main.tf", &format!("{GROUP}{rules}"))], SSH);
    let parts = [
        "aws_security_group_rule.ssh[0]",
        "aws_security_group_rule.ssh[1]",
    ];
    let expected = (
        parts.map(String::from).to_vec(),
        vec!["aws_security_group.main".to_owned()],
    );
    assert_eq!(found, [expected]);
}

#[test]
fn a_rule_inside_of_its_group_is_the_groups() {
    let text = r#"
resource "aws_security_group" "main" {
  description = "of the web servers"
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"#;
    let group = vec!["aws_security_group.main".to_owned()];
    assert_eq!(
        subjects(&[("main.tf", text)], SSH),
        [(group.clone(), group)]
    );
}

#[test]
fn a_setting_that_another_resource_makes_is_the_parents() {
    let text = r#"
resource "aws_s3_bucket" "logs" {}

resource "aws_s3_bucket_acl" "logs" {
  bucket = aws_s3_bucket.logs.id
  acl    = "public-read"
}
"#;
    let bucket = vec!["aws_s3_bucket.logs".to_owned()];
    let found = subjects(&[("main.tf", text)], "aws-s3-bucket-public-acl");
    assert_eq!(found, [(bucket.clone(), bucket)]);
}

#[test]
fn a_rule_of_its_own_is_named_in_cloudformation_too() {
    let text = r"
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: { GroupDescription: of the web servers }
  Ssh:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: { GroupId: !GetAtt Group.GroupId, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0 }
";
    let found = subjects(&[("template.yaml", text)], SSH);
    assert_eq!(found, [(vec!["Ssh".to_owned()], vec!["Group".to_owned()])]);
}
