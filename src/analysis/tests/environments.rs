//! Environments of a configuration: what one run over all of them finds is what a run over each finds, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use palisade_analysis::analyzer::{Analysis, Analyzer, Overrides, Request, Unit};
use palisade_analysis::check::Finding;
use palisade_analysis::system::MemorySystem;
use palisade_model::{DiagnosticCode, Presence, Resource, Span};
use serde_json::json;

use super::terraform::to_json;

/// A small generator of pseudo-random numbers (Numerical Recipes, chapter 7.1): the same configurations in every run.
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit
    }

    fn one<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }
}

const VARIABLES: &str = r#"
variable "env" { type = string }
variable "public" { default = false }
variable "number" { default = 2 }
variable "cidr" { default = "10.0.0.0/16" }
variable "names" { default = ["a", "b"] }
variable "table" {
  type    = map(object({ acl = optional(string, "private"), port = optional(number, 443) }))
  default = { x = {}, y = { acl = "public-read" } }
}
variable "open" {}
variable "secret" {
  default   = "none"
  sensitive = true
}
locals {
  is_prod = var.env == "e1" || terraform.workspace == "e2"
  name    = "shop-${var.env}"
  by_env  = { e1 = true, e3 = null, e4 = "wrong" }
  wrong   = local.missing
}
"#;
/// Names that depend on each other.
const ROUND: &str = "locals {\n  round = local.trip\n  trip  = try(local.round, \"x\")\n}\n";

/// Expressions by the kind of value they give; what they depend on differs.
const TEXTS: [&str; 8] = [
    "local.name",
    "\"fixed\"",
    "\"${var.env}-${terraform.workspace}\"",
    "var.env",
    "local.is_prod ? \"main\" : \"side\"",
    "var.open",
    "var.secret",
    "local.wrong",
];
const FLAGS: [&str; 9] = [
    "true",
    "false",
    "var.public",
    "!var.public",
    "local.is_prod",
    "lookup(local.by_env, var.env, false)",
    "var.open",
    "var.number > 2",
    "can(local.round)",
];
const COUNTS: [&str; 6] = [
    "1",
    "var.number",
    "local.is_prod ? 1 : 0",
    "length(var.names)",
    "var.open",
    "var.open ? 1 : 0",
];
const CIDRS: [&str; 5] = [
    "\"0.0.0.0/0\"",
    "var.cidr",
    "local.is_prod ? \"0.0.0.0/0\" : var.cidr",
    "cidrsubnet(var.cidr, 4, var.number)",
    "var.open",
];
const MAPS: [&str; 4] = [
    "var.table",
    "{ for key, value in var.table : key => value if value.acl == \"private\" || var.public }",
    "{ one = { acl = \"public-read\", port = 22 } }",
    "var.open",
];

/// Whoever accepts one instance accepts it in the environments that have it.
const ACCEPTED: &str = r#"
[[suppress]]
rules = ["aws-rds-instance-no-backup"]
resource = "aws_db_instance.*0]"
reason = "the first one"
"#;

const MODULE: &str = r#"
variable "name" {}
variable "acl" { default = "private" }
variable "port" { default = 443 }
variable "flag" { default = false }
resource "aws_s3_bucket" "this" { bucket = var.name }
resource "aws_s3_bucket_acl" "this" {
  bucket = aws_s3_bucket.this.id
  acl    = var.acl # palisade:ignore[aws-s3-bucket-public-acl] reason="a site"
}
resource "aws_s3_bucket_public_access_block" "this" {
  count              = var.flag ? 1 : 0
  bucket             = aws_s3_bucket.this.id
  block_public_acls  = var.flag
  ignore_public_acls = var.acl == "private"
}
output "arn" { value = aws_s3_bucket.this.arn }
output "name" { value = "${var.name}-${var.port}" }
"#;

