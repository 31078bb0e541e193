//! Functions of arrays, those shared with texts and objects included
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-array).

use std::sync::Arc;

use palisade_model::{Kind, Map, Number, Reason, Segment, Unknown, Value};

use super::arguments::{Arguments, Called, Outcome, Stop, chosen, made, number_of};
use super::text::{access, deep_reason, reason_of};

/// The most items `range` makes, as the language limits it.
const MAXIMUM_RANGE: i64 = 10_000;

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "array" => array(arguments),
        "createarray" => made(arguments.values().cloned().collect::<Vec<_>>()),
        "contains" => contains(arguments),
        "empty" => empty(arguments),
        "length" => length(arguments),
        "first" => end(arguments, First),
        "last" => end(arguments, Last),
        "skip" => skip(arguments),
        "take" => take(arguments),
        "range" => range(arguments),
        "flatten" => flatten(arguments),
        "union" => union(arguments),
        "intersection" => intersection(arguments),
        "distinct" => distinct(arguments),
        "min" => extreme(arguments, |a, b| a < b),
        "max" => extreme(arguments, |a, b| a > b),
        "indexfromend" => index_from_end(arguments, Absence::Wrong),
        "tryindexfromend" => index_from_end(arguments, Absence::Null),
        "tryget" => try_get(arguments),
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}
use End::{First, Last};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Absence {
    Wrong,
    Null,
}

fn array(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    match &value.kind {
        Kind::List(_) => chosen(value),
        Kind::Unknown(unknown) => Err(Stop::Unknown(unknown.clone())),
        _ => made(vec![value.clone()]),
    }
}

/// The items of all arrays; unknown where one of them is.
pub(super) fn concat(arguments: &Arguments<'_>) -> Called {
    let mut items = Vec::new();
    for position in 0..arguments.len() {
        items.extend(arguments.list(position)?.iter().cloned());
    }
    made(items)
}

fn contains(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let (container, wanted) = (arguments.get(0)?, arguments.get(1)?);
    if let Some(entries) = container.as_map() {
        let key = arguments.text(1)?;
        return made(entries.keys().any(|name| name.eq_ignore_ascii_case(key)));
    }
    if let Some(items) = container.as_list() {
        return contains_item(items, wanted);
    }
    if let (Kind::Template(parts), Some(wanted)) = (&container.kind, wanted.as_str())
        && parts
            .iter()
            .filter_map(Value::as_str)
            .any(|text| text.contains(wanted))
    {
        return made(true);
    }
    let text = arguments.text(0)?;
    if let Some(number) = wanted.as_number() {
        return made(text.contains(&number.to_string()));
    }
    made(text.contains(arguments.text(1)?))
}

/// True where one item is the wanted one, unknown where one could be.
fn contains_item(items: &[Value], wanted: &Value) -> Called {
    if items.iter().any(|item| is_same(item, wanted)) {
        return made(true);
    }
    let reason = deep_reason(wanted).or_else(|| items.iter().find_map(deep_reason));
    match reason {
        Some(reason) if !items.is_empty() => Err(unknown(reason)),
        _ => made(false),
    }
}

/// Whether two values are known to be equal.
pub(super) fn is_same(a: &Value, b: &Value) -> bool {
    deep_reason(a).is_none() && deep_reason(b).is_none() && a.same(b)
}

fn unknown(reason: Reason) -> Stop {
    Stop::Unknown(Arc::new(Unknown::new(reason)))
}

fn empty(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    match &value.kind {
        Kind::Null => made(true),
        Kind::List(items) => made(items.is_empty()),
        Kind::Map(entries) => made(entries.is_empty()),
        Kind::Encoded(_) => made(false),
        Kind::Template(parts)
            if parts
                .iter()
                .any(|part| part.as_str().is_some_and(|it| !it.is_empty())) =>
        {
            made(false)
        }
        Kind::Reference(reference) if is_never_empty(&reference.attribute) => made(false),
        _ => made(arguments.text(0)?.is_empty()),
    }
}

