//! Functions of providers: those of Terraform's own are evaluated, others are code that is not run.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/terraform-decode_tfvars> and its siblings.

use std::sync::Arc;

use palisade_model::{Origin, Reason, Span};
use palisade_syntax::hcl::{self, Item};

use super::expression;
use super::functions::tfvars;
use super::providers;
use super::scope::{Eval, Failure, Scope};
use super::types::Type;
use super::value::{Entries, TfKind, TfValue};

/// The result of `provider::LOCAL::FUNCTION`; none where the name is none of a provider.
pub(super) fn call(
    name: &str,
    arguments: &[TfValue],
    place: Span,
    scope: &Scope<'_, '_>,
) -> Option<Eval> {
    let (provider, function) = name.strip_prefix("provider::")?.split_once("::")?;
    if !providers::is_built_in(scope.instance, provider) {
        let reason = Reason::Foreign(name.into());
        return Some(Ok(TfValue::unknown(Type::Dynamic, reason)));
    }
    let wrong = |message: &str| Err(Failure::new(format!("{name}: {message}"), place));
    let [argument] = arguments else {
        return Some(wrong("one argument is required"));
    };
    if argument.is_null() {
        return Some(wrong("argument must not be null"));
    }
    let marks = argument.deep_marks();
    let unknown = |ty| TfValue::unknown_like(ty, arguments);
    let text = |made: Option<String>| made.map_or_else(|| unknown(Type::String), TfValue::string);
    let result = match function {
        "encode_expr" => Ok(text(tfvars::expression(argument))),
        "encode_tfvars" => match argument.as_entries() {
            Some(entries) if !entries.keys().all(|name| tfvars::is_name(name)) => {
                wrong("a key is no name of a variable")
            }
            Some(entries) => Ok(text(tfvars::file(entries))),
            None if !argument.is_known() => Ok(unknown(Type::String)),
            None => wrong("an object is required"),
        },
        "decode_tfvars" if !argument.is_known() => Ok(unknown(Type::Dynamic)),
        "decode_tfvars" => decode(name, argument, place, scope),
        _ => wrong("there is no function of this name"),
    };
    Some(result.map(|value| value.with_marks(marks)))
}

/// The variables that a text gives, as that of a variable file.
fn decode(name: &str, argument: &TfValue, place: Span, scope: &Scope<'_, '_>) -> Eval {
    let wrong = |message: &str| Failure::new(format!("{name}: {message}"), place);
    let TfKind::String(text) = &argument.kind else {
        return Err(wrong("a string is required"));
    };
    // What stands in a file has its places there; any other text is placed where it is decoded.
    let start = text.source.map_or(0, |span| span.start as usize);
    let parse = hcl::parse(&format!("{}{}", " ".repeat(start), text.text));
    if let Some(error) = parse.errors.first() {
        return Err(wrong(&error.message));
    }
    let closed = Entries::new();
    let inner = Scope {
        closed: Some(&closed),
        functions: false,
        file: text.source.unwrap_or(place).file,
        ..*scope
    };
    let mut entries = Entries::new();
    for item in parse.tree.items {
        let Item::Attribute(attribute) = item else {
            return Err(wrong("it holds a block"));
        };
        let value = expression::evaluate(&attribute.value, &inner);
        let value = value.map_err(|failure| wrong(failure.message()))?;
        let value = match text.source {
            Some(_) => value,
            None => placed(value, place),
        };
        if entries
            .insert((*attribute.name.text).into(), value)
            .is_some()
        {
            return Err(wrong(&format!("`{}` is set twice", attribute.name.text)));
        }
    }
    Ok(TfValue::object(entries))
}

/// The value with all its parts at one place.
fn placed(mut value: TfValue, place: Span) -> TfValue {
    value.kind = match value.kind {
        TfKind::Sequence(items) => {
            let items = items.iter().map(|item| placed(item.clone(), place));
            TfKind::Sequence(Arc::new(items.collect()))
        }
        TfKind::Mapping(entries) => {
            let placed =
                |(name, item): (&Arc<str>, &TfValue)| (name.clone(), placed(item.clone(), place));
            TfKind::Mapping(Arc::new(entries.iter().map(placed).collect()))
        }
        other => other,
    };
    value.with_origin(Origin::expression(place, place))
}
