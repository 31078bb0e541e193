//! What is inside of a sensitive value is sensitive: rules look at parts, and say what they see.

use std::sync::Arc;

use palisade_model::{Kind, Value};

/// Marks what is inside of each sensitive value.
pub(super) fn spread(value: &mut Value) {
    if is_open(value) {
        mark(value, false);
    }
}

/// Whether anything is sensitive.
pub(super) fn is_in(value: &Value) -> bool {
    value.sensitive
        || match &value.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Reference(_) => {
                false
            }
            Kind::List(items) | Kind::Template(items) => items.iter().any(is_in),
            Kind::Map(entries) => entries.values().any(is_in),
            Kind::Encoded(encoded) => is_in(&encoded.value),
            Kind::Unknown(unknown) => unknown.candidates.iter().any(|it| is_in(&it.value)),
        }
}

/// Whether there is a sensitive value with something inside.
fn is_open(value: &Value) -> bool {
    match &value.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Reference(_) => {
            false
        }
        _ if value.sensitive => true,
        Kind::List(items) | Kind::Template(items) => items.iter().any(is_open),
        Kind::Map(entries) => entries.values().any(is_open),
        Kind::Encoded(encoded) => is_open(&encoded.value),
        Kind::Unknown(unknown) => unknown.candidates.iter().any(|it| is_open(&it.value)),
    }
}

fn mark(value: &mut Value, around: bool) {
    value.sensitive |= around;
    let around = value.sensitive;
    match &mut value.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Reference(_) => {}
        Kind::List(items) | Kind::Template(items) => {
            for item in Arc::make_mut(items) {
                mark(item, around);
            }
        }
        Kind::Map(entries) => {
            for inner in Arc::make_mut(entries).values_mut() {
                mark(inner, around);
            }
        }
        Kind::Encoded(encoded) => mark(&mut Arc::make_mut(encoded).value, around),
        Kind::Unknown(unknown) if around => {
            for candidate in &mut Arc::make_mut(unknown).candidates {
                mark(&mut candidate.value, around);
            }
        }
        Kind::Unknown(_) => {}
    }
}