/// Attributes every resource has.
fn is_never_empty(attribute: &str) -> bool {
    matches!(attribute, "id" | "name" | "type")
}

fn length(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    let length = match (&value.kind, value.as_list(), value.as_map()) {
        (Kind::List(items), ..) => items.len(),
        (Kind::Map(entries), ..) => entries.len(),
        _ => arguments.text(0)?.chars().count(),
    };
    made(length as i64)
}

/// The first or last item or character; of nothing, nothing.
fn end(arguments: &Arguments<'_>, end: End) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    if let Kind::List(items) = &value.kind {
        let position = match end {
            First => 0,
            Last => items.len().saturating_sub(1),
        };
        return match access(value, &Segment::Index(position)) {
            Some(item) => Ok(Outcome::Chosen(item)),
            None => made(Kind::Null),
        };
    }
    let mut characters = arguments.text(0)?.chars();
    let found = match end {
        First => characters.next(),
        Last => characters.next_back(),
    };
    made(found.map(String::from).unwrap_or_default())
}

fn skip(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let count = arguments.integer(1)?.max(0) as usize;
    if let Kind::List(items) = &arguments.get(0)?.kind {
        return made(items.iter().skip(count).cloned().collect::<Vec<_>>());
    }
    made(arguments.text(0)?.chars().skip(count).collect::<String>())
}

fn take(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let count = arguments.integer(1)?.max(0) as usize;
    let value = arguments.get(0)?;
    match &value.kind {
        Kind::List(items) => made(items.iter().take(count).cloned().collect::<Vec<_>>()),
        Kind::Template(parts) => {
            let known = parts.first().and_then(Value::as_str).unwrap_or_default();
            if known.chars().count() >= count {
                return made(known.chars().take(count).collect::<String>());
            }
            Err(arguments.unfit(value, 0, "a text"))
        }
        _ => made(arguments.text(0)?.chars().take(count).collect::<String>()),
    }
}

fn range(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let (start, count) = (arguments.integer(0)?, arguments.integer(1)?);
    if !(0..=MAXIMUM_RANGE).contains(&count) {
        return Err(arguments.wrong(format!("counts from 0 to {MAXIMUM_RANGE}, not to {count}")));
    }
    let items = (0..count).map(|offset| arguments.value(start.saturating_add(offset)));
    made(items.collect::<Vec<_>>())
}

fn flatten(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let mut items = Vec::new();
    for item in arguments.list(0)? {
        match item.as_list() {
            Some(inner) => items.extend(inner.iter().cloned()),
            None => match reason_of(item) {
                Some(reason) => return Err(unknown(reason)),
                None => return Err(arguments.wrong("takes an array of arrays")),
            },
        }
    }
    made(items)
}

/// Of arrays every item once; of objects every property, the last value counting, inner objects joined too.
fn union(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, usize::MAX)?;
    if arguments.values().any(|value| value.as_map().is_some()) {
        let mut joined = Map::new();
        for position in 0..arguments.len() {
            if !arguments.get(position)?.is_null() {
                join(&mut joined, arguments.map(position)?);
            }
        }
        return made(joined);
    }
    let mut items: Vec<Value> = Vec::new();
    for position in 0..arguments.len() {
        for item in arguments.list(position)? {
            if !items.iter().any(|known| is_same(known, item)) {
                items.push(item.clone());
            }
        }
    }
    made(items)
}

fn join(into: &mut Map, from: &Map) {
    for (key, value) in from {
        let name = same_key(into, key).unwrap_or_else(|| key.clone());
        match (into.get_mut(&name), &value.kind) {
            (
                Some(Value {
                    kind: Kind::Map(known),
                    ..
                }),
                Kind::Map(more),
            ) => {
                join(Arc::make_mut(known), more);
            }
            _ => {
                into.insert(name, value.clone());
            }
        }
    }
}

/// The key of a map that is this one but for case.
pub(super) fn same_key(map: &Map, key: &str) -> Option<Arc<str>> {
    map.keys()
        .find(|known| known.eq_ignore_ascii_case(key))
        .cloned()
}

