//! Values for parameters: from the command line, and from files in every form in use.
//!
//! - `[{"ParameterKey": …, "ParameterValue": …}]` of `aws cloudformation create-stack --parameters`
//! - `["Key=Value"]` of `aws cloudformation deploy --parameter-overrides`
//! - `{"Parameters": {…}}` of CodePipeline, `parameters:` of a deployment file of Git sync, a plain map
//! - `parameter_overrides` of `samconfig.toml`, `.yaml` or `.yml`, and of the one beside a SAM template unasked

use std::path::Path;
use std::sync::Arc;

use palisade_model::{Span, Value};

use super::parameters::{Given, given_in_file};
use super::run::{Loaded, Run};
use super::samconfig::{self, Word};
use super::tree::{Fields, Tree};
use crate::lang;

/// What the SAM command line looks for beside the template; the first that is there. Source:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>
const BESIDE: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];

/// What a word of `parameter_overrides` starts with that names a file of parameters.
const FILE: &str = "file://";

/// Every value given for the template at `path`.
pub(super) fn given(run: &Run<'_>, path: &Path, is_sam: bool) -> Given {
    let mut given = Given::new();
    let inputs = run.context.inputs;
    let beside = BESIDE.iter().filter(|_| is_sam).find_map(|name| {
        let path = path.with_file_name(name);
        run.text(&path).ok().map(|file| run.read(&path, file))
    });
    if let Some(loaded) = beside {
        read_overrides(run, &loaded, &mut given);
    }
    for input in &inputs.given {
        match input {
            lang::Given::File(file) => read_file(run, file, &mut given),
            lang::Given::Variable(name, value) => {
                given.insert(name.as_str().into(), Value::bare(value.as_str()));
            }
        }
    }
    given
}

fn read_file(run: &Run<'_>, path: &Path, given: &mut Given) {
    let extension = path.extension().and_then(|extension| extension.to_str());
    if matches!(extension, Some("tfvars" | "bicepparam" | "tf")) {
        return;
    }
    let Some(loaded) = run.load(path) else {
        return;
    };
    let label = path.to_string_lossy();
    let tree = &loaded.tree;
    if let Some(items) = tree.items() {
        for item in items {
            let pair = (item.str_of("ParameterKey"), item.get("ParameterValue"));
            if let (Some(key), Some(value)) = pair {
                insert(key, value, item.span, &label, given);
            } else if let Some((key, value)) = item.as_str().and_then(|text| text.split_once('=')) {
                given.insert(key.into(), given_in_file(value, item.span, &label));
            }
        }
        return;
    }
    let section = ["Parameters", "parameters"]
        .into_iter()
        .find_map(|key| tree.get(key));
    if let Some(fields) = section.and_then(Tree::fields) {
        insert_all(fields, &label, given);
    } else if !read_overrides(run, &loaded, given)
        && let Some(fields) = tree.fields()
    {
        insert_all(fields, &label, given);
    }
}

/// The `parameter_overrides` of a `samconfig` file; whether it is one.
fn read_overrides(run: &Run<'_>, loaded: &Loaded, given: &mut Given) -> bool {
    let environment = run.context.inputs.environment.as_deref();
    let Some(overrides) = samconfig::overrides(&loaded.tree, environment) else {
        return samconfig::is_config(&loaded.tree);
    };
    let label = loaded.path.to_string_lossy();
    for part in samconfig::flat(overrides) {
        if let Some(fields) = part.fields() {
            insert_all(fields, &label, given);
        }
        for Word { text, place } in samconfig::words_of(part, &loaded.file.text) {
            if let Some(named) = text.strip_prefix(FILE) {
                let file = run.follow(loaded.folder(), named, place);
                let fields = file.as_ref().and_then(|file| file.tree.fields());
                insert_all(fields.unwrap_or(&Fields::new()), named, given);
            } else if let Some((key, value)) = samconfig::assignment(&text) {
                given.insert(key.into(), given_in_file(value, place, &label));
            }
        }
    }
    true
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
