//! Scalars in the type the property has.
//!
//! A provider converts `"true"` to a boolean and `8080` to a text by its own schema before it sends anything
//! (<https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>); the canonical schema tells the
//! same of the property they become.

use std::sync::Arc;

use palisade_model::{Candidate, Kind, Map, Segment, Unknown, Value};

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

fn visit(value: &mut Value, property: &Property, depth: usize) {
    if depth > DEPTH {
        return;
    }
    match &mut value.kind {
        Kind::Map(map) => {
            if matches!(
                property.kind,
                PropertyKind::Object(_) | PropertyKind::Map(_)
            ) {
                entries(Arc::make_mut(map), property, depth);
            }
        }
        Kind::List(items) => {
            if let PropertyKind::List(item) = &property.kind {
                for inner in Arc::make_mut(items) {
                    visit(inner, item, depth + 1);
                }
            }
        }
        Kind::Unknown(unknown) if !unknown.candidates.is_empty() => {
            let mut candidates: Vec<Candidate> = unknown.candidates.clone();
            for candidate in &mut candidates {
                visit(&mut candidate.value, property, depth + 1);
            }
            let reason = unknown.reason.clone();
            value.kind = Unknown { reason, candidates }.into();
        }
        Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
            if let Some(convert) = wanted(value, property) {
                *value = transform::converted(convert, value);
            }
        }
        _ => {}
    }
}

fn entries(map: &mut Map, property: &Property, depth: usize) {
    for (key, inner) in map.iter_mut() {
        let path = palisade_model::Path::new(vec![Segment::Key(key.clone())]);
        if let Ok(below) = property.at(&path) {
            visit(inner, below, depth + 1);
        }
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
