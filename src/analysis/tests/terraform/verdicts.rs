//! What rules say of configurations in memory: which resources, and the text that is underlined.

use std::path::Path;
use std::sync::Arc;

use palisade_analysis::analyzer::Analysis;
use palisade_analysis::system::MemorySystem;

use super::traps::analyze;

/// The findings of a rule, as `address: underlined text`, in order.
pub(super) fn findings(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    said(files, rule).0
}

/// The findings of a rule, and the resources it cannot judge.
fn said(files: &[(&str, &str)], rule: &str) -> (Vec<String>, Vec<String>) {
    let system = MemorySystem::new(files.iter().copied());
    let analysis = analyze(Arc::new(system), Path::new(""));
    let of_rule = analysis.findings.iter().filter(|it| &*it.rule_id == rule);
    let places = of_rule.map(|it| (&it.instances, underlined(&analysis, it.span)));
    let mut found: Vec<String> = places
        .flat_map(|(instances, text)| instances.iter().map(move |it| format!("{it}: {text}")))
        .collect();
    let undecided = analysis.undecided.iter().filter(|it| &*it.rule_id == rule);
    let mut open: Vec<String> = undecided.map(|it| it.address.to_string()).collect();
    found.sort();
    open.sort();
    (found, open)
}

/// What a rule says of one resource of a `main.tf`.
pub(super) fn verdict(text: &str, rule: &str, address: &str) -> &'static str {
    let (found, open) = said(&[("main.tf", text)], rule);
    let is_it = |it: &String| it.split(": ").next() == Some(address);
    match (found.iter().any(is_it), open.iter().any(is_it)) {
        (true, _) => "fails",
        (false, true) => "is open",
        (false, false) => "passes",
    }
}

/// The text that is underlined, behind the name of the block that it stands in where that is not on its line.
fn underlined(analysis: &Analysis, span: Option<palisade_model::Span>) -> String {
    let span = span.expect("a finding is somewhere");
    let file = analysis.sources.file(span.file);
    let before = file.text[..span.start as usize].rsplit_once('\n');
    let is_header = |line: &&str| line.ends_with(" {") && !line.starts_with(' ');
    let header = before.and_then(|(before, _)| before.lines().rfind(is_header));
    let text = file.slice(span);
    match header.filter(|_| !text.starts_with("resource")) {
        Some(header) => format!("{text} of {}", header.trim_end_matches(" {")),
        None => text.to_owned(),
    }
}

const ALIASES: &str = r#"
provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { Owner = "here" }
  }
}
provider "aws" {
  alias  = "us"
  region = "us-east-1"
  default_tags {
    tags = { Owner = "there" }
  }
}
resource "aws_sns_topic" "here" {}
resource "aws_sns_topic" "there" { provider = aws.us }
module "swapped" {
  source    = "./swapped"
  providers = { aws = aws.us, aws.other = aws }
}
module "inherited" {
  source = "./inherited"
}
"#;
const SWAPPED: &str = r#"
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.other]
    }
  }
}
resource "aws_sns_topic" "plain" {}
resource "aws_sns_topic" "other" { provider = aws.other }
module "deeper" {
  source    = "../inherited"
  providers = { aws = aws.other }
}
"#;

#[test]
fn a_resource_takes_region_and_tags_of_the_configuration_it_names() {
    let made = super::files(&[
        ("main.tf", ALIASES),
        ("swapped/main.tf", SWAPPED),
        (
            "inherited/main.tf",
            "resource \"aws_sns_topic\" \"in\" {}\n",
        ),
    ]);
    let seen = |address: &str| {
        let resource = made.resource(address);
        let alias = resource.provider.as_ref().and_then(|it| it.alias.clone());
        let region = super::to_json(&resource.meta)["region"].clone();
        let owner = made.json(address, "tags_all.Owner");
        let alias = alias.as_deref().unwrap_or("-").to_owned();
        format!("{alias} {region} {owner}").replace('"', "")
    };
    let (here, there) = ("- eu-west-1 here", "us us-east-1 there");
    assert_eq!(seen("aws_sns_topic.here"), here);
    assert_eq!(seen("aws_sns_topic.there"), there);
    assert_eq!(seen("module.swapped.aws_sns_topic.plain"), there);
    assert_eq!(seen("module.swapped.aws_sns_topic.other"), here);
    assert_eq!(seen("module.swapped.module.deeper.aws_sns_topic.in"), here);
    assert_eq!(seen("module.inherited.aws_sns_topic.in"), here);
}

