//! Bicep: each folder of `testdata/bicep/evaluate` holds a deployment and, in `expected.txt`, what it declares. `UPDATE=1` rewrites
//! the expectations.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use palisade_analysis::discover::{Project, ProjectKind};
use palisade_analysis::lang::{Context, Evaluation, Inputs, bicep};
use palisade_analysis::system::{MemorySystem, OsSystem, Sources, System};
use palisade_model::{Diagnostic, DiagnosticCode, Kind, Presence, Target, Value};

/// Evaluates a file with the folders it may read.
pub(crate) fn evaluate(
    system: &dyn System,
    sources: &Sources,
    root: &Path,
    roots: &[PathBuf],
    inputs: &Inputs,
) -> Evaluation {
    let context = Context {
        system,
        sources,
        roots,
        inputs,
    };
    let project = Project {
        kind: ProjectKind::Bicep,
        root: root.to_path_buf(),
    };
    bicep::evaluate(&project, &context)
}

/// One line a value, readable in a diff.
pub(crate) fn render(value: &Value) -> String {
    let mut text = match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(value) => value.to_string(),
        Kind::Number(value) => value.to_string(),
        Kind::String(text) => format!("{text:?}"),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(render).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Map(entries) => {
            let entries = entries.iter();
            let entries: Vec<String> = entries
                .map(|(key, value)| format!("{key}: {}", render(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Kind::Encoded(encoded) => format!("encoded({})", render(&encoded.value)),
        Kind::Reference(reference) => match &reference.target {
            Target::Address(address) => format!("<{address}>.{}", reference.attribute),
            Target::External(id) => format!("<external {id}>.{}", reference.attribute),
        },
        Kind::Template(parts) => {
            let parts: Vec<String> = parts.iter().map(render).collect();
            parts.join(" & ")
        }
        Kind::Unknown(unknown) => {
            let candidates: Vec<String> = unknown
                .candidates
                .iter()
                .map(|candidate| render(&candidate.value))
                .collect();
            match candidates.as_slice() {
                [] => format!("?({})", unknown.reason),
                _ => format!("?({}: {})", unknown.reason, candidates.join(" | ")),
            }
        }
    };
    if value.sensitive {
        text = format!("secret({text})");
    }
    text
}

fn describe(evaluation: &Evaluation, sources: &Sources) -> String {
    let mut out = String::new();
    for resource in &evaluation.resources {
        let _ = write!(out, "{}", resource.address);
        if let Some(version) = &resource.api_version {
            let _ = write!(out, " @{version}");
        }
        match &resource.presence {
            Presence::Certain => {}
            Presence::External => out.push_str(" existing"),
            Presence::Conditional(unknown) => {
                let _ = write!(out, " if {}", unknown.reason);
            }
            Presence::Symbolic(unknown) => {
                let _ = write!(out, " any number: {}", unknown.reason);
            }
        }
        out.push('\n');
        if let Some(scope) = &resource.scope {
            let _ = writeln!(out, "  scope = {}", render(scope));
        }
        for (key, value) in resource.properties.as_map().into_iter().flatten() {
            let _ = writeln!(out, "  {key} = {}", render(value));
        }
    }
    for diagnostic in &evaluation.diagnostics {
        let _ = writeln!(out, "! {}", place(diagnostic, sources));
    }
    out
}

/// The diagnostic with the text it marks.
fn place(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let marked = diagnostic.span.map(|span| {
        let file = sources.file(span.file);
        let name = file
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let text = file.slice(span).lines().next().unwrap_or("").to_owned();
        format!("{}: {text}", name.unwrap_or_default())
    });
    format!("{} ({})", diagnostic.message, marked.unwrap_or_default())
}

#[test]
fn deployments_declare_what_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/bicep/evaluate");
    let folder = folder.canonicalize().expect("the folder is there");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder can be read")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let mut wrong = Vec::new();
    for case in cases {
        let parameters = case.join("main.bicepparam");
        let root = if parameters.exists() {
            parameters
        } else {
            case.join("main.bicep")
        };
        let (system, sources) = (OsSystem, Sources::default());
        let evaluation = evaluate(
            &system,
            &sources,
            &root,
            std::slice::from_ref(&folder),
            &Inputs::default(),
        );
        let found = describe(&evaluation, &sources);
        let expected = case.join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&expected, &found).expect("the expectation can be written");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Evaluates one text in memory.
fn text(main: &str) -> (Evaluation, Sources) {
    let system = MemorySystem::new([("/main.bicep", main)]);
    let sources = Sources::default();
    let roots = [system.canonicalize(Path::new("/")).expect("the root")];
    let root = Path::new("/main.bicep");
    let evaluation = evaluate(&system, &sources, root, &roots, &Inputs::default());
    (evaluation, sources)
}

#[test]
fn a_value_leads_to_where_it_is_written() {
    let (evaluation, sources) = text(
        "param level string = 'TLS1_0'\nvar chosen = level\nresource a 'T/a@1' = {\n  name: 'a'\n  properties: {\n    tls: chosen\n  }\n}\n",
    );
    let value = evaluation.resources[0]
        .properties
        .get("properties")
        .and_then(|it| it.get("tls"))
        .expect("is there");
    let shown = |span: palisade_model::Span| sources.file(span.file).slice(span).to_owned();
    assert_eq!(value.as_str(), Some("TLS1_0"));
    assert_eq!(value.origin.span.map(shown).as_deref(), Some("chosen"));
    assert_eq!(
        value.origin.entry.map(shown).as_deref(),
        Some("tls: chosen")
    );
    let chain: Vec<String> = value
        .origin
        .frames()
        .map(|frame| format!("{} = {}", frame.label, shown(frame.span)))
        .collect();
    assert_eq!(
        chain,
        [
            "chosen = var chosen = level",
            "level = param level string = 'TLS1_0'"
        ]
    );
}

#[test]
fn hostile_inputs_end_in_bounded_time() {
    let mut doubling = String::from("var a0 = 'xxxxxxxxxxxxxxxx'\nvar b0 = [1, 2]\n");
    for level in 1..64 {
        let below = level - 1;
        doubling.push_str(&format!(
            "var a{level} = '${{a{below}}}${{a{below}}}'\nvar b{level} = [b{below}, b{below}]\n"
        ));
    }
    doubling.push_str("resource a 'T/a@1' = {\n  name: a63\n  properties: b63\n}\n");
    let mut chain = String::from("var a0 = 'x'\n");
    for level in 1..10_000 {
        chain.push_str(&format!("var a{level} = a{}\n", level - 1));
    }
    chain.push_str("resource a 'T/a@1' = {\n  name: a9999\n}\n");
    let own =
        "var a = b\nvar b = a\nresource r 'T/a@1' = {\n  name: a\n  parent: r\n  scope: r\n}\n";
    let module =
        "module m 'main.bicep' = {\n  name: m.outputs.x\n}\noutput x string = m.outputs.x\n";
    let nested = "var a = [for x in range(0, 9999): map(range(0, 9999), y => map(range(0, 9999), z => x))]\nresource r 'T/a@1' = {\n  name: a\n}\n";
    let group = "resource r 'Microsoft.Resources/resourceGroups@2024-03-01' = {\n  name: 'r'\n  location: 'x'\n  scope: r\n}\n";
    for input in [doubling.as_str(), &chain, own, module, nested, group] {
        let (evaluation, _) = text(input);
        assert!(evaluation.resources.len() <= 1);
    }
}

#[test]
fn a_limit_that_is_reached_is_told_once() {
    let mut chain = String::from("var a0 = 'x'\n");
    for level in 1..2_000 {
        chain.push_str(&format!("var a{level} = a{}\n", level - 1));
    }
    chain.push_str("resource a 'T/a@1' = {\n  name: a1999\n  kind: a1999\n}\n");
    let (evaluation, _) = text(&chain);
    let limits = evaluation.diagnostics.iter();
    let limits = limits.filter(|it| it.code == DiagnosticCode::Limit);
    assert_eq!(limits.count(), 1, "{:?}", evaluation.diagnostics);
    let (evaluation, _) = text("resource a 'T/a@1' = {\n  name: 'x'\n}\n");
    assert_eq!(evaluation.diagnostics, []);
}

#[test]
fn every_prefix_of_the_whole_language_evaluates() {
    let language = include_str!("../../../testdata/bicep/syntax/language.bicep");
    for cut in (0..language.len()).step_by(7) {
        if let Some(prefix) = language.get(..cut) {
            text(prefix);
        }
    }
}
