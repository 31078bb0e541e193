//! ARM templates: inputs and what they evaluate to are in `testdata/arm`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use palisade_analysis::discover::{self, Project, ProjectKind};
use palisade_analysis::lang::{Context, Inputs, arm};
use palisade_analysis::system::{MemorySystem, OsSystem, Sources};
use palisade_model::{Kind, Presence, Resource, Target, Value};
use serde_json::{Value as Json, json};

/// A value as JSON, with `$unknown`, `$ref` and `$parts` for what is not plain.
fn to_json(value: &Value) -> Json {
    match &value.kind {
        Kind::Null => Json::Null,
        Kind::Bool(value) => json!(value),
        Kind::Number(number) => number
            .as_i64()
            .map_or_else(|| json!(number.as_f64()), |it| json!(it)),
        Kind::String(text) => json!(text),
        Kind::List(items) => items.iter().map(to_json).collect(),
        Kind::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.to_string(), to_json(value)))
            .collect(),
        Kind::Encoded(encoded) => match &encoded.text {
            Some(text) => json!(text),
            None => json!({ "$encoded": to_json(&encoded.value) }),
        },
        Kind::Template(parts) => json!({ "$parts": parts.iter().map(to_json).collect::<Json>() }),
        Kind::Reference(reference) => {
            let target = match &reference.target {
                Target::Address(address) => address.to_string(),
                Target::External(id) => format!("external {id}"),
            };
            json!({ "$ref": target, "attr": &*reference.attribute })
        }
        Kind::Unknown(unknown) if unknown.candidates.is_empty() => {
            json!({ "$unknown": unknown.reason.to_string() })
        }
        Kind::Unknown(unknown) => {
            let candidates: Json = unknown
                .candidates
                .iter()
                .map(|it| to_json(&it.value))
                .collect();
            json!({ "$unknown": unknown.reason.to_string(), "candidates": candidates })
        }
    }
}

