//! Configurations whose plan is known: `testdata/terraform/plan/<name>/` with the values of its `terraform_data` resources in
//! `expected.json`, as `terraform plan` gives them. Where the `terraform` binary is installed, the expectation itself is
//! checked; `UPDATE=1` writes it anew. `arguments.txt` beside the configuration holds arguments of the command line, one a line.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use palisade_analysis::discover::ProjectKind;
use palisade_analysis::lang::{Given, Inputs};
use palisade_analysis::system::{OsSystem, System};
use palisade_model::{Kind, Presence, Value};
use serde_json::{Map, Value as Json, json};

use super::run;
use crate::cases::folders;

/// A value as a plan shows it, an unknown as `"(unknown)"`.
fn planned(value: &Value) -> Json {
    match &value.kind {
        Kind::Null => Json::Null,
        Kind::Bool(value) => json!(value),
        Kind::Number(number) => match number.as_i64() {
            Some(integer) => json!(integer),
            None => json!(number.as_f64()),
        },
        Kind::String(text) => json!(text),
        Kind::List(items) => items.iter().map(planned).collect(),
        Kind::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, item)| (key.to_string(), planned(item)));
            Json::Object(entries.collect::<Map<String, Json>>())
        }
        Kind::Encoded(encoded) => encoded
            .text
            .as_ref()
            .map_or(json!("(unknown)"), |text| json!(text)),
        Kind::Reference(_) | Kind::Template(_) | Kind::Unknown(_) => json!("(unknown)"),
    }
}

/// `after` with the unknown parts that `after_unknown` names.
fn merged(after: &Json, unknown: &Json) -> Json {
    match (after, unknown) {
        (_, Json::Bool(true)) => json!("(unknown)"),
        (Json::Object(after), Json::Object(unknown)) => {
            let mut made = after.clone();
            for (key, inner) in unknown {
                let value = merged(after.get(key).unwrap_or(&Json::Null), inner);
                if *inner != json!(false) || after.contains_key(key) {
                    made.insert(key.clone(), value);
                }
            }
            Json::Object(made)
        }
        (Json::Array(after), Json::Array(unknown)) => {
            let none = Json::Bool(false);
            let count = after.len().max(unknown.len());
            (0..count)
                .map(|at| {
                    merged(
                        after.get(at).unwrap_or(&Json::Null),
                        unknown.get(at).unwrap_or(&none),
                    )
                })
                .collect()
        }
        (Json::Null, Json::Object(_)) => merged(&json!({}), unknown),
        (Json::Null, Json::Array(items)) if !items.is_empty() => merged(&json!([]), unknown),
        (after, _) => after.clone(),
    }
}

/// The arguments that a configuration is planned with.
fn arguments(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("arguments.txt")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The same for Palisade.
fn inputs(folder: &Path) -> Inputs {
    let mut made = Inputs::default();
    for argument in arguments(folder) {
        if let Some(path) = argument.strip_prefix("-var-file=") {
            made.given.push(Given::File(folder.join(path)));
        } else {
            let given = argument.strip_prefix("-var=");
            let (name, value) = given.and_then(|it| it.split_once('=')).expect("-var=a=b");
            made.given
                .push(Given::Variable(name.to_owned(), value.to_owned()));
        }
    }
    made
}

/// What `terraform plan` says.
fn plan(folder: &Path) -> Json {
    let work = tempfile::tempdir().expect("a folder");
    copy(folder, work.path());
    let terraform = |arguments: &[&str]| {
        let output = Command::new("terraform")
            .args(arguments)
            .current_dir(work.path())
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .env("TF_IN_AUTOMATION", "1")
            .output()
            .expect("terraform runs");
        assert!(
            output.status.success(),
            "{}: {}{}",
            folder.display(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    };
    terraform(&["init", "-no-color"]);
    let given = arguments(folder);
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    terraform(&[&["plan", "-no-color", "-out", "plan.bin"], &given[..]].concat());
    let shown: Json =
        serde_json::from_slice(&terraform(&["show", "-json", "plan.bin"])).expect("JSON");
    let changes = shown["resource_changes"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut resources = BTreeMap::new();
    for change in changes.iter().filter(|change| change["mode"] == "managed") {
        let value = merged(
            &change["change"]["after"],
            &change["change"]["after_unknown"],
        );
        let pick = |name: &str| value.get(name).cloned().unwrap_or(Json::Null);
        let address = change["address"].as_str().expect("an address").to_owned();
        resources.insert(
            address,
            json!({"input": pick("input"), "triggers_replace": pick("triggers_replace")}),
        );
    }
    json!(resources)
}

/// The same with 14 digits of every fraction: the test's own JSON reader rounds the last one.
fn rounded(value: &Json) -> Json {
    match value {
        Json::Number(number) if number.is_f64() => {
            json!(format!("{:.14e}", number.as_f64().unwrap_or_default()))
        }
        Json::Array(items) => items.iter().map(rounded).collect(),
        Json::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, item)| (key.clone(), rounded(item)));
            Json::Object(entries.collect())
        }
        other => other.clone(),
    }
}

pub(super) fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
            copy(&source, &target);
        } else {
            std::fs::copy(&source, &target).expect("a file");
        }
    }
}

/// What Palisade says.
fn ours(folder: &Path) -> (Json, Vec<String>) {
    let system = OsSystem;
    let roots = [system.canonicalize(folder).expect("the folder")];
    let made = run(
        &system,
        ProjectKind::Terraform,
        folder,
        &roots,
        &inputs(folder),
    );
    let mut resources = BTreeMap::new();
    for resource in &made.evaluation.resources {
        if resource.presence == Presence::External {
            continue;
        }
        let pick = |name: &str| resource.properties.get(name).map_or(Json::Null, planned);
        let value = json!({"input": pick("input"), "triggers_replace": pick("triggers_replace")});
        resources.insert(resource.address.to_string(), value);
    }
    (json!(resources), made.messages())
}

#[test]
fn the_same_resources_as_terraform_plans() {
    let mut wrong = Vec::new();
    let folders = folders("terraform/plan");
    for folder in &folders {
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap_or_default();
        let expected: Json = serde_json::from_str(&text).unwrap_or(Json::Null);
        let (found, messages) = ours(folder);
        if found != expected {
            let name = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            wrong.push(format!(
                "{name}\n  ours:      {found}\n  terraform: {expected}\n  {messages:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        folders.len(),
        wrong.join("\n")
    );
    assert!(folders.len() >= 60, "{} configurations", folders.len());
}

#[test]
fn what_is_expected_is_what_terraform_plans() {
    if Command::new("terraform").arg("version").output().is_err() {
        eprintln!("needs terraform");
        return;
    }
    for folder in folders("terraform/plan") {
        let expected = folder.join("expected.json");
        let update = std::env::var_os("UPDATE").is_some();
        if !update && std::env::var_os("PALISADE_TERRAFORM").is_none() {
            eprintln!("needs PALISADE_TERRAFORM");
            return;
        }
        let planned = plan(&folder);
        if update {
            let text = serde_json::to_string_pretty(&planned).expect("JSON");
            std::fs::write(&expected, text + "\n").expect("written");
        }
        let text = std::fs::read_to_string(&expected).unwrap_or_default();
        let known: Json = serde_json::from_str(&text).unwrap_or(Json::Null);
        assert_eq!(rounded(&known), rounded(&planned), "{}", folder.display());
    }
}
