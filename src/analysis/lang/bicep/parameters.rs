//! Values from outside: `.bicepparam` files, JSON parameter files, the command line.
//!
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/parameter-files>

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{FrameKind, Kind, Map, Reason, Value};
use palisade_syntax::bicep::{Declaration, ExpressionKind, Type, TypeKind};
use palisade_syntax::json;

use super::super::arm::functions::{self, Deployment, DeploymentScope};
use super::engine::{Engine, normalized};
use super::instance::{Arguments, Instance, value_of};
use super::load::from_node;
use super::module::{Source, locate};
use super::unit::Unit;
use crate::lang::Given;

/// How many parameter files extend each other at most.
const MAXIMUM_DEPTH: u32 = 16;

/// Whether a path is a Bicep parameter file.
pub(super) fn is_parameter_file(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("bicepparam"))
}

/// The file a parameter file is for, and the values it gives.
pub(super) fn of_file(
    engine: &Engine<'_>,
    path: &Path,
    depth: u32,
) -> Result<(Option<Source>, Arguments), String> {
    if depth > MAXIMUM_DEPTH {
        return Err("extends too many files".to_owned());
    }
    let unit = engine.unit(path)?;
    let deployment = Deployment::new(DeploymentScope::ResourceGroup, &engine.context.inputs.facts);
    let mut instance = Instance::new(unit.clone(), Arguments::default(), deployment);
    let (inherited_template, inherited) = inherited(engine, &unit, depth);
    instance.inherited.clone_from(&inherited);
    let instance = Rc::new(instance);
    let mut template = None;
    let mut values = inherited.unwrap_or_default();
    for (position, statement) in unit.tree.statements.iter().enumerate() {
        match &statement.declaration {
            Declaration::Using(Some(path), _) => {
                template = locate(engine, &instance, path).ok();
            }
            Declaration::Parameter(name, _, Some(_)) => {
                let value = value_of(engine, &instance, position);
                values.insert((*name.text).into(), value);
            }
            _ => {}
        }
    }
    let arguments = Arguments {
        values,
        kind: Some(FrameKind::VariableFile),
        unknown: None,
    };
    Ok((template.or(inherited_template), arguments))
}

/// What the files give that a parameter file extends, the first of them winning; nothing where it extends none.
fn inherited(engine: &Engine<'_>, unit: &Unit, depth: u32) -> (Option<Source>, Option<Map>) {
    let (mut template, mut values) = (None, None);
    for statement in &unit.tree.statements {
        let Declaration::Extends(base) = &statement.declaration else {
            continue;
        };
        let values = values.get_or_insert_with(Map::new);
        let written = base.as_text().unwrap_or("");
        let folder = unit.path.parent().unwrap_or(Path::new(""));
        match of_file(engine, &normalized(&folder.join(written)), depth + 1) {
            Ok((using, given)) => {
                template = template.or(using);
                for (name, value) in given.values {
                    values.get_or_insert_with(&name, || value);
                }
            }
            Err(message) => {
                let span = unit.span(base.range);
                engine.unresolved(format!("`{written}` {message}"), span);
            }
        }
    }
    (template, values)
}

/// Adds the values of parameter files and the command line, later ones winning.
pub(super) fn add_inputs(engine: &Engine<'_>, unit: &Unit, arguments: &mut Arguments) {
    let inputs = engine.context.inputs;
    // What a parameter file of the language gives needs no other beside it.
    let own = match arguments.kind {
        None if inputs.variable_files().next().is_none() => own_file(engine, unit),
        _ => None,
    };
    let own = own.map(Given::File);
    for given in own.iter().chain(&inputs.given) {
        match given {
            Given::File(path) => add_file(engine, path, arguments),
            Given::Variable(name, text) => {
                let value = given_value(unit, name, text);
                arguments.values.insert(name.as_str().into(), value);
            }
        }
    }
    if !arguments.values.is_empty() && arguments.kind.is_none() {
        arguments.kind = Some(FrameKind::VariableFile);
    }
}

