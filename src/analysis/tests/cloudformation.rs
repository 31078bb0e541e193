//! The CloudFormation front end: each input in `testdata/cloudformation/<name>/` has the resources it declares in `expected.txt`
//! beside it. `UPDATE=1` writes them anew.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use palisade_analysis::analyzer::{Analysis, Analyzer, Request};
use palisade_analysis::discover::{Project, ProjectKind};
use palisade_analysis::lang::{self, Context, Evaluation, Given, Inputs};
use palisade_analysis::system::{MemorySystem, OsSystem, Sources, System};
use palisade_model::{Candidate, Kind, Presence, Resource, Target, Value};

pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/cloudformation")
}

pub(crate) fn evaluate_with(
    system: &dyn System,
    sources: &Sources,
    root: &Path,
    inputs: &Inputs,
) -> Evaluation {
    let is_assembly = system
        .metadata(root)
        .is_ok_and(|metadata| metadata.is_directory);
    let project = Project {
        kind: if is_assembly {
            ProjectKind::CdkAssembly
        } else {
            ProjectKind::CloudFormation
        },
        root: root.to_path_buf(),
    };
    let folder = if is_assembly {
        Some(root)
    } else {
        root.parent()
    };
    let roots: Vec<PathBuf> = folder
        .and_then(|folder| system.canonicalize(folder).ok())
        .into_iter()
        .collect();
    let context = Context {
        system,
        sources,
        roots: &roots,
        inputs,
    };
    lang::evaluate(&project, &context)
}

/// Evaluates one text.
pub(crate) fn evaluate(text: &str, inputs: &Inputs) -> (Evaluation, String) {
    let system = MemorySystem::new([("t.yaml", text)]);
    let sources = Sources::default();
    let evaluation = evaluate_with(&system, &sources, Path::new("t.yaml"), inputs);
    let shown = show(&evaluation, &sources);
    (evaluation, shown)
}

pub(crate) fn show(evaluation: &Evaluation, sources: &Sources) -> String {
    let mut out = String::new();
    for resource in &evaluation.resources {
        show_resource(resource, &mut out);
    }
    for diagnostic in &evaluation.diagnostics {
        let place = diagnostic.span.map(|span| {
            let file = sources.file(span.file);
            let at = file.line_column(span.start);
            format!(
                "{}:{}:{}",
                file.path.file_name().unwrap_or_default().to_string_lossy(),
                at.line,
                at.column
            )
        });
        let _ = writeln!(
            out,
            "{:?} {} {}",
            diagnostic.level,
            place.unwrap_or_default(),
            diagnostic.message
        );
    }
    out
}

fn show_resource(resource: &Resource, out: &mut String) {
    let _ = write!(out, "{} {}", resource.address, resource.resource_type);
    match &resource.presence {
        Presence::Certain => {}
        Presence::Conditional(unknown) => {
            let _ = write!(out, " if {}", candidates(&unknown.candidates));
        }
        Presence::Symbolic(unknown) => {
            let _ = write!(out, " for each of unknown: {}", unknown.reason);
        }
        Presence::External => out.push_str(" external"),
    }
    out.push('\n');
    for (key, value) in resource.properties.as_map().into_iter().flatten() {
        let _ = writeln!(out, "  {key}: {}", show_value(value));
    }
    if resource.properties.as_map().is_none() {
        let _ = writeln!(out, "  {}", show_value(&resource.properties));
    }
    for (key, value) in resource.meta.as_map().into_iter().flatten() {
        let _ = writeln!(out, "  @{key}: {}", show_value(value));
    }
}

fn candidates(candidates: &[Candidate]) -> String {
    let rows = candidates.iter().map(|candidate| {
        let when: Vec<_> = candidate
            .when
            .iter()
            .map(|assumption| format!("{}={}", assumption.subject, assumption.value))
            .collect();
        format!("{} => {}", when.join(","), show_value(&candidate.value))
    });
    rows.collect::<Vec<_>>().join("; ")
}

