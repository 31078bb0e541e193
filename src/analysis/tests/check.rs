//! Conditions over small resources: `testdata/check/*.yaml`, one case an entry.
//!
//! The resources are written as CloudFormation spells them, with tags for what an evaluation can leave open: `!Unknown why`,
//! `!Choice {value: assumption}`, `!To Other.attribute`.

use std::fmt::Write as _;
use std::path::Path as FilePath;
use std::sync::Arc;

use palisade_analysis::analyzer::{Analyzer, Request};
use palisade_analysis::check::{self, Options};
use palisade_analysis::rules::{RuleFile, RuleSet};
use palisade_analysis::system::{MemorySystem, SourceFile, Sources};
use palisade_model::{
    Address, Assumption, Candidate, Edge, Graph, Kind, Language, Map, Number, Origin, Path,
    Presence, Reason, Reference, Resource, Segment, Span, Target, Unknown, Value,
};
use palisade_syntax::data::{Data, Entry, Node};
use palisade_syntax::{TextRange, yaml};

#[test]
fn conditions_mean_what_the_guide_says() {
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/check");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is in the tree")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    let mut wrong = String::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("test data is readable");
        let parse = yaml::parse(&text);
        assert!(
            parse.errors.is_empty(),
            "{}: {:?}",
            file.display(),
            parse.errors
        );
        for case in parse.tree[0].entries() {
            let name = case.key.as_str().unwrap_or_default();
            let expected = lines(case.value.get("expect"));
            let actual = judge(&case.value, &text);
            if actual != expected {
                let _ = writeln!(
                    wrong,
                    "{} {name}\n  expected {expected:#?}\n  actual {actual:#?}",
                    file.display()
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Where the allowed versions of a provider have different defaults, each of them is tried, also beside other unknowns: what passes
/// in all passes, what fails in some is open. Asked several times, as nothing may rest on where a default lies in memory.
#[test]
fn every_default_of_the_allowed_versions_is_tried() {
    let text = r#"
variable "tls" {}
resource "azurerm_storage_account" "s" {
  name            = "s"
  min_tls_version = var.tls ? "TLS1_2" : "TLS1_0"
}
resource "aws_redshift_cluster" "c" {
  cluster_identifier = "c"
  node_type          = var.tls ? "ra3.large" : "ra3.xlplus"
}
"#;
    let system: Arc<MemorySystem> = Arc::new(MemorySystem::new([("main.tf", text)]));
    let request = Request {
        paths: vec![".".into()],
        ..Request::default()
    };
    for _ in 0..32 {
        let analysis = Analyzer::new(system.clone())
            .analyze(&request)
            .expect("there is no configuration");
        let open: Vec<&str> = analysis
            .undecided
            .iter()
            .map(|one| &*one.rule_id)
            .filter(|rule| !rule.contains("tls"))
            .collect();
        assert!(
            open.contains(&"aws-redshift-cluster-unencrypted"),
            "{open:?}"
        );
        assert!(!open.contains(&"azure-storage-account-http"), "{open:?}");
        let mut failed = analysis.findings.iter().map(|finding| &*finding.rule_id);
        assert!(!failed.any(|rule| rule == "azure-storage-account-http"));
    }
}

fn lines(node: Option<&Node>) -> Vec<String> {
    let items = node.map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(Node::as_str)
        .map(str::to_owned)
        .collect()
}

/// One line a verdict: `fail Logs: AccessControl: PublicRead` (what is underlined), `open Logs: why`.
fn judge(case: &Node, text: &str) -> Vec<String> {
    let sources = Sources::default();
    let mut rule = String::from("title: t\nseverity: low\nwhy: w\nremediation: { text: r }\n");
    let mut has_message = false;
    for entry in case.entries() {
        let key = entry.key.as_str().unwrap_or_default();
        if matches!(key, "resources" | "expect") {
            continue;
        }
        has_message |= key == "message";
        rule.push_str(&dedent(
            &text[entry.key.range.start as usize..entry.value.range.end as usize],
        ));
        rule.push('\n');
    }
    if !has_message {
        rule.push_str("message: m\n");
    }
    let file = read(&rule);
    if !file.diagnostics.is_empty() {
        return file
            .diagnostics
            .iter()
            .map(|problem| format!("error {}", problem.message))
            .collect();
    }
    let template = case
        .get("resources")
        .and_then(Node::as_str)
        .unwrap_or_default();
    let source = sources.insert(FilePath::new("t.yaml"), template);
    let graph = graph(&source);
    let options = Options {
        sources: &sources,
        in_workspace: &|_| true,
        is_complete: false,
        selects: &|_| true,
        counts: true,
    };
    let checked = check::run(&RuleSet::of([file.rule]), &graph, &options);
    let mut found = Vec::new();
    for finding in checked.findings {
        let marked = finding.span.map_or("", |span| source.slice(span));
        let mut line = format!(
            "fail {}: {}",
            finding.address,
            marked.lines().next().unwrap_or("")
        );
        if has_message {
            let _ = write!(line, " | {}", finding.message);
        }
        for assumption in &finding.assumptions {
            let _ = write!(line, " if {assumption}");
        }
        found.push(line);
    }
    let open = checked.undecided.iter();
    found.extend(open.map(|open| format!("open {}: {}", open.address, open.reason)));
    let missing = checked.not_evidenced.iter();
    found.extend(missing.map(|missing| format!("not evidenced: {}", missing.reason)));
    found
}

/// A nested entry as an entry of its own document.
fn dedent(text: &str) -> String {
    text.lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn read(rule: &str) -> RuleFile {
    let system = MemorySystem::new([("r.yaml", rule)]);
    let (mut files, _) = RuleSet::read(&system, &Sources::default(), &["r.yaml".into()], None);
    files.remove(0)
}

fn graph(source: &SourceFile) -> Graph {
    let parse = yaml::parse(&source.text);
    assert!(parse.errors.is_empty(), "{:?}", parse.errors);
    let mut resources = Vec::new();
    for entry in parse.tree[0].entries() {
        resources.push(Arc::new(resource(entry, source)));
    }
    let graph = Graph::new(resources);
    let mut edges = Vec::new();
    for (from, resource) in graph.resources() {
        collect(
            &resource.properties,
            &Path::default(),
            &mut |path, address| {
                if let Some(to) = graph.find(address) {
                    let edge = Edge {
                        from,
                        to,
                        label: "refers_to".into(),
                        path: path.clone(),
                    };
                    if !edges.contains(&edge) {
                        edges.push(edge);
                    }
                }
            },
        );
    }
    graph.with(edges)
}

fn collect(value: &Value, path: &Path, visit: &mut dyn FnMut(&Path, &Address)) {
    match &value.kind {
        Kind::Reference(reference) => {
            if let Target::Address(address) = &reference.target {
                visit(path, address);
            }
        }
        Kind::List(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &path.join(Segment::Index(index)), visit);
            }
        }
        Kind::Map(entries) => {
            for (key, item) in entries.iter() {
                collect(item, &path.join(Segment::Key(key.clone())), visit);
            }
        }
        _ => {}
    }
}

fn resource(entry: &Entry, source: &SourceFile) -> Resource {
    let span = |range: TextRange| Span::new(source.id, range.start, range.end);
    let name = entry.key.as_str().unwrap_or_default();
    let kind = entry
        .value
        .get("Type")
        .and_then(Node::as_str)
        .unwrap_or("AWS::T::T");
    let properties = match entry.value.entry("Properties") {
        Some(entry) => value(&entry.value, span(entry.range()), source),
        None => Value::bare(Map::new()),
    };
    let mut resource = Resource::new(
        Address::logical_id(name),
        kind,
        Language::CloudFormation,
        properties,
    );
    resource.header = Some(span(entry.key.range));
    if entry.value.get("External").is_some() {
        resource.presence = Presence::External;
    }
    if let Some(why) = entry.value.get("Many").and_then(Node::as_str) {
        let unknown = Unknown::new(Reason::NoValue(why.into()));
        resource.presence = Presence::Symbolic(Arc::new(unknown));
    }
    resource
}

fn value(node: &Node, entry: Span, source: &SourceFile) -> Value {
    let span = |range: TextRange| Span::new(source.id, range.start, range.end);
    let origin = Origin::literal(span(node.range), entry);
    let text: Arc<str> = node.as_str().unwrap_or_default().into();
    if let Some(tag) = &node.tag {
        let kind = match &*tag.name {
            "!Unknown" => Kind::from(Reason::NoValue(text)),
            "!To" => {
                let (target, attribute) = text.split_once('.').unwrap_or((&text, ""));
                Kind::from(Reference {
                    target: Target::Address(Address::logical_id(target)),
                    attribute: attribute.into(),
                })
            }
            "!Choice" => choice(node, entry, source),
            other => panic!("no tag {other}"),
        };
        return Value::new(kind, origin);
    }
    let kind = match &node.data {
        Data::Null => Kind::Null,
        Data::Bool(value) => Kind::Bool(*value),
        Data::Number(text) => Kind::Number(Number::Integer(text.parse().expect("a whole number"))),
        Data::String(text) => Kind::from(&**text),
        Data::Sequence(items) => {
            let item = |item: &Node| value(item, span(item.range), source);
            Kind::from(items.iter().map(item).collect::<Vec<_>>())
        }
        Data::Mapping(entries) => {
            let item = |entry: &Entry| {
                let key = entry.key.as_str().unwrap_or_default();
                (key.into(), value(&entry.value, span(entry.range()), source))
            };
            Kind::from(entries.iter().map(item).collect::<Map>())
        }
    };
    Value::new(kind, origin)
}

/// `{subject=value: what it is then}`
fn choice(node: &Node, entry: Span, source: &SourceFile) -> Kind {
    let candidates = node.entries().iter().map(|case| {
        let name = case.key.as_str().unwrap_or_default();
        let when = name.split_once('=').map(|(subject, value)| Assumption {
            subject: subject.into(),
            value: value.into(),
        });
        Candidate {
            when: when.into_iter().collect(),
            value: value(&case.value, entry, source),
        }
    });
    Kind::from(Unknown {
        reason: Reason::Condition("C".into()),
        candidates: candidates.collect(),
    })
}
