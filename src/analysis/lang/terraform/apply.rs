//! Function calls: arguments to values, and the functions whose arguments are expressions.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{FileId, Reason, Span};
use palisade_syntax::hcl::{self, Call, ExpressionKind};

use super::convert;
use super::engine::Engine;
use super::expression;
use super::functions::{self, FunctionContext, Templates};
use super::instance::Instance;
use super::modules;
use super::provider_functions as provider;
use super::scope::{Eval, Failure, Scope};
use super::template;
use super::types::Type;
use super::value::TfValue;

/// A value as one of a type.
pub(super) fn to_type(value: &TfValue, ty: &Type) -> Result<TfValue, String> {
    convert::convert(value, ty).map_err(|error| error.to_string())
}

/// The value of a call.
pub(super) fn call(call: &Call, place: Span, scope: &Scope<'_, '_>) -> Eval {
    if !scope.functions {
        return Err(Failure::new("no function can be called here", place));
    }
    match &*call.name.text {
        "try" => return first_that_works(call, place, scope),
        "can" => return can(call, place, scope),
        "templatestring" if is_written_out(call) => {
            return Err(Failure::new(
                "templatestring: a template that is written here needs no call",
                place,
            ));
        }
        _ => {}
    }
    let arguments = match arguments(call, place, scope)? {
        Ok(arguments) => arguments,
        Err(unknown) => return Ok(unknown),
    };
    let engine = scope.instance.engine;
    let own = engine
        .dialect
        .and_then(|dialect| dialect.call(&call.name.text, &arguments, place));
    if let Some(result) = own {
        return result;
    }
    if let Some(result) = provider::call(&call.name.text, &arguments, place, scope) {
        return result;
    }
    run(call, arguments, place, scope)
}

/// Calls a function of the language.
fn run(call: &Call, arguments: Vec<TfValue>, place: Span, scope: &Scope<'_, '_>) -> Eval {
    let engine = scope.instance.engine;
    let arguments = relative(&call.name.text, arguments, engine);
    let templates = TemplateReader {
        instance: scope.instance,
        place,
    };
    let context = FunctionContext {
        system: engine.context.system,
        sources: engine.context.sources,
        roots: engine.context.roots,
        directory: &engine.root,
        templates: Some(&templates),
        files: &engine.files,
        depth: engine.template_depth.get(),
    };
    let value = functions::call(&call.name.text, &arguments, &context).or_else(|error| {
        let at = error.argument.and_then(|at| call.arguments.get(at));
        let place = at.map_or(place, |argument| scope.span(argument.range));
        let message = format!("{}: {}", call.name.text, error.message);
        if !error.is_limit {
            return Err(Failure::new(message, place));
        }
        let failure = Failure::limit(message, place);
        engine.fail(&failure);
        Ok(TfValue::unknown(Type::Dynamic, failure.reason()))
    })?;
    Ok(made_of(value, &arguments))
}

/// Of more items of a list it is not seen whether a text is made of them.
const MAXIMUM_ITEMS: usize = 16;

/// A text that is made of attributes of resources is still theirs: `join("", aws_s3_bucket.logs[*].bucket)`.
fn made_of(mut value: TfValue, arguments: &[TfValue]) -> TfValue {
    let Some(text) = value.as_str().filter(|_| value.origin.of.is_none()) else {
        return value;
    };
    let items = arguments
        .iter()
        .flat_map(|argument| match argument.as_items() {
            Some(items) => &items[..items.len().min(MAXIMUM_ITEMS)],
            None => std::slice::from_ref(argument),
        });
    let parts: Vec<&TfValue> = items
        .filter(|item| item.origin.of.is_some())
        .filter(|item| item.as_str().is_some_and(|part| text.contains(part)))
        .collect();
    if parts.is_empty() {
        return value;
    }
    let whole = parts.iter().any(|part| part.as_str() == Some(text));
    let of = parts.iter().filter_map(|part| part.origin.of.as_deref());
    value.origin = value.origin.clone().made_of(of, whole);
    value
}

/// The path of a file as other files of the run name theirs, where it is given in full: its text is shown under that name.
fn relative(function: &str, mut arguments: Vec<TfValue>, engine: &Engine<'_>) -> Vec<TfValue> {
    let reads = function.starts_with("file") || function == "templatefile";
    let Some(path) = arguments.first().and_then(TfValue::as_str).map(Path::new) else {
        return arguments;
    };
    if !reads || !path.is_absolute() || engine.root.is_absolute() {
        return arguments;
    }
    let from = engine.context.system.current_directory().join(&engine.root);
    let (marks, origin) = (arguments[0].marks, arguments[0].origin.clone());
    let shown = TfValue::string(modules::shown(&from, path));
    arguments[0] = shown.with_marks(marks).with_origin(origin);
    arguments
}

