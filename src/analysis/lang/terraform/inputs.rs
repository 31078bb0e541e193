//! Variables: what the user gives, what the declaration makes of it.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/values/variables>; later sources win: environment,
//! `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars`, then `-var` and `-var-file` in the order
//! they are given.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use palisade_model::{Diagnostic, DiagnosticCode, Frame, FrameKind, Level, Origin, Reason, Span};
use palisade_syntax::hcl;

use super::config::{ModuleConfig, Section, span};
use super::constraint::Constraint;
use super::engine::Engine;
use super::instance::Instance;
use super::scope::Scope;
use super::types::Type;
use super::value::{Marks, TfValue};
use super::{apply, expression, load};
use crate::discover::display;
use crate::lang::Context;
use crate::lang::Given;

/// What a variable is given.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// A value and where it is written.
    Value(TfValue, Span),
    /// A text of the command line or environment.
    Text(Arc<str>),
    /// A line of a variable file.
    Line(palisade_model::FileId, Arc<hcl::Attribute>, Arc<str>),
}

/// The inputs of a root module by name, over those that its caller `gives`. Variable files that need no naming lie in `folders`,
/// where the later folder's file takes the place of one of the same name.
pub(super) fn gather(
    engine: &Engine<'_>,
    config: &ModuleConfig,
    gives: IndexMap<Arc<str>, Input>,
    folders: &[&Path],
) -> IndexMap<Arc<str>, Input> {
    let context = engine.context;
    let mut inputs = gives;
    for name in config.variables.keys() {
        if let Some(text) = context.system.environment(&format!("TF_VAR_{name}")) {
            inputs.insert(name.clone(), Input::Text(text.into()));
        }
    }
    for path in automatic(engine, folders) {
        add_file(engine, &path, &mut inputs);
    }
    for given in &context.inputs.given {
        match given {
            Given::File(path) => add_file(engine, path, &mut inputs),
            Given::Variable(name, text) => {
                inputs.insert(name.as_str().into(), Input::Text(text.as_str().into()));
            }
        }
    }
    inputs
}

/// The variable files of a folder that may count without being named, looked up once for all environments.
struct Listing(Vec<(OsString, PathBuf)>);

impl Listing {
    fn of(context: &Context<'_>, folder: &Path) -> Self {
        let found = context.system.read_directory(folder).unwrap_or_default();
        let named = |path: PathBuf| Some((path.file_name()?.to_owned(), path));
        let counts = |(name, path): &(OsString, PathBuf)| {
            let name = name.to_string_lossy();
            (NAMED.contains(&&*name) || is_automatic(&name)) && load::inside(context, path)
        };
        Self(found.into_iter().filter_map(named).filter(counts).collect())
    }
}

/// The first files, in their order.
const NAMED: [&str; 2] = ["terraform.tfvars", "terraform.tfvars.json"];

fn is_automatic(name: &str) -> bool {
    name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")
}

/// The variable files that count without being named, in order.
fn automatic(engine: &Engine<'_>, folders: &[&Path]) -> Vec<PathBuf> {
    let context = engine.context;
    let mut names: BTreeMap<OsString, PathBuf> = BTreeMap::new();
    for folder in folders {
        let listing = context
            .sources
            .shared(folder, || Listing::of(context, folder));
        names.extend(listing.0.iter().cloned());
    }
    let named = NAMED.iter().filter_map(|name| names.get(OsStr::new(name)));
    let automatic = names
        .iter()
        .filter(|(name, _)| is_automatic(&name.to_string_lossy()))
        .map(|(_, path)| path);
    named.chain(automatic).cloned().collect()
}

fn add_file(engine: &Engine<'_>, path: &Path, inputs: &mut IndexMap<Arc<str>, Input>) {
    let mut diagnostics = Vec::new();
    if let Some((source, attributes)) = load::variables(engine.context, path, &mut diagnostics) {
        engine.used(path);
        let label: Arc<str> = display(path).into();
        for attribute in attributes {
            let name = attribute.name.text.clone();
            inputs.insert(
                name,
                Input::Line(source.id, Arc::new(attribute), label.clone()),
            );
        }
    }
    engine.push(diagnostics);
}

