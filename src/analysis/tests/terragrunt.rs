//! Terragrunt: `testdata/terragrunt/<case>/` and what the analysis makes of it, in `expected.json`.

use std::path::Path;
use std::sync::Arc;

use palisade_analysis::analyzer::{Analysis, Analyzer, Request};
use palisade_analysis::system::OsSystem;
use serde_json::{Map, Value as Json, json};

use super::cases::folders;
use super::terraform::to_json;

fn analyze(folder: &Path) -> Analysis {
    let analyzer = Analyzer::new(Arc::new(OsSystem));
    let request = Request {
        paths: vec![folder.to_path_buf()],
        ..Request::default()
    };
    analyzer.analyze(&request).expect("no configuration")
}

/// Units with their resources, and diagnostics, all relative to the case.
fn shown(analysis: &Analysis, folder: &Path) -> String {
    let prefix = format!("{}/", folder.to_string_lossy());
    let mut projects = Map::new();
    for unit in &analysis.units {
        let root = unit.project.root.strip_prefix(folder);
        let name = root.unwrap_or(&unit.project.root).to_string_lossy();
        let resources: Map<String, Json> = unit
            .declared
            .iter()
            .map(|it| (it.address.to_string(), to_json(&it.properties)))
            .collect();
        let kind = unit.project.kind.as_str();
        projects.insert(format!("{kind} {name}"), Json::Object(resources));
    }
    let diagnostics: Vec<String> = analysis
        .diagnostics
        .iter()
        .map(|it| {
            let place = it.span.map(|span| {
                let file = analysis.sources.file(span.file);
                let at = file.line_column(span.start);
                format!("{}:{}:{}: ", file.path.display(), at.line, at.column)
            });
            format!("{}{}", place.unwrap_or_default(), it.message)
        })
        .collect();
    let made = json!({ "projects": projects, "diagnostics": diagnostics });
    let text = serde_json::to_string_pretty(&made).expect("JSON") + "\n";
    text.replace(&prefix, "")
}

#[test]
fn units_are_evaluated_as_terragrunt_would() {
    let mut wrong = Vec::new();
    for folder in folders("terragrunt") {
        let folder = folder.canonicalize().expect("the folder");
        let text = shown(&analyze(&folder), &folder);
        let path = folder.join("expected.json");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).expect("the expectation can be written");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if expected != text {
            wrong.push(format!("{}:\n{text}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
