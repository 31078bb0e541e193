//! Every CloudFormation template of the cases is evaluated without an error, and 200 of them soon.

use std::path::{Path, PathBuf};
use std::time::Instant;

use palisade_analysis::lang::Inputs;
use palisade_analysis::system::{OsSystem, Sources, System};
use palisade_model::Level;

use crate::cloudformation::{evaluate_with, show_value};

fn templates(folder: &Path) -> Vec<PathBuf> {
    let walk = OsSystem.walk(folder);
    let is_template = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("yaml" | "yml" | "json" | "template"))
            && std::fs::read_to_string(path).is_ok_and(|text| {
                text.contains("Resources") && text.contains("AWS::") && !text.contains("\"peer\"")
            })
    };
    walk.files.into_iter().filter(is_template).collect()
}

#[test]
fn the_templates_of_the_cases_are_evaluated_without_error() {
    let Some(folder) = super::corpus("cases/checkov/cloudformation") else {
        return;
    };
    let templates = templates(&folder);
    let system = OsSystem;
    let sources = Sources::default();
    let mut errors = Vec::new();
    let start = Instant::now();
    let mut resources = 0;
    for path in &templates {
        let evaluation = evaluate_with(&system, &sources, path, &Inputs::default());
        resources += evaluation.resources.len();
        for diagnostic in evaluation.diagnostics {
            let line = diagnostic
                .span
                .map(|span| sources.file(span.file).line_column(span.start).line);
            let text = format!("{} {line:?} {}", path.display(), diagnostic.message);
            if diagnostic.level == Level::Error {
                errors.push(text);
            } else {
                eprintln!("{text}");
            }
        }
    }
    eprintln!(
        "{} templates, {resources} resources, {:?}",
        templates.len(),
        start.elapsed()
    );
    assert!(templates.len() > 100);
    assert_eq!(errors, [] as [String; 0]);
}

#[test]
fn the_trap_of_loops_and_branches_is_right() {
    let Some(folder) = super::corpus("traps/t12") else {
        return;
    };
    let system = OsSystem;
    let sources = Sources::default();
    let path = folder.join("t.yaml");
    let evaluation = evaluate_with(&system, &sources, &path, &Inputs::default());
    let shown: Vec<_> = evaluation
        .resources
        .iter()
        .map(|resource| {
            let encrypted = resource.properties.get("Encrypted").map(show_value);
            format!("{} {}", resource.address, encrypted.unwrap_or_default())
        })
        .collect();
    assert_eq!(
        shown,
        ["VolA false", "VolB false", "V1 true", "V2 \"true\""]
    );
}