pub(crate) fn show_value(value: &Value) -> String {
    let shown = match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::String(text) => format!("{text:?}"),
        Kind::List(items) => {
            let items: Vec<_> = items.iter().map(show_value).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Map(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{key}: {}", show_value(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Kind::Encoded(encoded) => format!("{:?}({})", encoded.encoding, show_value(&encoded.value)),
        Kind::Reference(reference) => {
            let target = match &reference.target {
                Target::Address(address) => address.to_string(),
                Target::External(name) => format!("<{name}>"),
            };
            match &*reference.attribute {
                "" => format!("&{target}"),
                attribute => format!("&{target}.{attribute}"),
            }
        }
        Kind::Template(parts) => {
            let parts: Vec<_> = parts.iter().map(show_value).collect();
            format!("text({})", parts.join(" "))
        }
        Kind::Unknown(unknown) if unknown.candidates.is_empty() => format!("?({})", unknown.reason),
        Kind::Unknown(unknown) => {
            format!("?({}: {})", unknown.reason, candidates(&unknown.candidates))
        }
    };
    if value.sensitive {
        format!("secret {shown}")
    } else {
        shown
    }
}

#[test]
fn templates_declare_the_resources_beside_them() {
    let mut failures = String::new();
    let mut folders: Vec<_> = std::fs::read_dir(testdata().join("templates"))
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    for folder in folders {
        let found = evaluate_folder(&folder);
        let file = folder.join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &found).expect("the folder can be written");
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        if expected != found {
            let _ = writeln!(failures, "--- {}\n{found}", folder.display());
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// The input of a folder is `template.yaml` or `.json`, or a cloud assembly; `parameters.json` and its like are given to it, a line
/// of `facts.txt` is a pseudo-parameter.
fn evaluate_folder(folder: &Path) -> String {
    let system = OsSystem;
    let sources = Sources::default();
    let named = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
    let root = ["template.yaml", "template.json", "cdk.out"]
        .into_iter()
        .find_map(named)
        .expect("there is a template");
    let facts =
        named("facts.txt").map(|path| std::fs::read_to_string(path).expect("it can be read"));
    let facts = facts.unwrap_or_default();
    let inputs = Inputs {
        given: ["parameters.json", "parameters.yaml", "parameters.toml"]
            .into_iter()
            .filter_map(named)
            .map(Given::File)
            .collect(),
        facts: facts
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        ..Inputs::default()
    };
    let evaluation = evaluate_with(&system, &sources, &root, &inputs);
    show(&evaluation, &sources)
}

#[test]
fn every_value_knows_its_place() {
    let text = "Parameters:\n  Enc: {Type: String, Default: 'true'}\nConditions:\n  C: !Equals [!Ref Enc, 'true']\nResources:\n  V:\n    Type: AWS::EC2::Volume\n    Properties:\n      Encrypted: !If [C, !Ref Enc, false]\n      Size: 5\n";
    let (evaluation, _) = evaluate(text, &Inputs::default());
    let resource = &evaluation.resources[0];
    let slice = |span: Option<palisade_model::Span>| {
        let span = span.expect("there is a place");
        &text[span.start as usize..span.end as usize]
    };
    assert_eq!(slice(resource.header), "V");
    let size = resource.properties.get("Size").expect("it is set");
    assert_eq!(slice(size.origin.span), "5");
    assert_eq!(slice(size.origin.entry), "Size: 5");
    let encrypted = resource.properties.get("Encrypted").expect("it is set");
    assert_eq!(slice(encrypted.origin.span), "!If [C, !Ref Enc, false]");
    assert_eq!(
        slice(encrypted.origin.entry),
        "Encrypted: !If [C, !Ref Enc, false]"
    );
    let chain: Vec<_> = encrypted
        .origin
        .frames()
        .map(|frame| (&*frame.label, slice(Some(frame.span))))
        .collect();
    assert_eq!(
        chain,
        [
            ("condition C", "C: !Equals [!Ref Enc, 'true']"),
            ("parameter Enc", "Default: 'true'")
        ]
    );
}

#[test]
fn hostile_templates_end_soon() {
    let mut many = "Resources: {B: {Type: 'AWS::S3::Bucket', Properties: {A: !If [C199, 1, 2]}}}\nParameters:\n".to_owned();
    for index in 0..200 {
        let _ = writeln!(
            many,
            "  P{index}: {{Type: String, AllowedValues: [a, b, c]}}"
        );
    }
    many.push_str("Conditions:\n");
    for index in 0..200 {
        let operands: Vec<_> = (0..10)
            .map(|offset| format!("!Not [!Equals [!Ref P{}, a]]", (index + offset) % 200))
            .collect();
        let previous = index.max(1) - 1;
        let _ = writeln!(
            many,
            "  C{index}: !Or [!And [{}], !Condition C{previous}]",
            operands.join(", ")
        );
    }
    let mut reversed = "Resources: {B: {Type: 'AWS::S3::Bucket'}}\nConditions:\n".to_owned();
    for index in 0..5_000 {
        let _ = writeln!(reversed, "  C{index}: !Not [!Condition C{}]", index + 1);
    }
    let nested = (0..150).fold("1".to_owned(), |inner, index| {
        format!("!If [C{index}, {inner}, {index}]")
    });
    let mut ifs = format!(
        "Resources: {{B: {{Type: 'AWS::S3::Bucket', Properties: {{A: {nested}}}}}}}\nParameters:\n"
    );
    for index in 0..150 {
        let _ = writeln!(ifs, "  P{index}: {{Type: String}}");
    }
    ifs.push_str("Conditions:\n");
    for index in 0..150 {
        let _ = writeln!(ifs, "  C{index}: !Equals [!Ref P{index}, x]");
    }
    let mut loops = "Transform: AWS::LanguageExtensions\nResources:\n".to_owned();
    for level in 0..5 {
        let indent = "  ".repeat(level * 2 + 1);
        let items: Vec<_> = (0..20).map(|item| item.to_string()).collect();
        let _ = writeln!(
            loops,
            "{indent}Fn::ForEach::L{level}:\n{indent}- I{level}\n{indent}- [{}]\n{indent}-",
            items.join(", ")
        );
    }
    let _ = writeln!(
        loops,
        "{}V${{I0}}${{I1}}${{I2}}${{I3}}${{I4}}: {{Type: AWS::EC2::Volume}}",
        "  ".repeat(12)
    );
    let circles = (0..3_000).fold("Resources:\n".to_owned(), |mut text, index| {
        let _ = writeln!(
            text,
            "  R{index}: {{Type: 'AWS::S3::Bucket', Properties: {{A: !Ref R{}}}}}",
            (index + 1) % 3_000
        );
        text
    });
    let deep = format!(
        "Resources:\n  B: {{Type: 'AWS::S3::Bucket'}}\n  C: {}",
        "{Fn::Not: [".repeat(3_000)
    );
    let rows = [
        ("many", many),
        ("reversed", reversed),
        ("ifs", ifs),
        ("loops", loops),
        ("circles", circles),
        ("deep", deep),
    ];
    for (name, text) in rows {
        let start = Instant::now();
        let (evaluation, _) = evaluate(&text, &Inputs::default());
        let spent = start.elapsed();
        assert!(spent < Duration::from_secs(20), "{name} took {spent:?}");
        if name != "loops" {
            assert!(!evaluation.resources.is_empty(), "{name}");
        }
        if std::env::var_os("PALISADE_SHOW").is_some() {
            let line = format!("{name}: {spent:?} {}\n", evaluation.diagnostics.len());
            std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes())
                .expect("standard error is open");
        }
    }
}

/// Each template of `testdata/cloudformation/sam` gives the resources that the official translator's output gives
/// (`translate.py` writes it), and leaves no part unexpanded.
#[test]
fn sam_templates_become_what_the_official_translator_makes() {
    let mut failures = String::new();
    let mut compared = 0;
    let mut paths: Vec<_> = std::fs::read_dir(testdata().join("sam"))
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    paths.sort();
    for path in paths {
        let system = OsSystem;
        let sources = Sources::default();
        let inputs = Inputs::default();
        let ours = evaluate_with(&system, &sources, &path, &inputs);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for diagnostic in &ours.diagnostics {
            if diagnostic.message.ends_with("is not expanded") {
                let _ = writeln!(failures, "{name}: {}", diagnostic.message);
            }
        }
        compared += 1;
        let expected = path.with_extension("expected.json");
        let theirs = evaluate_with(&system, &sources, &expected, &inputs);
        for (resource, line) in differences(&ours.resources, &theirs.resources) {
            let _ = writeln!(failures, "{name} {resource}: {line}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(compared >= 40, "{compared}");
}

fn differences(ours: &[Arc<Resource>], theirs: &[Arc<Resource>]) -> Vec<(String, String)> {
    let find = |list: &[Arc<Resource>], resource: &Resource| {
        list.iter()
            .find(|other| other.address == resource.address)
            .cloned()
    };
    let mut lines = Vec::new();
    for resource in ours {
        let name = resource.address.to_string();
        let Some(other) = find(theirs, resource) else {
            lines.push((name, "is not in the translator's".to_owned()));
            continue;
        };
        if resource.resource_type != other.resource_type {
            lines.push((
                name.clone(),
                format!("{} / {}", resource.resource_type, other.resource_type),
            ));
        }
        if !resource.properties.same(&other.properties) {
            let (a, b) = (
                show_value(&resource.properties),
                show_value(&other.properties),
            );
            lines.push((name.clone(), format!("{a}\n    / {b}")));
        }
        let kept = |resource: &Resource| resource.meta.get("DeletionPolicy").map(show_value);
        if kept(resource) != kept(&other) {
            lines.push((name, "DeletionPolicy".to_owned()));
        }
    }
    for resource in theirs {
        if find(ours, resource).is_none() {
            lines.push((resource.address.to_string(), "is missing".to_owned()));
        }
    }
    lines
}

/// Analyzes files that are there in memory, all of them.
fn analyze(files: &[(&str, &str)]) -> Analysis {
    let system = MemorySystem::new(files.iter().copied());
    let request = Request {
        paths: vec![PathBuf::from(".")],
        ..Request::default()
    };
    let analysis = Analyzer::new(Arc::new(system)).analyze(&request);
    analysis.expect("there is no configuration")
}

/// What a finding of this rule underlines, and the places that explain it with what is said there.
fn explained(analysis: &Analysis, rule: &str) -> Vec<(String, Vec<(String, String)>)> {
    let slice =
        |span: palisade_model::Span| analysis.sources.file(span.file).slice(span).to_owned();
    let findings = analysis.findings.iter();
    findings
        .filter(|finding| &*finding.rule_id == rule)
        .map(|finding| {
            let related = finding.related.iter();
            let related = related.map(|place| (slice(place.span), place.message.clone()));
            (
                finding.span.map(slice).unwrap_or_default(),
                related.collect(),
            )
        })
        .collect()
}

const ACL: &str = "aws-s3-bucket-public-acl";

#[test]
fn a_stack_sees_what_another_of_the_run_exports() {
    let exporting = "Resources:\n  Key: {Type: AWS::KMS::Key}\nOutputs:\n  A: {Value: PublicRead, Export: {Name: acl}}\n  K: {Value: !GetAtt Key.Arn, Export: {Name: key}}\n";
    let importing = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: !ImportValue acl\n  Key: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: !ImportValue key}}\n";
    let analysis = analyze(&[("a.yaml", exporting), ("b.yaml", importing)]);
    let found = explained(&analysis, ACL);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "AccessControl: !ImportValue acl");
    assert!(
        found[0].1.iter().any(|(text, _)| text == "PublicRead"),
        "{found:?}"
    );
    // A resource of the other stack is none of this one, whatever its name.
    let unit = analysis
        .units
        .iter()
        .find(|unit| unit.project.root.ends_with("b.yaml"));
    let topic = unit
        .expect("both are read")
        .declared
        .iter()
        .find(|resource| &*resource.address.name == "Key");
    let key = topic.and_then(|topic| topic.properties.get("KmsMasterKeyId"));
    assert_eq!(key.map(show_value).as_deref(), Some("&<export key>"));
    // Alone, the value is not known.
    let alone = analyze(&[("b.yaml", importing)]);
    assert!(explained(&alone, ACL).is_empty());
}

#[test]
fn a_finding_in_an_assembly_names_the_construct_and_its_line() {
    let manifest = r#"{"version": "36.0.0", "artifacts": {"App": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"}, "metadata": {"/App/Logs/Resource": [{"type": "aws:cdk:logicalId", "data": "Logs", "trace": ["new Logs (/app/lib/logs.ts:12:5)"]}]}}}}"#;
    let template = r#"{"Resources": {"Logs": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}, "Metadata": {"aws:cdk:path": "App/Logs/Resource"}},
      "Other": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}}}"#;
    let analysis = analyze(&[
        ("cdk.out/cdk.out", r#"{"version": "36.0.0"}"#),
        ("cdk.out/manifest.json", manifest),
        ("cdk.out/App.template.json", template),
    ]);
    let found = explained(&analysis, ACL);
    assert_eq!(found.len(), 2);
    let construct = (
        r#""aws:cdk:path": "App/Logs/Resource""#.to_owned(),
        "construct App/Logs/Resource, new Logs (/app/lib/logs.ts:12:5)".to_owned(),
    );
    assert!(found[0].1.contains(&construct), "{found:?}");
    assert!(
        found[1]
            .1
            .iter()
            .all(|(_, message)| !message.starts_with("construct")),
        "{found:?}"
    );
}