/// Values for variables that nobody declares are told: they are often misspelt.
pub(super) fn undeclared(
    engine: &Engine<'_>,
    config: &ModuleConfig,
    inputs: &IndexMap<Arc<str>, Input>,
) {
    for (name, input) in inputs {
        if config.variables.contains_key(name) {
            continue;
        }
        let message =
            format!("a value is given for `{name}`, which is no variable of the root module");
        match input {
            Input::Line(file, attribute, _) => {
                let place = span(*file, attribute.name.range);
                engine.tell(Level::Note, DiagnosticCode::Evaluation, message, place);
            }
            Input::Text(_) => {
                let path = display(&engine.root);
                let diagnostic =
                    Diagnostic::about(Level::Note, DiagnosticCode::Evaluation, message, path);
                engine.push(vec![diagnostic]);
            }
            Input::Value(..) => {}
        }
    }
}

/// The value of a variable and where it is written.
pub(super) fn variable(
    name: &str,
    section: &Section,
    given: Option<Input>,
    scope: &Scope<'_, '_>,
) -> (TfValue, Option<Span>) {
    let instance = scope.instance;
    let constraint = Instance::constraint(scope, section);
    let nullable =
        section.attribute("nullable").is_none() || instance.flag(section.attribute("nullable"));
    let default = section.attribute("default");
    let given = given.map(|input| read(name, input, section, &constraint, scope));
    let (value, written) = match (given, default) {
        (Some((value, written)), _) if !value.is_null() || nullable => (value, written),
        (_, Some((file, attribute))) => {
            let scope = Scope { file, ..*scope };
            let mut value = instance.settle(expression::evaluate(&attribute.value, &scope));
            let written = span(file, attribute.range);
            value.origin.entry = Some(written);
            (value, written)
        }
        _ => {
            let reason = Reason::NoValue(format!("var.{name}").into());
            let value = TfValue::unknown(constraint.ty.without_optional(), reason);
            (
                value.with_origin(Origin::expression(section.header, section.range)),
                section.header,
            )
        }
    };
    let value = typed(name, value, &constraint, written, scope);
    let marks = Marks {
        sensitive: instance.flag(section.attribute("sensitive")),
        ephemeral: instance.flag(section.attribute("ephemeral")),
    };
    (value.with_marks(marks), Some(written))
}

fn typed(
    name: &str,
    value: TfValue,
    constraint: &Constraint,
    written: Span,
    scope: &Scope<'_, '_>,
) -> TfValue {
    let origin = value.origin.clone();
    let completed = constraint.defaults.apply(&value);
    match apply::to_type(&completed, &constraint.ty) {
        Ok(value) => value.with_origin(origin),
        Err(message) => {
            let message = format!("the value of `var.{name}` does not fit its type: {message}");
            scope.instance.engine.warn(message.clone(), written);
            TfValue::unknown(
                constraint.ty.without_optional(),
                Reason::Error(message.into()),
            )
            .with_origin(origin)
        }
    }
}

/// The value of an input and where it is written; for a text that is the declaration.
fn read(
    name: &str,
    input: Input,
    section: &Section,
    constraint: &Constraint,
    scope: &Scope<'_, '_>,
) -> (TfValue, Span) {
    match input {
        Input::Value(value, written) => (value, written),
        Input::Line(file, attribute, label) => {
            let written = span(file, attribute.range);
            let scope = Scope { file, ..*scope };
            let mut value = scope
                .instance
                .settle(expression::evaluate(&attribute.value, &scope));
            value.origin.entry = Some(written);
            value.origin.via = Some(Arc::new(Frame {
                kind: FrameKind::VariableFile,
                label,
                span: written,
                next: None,
            }));
            (value, section.header)
        }
        Input::Text(text) => {
            let plain = constraint.ty.is_primitive() || section.attribute("type").is_none();
            let value = if plain {
                TfValue::string(&text)
            } else {
                parsed(name, &text, section, scope)
            };
            (
                value.with_origin(Origin::expression(section.header, section.range)),
                section.header,
            )
        }
    }
}

/// A text of the command line that is an expression.
fn parsed(name: &str, text: &str, section: &Section, scope: &Scope<'_, '_>) -> TfValue {
    let path = PathBuf::from(format!("<value of var.{name}>"));
    let source = scope.instance.engine.context.sources.insert(&path, text);
    let parse = hcl::parse_expression(&source.text);
    if let Some(error) = parse.errors.first() {
        let message = format!(
            "the value of `var.{name}` cannot be read: {}",
            error.message
        );
        scope.instance.engine.warn(message.clone(), section.header);
        return TfValue::unknown(Type::Dynamic, Reason::Error(message.into()));
    }
    let scope = Scope {
        file: source.id,
        ..*scope
    };
    scope
        .instance
        .settle(expression::evaluate(&parse.tree, &scope))
}