fn block(numbers: &mut Numbers, at: usize) -> String {
    let (text, flag, count) = (
        numbers.one(&TEXTS),
        numbers.one(&FLAGS),
        numbers.one(&COUNTS),
    );
    let (cidr, map) = (numbers.one(&CIDRS), numbers.one(&MAPS));
    match numbers.below(8) {
        0 => format!(
            "resource \"aws_s3_bucket\" \"b{at}\" {{\n  bucket = {text}\n  tags   = {{ env = var.env }}\n}}\n\
             resource \"aws_s3_bucket_acl\" \"b{at}\" {{\n  count  = {count}\n  bucket = {}\n  acl    = {flag} ? \"private\" : \"public-read\"\n}}\n",
            numbers.one(&[
                &format!("aws_s3_bucket.b{at}.id"),
                text,
                "aws_s3_bucket.b0.bucket"
            ]),
        ),
        1 => format!(
            "resource \"aws_db_instance\" \"d{at}\" {{\n  count               = {count}\n  identifier          = \"${{{text}}}-${{count.index}}\"\n  \
             engine              = \"postgres\"\n  publicly_accessible = {flag}\n  storage_encrypted   = {}\n  multi_az            = {}\n}}\n",
            numbers.one(&FLAGS),
            numbers.one(&FLAGS),
        ),
        2 => format!(
            "resource \"aws_security_group\" \"g{at}\" {{\n  for_each = {map}\n  name     = \"${{{text}}}-${{each.key}}\"\n  ingress {{\n    \
             from_port   = each.value.port\n    to_port     = each.value.port\n    protocol    = \"tcp\"\n    cidr_blocks = [{cidr}]\n  }}\n}}\n",
        ),
        3 => format!(
            "resource \"aws_security_group\" \"h{at}\" {{\n  name = {text}\n  dynamic \"ingress\" {{\n    for_each = {{ for at, name in var.names : name => at }}\n    \
             content {{\n      from_port   = 20 + ingress.value\n      to_port     = 20 + var.number\n      protocol    = \"tcp\"\n      cidr_blocks = [{cidr}]\n    }}\n  }}\n}}\n",
        ),
        4 => format!(
            "module \"m{at}\" {{\n  source   = \"./part\"\n  for_each = {map}\n  name     = \"${{{text}}}-${{each.key}}\"\n  acl      = each.value.acl\n  flag     = {flag}\n}}\n\
             resource \"aws_sns_topic\" \"t{at}\" {{\n  name = join(\",\", [for it in module.m{at} : it.name])\n}}\n",
        ),
        5 => format!(
            "module \"n{at}\" {{\n  source = \"./part\"\n  count  = {count}\n  name   = {text}\n  acl    = {flag} ? \"public-read\" : \"private\"\n  port   = count.index\n}}\n",
        ),
        6 => format!(
            "data \"aws_iam_policy_document\" \"p{at}\" {{\n  statement {{\n    effect    = \"Allow\"\n    actions   = [{flag} ? \"*\" : \"s3:GetObject\"]\n    \
             resources = [\"arn:aws:s3:::${{{text}}}/*\", \"*\"]\n  }}\n}}\nresource \"aws_iam_policy\" \"p{at}\" {{\n  name   = {text}\n  \
             policy = data.aws_iam_policy_document.p{at}.json\n}}\n",
        ),
        _ => format!(
            "resource \"aws_sqs_queue\" \"q{at}\" {{\n  name                    = {text}\n  sqs_managed_sse_enabled = {flag}\n  lifecycle {{\n    prevent_destroy = true\n  }}\n}}\n\
             resource \"aws_lambda_function\" \"q{at}\" {{\n  function_name = {text}\n  role          = var.open\n  environment {{\n    variables = {{ KEY = {} }}\n  }}\n}}\n",
            numbers.one(&TEXTS),
        ),
    }
}

fn configuration(numbers: &mut Numbers, environments: usize) -> Vec<(String, String)> {
    let mut main = VARIABLES.to_owned();
    if numbers.below(2) == 0 {
        main.push_str("provider \"aws\" {\n  region = \"eu-${var.env}\"\n  default_tags { tags = { env = var.env } }\n}\n");
    }
    if numbers.below(4) == 0 {
        main.push_str(ROUND);
    }
    let blocks = 3 + numbers.below(8);
    (0..blocks).for_each(|at| main.push_str(&block(numbers, at)));
    let mut files = vec![
        ("main.tf".to_owned(), main),
        ("part/main.tf".to_owned(), MODULE.to_owned()),
    ];
    let mut config = String::new();
    for at in 0..environments {
        let _ = writeln!(
            config,
            "[environments.e{at}]\nvariable-files = [\"e{at}.tfvars\"]"
        );
        if numbers.below(3) > 0 {
            let _ = writeln!(config, "workspace = \"e{}\"", numbers.below(4));
        }
        let mut lines = format!("env = \"e{at}\"\n");
        let given = [
            ("public", ["true", "false", "null"]),
            ("number", ["1", "3", "\"4\""]),
            ("cidr", ["\"10.1.0.0/16\"", "\"0.0.0.0/0\"", "\"no\""]),
            ("names", ["[\"a\"]", "[\"a\", \"c\", \"b\"]", "[]"]),
            (
                "table",
                [
                    "{}",
                    "{ x = { port = 22 } }",
                    "{ z = { acl = \"public-read\" }, x = {} }",
                ],
            ),
            ("open", ["true", "\"0.0.0.0/0\"", "1"]),
            ("misspelt", ["1", "2", "3"]),
        ];
        for (name, values) in given {
            if numbers.below(3) == 0 {
                let _ = writeln!(lines, "{name} = {}", numbers.one(&values));
            }
        }
        files.push((format!("e{at}.tfvars"), lines));
    }
    config.push_str(ACCEPTED);
    files.push(("palisade.toml".to_owned(), config));
    files
}