#[test]
fn an_assembly_of_a_stage_is_read_once_with_the_one_around_it() {
    let version = r#"{"version": "36.0.0"}"#;
    let outer = r#"{"version": "36.0.0", "artifacts": {"assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}}}"#;
    let inner = r#"{"version": "36.0.0", "artifacts": {"Data": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Data.template.json"}}}}"#;
    let template = r#"{"Resources": {"Logs": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}}}"#;
    let analysis = analyze(&[
        ("cdk.out/cdk.out", version),
        ("cdk.out/manifest.json", outer),
        ("cdk.out/assembly-Prod/cdk.out", version),
        ("cdk.out/assembly-Prod/manifest.json", inner),
        ("cdk.out/assembly-Prod/Data.template.json", template),
    ]);
    assert_eq!(analysis.units.len(), 1);
    let findings = analysis.findings.iter();
    let found: Vec<_> = findings.filter(|it| &*it.rule_id == ACL).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].instances.len(), 1);
    let marked = explained(&analysis, ACL);
    assert_eq!(marked[0].0, r#""AccessControl": "PublicRead""#);
}

#[test]
fn what_a_module_of_the_registry_makes_is_said_to_be_unknown() {
    let text = "Resources:\n  M: {Type: My::Own::Bucket::MODULE}\n  B: {Type: AWS::S3::Bucket}\n";
    let (evaluation, shown) = evaluate(text, &Inputs::default());
    assert_eq!(evaluation.resources.len(), 2);
    assert!(
        shown.ends_with(
            "Warning t.yaml:2:3 what module `My::Own::Bucket::MODULE` makes of `M` is not known\n"
        ),
        "{shown}"
    );
}