const CLUSTER: &str = r#"
resource "aws_redshift_cluster" "main" {
  cluster_identifier = "orders"
  node_type          = "ra3.large"
}
"#;
const ENCRYPTED: &str = "aws-redshift-cluster-unencrypted";
const MARK: &str = "aws_redshift_cluster.main: resource \"aws_redshift_cluster\" \"main\"";

fn requiring(constraint: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    aws = {{ source = \"hashicorp/aws\", version = \"{constraint}\" }}\n  }}\n}}\n{CLUSTER}"
    )
}

fn locking(version: &str) -> String {
    format!(
        "provider \"registry.terraform.io/hashicorp/aws\" {{\n  version     = \"{version}\"\n  constraints = \">= 5.0.0\"\n}}\n"
    )
}

#[test]
fn the_version_that_is_locked_decides_before_the_constraint() {
    const LOCK: &str = ".terraform.lock.hcl";
    let (any, old, new) = (
        requiring(">= 5.0"),
        requiring("~> 5.0"),
        requiring(">= 6.0"),
    );
    let judged = |files: &[(&str, &str)]| said(files, ENCRYPTED);
    let fails = (vec![MARK.to_owned()], vec![]);
    let open = (vec![], vec!["aws_redshift_cluster.main".to_owned()]);
    let passes = (vec![], vec![]);

    assert_eq!(judged(&[("main.tf", &old)]), fails);
    assert_eq!(judged(&[("main.tf", &new)]), passes);
    assert_eq!(judged(&[("main.tf", &any)]), open);
    assert_eq!(
        judged(&[("main.tf", &any), (LOCK, &locking("5.99.1"))]),
        fails
    );
    assert_eq!(
        judged(&[("main.tf", &any), (LOCK, &locking("6.2.0"))]),
        passes
    );
}

#[test]
fn the_lock_of_the_root_module_holds_in_modules() {
    let root = "module \"m\" {\n  source = \"./m\"\n}\n";
    let any = requiring(">= 5.0");
    let (old, new) = (locking("5.0.0"), locking("6.0.0"));
    let judged = |lock: &str, own: &str| {
        let files = [
            ("main.tf", root),
            ("m/main.tf", &any),
            (".terraform.lock.hcl", lock),
            ("m/.terraform.lock.hcl", own),
        ];
        findings(&files, ENCRYPTED)
    };
    assert_eq!(judged(&old, &new), [format!("module.m.{MARK}")]);
    assert_eq!(judged(&new, &old), [""; 0]);
}

const ADMIN: &str = "aws-iam-policy-admin";

/// A document with these arguments, and those it may merge: each has the `Sid` that its name says, in front of the star where it
/// allows everything.
fn merging(arguments: &str) -> String {
    let document = |name: &str, sid: &str, action: &str| {
        format!(
            "data \"aws_iam_policy_document\" \"{name}\" {{\n  statement {{\n    sid       = \"{sid}\"\n    actions   = [\"{action}\"]\n    resources = [\"*\"]\n  }}\n}}\n"
        )
    };
    let text = [
        document("a_all", "A", "*"),
        document("a_list", "A", "s3:ListAllMyBuckets"),
        document("plain_list", "", "s3:ListAllMyBuckets"),
        "variable \"given\" {}\nlocals {\n  all = jsonencode({ Statement = [{ Sid = \"A\", Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })\n}\n".to_owned(),
        format!("data \"aws_iam_policy_document\" \"merged\" {{\n{arguments}\n}}\n"),
        "resource \"aws_iam_policy\" \"p\" {\n  policy = data.aws_iam_policy_document.merged.json\n}\n".to_owned(),
    ];
    let text = text.concat();
    text.replace("data.a_", "data.aws_iam_policy_document.a_")
        .replace("data.plain_", "data.aws_iam_policy_document.plain_")
}

/// What is said of the policy that merges them: the text that is underlined; `?` where it cannot be known.
fn merged(arguments: &str) -> String {
    let text = merging(arguments);
    let (found, open) = said(&[("main.tf", &text)], ADMIN);
    let of_policy = |it: &String| it.strip_prefix("aws_iam_policy.p").map(str::to_owned);
    let found = found.iter().find_map(of_policy);
    let open = open.iter().find_map(of_policy).map(|_| "?".to_owned());
    found.or(open).unwrap_or_default()
}

const OWN_ALL: &str =
    "  statement {\n    sid       = \"A\"\n    actions   = [\"*\"]\n    resources = [\"*\"]\n  }\n";
const OWN_LIST: &str = "  statement {\n    sid       = \"A\"\n    actions   = [\"s3:ListAllMyBuckets\"]\n    resources = [\"*\"]\n  }\n";
const IN_OWN: &str = ": statement of data \"aws_iam_policy_document\" \"merged\"";
const IN_OTHER: &str = ": statement of data \"aws_iam_policy_document\" \"a_all\"";
const IN_TEXT: &str =
    ": { Sid = \"A\", Effect = \"Allow\", Action = \"*\", Resource = \"*\" } of locals";

#[test]
fn statements_of_policy_documents_are_merged_by_their_sid() {
    let sources = |list: &str| format!("  source_policy_documents = [{list}]\n");
    let overrides = |list: &str| format!("  override_policy_documents = [{list}]\n");
    let (all, list) = ("data.a_all.json", "data.a_list.json");
    let (first, last) = (format!("{all}, {list}"), format!("{list}, {all}"));

    assert_eq!(merged(&sources(all)), IN_OTHER);
    assert_eq!(merged(&(sources(all) + OWN_LIST)), "");
    assert_eq!(merged(&(sources(list) + OWN_ALL)), IN_OWN);
    assert_eq!(merged(&(overrides(list) + OWN_ALL)), "");
    let unnamed = overrides("data.plain_list.json");
    assert_eq!(merged(&(unnamed + OWN_ALL)), IN_OWN);
    assert_eq!(merged(&overrides(&first)), "");
    assert_eq!(merged(&overrides(&last)), IN_OTHER);
    assert_eq!(merged(&(overrides("null, \"\"") + OWN_ALL)), IN_OWN);
}

#[test]
fn the_older_arguments_of_policy_documents_stand_around_the_newer() {
    let source = "  source_json = local.all\n";
    assert_eq!(merged(source), IN_TEXT);
    assert_eq!(merged(&(source.to_owned() + OWN_LIST)), "");
    let overrides = |old: &str, new: &str| {
        let text = format!("  override_json = {old}\n  override_policy_documents = [{new}]\n");
        merged(&text)
    };
    assert_eq!(overrides("data.a_list.json", "local.all"), "");
    assert_eq!(overrides("local.all", "data.a_list.json"), IN_TEXT);
}

#[test]
fn a_document_that_is_not_known_may_take_the_place_of_what_has_a_sid() {
    let with = |argument: &str, statement: &str| merged(&format!("  {argument}\n{statement}"));
    let unnamed = OWN_ALL.replace("sid       = \"A\"", "");
    let may_be_same = OWN_LIST.replace("\"A\"", "var.given");

    let listed = "override_policy_documents = [var.given]";
    assert_eq!(with(listed, OWN_ALL), "?");
    assert_eq!(with(listed, &unnamed), IN_OWN);
    assert_eq!(with("override_policy_documents = var.given", OWN_ALL), "?");
    assert_eq!(with("override_json = var.given", OWN_LIST), "?");
    assert_eq!(
        with("source_policy_documents = [var.given]", OWN_ALL),
        IN_OWN
    );
    assert_eq!(with("source_json = local.all", &may_be_same), "?");
}

#[test]
fn a_merged_document_has_the_highest_version_and_the_last_id() {
    let text = r#"
data "aws_iam_policy_document" "d" {
  version                 = "2008-10-17"
  policy_id               = "own"
  source_policy_documents = [jsonencode({ Version = "2012-10-17", Id = "source", Statement = [] })]
  override_json           = jsonencode({ Version = "2008-10-17", Id = "last", Statement = [] })
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::b/&{aws:username}/*"]
  }
}
resource "aws_iam_policy" "p" { policy = data.aws_iam_policy_document.d.json }
"#;
    let made = super::text(text);
    let document = made.json("aws_iam_policy.p", "policy");
    let statement = serde_json::json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}/*"});
    assert_eq!(
        document,
        serde_json::json!({"Version": "2012-10-17", "Id": "last", "Statement": [statement]})
    );
}

/// A policy that allows everything, with this many spaces in it.
fn spaced(spaces: usize) -> String {
    let spaces = " ".repeat(spaces);
    format!("{{ \"Version\": \"2012-10-17\",{spaces}\"Statement\": [ALL] }}").replace(
        "ALL",
        "{ \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\" }",
    )
}

#[test]
fn a_long_document_is_decoded_and_one_that_is_too_long_is_not_known() {
    let main = "data \"aws_iam_policy_document\" \"d\" {\n  override_json = file(\"long.json\")\n}\nresource \"aws_iam_policy\" \"p\" {\n  policy = data.aws_iam_policy_document.d.json\n}\n";
    let judged = |text: &str| said(&[("main.tf", main), ("long.json", text)], ADMIN);
    let found = ["aws_iam_policy.p: file(\"long.json\") of data \"aws_iam_policy_document\" \"d\""];
    let found = found.map(str::to_owned).to_vec();
    assert_eq!(judged(&spaced(3 << 20)), (found, vec![]));
    let open = vec!["aws_iam_policy.p".to_owned()];
    assert_eq!(judged(&spaced(9 << 20)), (vec![], open));
    let open = open_reasons(&[("main.tf", main), ("long.json", &spaced(9 << 20))]);
    assert_eq!(
        open,
        ["a document of more than 8 MiB or 200,000 parts: limit reached"]
    );
}

/// Why the policies cannot be judged.
fn open_reasons(files: &[(&str, &str)]) -> Vec<String> {
    let system = MemorySystem::new(files.iter().copied());
    let analysis = analyze(Arc::new(system), Path::new(""));
    let open = analysis.undecided.iter().filter(|it| &*it.rule_id == ADMIN);
    open.map(|it| it.reason.clone()).collect()
}

#[test]
fn a_long_text_with_a_part_that_is_not_known_is_decoded_with_its_places() {
    let policy = spaced(2 << 20).replace("\"Version\"", "\"Id\": \"${var.id}\", \"Version\"");
    let main = format!(
        "variable \"id\" {{}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = <<-TEXT\n{policy}\nTEXT\n}}\n"
    );
    let all = "{ \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\" }";
    assert_eq!(
        findings(&[("main.tf", &main)], ADMIN),
        [format!(
            "aws_iam_policy.p: {all} of resource \"aws_iam_policy\" \"p\""
        )]
    );
}

#[test]
fn a_statement_in_a_text_is_underlined_itself_however_the_text_is_written() {
    let all = r#"{ "Effect": "Allow", "Action": "*", "Resource": "*" }"#;
    let list = r#"{ "Sid": "${var.who}", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" }"#;
    let lines = format!(
        "    {{\n      \"Statement\": [\n        {list},\n        {all}\n      ]\n    }}\n"
    );
    let known = lines.replace("${var.who}", "who");
    let escaped = format!("{{ \"Statement\": [{all}] }}").replace('"', "\\\"");
    let all_escaped = all.replace('"', "\\\"");
    let policies = [
        ("indented", format!("<<-EOF\n{lines}  EOF")),
        ("known", format!("<<-EOF\n{known}  EOF")),
        ("plain", format!("<<EOF\n{lines}EOF")),
        ("quoted", format!("\"{escaped}\"")),
    ];
    let policy = |(name, policy): &(&str, String)| {
        format!("resource \"aws_iam_policy\" \"{name}\" {{\n  policy = {policy}\n}}\n")
    };
    let text: String = policies.iter().map(policy).collect();
    let main = format!("variable \"who\" {{}}\n{text}");
    let mark = |name: &str, all: &str| {
        format!("aws_iam_policy.{name}: {all} of resource \"aws_iam_policy\" \"{name}\"")
    };
    assert_eq!(
        findings(&[("main.tf", &main)], ADMIN),
        [
            mark("indented", all),
            mark("known", all),
            mark("plain", all),
            mark("quoted", &all_escaped)
        ]
    );
}

/// Entries of network ACLs: one that refuses SSH before one that lets it in, each of the ACL that is given.
fn entries(denied: &str, allowed: &str) -> String {
    let entry = |name: &str, number: u32, acl: &str, action: &str| {
        format!(
            "resource \"aws_network_acl_rule\" \"{name}\" {{\n  network_acl_id = {acl}\n  rule_number = {number}\n  protocol = \"tcp\"\n  rule_action = \"{action}\"\n  cidr_block = \"0.0.0.0/0\"\n  from_port = 22\n  to_port = 22\n}}\n"
        )
    };
    let declared =
        "variable \"given\" {}\nresource \"aws_network_acl\" \"main\" {\n  vpc_id = \"vpc-1\"\n}\n";
    declared.to_owned() + &entry("deny", 50, denied, "deny") + &entry("ssh", 100, allowed, "allow")
}

#[test]
fn an_entry_of_an_acl_that_is_not_known_may_come_before_those_of_all() {
    let judged = |denied: &str, allowed: &str| {
        let text = entries(denied, allowed);
        let (found, open) = said(&[("main.tf", &text)], "aws-ec2-network-acl-ssh-open");
        (found.len(), open.is_empty())
    };
    let (one, other, main) = ("\"acl-1\"", "\"acl-2\"", "aws_network_acl.main.id");
    assert_eq!(judged(one, one), (0, true));
    assert_eq!(judged(other, one), (1, true));
    assert_eq!(judged("var.given", one), (0, false));
    assert_eq!(judged("var.given", main), (0, false));
    assert_eq!(judged(one, main), (1, true));
}
