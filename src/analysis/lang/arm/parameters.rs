//! Inputs of the outermost template: parameter files and the command line
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/parameter-files).

use std::path::{Path, PathBuf};
use std::rc::Rc;

use palisade_model::{FrameKind, Kind, Origin, Reason, Value};
use palisade_syntax::data::{Data, Entry, Node};

use super::Context;
use super::document::{Document, entry, field, inside, text};
use super::engine::Engine;
use super::functions;
use super::template::linked;
use crate::lang::Given;

/// The values for a template: of its own parameter file where none is given, of the files given, of the command line.
pub(super) fn given(engine: &Engine<'_>, path: &Path, root: &Node) -> Vec<(String, Value)> {
    let context = engine.context;
    let mut given = Vec::new();
    let in_file = |file: &Path| {
        let document = engine.document(file);
        document.map_or_else(Vec::new, |document| of_file(engine, &document))
    };
    if context.inputs.variable_files().next().is_none() {
        given.extend(
            own_file(context, path)
                .iter()
                .flat_map(|file| in_file(file)),
        );
    }
    for input in &context.inputs.given {
        match input {
            Given::File(file) if is_json(file) => given.extend(in_file(file)),
            Given::File(_) => {}
            Given::Variable(name, text) => {
                let declared = field(root, "parameters").and_then(|all| field(all, name));
                let kind = declared.and_then(|declared| text_of_type(declared));
                let value = Value::bare(of_text(text, kind));
                given.push((name.clone(), value));
            }
        }
    }
    given
}

fn text_of_type(declared: &Node) -> Option<&str> {
    text(declared, "type")
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|it| it == "json" || it == "jsonc")
}

/// `main.parameters.json` beside `main.json`.
fn own_file(context: &Context<'_>, path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_str()?;
    inside(
        context,
        &path.with_file_name(format!("{stem}.parameters.json")),
    )
}

/// A text of the command line, read as the parameter's type.
fn of_text(text: &str, kind: Option<&str>) -> Kind {
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    if matches!(kind.as_str(), "" | "string" | "securestring") {
        return text.into();
    }
    match functions::json_value(text, &Origin::default()) {
        Some(value) => value.kind,
        None => text.into(),
    }
}

/// The values of a parameter file.
pub(super) fn of_file(engine: &Engine<'_>, document: &Rc<Document>) -> Vec<(String, Value)> {
    let _ = engine;
    let parameters = field(&document.root, "parameters").map_or(&[][..], Node::entries);
    let name = document
        .file
        .path
        .file_name()
        .map(|name| name.to_string_lossy());
    let label = name.unwrap_or_default().into_owned().into();
    parameters
        .iter()
        .filter_map(|parameter| {
            let value = match entry(&parameter.value, "value") {
                Some(value) => plain(value, document),
                None => secret(&parameter.value, document),
            };
            let span = document.span(parameter.range());
            let value = linked(value, FrameKind::VariableFile, &label, span);
            Some((parameter.key.as_str()?.to_owned(), value))
        })
        .collect()
}

/// A value as it is written: parameter files have no expressions.
fn plain(entry: &Entry, document: &Document) -> Value {
    value_of(&entry.value, entry.range(), document)
}

fn value_of(node: &Node, entry: palisade_syntax::TextRange, document: &Document) -> Value {
    let kind = match &node.data {
        Data::Null => Kind::Null,
        Data::Bool(value) => (*value).into(),
        Data::Number(digits) => Kind::Number(functions::number(digits)),
        Data::String(text) => (**text).into(),
        Data::Sequence(items) => items
            .iter()
            .map(|item| value_of(item, item.range, document))
            .collect::<Vec<_>>()
            .into(),
        Data::Mapping(entries) => entries
            .iter()
            .filter_map(|entry| Some((entry.key.as_str()?.into(), plain(entry, document))))
            .collect::<palisade_model::Map>()
            .into(),
    };
    let origin = Origin::literal(document.span(node.range), document.span(entry));
    Value::new(kind, origin)
}

/// A `{"reference": {"keyVault": …, "secretName": …}}`: a secret that is read when the template is deployed.
pub(super) fn secret(parameter: &Node, document: &Document) -> Value {
    let name = field(parameter, "reference").and_then(|it| text(it, "secretName"));
    let reason = match name {
        Some(name) => Reason::Sensitive(format!("Key Vault secret {name}").into()),
        None => Reason::NoValue("argument".into()),
    };
    let span = document.span(parameter.range);
    let mut value = Value::new(reason, Origin::literal(span, span));
    value.sensitive = true;
    value
}