fn analyze(analyzer: &Analyzer, environment: Option<&str>) -> Analysis {
    let request = Request {
        paths: vec![".".into()],
        overrides: Overrides {
            environment: environment.map(str::to_owned),
            ..Overrides::default()
        },
        ..Request::default()
    };
    analyzer
        .analyze(&request)
        .expect("the configuration is right")
}

fn place(analysis: &Analysis, span: Option<Span>) -> String {
    span.map_or_else(String::new, |span| {
        let file = analysis.sources.file(span.file);
        format!("{}:{}-{}", file.path.display(), span.start, span.end)
    })
}

/// What several runs say together, without the order of their saying it.
#[derive(Debug, Default, PartialEq)]
struct Said {
    findings: BTreeMap<String, Together>,
    accepted: BTreeSet<String>,
    undecided: BTreeSet<String>,
    diagnostics: BTreeSet<String>,
    units: BTreeMap<String, String>,
}

/// What environments add to one finding.
#[derive(Debug, Default, PartialEq)]
struct Together {
    environments: BTreeSet<Arc<str>>,
    instances: BTreeSet<String>,
    related: BTreeSet<String>,
    /// What only the first of several instances says: fixes and fingerprint. Which one is first, the other environments decide.
    firsts: BTreeSet<String>,
}

impl Said {
    fn add(&mut self, analysis: &Analysis) {
        for finding in &analysis.findings {
            self.add_finding(analysis, finding);
        }
        let accepted = analysis.suppressed.iter().map(|it| {
            let (finding, kind) = (&it.finding, it.kind.as_str());
            let place = place(analysis, finding.span);
            let (instances, rule) = (addresses(finding), &finding.rule_id);
            let (message, environments) = (&finding.message, &finding.environments);
            format!("{rule} {place} {message} {instances:?} {environments:?} {kind}")
        });
        self.accepted.extend(accepted);
        let undecided = analysis.undecided.iter().map(|it| {
            let place = place(analysis, it.span);
            format!("{} {} {place} {}", it.rule_id, it.address, it.reason)
        });
        self.undecided.extend(undecided);
        let of_input = analysis.diagnostics.iter();
        let of_input = of_input.filter(|it| it.code != DiagnosticCode::Suppression);
        let diagnostics = of_input
            .map(|it| format!("{:?} {} {}", it.level, place(analysis, it.span), it.message));
        self.diagnostics.extend(diagnostics);
        for unit in &analysis.units {
            let name = unit.environment.clone().unwrap_or_else(|| "".into());
            self.units.insert(name.to_string(), shown(analysis, unit));
        }
    }

    fn add_finding(&mut self, analysis: &Analysis, finding: &Finding) {
        let fixes = finding.fixes.iter().map(|fix| {
            let edits = fix.edits.iter();
            let edits =
                edits.map(|edit| format!("{} {}", place(analysis, Some(edit.span)), edit.text));
            format!("{} {:?}", fix.title, edits.collect::<Vec<_>>())
        });
        let key = json!([
            &*finding.rule_id,
            place(analysis, finding.span),
            finding.span.is_none().then(|| finding.address.to_string()),
            finding.message,
            finding.severity.as_str(),
        ]);
        let known = self.findings.entry(key.to_string()).or_default();
        known
            .environments
            .extend(finding.environments.iter().cloned());
        known.instances.extend(addresses(finding));
        // Of several chains to one place the first one's words are kept.
        let related = finding
            .related
            .iter()
            .map(|it| place(analysis, Some(it.span)));
        known.related.extend(related);
        let fixes: Vec<String> = fixes.collect();
        known
            .firsts
            .insert(format!("{} {fixes:?}", finding.fingerprint));
    }
}

fn addresses(finding: &Finding) -> Vec<String> {
    finding.instances.iter().map(ToString::to_string).collect()
}

/// Without the numbers of files, which differ from run to run.
fn presence(resource: &Resource) -> String {
    match &resource.presence {
        Presence::Certain => "certain".to_owned(),
        Presence::Conditional(unknown) => format!("conditional: {}", unknown.reason),
        Presence::Symbolic(unknown) => format!("symbolic: {}", unknown.reason),
        Presence::External => "external".to_owned(),
    }
}

