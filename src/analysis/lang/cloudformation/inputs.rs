//! Values for parameters: from the command line, and from files in every form in use.
//!
//! - `[{"ParameterKey": …, "ParameterValue": …}]` of `aws cloudformation create-stack --parameters`
//! - `["Key=Value"]` of `aws cloudformation deploy --parameter-overrides`
//! - `{"Parameters": {…}}` of CodePipeline, `parameters:` of a deployment file of Git sync, a plain map
//! - `parameter_overrides` of `samconfig.toml` or `samconfig.yaml`, and the one beside a SAM template unasked

use std::path::Path;
use std::sync::Arc;

use palisade_model::{Diagnostic, DiagnosticCode, Level, Span, Value};

use super::parameters::{Given, given_in_file};
use super::run::Run;
use super::tree::{Fields, Tree};
use crate::system::SourceFile;

/// The environment of `samconfig.toml` that the SAM command line takes unasked.
const DEFAULT_ENVIRONMENT: &str = "default";

/// Every value given for the template at `path`.
pub(super) fn given(run: &Run<'_>, path: &Path, is_sam: bool) -> Given {
    let mut given = Given::new();
    let inputs = run.context.inputs;
    let beside = path.with_file_name("samconfig.toml");
    if is_sam && let Ok(file) = run.text(&beside) {
        sam_file(run, &file, &mut given);
    }
    for file in &inputs.variable_files {
        read_file(run, file, &mut given);
    }
    for (name, value) in &inputs.variables {
        given.insert(name.as_str().into(), Value::bare(value.as_str()));
    }
    given
}

fn read_file(run: &Run<'_>, path: &Path, given: &mut Given) {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("toml") => match run.context.sources.load(run.context.system, path) {
            Ok(file) => sam_file(run, &file, given),
            Err(error) => run.report(error.diagnostic()),
        },
        Some("tfvars" | "bicepparam" | "tf") => {}
        _ => {
            if let Some(loaded) = run.load(path) {
                let label = path.to_string_lossy();
                read_tree(run, &loaded.tree, &label, given);
            }
        }
    }
}

/// A parameter file in JSON or YAML.
fn read_tree(run: &Run<'_>, tree: &Tree, file: &str, given: &mut Given) {
    if let Some(items) = tree.items() {
        for item in items {
            let pair = (item.str_of("ParameterKey"), item.get("ParameterValue"));
            if let (Some(key), Some(value)) = pair {
                insert(key, value, item.span, file, given);
            } else if let Some((key, value)) = item.as_str().and_then(|text| text.split_once('=')) {
                given.insert(key.into(), given_in_file(value, item.span, file));
            }
        }
        return;
    }
    let section = ["Parameters", "parameters"]
        .into_iter()
        .find_map(|key| tree.get(key));
    if let Some(fields) = section.and_then(Tree::fields) {
        insert_all(fields, file, given);
        return;
    }
    if let Some(overrides) = overrides_of(run, tree) {
        for item in overrides.items().unwrap_or(std::slice::from_ref(overrides)) {
            for (key, value) in item.as_str().map(pairs).unwrap_or_default() {
                given.insert(key.into(), given_in_file(value, item.span, file));
            }
        }
        return;
    }
    if let Some(fields) = tree.fields() {
        insert_all(fields, file, given);
    }
}

/// `parameter_overrides` of a `samconfig.yaml`.
fn overrides_of<'t>(run: &Run<'_>, tree: &'t Tree) -> Option<&'t Tree> {
    let environment = run.context.inputs.environment.as_deref();
    [
        environment.unwrap_or(DEFAULT_ENVIRONMENT),
        DEFAULT_ENVIRONMENT,
    ]
    .into_iter()
    .flat_map(|environment| ["deploy", "global"].map(|command| [environment, command]))
    .find_map(|[environment, command]| {
        tree.at(&[environment, command, "parameters", "parameter_overrides"])
    })
}

fn insert_all(fields: &Fields, file: &str, given: &mut Given) {
    for (key, field) in fields {
        insert(key, &field.value, field.entry(), file, given);
    }
}

fn insert(key: &str, value: &Tree, entry: Span, file: &str, given: &mut Given) {
    let text: Option<Arc<str>> = match value.items() {
        Some(items) => {
            let texts: Option<Vec<_>> = items.iter().map(Tree::scalar_text).collect();
            texts.map(|texts| texts.join(",").into())
        }
        None => value.scalar_text(),
    };
    if let Some(text) = text {
        given.insert(key.into(), given_in_file(&*text, entry, file));
    }
}

/// A `samconfig.toml`. Source:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>
fn sam_file(run: &Run<'_>, file: &SourceFile, given: &mut Given) {
    let label = file.path.to_string_lossy();
    let table: toml::Table = match file.text.parse() {
        Ok(table) => table,
        Err(error) => {
            let range = error.span().unwrap_or_default();
            let span = Span::new(file.id, range.start as u32, range.end as u32);
            let message = error.message().to_lowercase();
            run.report(Diagnostic::at(
                Level::Error,
                DiagnosticCode::Syntax,
                message,
                span,
            ));
            return;
        }
    };
    let environment = run.context.inputs.environment.as_deref();
    let environment = environment
        .filter(|name| table.contains_key(*name))
        .unwrap_or(DEFAULT_ENVIRONMENT);
    for command in ["global", "deploy"] {
        let overrides = table.get(environment).and_then(|table| {
            table
                .get(command)?
                .get("parameters")?
                .get("parameter_overrides")
        });
        let texts: Vec<&str> = match overrides {
            Some(toml::Value::String(text)) => vec![text],
            Some(toml::Value::Array(items)) => {
                items.iter().filter_map(toml::Value::as_str).collect()
            }
            _ => Vec::new(),
        };
        for (key, value) in texts.into_iter().flat_map(pairs) {
            let span = place_of(file, &key);
            given.insert(key.into(), given_in_file(value, span, &label));
        }
    }
}

/// The line that gives a key, as TOML has no places in its values here.
fn place_of(file: &SourceFile, key: &str) -> Span {
    let at = file.text.find(&format!("{key}=")).unwrap_or(0);
    let start = file.text[..at].rfind('\n').map_or(0, |line| line + 1);
    let end = file.text[at..]
        .find('\n')
        .map_or(file.text.len(), |length| at + length);
    Span::new(file.id, start as u32, end as u32)
}

/// `A=b C="d e"`, and the longer `ParameterKey=A,ParameterValue=b`.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for word in words(text) {
        let long = word
            .strip_prefix("ParameterKey=")
            .and_then(|rest| rest.split_once(",ParameterValue="));
        if let Some((key, value)) = long.or_else(|| word.split_once('=')) {
            pairs.push((key.to_owned(), value.to_owned()));
        }
    }
    pairs
}

/// The words of a command line, quotes and backslashes resolved.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            ('\\', _) => word.extend(characters.next()),
            (_, Some(open)) if character == open => quote = None,
            ('"' | '\'', None) => quote = Some(character),
            (_, None) if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
