//! Conversion to a type, and marks.

use super::*;

fn to(arguments: &[TfValue], ty: Type) -> Outcome {
    convert(&arguments[0], &ty).map_err(|error| wrong(0, error.to_string()))
}

pub(super) fn to_bool(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    to(arguments, Type::Bool)
}

pub(super) fn to_number(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    to(arguments, Type::Number)
}

pub(super) fn to_string(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    to(arguments, Type::String)
}

pub(super) fn to_list(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    to(arguments, Type::list(Type::Dynamic))
}

pub(super) fn to_set(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    to(arguments, Type::set(Type::Dynamic))
}

pub(super) fn to_map(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    to(arguments, Type::map(Type::Dynamic))
}

pub(super) fn sensitive(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(arguments[0].clone().with_marks(Marks::SENSITIVE))
}

/// Takes the mark off the value; parts inside keep theirs.
pub(super) fn non_sensitive(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let mut value = arguments[0].clone();
    value.marks.sensitive = false;
    Ok(value)
}

pub(super) fn is_sensitive(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let value = &arguments[0];
    match value.is_known() || value.marks.sensitive {
        true => Ok(TfValue::bool(value.marks.sensitive)),
        false => unknown(Type::Bool, arguments),
    }
}

/// Puts null in the place of every ephemeral part.
pub(super) fn ephemeral_as_null(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(nulled(&arguments[0]))
}

fn nulled(value: &TfValue) -> TfValue {
    let mut result = value.clone();
    if value.marks.ephemeral {
        result.kind = TfKind::Null;
        result.marks.ephemeral = false;
        return result;
    }
    result.kind = match &value.kind {
        TfKind::Sequence(items) => TfKind::Sequence(Arc::new(items.iter().map(nulled).collect())),
        TfKind::Mapping(entries) => TfKind::Mapping(Arc::new(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), nulled(value)))
                .collect(),
        )),
        other => other.clone(),
    };
    result
}