/// Whether the first argument is a text in quotes and no reference to one.
fn is_written_out(call: &Call) -> bool {
    call.arguments.first().is_some_and(|argument| {
        matches!(
            argument.kind,
            ExpressionKind::String(_) | ExpressionKind::Template(_)
        )
    })
}

/// The arguments, the last one spread where it says so. An unknown spread makes the result unknown.
fn arguments(
    call: &Call,
    place: Span,
    scope: &Scope<'_, '_>,
) -> Result<Result<Vec<TfValue>, TfValue>, Failure> {
    let mut values = Vec::with_capacity(call.arguments.len());
    for (at, argument) in call.arguments.iter().enumerate() {
        let value = expression::evaluate(argument, scope)?;
        if !(call.spread && at + 1 == call.arguments.len()) {
            values.push(value);
            continue;
        }
        if !value.is_known() {
            return Ok(Err(TfValue::unknown_like(
                Type::Dynamic,
                std::slice::from_ref(&value),
            )));
        }
        let items = value
            .as_items()
            .ok_or_else(|| Failure::new("`...` needs a list", place))?;
        let marks = value.marks;
        values.extend(items.iter().map(|item| item.clone().with_marks(marks)));
    }
    Ok(Ok(values))
}

/// A name that is not declared is wrong, which its diagnostic tells.
fn is_undeclared(value: &TfValue) -> bool {
    value
        .first_unknown()
        .is_some_and(|unknown| matches!(unknown.reason, Reason::Undeclared(_)))
}

/// A value that has unknown parts might still turn out to be wrong, and something else be taken, unless these are attributes of
/// resources, or one of some known values.
fn certain(value: TfValue) -> TfValue {
    match value.first_unknown() {
        Some(unknown) if unknown.reference.is_none() && unknown.candidates.is_empty() => {
            TfValue::unknown(Type::Dynamic, unknown.reason.clone())
                .with_marks(value.marks)
                .with_origin(value.origin)
        }
        _ => value,
    }
}

fn can(call: &Call, place: Span, scope: &Scope<'_, '_>) -> Eval {
    let [argument] = call.arguments.as_slice() else {
        return Err(Failure::new("`can` takes one argument", place));
    };
    Ok(match expression::evaluate(argument, scope) {
        Ok(value) if is_undeclared(&value) => TfValue::bool(false),
        Ok(value) if !value.is_wholly_known() => {
            TfValue::unknown_like(Type::Bool, std::slice::from_ref(&value))
        }
        Ok(_) => TfValue::bool(true),
        Err(failure) if failure.is_limit() => return Err(failure),
        Err(_) => TfValue::bool(false),
    })
}

fn first_that_works(call: &Call, place: Span, scope: &Scope<'_, '_>) -> Eval {
    let mut failure = None;
    for argument in &call.arguments {
        match expression::evaluate(argument, scope) {
            Ok(value) if is_undeclared(&value) => {
                failure = Some(Failure::new("a name is not declared", place));
            }
            Ok(value) => return Ok(certain(value)),
            Err(error) if error.is_limit() => return Err(error),
            Err(error) => failure = Some(error),
        }
    }
    let message = failure.map_or_else(
        || "`try` takes at least one argument".to_owned(),
        |failure| {
            format!(
                "no argument of `try` works; the last: {}",
                failure.message()
            )
        },
    );
    Err(Failure::new(message, place))
}

/// Evaluates template files for the functions.
struct TemplateReader<'s, 'e> {
    instance: &'s Rc<Instance<'e>>,
    place: Span,
}

impl Templates for TemplateReader<'_, '_> {
    fn evaluate(
        &self,
        text: &str,
        source: Option<&Path>,
        variables: &BTreeMap<Arc<str>, TfValue>,
        depth: usize,
    ) -> Result<TfValue, String> {
        let engine = self.instance.engine;
        let parse = hcl::parse_template(text);
        if let Some(error) = parse.errors.first() {
            return Err(error.message.clone());
        }
        let found = source.and_then(|path| engine.context.sources.find(path));
        // A template in a string has no place of its own.
        let file: FileId = found.map_or(self.place.file, |file| file.id);
        let before = engine.template_depth.replace(depth);
        let scope = Scope {
            closed: Some(variables),
            ..Scope::module(self.instance, file)
        };
        let whole = Span::new(file, 0, text.len() as u32);
        let place = if source.is_some() { whole } else { self.place };
        let value = template::evaluate(&parse.tree, place, &scope);
        engine.template_depth.set(before);
        value.map_err(|failure| failure.message().to_owned())
    }
}