fn intersection(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, usize::MAX)?;
    if arguments.get(0)?.as_map().is_some() {
        return intersection_of_maps(arguments);
    }
    let mut items: Vec<Value> = arguments.list(0)?.to_vec();
    for position in 1..arguments.len() {
        arguments.wholly_known(position)?;
        let other = arguments.list(position)?;
        items.retain(|item| other.iter().any(|it| is_same(it, item)));
    }
    arguments.wholly_known(0)?;
    made(items)
}

/// The items without repetitions, the first of each kept.
fn distinct(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    arguments.wholly_known(0)?;
    let mut kept: Vec<Value> = Vec::new();
    for item in arguments.list(0)? {
        if !kept.iter().any(|it| is_same(it, item)) {
            kept.push(item.clone());
        }
    }
    made(kept)
}

fn intersection_of_maps(arguments: &Arguments<'_>) -> Called {
    let mut entries = arguments.map(0)?.clone();
    for position in 1..arguments.len() {
        let other = arguments.map(position)?;
        entries.retain(|key, value| other.get(key).is_some_and(|it| is_same(it, value)));
    }
    made(entries)
}

fn extreme(arguments: &Arguments<'_>, better: fn(f64, f64) -> bool) -> Called {
    arguments.count(1, usize::MAX)?;
    let first = arguments.get(0)?;
    let values: Vec<&Value> = match first.as_list() {
        Some(items) if arguments.len() == 1 => items.iter().collect(),
        _ => arguments.values().collect(),
    };
    let mut best: Option<Number> = None;
    for value in values {
        let number = number_of(value).ok_or_else(|| arguments.unfit(value, 0, "integers"))?;
        if best.is_none_or(|best| better(number.as_f64(), best.as_f64())) {
            best = Some(number);
        }
    }
    best.map(|number| Outcome::Made(Kind::Number(number)))
        .ok_or_else(|| arguments.wrong("needs at least one number"))
}

/// The item counted from the end, the last being 1.
fn index_from_end(arguments: &Arguments<'_>, absence: Absence) -> Called {
    arguments.count(2, 2)?;
    let value = arguments.get(0)?;
    if absence == Absence::Null && value.is_null() {
        return made(Kind::Null);
    }
    let length = arguments.list(0)?.len();
    let position = usize::try_from(arguments.integer(1)?).unwrap_or(0);
    let found = (1..=length)
        .contains(&position)
        .then(|| access(value, &Segment::Index(length - position)))
        .flatten();
    match found {
        Some(item) => Ok(Outcome::Chosen(item)),
        None if absence == Absence::Null => made(Kind::Null),
        None => Err(arguments.wrong(format!("has no item {position} from the end of {length}"))),
    }
}

/// The property or item at the end of a chain; null where any link is missing.
fn try_get(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, usize::MAX)?;
    let mut current = arguments.get(0)?.clone();
    for position in 1..arguments.len() {
        if current.is_null() {
            return made(Kind::Null);
        }
        let key = arguments.get(position)?;
        let segment = match number_of(key).and_then(Number::as_i64) {
            Some(index) if current.as_map().is_none() => {
                Segment::Index(usize::try_from(index).unwrap_or(usize::MAX))
            }
            _ => Segment::Key(match key.as_number() {
                Some(number) => number.to_string().into(),
                None => arguments.text(position)?.into(),
            }),
        };
        match access(&current, &segment) {
            Some(next) => current = next,
            None => return made(Kind::Null),
        }
    }
    Ok(Outcome::Chosen(current))
}

/// Where an item first or last stands in an array, or -1.
pub(super) fn position(arguments: &Arguments<'_>, last: bool) -> Called {
    let (items, wanted) = (arguments.list(0)?, arguments.get(1)?);
    if let Some(reason) = deep_reason(wanted).or_else(|| items.iter().find_map(deep_reason)) {
        return Err(unknown(reason));
    }
    let mut found = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.same(wanted));
    let found = if last {
        found.next_back()
    } else {
        found.next()
    };
    made(found.map_or(-1, |(position, _)| position as i64))
}
