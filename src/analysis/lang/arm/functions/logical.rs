//! Functions of truth values, in three-valued logic
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-logical).

use std::sync::Arc;

use palisade_model::{Assumption, Candidate, Kind, Reason, Unknown, Value};

use super::arguments::{Arguments, Called, Stop, boolean_of, chosen, made};
use super::text::reason_of;

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "true" => made(true),
        "false" => made(false),
        "bool" => bool(arguments),
        "not" => not(arguments),
        "and" => join(arguments, false),
        "or" => join(arguments, true),
        "if" => if_else(arguments),
        "coalesce" => coalesce(arguments),
        _ => return None,
    })
}

fn bool(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    if let Some(number) = value.as_number() {
        return made(number.as_f64() != 0.0);
    }
    let known = boolean_of(value).or_else(|| match value.as_str()? {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    });
    known
        .map(Into::into)
        .ok_or_else(|| arguments.unfit(value, 0, "a boolean"))
}

/// The truth value of an argument, or why it has none.
fn truth(arguments: &Arguments<'_>, position: usize) -> Result<bool, Stop> {
    let value = arguments.get(position)?;
    boolean_of(value).ok_or_else(|| match &value.kind {
        Kind::Unknown(unknown) => Stop::Unknown(unknown.clone()),
        _ => arguments.unfit(value, position, "a boolean"),
    })
}

fn not(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    match truth(arguments, 0) {
        Err(Stop::Unknown(unknown)) => Err(Stop::Unknown(map_candidates(&unknown, |value| {
            boolean_of(value).map(|it| Value::bare(!it))
        }))),
        known => made(!known?),
    }
}

/// The same unknown with each candidate changed; without candidates where one cannot be.
fn map_candidates(unknown: &Unknown, change: impl Fn(&Value) -> Option<Value>) -> Arc<Unknown> {
    let changed: Option<Vec<Candidate>> = unknown
        .candidates
        .iter()
        .map(|candidate| {
            Some(Candidate {
                when: candidate.when.clone(),
                value: change(&candidate.value)?,
            })
        })
        .collect();
    Arc::new(Unknown {
        reason: unknown.reason.clone(),
        candidates: changed.unwrap_or_default(),
    })
}

/// `and` (deciding: false) and `or` (deciding: true).
fn join(arguments: &Arguments<'_>, deciding: bool) -> Called {
    arguments.count(1, usize::MAX)?;
    let mut unknown = None;
    for position in 0..arguments.len() {
        match truth(arguments, position) {
            Ok(value) if value == deciding => return made(deciding),
            Ok(_) => {}
            Err(Stop::Unknown(reason)) => unknown = unknown.or(Some(reason)),
            Err(wrong) => return Err(wrong),
        }
    }
    match unknown {
        Some(unknown) if arguments.len() == 1 => Err(Stop::Unknown(unknown)),
        Some(unknown) => Err(Stop::Unknown(Arc::new(Unknown::new(
            unknown.reason.clone(),
        )))),
        None => made(!deciding),
    }
}

fn if_else(arguments: &Arguments<'_>) -> Called {
    arguments.count(3, 3)?;
    match truth(arguments, 0) {
        Ok(true) => chosen(arguments.get(1)?),
        Ok(false) => chosen(arguments.get(2)?),
        Err(Stop::Unknown(condition)) => {
            let (then, otherwise) = (arguments.get(1)?, arguments.get(2)?);
            if super::array::is_same(then, otherwise) {
                return chosen(then);
            }
            Err(Stop::Unknown(Arc::new(either(&condition, then, otherwise))))
        }
        Err(wrong) => Err(wrong),
    }
}

/// One of two values, by a condition that is not known.
fn either(condition: &Unknown, then: &Value, otherwise: &Value) -> Unknown {
    let branch = |truth: bool| if truth { then } else { otherwise };
    let mut candidates = Vec::new();
    let named = condition
        .candidates
        .iter()
        .all(|candidate| candidate.value.as_bool().is_some());
    if named && !condition.candidates.is_empty() {
        for candidate in &condition.candidates {
            let value = branch(candidate.value.as_bool().unwrap_or_default());
            add_candidates(&candidate.when, value, &mut candidates);
        }
    } else {
        for truth in [true, false] {
            let when = [Assumption {
                subject: condition.reason.to_string().into(),
                value: truth.to_string().into(),
            }];
            let when = if matches!(condition.reason, Reason::Condition(_)) {
                &when[..]
            } else {
                &[]
            };
            add_candidates(when, branch(truth), &mut candidates);
        }
    }
    Unknown {
        reason: condition.reason.clone(),
        candidates,
    }
}

fn add_candidates(when: &[Assumption], value: &Value, candidates: &mut Vec<Candidate>) {
    if let Kind::Unknown(inner) = &value.kind
        && !inner.candidates.is_empty()
    {
        candidates.extend(inner.candidates.iter().map(|candidate| Candidate {
            when: when.iter().chain(&candidate.when).cloned().collect(),
            value: candidate.value.clone(),
        }));
        return;
    }
    candidates.push(Candidate {
        when: when.to_vec(),
        value: value.clone(),
    });
}

/// The first value that is not null. An unknown one could be null, so what comes behind it is a candidate only.
fn coalesce(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, usize::MAX)?;
    for (position, value) in arguments.values().enumerate() {
        if value.is_null() {
            continue;
        }
        if let Kind::Unknown(unknown) = &value.kind
            && position + 1 < arguments.len()
        {
            let reason = reason_of(value).unwrap_or_else(|| unknown.reason.clone());
            return Err(Stop::Unknown(Arc::new(Unknown::new(reason))));
        }
        return chosen(value);
    }
    made(Kind::Null)
}
