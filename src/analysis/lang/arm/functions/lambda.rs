//! Functions that take functions
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-lambda).

use std::sync::Arc;

use palisade_model::{Map, Unknown, Value};

use super::arguments::{Arguments, Called, Lambda, Outcome, Stop, boolean_of, made};
use super::text::{reason_of, text_key};

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "map" => map(arguments),
        "filter" => filter(arguments),
        "reduce" => reduce(arguments),
        "sort" => sort(arguments),
        "toobject" => to_object(arguments),
        "groupby" => group_by(arguments),
        "mapvalues" => map_values(arguments),
        _ => return None,
    })
}

/// Calls a lambda with an item and its position, as many of them as it declares.
fn apply(arguments: &Arguments<'_>, lambda: &Lambda<'_>, item: &Value, position: usize) -> Value {
    let given = [item.clone(), arguments.value(position as i64)];
    (lambda.body)(&given[..lambda.parameters.min(2)])
}

fn stop(arguments: &Arguments<'_>, value: &Value, expected: &str) -> Stop {
    match reason_of(value) {
        Some(reason) => Stop::Unknown(Arc::new(Unknown::new(reason))),
        None => arguments.wrong(format!("takes a lambda that gives {expected}")),
    }
}

fn map(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let lambda = arguments.lambda(1)?;
    let items = arguments.list(0)?.iter().enumerate();
    made(
        items
            .map(|(position, item)| apply(arguments, lambda, item, position))
            .collect::<Vec<_>>(),
    )
}

fn filter(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let lambda = arguments.lambda(1)?;
    let mut kept = Vec::new();
    for (position, item) in arguments.list(0)?.iter().enumerate() {
        let result = apply(arguments, lambda, item, position);
        match boolean_of(&result) {
            Some(true) => kept.push(item.clone()),
            Some(false) => {}
            None => return Err(stop(arguments, &result, "a boolean")),
        }
    }
    made(kept)
}

/// Folds the items, from a first value.
fn reduce(arguments: &Arguments<'_>) -> Called {
    arguments.count(3, 3)?;
    let lambda = arguments.lambda(2)?;
    let mut current = arguments.get(1)?.clone();
    for (position, item) in arguments.list(0)?.iter().enumerate() {
        let given = [current, item.clone(), arguments.value(position as i64)];
        current = (lambda.body)(&given[..lambda.parameters.min(3)]);
    }
    Ok(Outcome::Chosen(current))
}

/// Sorts stably by a lambda that tells whether the first of two comes before the second.
fn sort(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let lambda = arguments.lambda(1)?;
    let mut items = arguments.list(0)?.to_vec();
    let mut reason = None;
    let mut before = |a: &Value, b: &Value| {
        let result = (lambda.body)(&[a.clone(), b.clone()]);
        boolean_of(&result).unwrap_or_else(|| {
            reason = reason
                .take()
                .or(Some(stop(arguments, &result, "a boolean")));
            false
        })
    };
    merge_sort(&mut items, &mut before);
    match reason {
        Some(stop) => Err(stop),
        None => made(items),
    }
}

/// Merge sort: unlike the standard library's it takes any relation, also one that is no order.
fn merge_sort(items: &mut Vec<Value>, before: &mut dyn FnMut(&Value, &Value) -> bool) {
    if items.len() < 2 {
        return;
    }
    let mut right = items.split_off(items.len() / 2);
    merge_sort(items, before);
    merge_sort(&mut right, before);
    let mut left = std::mem::take(items).into_iter().peekable();
    let mut right = right.into_iter().peekable();
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let takes_right = before(b, a) && !before(a, b);
        items.extend(if takes_right {
            right.next()
        } else {
            left.next()
        });
    }
    items.extend(left);
    items.extend(right);
}

/// What a lambda gives as a key.
fn key_of(arguments: &Arguments<'_>, value: &Value) -> Result<Arc<str>, Stop> {
    if reason_of(value).is_some() {
        return Err(stop(arguments, value, "a text"));
    }
    let key = text_key(value).ok_or_else(|| stop(arguments, value, "a text"))?;
    Ok(key.into())
}

fn to_object(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 3)?;
    let keys = arguments.lambda(1)?;
    let mut entries = Map::new();
    for (position, item) in arguments.list(0)?.iter().enumerate() {
        let key = key_of(arguments, &apply(arguments, keys, item, position))?;
        let value = if arguments.len() == 3 {
            apply(arguments, arguments.lambda(2)?, item, position)
        } else {
            item.clone()
        };
        entries.insert(key, value);
    }
    made(entries)
}

/// The items by a key, or what a second lambda makes of them.
fn group_by(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 3)?;
    let keys = arguments.lambda(1)?;
    let mut groups: indexmap::IndexMap<Arc<str>, Vec<Value>> = indexmap::IndexMap::new();
    for (position, item) in arguments.list(0)?.iter().enumerate() {
        let key = key_of(arguments, &apply(arguments, keys, item, position))?;
        let value = if arguments.len() == 3 {
            apply(arguments, arguments.lambda(2)?, item, position)
        } else {
            item.clone()
        };
        groups.entry(key).or_default().push(value);
    }
    let groups = groups
        .into_iter()
        .map(|(key, items)| (key, arguments.value(items)));
    made(groups.collect::<Map>())
}

fn map_values(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let lambda = arguments.lambda(1)?;
    let entries = arguments.map(0)?.iter();
    let mapped =
        entries.map(|(key, value)| (key.clone(), (lambda.body)(std::slice::from_ref(value))));
    made(mapped.collect::<Map>())
}