#[test]
fn a_value_of_the_sam_configuration_is_placed_at_its_word() {
    let template = "Transform: AWS::Serverless-2016-10-31\nParameters: {Acl: {Type: String}}\nResources:\n  B: {Type: AWS::S3::Bucket, Properties: {AccessControl: !Ref Acl}}\n";
    let rows = [
        (
            "samconfig.toml",
            "[default.deploy.parameters]\nparameter_overrides = \"NotAcl=a Acl=\\\"PublicRead\\\" B=b\"\n",
            "Acl=\\\"PublicRead\\\"",
        ),
        (
            "samconfig.toml",
            "[default.deploy.parameters]\nparameter_overrides = ['A=a', 'ParameterKey=Acl,ParameterValue=PublicRead']\n",
            "ParameterKey=Acl,ParameterValue=PublicRead",
        ),
        (
            "samconfig.yaml",
            "default:\n  global:\n    parameters:\n      parameter_overrides: >-\n        NotAcl=a\n        Acl=PublicRead\n",
            "Acl=PublicRead",
        ),
        (
            "samconfig.yml",
            "default: {deploy: {parameters: {parameter_overrides: {Acl: PublicRead}}}}\n",
            "Acl: PublicRead",
        ),
    ];
    for (name, text, place) in rows {
        let analysis = analyze(&[("template.yaml", template), (name, text)]);
        let found = explained(&analysis, ACL);
        assert_eq!(found.len(), 1, "{text}");
        let related: Vec<_> = found[0].1.iter().map(|(text, _)| &**text).collect();
        assert!(related.contains(&place), "{text}: {related:?}");
        // The file of another environment, and that of a template without the transform, give nothing.
        let other = text.replace("default", "other");
        let analysis = analyze(&[("template.yaml", template), (name, &other)]);
        assert!(explained(&analysis, ACL).is_empty(), "{other}");
        let plain = template.replace("Transform", "Description");
        let analysis = analyze(&[("template.yaml", &plain), (name, text)]);
        assert!(explained(&analysis, ACL).is_empty(), "{text}");
    }
}