fn add_file(engine: &Engine<'_>, path: &Path, arguments: &mut Arguments) {
    match file_values(engine, path) {
        Ok(given) => arguments.values.extend(given.values),
        Err(message) => {
            let path = path.to_string_lossy().replace('\\', "/");
            engine.tally.add(palisade_model::Diagnostic::about(
                palisade_model::Level::Error,
                palisade_model::DiagnosticCode::Unreadable,
                format!("parameter file {message}"),
                path,
            ));
        }
    }
}

/// `main.parameters.json` beside `main.bicep`.
fn own_file(engine: &Engine<'_>, unit: &Unit) -> Option<PathBuf> {
    let stem = unit.path.file_stem()?.to_str()?;
    let path = unit.path.with_file_name(format!("{stem}.parameters.json"));
    engine.text(&path).is_ok().then_some(path)
}

/// Puts the value in the place of `${NAME}` and `${NAME=default}`, which the Azure Developer CLI reads from its environment
/// (<https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables>).
fn substitute(value: &mut Value) {
    match &mut value.kind {
        Kind::List(items) => {
            for item in Arc::make_mut(items) {
                substitute(item);
            }
        }
        Kind::Map(entries) => {
            for entry in Arc::make_mut(entries).values_mut() {
                substitute(entry);
            }
        }
        Kind::String(text) if text.contains("${") => value.kind = substituted(text),
        _ => {}
    }
}

fn substituted(text: &str) -> Kind {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let Some((inner, after)) = behind.split_once('}') else {
            break;
        };
        parts.push(Value::bare(before));
        parts.push(match inner.split_once('=') {
            Some((_, default)) => Value::bare(default),
            None => Value::bare(Reason::NoValue(
                format!("environment variable {inner}").into(),
            )),
        });
        rest = after;
    }
    parts.push(Value::bare(rest));
    functions::concat(&parts)
}

fn file_values(engine: &Engine<'_>, path: &Path) -> Result<Arguments, String> {
    if is_parameter_file(path) {
        return of_file(engine, path, 0).map(|(_, arguments)| arguments);
    }
    let source = engine.text(path)?;
    let tree = json::parse(&source.text).tree;
    let parameters = tree.get("parameters").unwrap_or(&tree);
    let mut arguments = Arguments::default();
    for entry in parameters.entries() {
        let Some(name) = entry.key.as_str() else {
            continue;
        };
        let value = if let Some(given) = entry.value.entry("value") {
            let range = entry.range();
            let place = palisade_model::Span::new(source.id, range.start, range.end);
            let mut value = from_node(&given.value, &source, 0, Some(place));
            substitute(&mut value);
            value
        } else if entry.value.get("reference").is_some() {
            let mut secret = Value::bare(Reason::Sensitive(format!("parameter {name}").into()));
            secret.sensitive = true;
            secret
        } else {
            continue;
        };
        arguments.values.insert(name.into(), value);
    }
    Ok(arguments)
}

/// A value of the command line: the text itself for a parameter that takes texts, else JSON.
fn given_value(unit: &Unit, name: &str, text: &str) -> Value {
    let declared = unit
        .tree
        .statements
        .iter()
        .find_map(|statement| match &statement.declaration {
            Declaration::Parameter(declared, declared_type, _) if *declared.text == *name => {
                declared_type.as_ref()
            }
            _ => None,
        });
    if declared.is_some_and(is_text) {
        return Value::bare(text);
    }
    functions::json_value(text, &palisade_model::Origin::default())
        .unwrap_or_else(|| Value::bare(Kind::from(text)))
}

/// Whether a type is `string`, or literals of it.
fn is_text(declared: &Type) -> bool {
    match &declared.kind {
        TypeKind::Name(name) => &**name == "string",
        TypeKind::Literal(literal) => matches!(literal.kind, ExpressionKind::String(_)),
        TypeKind::Union(members) => members.iter().all(is_text),
        TypeKind::Postfix(base, steps) => {
            steps
                .iter()
                .all(|step| *step == palisade_syntax::bicep::TypeStep::Nullable)
                && is_text(base)
        }
        _ => false,
    }
}