/// All of a unit that others read, with the place of each value.
fn shown(analysis: &Analysis, unit: &Unit) -> String {
    let declared = unit.declared.iter().map(|it| {
        let place = place(analysis, it.properties.origin.mark());
        json!([
            it.address.to_string(),
            to_json(&it.properties),
            presence(it),
            place
        ])
    });
    let resources = unit.graph.resources().map(|(_, it)| {
        let entries = it.properties.as_map().into_iter().flatten();
        let places =
            entries.map(|(name, value)| format!("{name} {}", place(analysis, value.origin.mark())));
        json!([
            it.address.to_string(),
            &*it.resource_type,
            to_json(&it.properties),
            places.collect::<Vec<_>>()
        ])
    });
    let edges = unit
        .graph
        .resources()
        .flat_map(|(node, _)| unit.graph.edges_from(node));
    let edges =
        edges.map(|edge| format!("{} {} {} {}", edge.from.0, edge.label, edge.to.0, edge.path));
    json!([
        declared.collect::<Vec<_>>(),
        resources.collect::<Vec<_>>(),
        edges.collect::<Vec<_>>(),
        format!("{:?}", unit.tallies),
        format!("{:?} {:?}", unit.not_evidenced, unit.unmapped),
        format!("{:?}", unit.files),
    ])
    .to_string()
}

/// Evaluates a configuration in all its environments at once and one by one. The numbers of findings and of accepted ones.
fn check(files: &[(String, String)], environments: usize) -> (usize, usize) {
    let analyzer = Analyzer::new(Arc::new(MemorySystem::new(files.iter().cloned())));
    let (mut joint, mut single) = (Said::default(), Said::default());
    joint.add(&analyze(&analyzer, None));
    for at in 0..environments {
        single.add(&analyze(&analyzer, Some(&format!("e{at}"))));
    }
    let text = |name: &str| {
        files
            .iter()
            .find(|(path, _)| path == name)
            .map(|(_, text)| text)
    };
    let context = text("main.tf");
    for (name, unit) in &single.units {
        assert_eq!(
            joint.units.get(name),
            Some(unit),
            "unit of {name}: {context:?}"
        );
    }
    for (finding, found) in &single.findings {
        if let Some(joint) = joint.findings.get_mut(finding) {
            let known = joint
                .firsts
                .iter()
                .all(|first| found.firsts.contains(first));
            assert!(known, "{:?}: {context:?}", joint.firsts);
            joint.firsts.clone_from(&found.firsts);
        }
        assert_eq!(
            joint.findings.get(finding),
            Some(found),
            "{finding}: {context:?}"
        );
    }
    assert_eq!(joint, single, "{context:?}");
    (joint.findings.len(), joint.accepted.len())
}

#[test]
fn fifty_environments_at_once_say_what_each_says_alone() {
    let mut numbers = Numbers(7);
    let (mut found, mut accepted) = (0, 0);
    for _ in 0..3 {
        let numbers = check(&configuration(&mut numbers, 50), 50);
        (found, accepted) = (found + numbers.0, accepted + numbers.1);
    }
    assert!(
        found > 30 && accepted > 30,
        "{found} findings and {accepted} accepted ones are too few to prove anything"
    );
}

#[test]
fn a_few_environments_of_many_configurations_say_what_each_says_alone() {
    let mut numbers = Numbers(1);
    for _ in 0..60 {
        check(&configuration(&mut numbers, 4), 4);
    }
}

/// A resource that is the same in all environments is one in memory, once for each group that runs at a time; one that differs is
/// held by its environment alone, so that nothing of an evaluation outlives it.
#[test]
fn environments_share_what_is_the_same_and_keep_nothing_else() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let number = 4 * threads.max(2);
    let module = "variable \"env\" {}\nresource \"aws_sqs_queue\" \"same\" { name = \"q\" }\nresource \"aws_sqs_queue\" \"own\" { name = var.env }\n";
    let root = "variable \"env\" {}\nmodule \"m\" {\n  source = \"./m\"\n  env    = var.env\n}\n";
    let mut files = vec![
        ("main.tf".to_owned(), root.to_owned()),
        ("m/main.tf".to_owned(), module.to_owned()),
    ];
    let mut config = String::new();
    for at in 0..number {
        let _ = writeln!(
            config,
            "[environments.e{at}]\nvariable-files = [\"e{at}.tfvars\"]"
        );
        files.push((format!("e{at}.tfvars"), format!("env = \"e{at}\"\n")));
    }
    files.push(("palisade.toml".to_owned(), config));
    let system = MemorySystem::new(files);
    let analysis = analyze(&Analyzer::new(Arc::new(system)), None);
    assert_eq!(analysis.units.len(), number);
    let named = |unit: &'_ Unit, name: &str| {
        let mut all = unit.declared.iter();
        let found = all.find(|one| &*one.address.name == name);
        found.expect("it is declared").clone()
    };
    let units = analysis.units.iter();
    let same: BTreeSet<_> = units
        .map(|unit| Arc::as_ptr(&named(unit, "same")))
        .collect();
    assert!(
        same.len() <= threads,
        "{} of {number} in {threads} threads",
        same.len()
    );
    for unit in &analysis.units {
        let own = named(unit, "own");
        // The unit's, and the one at hand.
        assert_eq!(Arc::strong_count(&own), 2);
    }
}
