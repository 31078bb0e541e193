//! Scalars in the type the property has.
//!
//! A provider converts `"true"` to a boolean and `8080` to a text by its own schema before it sends anything
//! (<https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>); the canonical schema tells the
//! same of the property they become.

use std::sync::Arc;

use palisade_model::{Kind, Value};

use super::table::Convert;
use super::transform;
use crate::schema::{self, Property, PropertyKind};

/// How deep values are converted.
const DEPTH: usize = 32;

/// Converts the scalars of a resource's properties.
pub(crate) fn coerce(properties: &mut Value, resource_type: &str) {
    if let Some(schema) = schema::lookup(resource_type) {
        visit(properties, &schema.root, 0);
    }
}

/// What needs no conversion stays as it is, and shared with others.
fn visit(value: &mut Value, property: &Property, depth: usize) {
    if !differs(value, property, depth) {
        return;
    }
    match &mut value.kind {
        Kind::Map(map) => {
            for (key, inner) in Arc::make_mut(map).iter_mut() {
                if let Some(below) = property.entry(key) {
                    visit(inner, below, depth + 1);
                }
            }
        }
        Kind::List(items) => {
            if let PropertyKind::List(item) = &property.kind {
                for inner in Arc::make_mut(items) {
                    visit(inner, item, depth + 1);
                }
            }
        }
        Kind::Unknown(unknown) => {
            for candidate in &mut Arc::make_mut(unknown).candidates {
                visit(&mut candidate.value, property, depth + 1);
            }
        }
        _ => {
            if let Some(convert) = wanted(value, property) {
                *value = transform::converted(convert, value);
            }
        }
    }
}

/// Whether something in a value needs a conversion.
fn differs(value: &Value, property: &Property, depth: usize) -> bool {
    if depth > DEPTH {
        return false;
    }
    match (&value.kind, &property.kind) {
        (Kind::Map(map), PropertyKind::Object(_) | PropertyKind::Map(_)) => {
            let mut entries = map.iter().filter(|(_, inner)| may_differ(inner));
            entries.any(|(key, inner)| {
                let below = property.entry(key);
                below.is_some_and(|below| differs(inner, below, depth + 1))
            })
        }
        (Kind::List(items), PropertyKind::List(item)) => {
            items.iter().any(|inner| differs(inner, item, depth + 1))
        }
        (Kind::Unknown(unknown), _) => {
            let mut candidates = unknown.candidates.iter();
            candidates.any(|candidate| differs(&candidate.value, property, depth + 1))
        }
        _ => wanted(value, property).is_some(),
    }
}

/// Whether there is a property whose conversion changes a value, or something in it.
fn may_differ(value: &Value) -> bool {
    match &value.kind {
        Kind::Bool(_) | Kind::Number(_) | Kind::List(_) | Kind::Map(_) => true,
        // Numbers may be `inf` and `nan`.
        Kind::String(text) => {
            matches!(&**text, "true" | "false")
                || text.starts_with(|first: char| first.is_ascii_digit())
                || text.starts_with(['+', '-', '.', 'i', 'I', 'n', 'N'])
        }
        Kind::Unknown(unknown) => !unknown.candidates.is_empty(),
        Kind::Null | Kind::Encoded(_) | Kind::Reference(_) | Kind::Template(_) => false,
    }
}

/// The conversion a scalar needs; none where it is right, or the property takes anything.
fn wanted(value: &Value, property: &Property) -> Option<Convert> {
    match (&property.kind, &value.kind) {
        (PropertyKind::Boolean, Kind::String(_)) => Some(Convert::Bool),
        (PropertyKind::Number | PropertyKind::Integer, Kind::String(_)) => Some(Convert::Number),
        (PropertyKind::String, Kind::Bool(_) | Kind::Number(_)) => Some(Convert::Text),
        _ => None,
    }
}