#[test]
fn a_finding_in_a_module_leads_to_the_value_that_its_call_gives() {
    let template = "Resources:\n  Data: {Type: My::Own::Bucket::MODULE, Properties: {Acl: PublicRead}}\n  Other: {Type: My::Own::Bucket::MODULE}\n";
    let fragment = "Parameters: {Acl: {Type: String, Default: Private}}\nResources: {Bucket: {Type: AWS::S3::Bucket, Properties: {AccessControl: !Ref Acl}}}\n";
    let config = r#"{"typeName": "My::Own::Bucket::MODULE"}"#;
    let analysis = analyze(&[
        ("stacks/app/template.yaml", template),
        ("modules/bucket/schema.json", config),
        ("modules/bucket/fragments/bucket.yaml", fragment),
    ]);
    let found = explained(&analysis, ACL);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "AccessControl: !Ref Acl");
    let related: Vec<_> = found[0].1.iter().map(|(text, _)| &**text).collect();
    assert!(related.contains(&"Acl: PublicRead"), "{related:?}");
    assert!(related.contains(&"Data"), "{related:?}");
}

#[test]
fn what_a_nested_stack_gives_back_is_known_to_its_parent() {
    let parent = "Resources:\n  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml, Parameters: {Given: PublicRead}}}\n  B: {Type: AWS::S3::Bucket, Properties: {AccessControl: !GetAtt Inner.Outputs.Acl, LoggingConfiguration: {DestinationBucketName: !GetAtt Inner.Outputs.Logs}}}\n";
    let inner = "Parameters: {Given: {Type: String}}\nResources: {Logs: {Type: AWS::S3::Bucket}}\nOutputs: {Acl: {Value: !Ref Given}, Logs: {Value: !Ref Logs}}\n";
    let analysis = analyze(&[("parent.yaml", parent), ("inner.yaml", inner)]);
    let found = explained(&analysis, ACL);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "AccessControl: !GetAtt Inner.Outputs.Acl");
    let related: Vec<_> = found[0].1.iter().map(|(text, _)| &**text).collect();
    assert!(related.contains(&"Given: PublicRead"), "{related:?}");
    let unit = analysis
        .units
        .iter()
        .find(|unit| unit.project.root.ends_with("parent.yaml"));
    let bucket = unit
        .expect("it is read")
        .declared
        .iter()
        .find(|resource| &*resource.address.name == "B");
    let logging = bucket.and_then(|bucket| bucket.properties.get("LoggingConfiguration"));
    assert_eq!(
        logging.map(show_value).as_deref(),
        Some("{DestinationBucketName: &module.Inner.Logs}")
    );
    // Without the file of the nested stack nothing is said.
    let alone = analyze(&[("parent.yaml", parent)]);
    assert!(explained(&alone, ACL).is_empty());
}

#[test]
fn a_finding_of_one_combination_names_the_value_that_it_has_there() {
    let text = "Parameters:\n  Stage: {Type: String, AllowedValues: [dev, prod]}\nConditions: {IsProd: !Equals [!Ref Stage, prod]}\nResources:\n  B: {Type: AWS::S3::Bucket, Properties: {AccessControl: !If [IsProd, Private, PublicRead]}}\n";
    let analysis = analyze(&[("t.yaml", text)]);
    let found: Vec<_> = analysis
        .findings
        .iter()
        .filter(|finding| &*finding.rule_id == ACL)
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].assumptions, ["Stage is dev"]);
    assert_eq!(
        found[0].message,
        "ACL `PublicRead` opens the bucket to everyone"
    );
    assert_eq!(explained(&analysis, ACL)[0].0, "PublicRead");
    // Where neither value opens it there is nothing to find.
    let closed = text.replace("PublicRead", "LogDeliveryWrite");
    assert!(explained(&analyze(&[("t.yaml", &closed)]), ACL).is_empty());
}