#[test]
fn every_function_gives_what_its_reference_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/arm/functions.json");
    let table = std::fs::read_to_string(path).expect("the table is there");
    let table: Json = serde_json::from_str(&table).expect("the table is JSON");
    let mut wrong = String::new();
    for (family, rows) in table.as_object().expect("families") {
        for (expression, expected) in rows.as_object().expect("rows") {
            let (found, problems) = output(expression);
            if found != *expected || !problems.is_empty() {
                let _ = writeln!(
                    wrong,
                    "{family}: {expression}\n  expected {expected}\n  found    {found} {problems:?}"
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The value of an expression in a small template, and the problems met.
fn output(expression: &str) -> (Json, Vec<String>) {
    let template = json!({
        "parameters": {
            "none": { "type": "string" },
            "flag": { "type": "bool" },
            "tier": { "type": "string", "allowedValues": ["Basic", "Premium"] },
        },
        "outputs": { "out": { "type": "string", "value": expression } },
    });
    let system = MemorySystem::new([("main.json", template.to_string())]);
    let context = Context {
        system: &system,
        sources: &Sources::default(),
        roots: &[PathBuf::from("/")],
        inputs: &Inputs::default(),
    };
    let (evaluation, outputs) = arm::template(Path::new("main.json"), &context, None);
    let value = outputs.get("out").and_then(|it| it.get("value")).cloned();
    let problems = evaluation
        .diagnostics
        .into_iter()
        .map(|it| it.message)
        .collect();
    (to_json(&value.unwrap_or_else(Value::null)), problems)
}

/// Every folder of `testdata/arm` evaluates to its `expected.json`; `UPDATE=1` writes it.
#[test]
fn every_template_evaluates_to_what_stands_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/arm");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    let mut wrong = String::new();
    for folder in folders {
        let found = format!("{:#}\n", evaluated(&folder));
        let path = folder.join("expected.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &found).expect("the result can be written");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if found != expected {
            let _ = writeln!(wrong, "{}:\n{found}", folder.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn evaluated(folder: &Path) -> Json {
    let folder = folder.canonicalize().expect("the folder is there");
    let system = OsSystem;
    let sources = Sources::default();
    let context = Context {
        system: &system,
        sources: &sources,
        roots: std::slice::from_ref(&folder),
        inputs: &Inputs::default(),
    };
    let (evaluation, outputs) = arm::template(&folder.join("main.json"), &context, None);
    let resources: Json = evaluation
        .resources
        .iter()
        .map(|it| described(it, &sources))
        .collect();
    let diagnostics: Vec<String> = evaluation
        .diagnostics
        .iter()
        .map(|it| {
            let place = it
                .span
                .map(|span| sources.file(span.file).line_column(span.start));
            let place = place.map(|it| format!("{}:{}: ", it.line, it.column));
            format!("{}{}", place.unwrap_or_default(), it.message)
        })
        .collect();
    let outputs: Json = outputs
        .iter()
        .map(|(name, output)| {
            (
                name.to_string(),
                output.get("value").map_or(Json::Null, to_json),
            )
        })
        .collect();
    json!({ "resources": resources, "outputs": outputs, "diagnostics": diagnostics })
}

fn described(resource: &Resource, sources: &Sources) -> Json {
    let presence = match &resource.presence {
        Presence::Certain => "certain".to_owned(),
        Presence::Conditional(unknown) => format!("conditional: {}", unknown.reason),
        Presence::Symbolic(unknown) => format!("symbolic: {}", unknown.reason),
        Presence::External => "external".to_owned(),
    };
    let header = resource.header.expect("every resource has a header");
    let file = sources.file(header.file);
    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
    let mut out = json!({
        "address": resource.address.to_string(),
        "type": &*resource.resource_type,
        "api_version": resource.api_version.as_deref(),
        "place": format!("{name}:{} {}", file.line_column(header.start).line, file.slice(header)),
        "presence": presence,
        "properties": to_json(&resource.properties),
    });
    if let Some(scope) = &resource.scope {
        out["scope"] = to_json(scope);
    }
    if let Some(depends) = resource.meta.get("dependsOn") {
        out["depends_on"] = to_json(depends);
    }
    out
}

/// A value tells how it came to its place: its own text, its entry, and the links behind it.
#[test]
fn a_value_knows_its_place_and_the_chain_behind_it() {
    let text = r#"{
  "parameters": { "tls": { "type": "string", "defaultValue": "TLS1_0" } },
  "variables": { "tls": "[parameters('tls')]" },
  "resources": [
    { "type": "A.B/c", "apiVersion": "1", "name": "n", "properties": { "tls": "[variables('tls')]", "plain": 1 } }
  ]
}"#;
    let system = MemorySystem::new([("main.json", text)]);
    let sources = Sources::default();
    let context = Context {
        system: &system,
        sources: &sources,
        roots: &[PathBuf::from("/")],
        inputs: &Inputs::default(),
    };
    let (evaluation, _) = arm::template(Path::new("main.json"), &context, None);
    let properties = evaluation.resources[0]
        .properties
        .get("properties")
        .expect("properties");
    let tls = properties.get("tls").expect("tls");
    let slice = |span: palisade_model::Span| sources.file(span.file).slice(span).to_owned();
    assert_eq!(tls.as_str(), Some("TLS1_0"));
    assert_eq!(
        tls.origin.span.map(slice).as_deref(),
        Some(r#""[variables('tls')]""#)
    );
    assert_eq!(
        tls.origin.entry.map(slice).as_deref(),
        Some(r#""tls": "[variables('tls')]""#)
    );
    let chain: Vec<_> = tls
        .origin
        .frames()
        .map(|it| format!("{}: {}", it.label, slice(it.span)))
        .collect();
    assert_eq!(
        chain,
        [
            r#"variable tls: "tls": "[parameters('tls')]""#,
            r#"parameter tls: "defaultValue": "TLS1_0""#,
        ]
    );
    assert_eq!(
        properties
            .get("plain")
            .and_then(|it| it.origin.entry)
            .map(slice)
            .as_deref(),
        Some(r#""plain": 1"#)
    );
}

/// Circles, hostile depth and broken text end in values and diagnostics.
#[test]
fn nothing_a_template_says_makes_it_fail() {
    let deep = format!("[{}1{}]", "add(1, ".repeat(5_000), ")".repeat(5_000));
    let nested = format!(
        "{{\"resources\": [{{\"type\": \"A.B/c\", \"name\": \"n\", \"properties\": {}{}}}]}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let looped = json!({
        "variables": { "a": "[variables('b')]", "b": "[variables('a')]" },
        "resources": [{ "type": "A.B/c", "apiVersion": "1", "name": "[variables('a')]", "properties": { "deep": deep } }],
    });
    for text in [
        nested,
        looped.to_string(),
        "{".to_owned(),
        String::new(),
        "[1, 2]".to_owned(),
    ] {
        let system = MemorySystem::new([("main.json", text)]);
        let context = Context {
            system: &system,
            sources: &Sources::default(),
            roots: &[PathBuf::from("/")],
            inputs: &Inputs::default(),
        };
        let (evaluation, _) = arm::template(Path::new("main.json"), &context, None);
        assert!(evaluation.resources.len() <= 1);
    }
}

/// A template that Bicep wrote leads back to the Bicep file beside it.
#[test]
fn a_compiled_template_has_the_places_of_its_bicep_file() {
    let bicep = "param tls string = 'TLS1_0'\n\nresource account 'Microsoft.Storage/storageAccounts@2023-01-01' = {\n  name: 'a'\n  properties: {\n    minimumTlsVersion: tls\n  }\n}\n";
    let compiled = json!({
        "languageVersion": "2.0",
        "metadata": { "_generator": { "name": "bicep", "version": "0.43.8" } },
        "parameters": { "tls": { "type": "string", "defaultValue": "TLS1_0" } },
        "resources": { "account": {
            "type": "Microsoft.Storage/storageAccounts",
            "apiVersion": "2023-01-01",
            "name": "a",
            "properties": { "minimumTlsVersion": "[parameters('tls')]" },
        } },
    });
    let system = MemorySystem::new([
        ("main.json", compiled.to_string()),
        ("main.bicep", bicep.to_owned()),
    ]);
    let sources = Sources::default();
    let context = Context {
        system: &system,
        sources: &sources,
        roots: &[PathBuf::from("/")],
        inputs: &Inputs::default(),
    };
    let project = Project {
        kind: ProjectKind::Arm,
        root: PathBuf::from("main.json"),
    };
    let resource = &arm::evaluate(&project, &context).resources[0];
    let tls = resource
        .properties
        .get("properties")
        .and_then(|it| it.get("minimumTlsVersion"));
    let tls = tls.expect("the property is there");
    let slice = |span: palisade_model::Span| sources.file(span.file).slice(span).to_owned();
    assert_eq!(tls.as_str(), Some("TLS1_0"));
    assert_eq!(
        tls.origin.mark().map(slice).as_deref(),
        Some("minimumTlsVersion: tls")
    );
    let header = resource
        .header
        .map(|span| sources.file(span.file).path.clone());
    assert_eq!(header, Some(PathBuf::from("main.bicep")));
}

/// A template that another one links is evaluated with the arguments it gets there, and not again without them.
#[test]
fn a_template_that_another_one_links_is_no_project_of_its_own() {
    let link = |path: &str| {
        json!({ "resources": [{
            "type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "d",
            "properties": { "templateLink": { "relativePath": path } },
        }] })
    };
    let plain = json!({ "resources": [{ "type": "A.B/c", "apiVersion": "1", "name": "n" }] });
    let system = MemorySystem::new([
        ("main.json", link("parts/a.json").to_string()),
        ("parts/a.json", link("b.json").to_string()),
        ("parts/b.json", plain.to_string()),
        ("other.json", plain.to_string()),
        ("self.json", link("self.json").to_string()),
    ]);
    let roots = |input: &str| -> Vec<String> {
        let inputs = [PathBuf::from(input)];
        let found = discover::projects(&system, &Sources::default(), &inputs, &|_| false);
        let found = found.projects.iter();
        found
            .map(|it| it.root.to_string_lossy().replace('\\', "/"))
            .collect()
    };
    assert_eq!(roots("/"), ["/main.json", "/other.json", "/self.json"]);
    assert_eq!(roots("/parts"), ["/parts/a.json"]);
    assert_eq!(roots("/parts/b.json"), ["/parts/b.json"]);
}
