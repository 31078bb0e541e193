//! Comparisons (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-comparison).

use std::cmp::Ordering;
use std::sync::Arc;

use palisade_model::{Assumption, Candidate, Kind, Reason, Unknown, Value};

use super::arguments::{Arguments, Called, Stop, made, number_of};
use super::text::{deep_reason, reason_of, text_key};

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "equals" => equals(arguments),
        "less" => compare(arguments, Ordering::is_lt),
        "lessorequals" => compare(arguments, Ordering::is_le),
        "greater" => compare(arguments, Ordering::is_gt),
        "greaterorequals" => compare(arguments, Ordering::is_ge),
        _ => return None,
    })
}

fn equals(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let (a, b) = (arguments.get(0)?, arguments.get(1)?);
    if let Some(truth) = known_equality(a, b) {
        return made(truth);
    }
    Err(Stop::Unknown(Arc::new(unknown_equality(a, b))))
}

/// Whether two values are equal, as far as that is known. Differing kinds are never equal.
fn known_equality(a: &Value, b: &Value) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (Kind::List(a), Kind::List(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all(a.iter().zip(b.iter()).map(|(a, b)| known_equality(a, b)))
        }
        (Kind::Map(a), Kind::Map(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all(a.iter().map(|(key, a)| match b.get(key) {
                Some(b) => known_equality(a, b),
                None => Some(false),
            }))
        }
        _ => known_scalar_equality(a, b),
    }
}

fn known_scalar_equality(a: &Value, b: &Value) -> Option<bool> {
    if reason_of(a).is_none() && reason_of(b).is_none() {
        return match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => Some(a == b),
            _ => Some(a.same(b)),
        };
    }
    let (unknown, other) = if reason_of(a).is_some() {
        (a, b)
    } else {
        (b, a)
    };
    match &unknown.kind {
        Kind::Template(parts) => disproved(parts, other),
        Kind::Reference(_) if other.is_null() => Some(false),
        _ => None,
    }
}

/// A text that does not start or end as a template does is not it.
fn disproved(parts: &[Value], other: &Value) -> Option<bool> {
    if other.is_null() {
        return Some(false);
    }
    let other = other.as_str()?;
    let start = parts.first()?.as_str().unwrap_or_default();
    let end = parts.last()?.as_str().unwrap_or_default();
    (!other.starts_with(start) || !other.ends_with(end)).then_some(false)
}

/// Kleene's conjunction.
fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

/// Why an equality is not known. Where one side has candidates, or is a bare parameter, the cases are named.
fn unknown_equality(a: &Value, b: &Value) -> Unknown {
    let (unknown, other) = if deep_reason(a).is_some() {
        (a, b)
    } else {
        (b, a)
    };
    let reason = deep_reason(unknown).unwrap_or_else(|| Reason::Condition("equals".into()));
    let Kind::Unknown(inner) = &unknown.kind else {
        return Unknown::new(reason);
    };
    if !inner.candidates.is_empty() {
        let decided: Option<Vec<Candidate>> = inner
            .candidates
            .iter()
            .map(|candidate| {
                Some(Candidate {
                    when: candidate.when.clone(),
                    value: Value::bare(known_equality(&candidate.value, other)?),
                })
            })
            .collect();
        return Unknown {
            reason,
            candidates: decided.unwrap_or_default(),
        };
    }
    let (Reason::NoValue(subject), Some(text)) = (&reason, text_key(other)) else {
        return Unknown::new(reason);
    };
    let assumption = |value: Arc<str>| Assumption {
        subject: subject.clone(),
        value,
    };
    let candidate = |truth: bool, value: Arc<str>| Candidate {
        when: vec![assumption(value)],
        value: Value::bare(truth),
    };
    Unknown {
        candidates: vec![
            candidate(true, text.as_str().into()),
            candidate(false, format!("not {text}").into()),
        ],
        reason,
    }
}

fn compare(arguments: &Arguments<'_>, test: fn(Ordering) -> bool) -> Called {
    arguments.count(2, 2)?;
    let (a, b) = (arguments.get(0)?, arguments.get(1)?);
    if let (Some(a), Some(b)) = (number_of(a), number_of(b)) {
        let order = match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().total_cmp(&b.as_f64()),
        };
        return made(test(order));
    }
    made(test(arguments.text(0)?.cmp(arguments.text(1)?)))
}
