//! The operations on single values. Each maps what is known, keeps what is not, and loses no origin.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_model::{
    Candidate, Encoded, Encoding, Kind, Map, Number, Origin, Path, Reason, Segment, Unknown, Value,
};
use serde_json::Value as Json;

use super::document;
use super::place;
use super::table::{Convert, Operation};

/// A value of a table.
pub(crate) fn constant(json: &Json, origin: &Origin) -> Value {
    let kind: Kind = match json {
        Json::Null => Kind::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => integer.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items
            .iter()
            .map(|item| constant(item, origin))
            .collect::<Vec<_>>()
            .into(),
        Json::Object(entries) => entries
            .iter()
            .map(|(key, value)| (Arc::from(key.as_str()), constant(value, origin)))
            .collect::<Map>()
            .into(),
    };
    Value::new(kind, origin.clone())
}

/// Applies a function to every value this one can be: itself, or the candidates of an unknown. A reference, or a text around
/// one, becomes unknown where the function needs the value.
pub(crate) fn each_known(value: &Value, function: &dyn Fn(&Value) -> Value) -> Value {
    match &value.kind {
        Kind::Unknown(unknown) => {
            let candidates = unknown
                .candidates
                .iter()
                .map(|candidate| Candidate {
                    when: candidate.when.clone(),
                    value: function(&candidate.value),
                })
                .collect();
            let mapped = Unknown {
                reason: unknown.reason.clone(),
                candidates,
            };
            Value {
                kind: mapped.into(),
                ..value.clone()
            }
        }
        Kind::Reference(reference) => {
            let name = format!("{:?}", reference.attribute);
            let what = match &reference.target {
                palisade_model::Target::Address(address) => {
                    format!("{address}.{}", reference.attribute)
                }
                palisade_model::Target::External(_) => name,
            };
            Value {
                kind: Reason::Computed(what.into()).into(),
                ..value.clone()
            }
        }
        Kind::Template(parts) => {
            let reason = parts.iter().find_map(Value::as_unknown).map_or_else(
                || Reason::Computed("text".into()),
                |unknown| unknown.reason.clone(),
            );
            Value {
                kind: reason.into(),
                ..value.clone()
            }
        }
        Kind::Null => value.clone(),
        _ => {
            let mut mapped = function(value);
            mapped.origin = value.origin.clone();
            mapped.sensitive = value.sensitive;
            mapped
        }
    }
}

/// The operations of one value in their order.
pub(crate) fn apply(operation: &Operation, value: Value, known: &mut Entries) -> Value {
    let mut value = value;
    if operation.json || operation.yaml {
        value = document::decode(value, operation.yaml);
    }
    if let Some([yes, no]) = &operation.bool_enum {
        value = each_known(&value, &|value| match boolean(value) {
            Some(true) => constant(yes, &value.origin),
            Some(false) => constant(no, &value.origin),
            None => value.clone(),
        });
    }
    if operation.not {
        value = each_known(&value, &|value| {
            boolean(value).map_or_else(
                || value.clone(),
                |known| Value::new(!known, value.origin.clone()),
            )
        });
    }
    if !operation.lookup.is_empty() {
        value = lookup(operation, value);
    }
    if let Some(convert) = operation.convert {
        value = each_known_text(value, &|value| converted(convert, value));
    }
    if let Some(separator) = &operation.join {
        value = joined(separator, value);
    }
    if let Some(separator) = &operation.split {
        value = each_known_text(value, &|value| split(separator, value));
    }
    if operation.item {
        value = match value.as_list() {
            Some(items) => items.first().cloned().unwrap_or_else(Value::null),
            None => value,
        };
    }
    if operation.list && !matches!(value.kind, Kind::List(_) | Kind::Unknown(_) | Kind::Null) {
        let origin = value.origin.clone();
        value = Value::new(vec![value], origin);
    }
    shape(operation, value, known)
}

/// Like [`each_known`], but a reference or template stays what it is: the operation changes only its type.
fn each_known_text(value: Value, function: &dyn Fn(&Value) -> Value) -> Value {
    match &value.kind {
        Kind::Reference(_) | Kind::Template(_) => value,
        _ => each_known(&value, function),
    }
}

fn lookup(operation: &Operation, value: Value) -> Value {
    if let Kind::List(items) = &value.kind {
        let items: Vec<_> = items
            .iter()
            .map(|item| lookup(operation, item.clone()))
            .collect();
        return Value {
            kind: items.into(),
            ..value
        };
    }
    each_known(&value, &|value| {
        let key = scalar_text(value).unwrap_or_default();
        match operation.lookup.get(key.as_str()) {
            Some(other) => constant(other, &value.origin),
            None => value.clone(),
        }
    })
}

/// The operations that change the structure.
fn shape(operation: &Operation, value: Value, known: &mut Entries) -> Value {
    let mut value = value;
    if let Some(key) = &operation.wrap {
        value = wrapped(key, value);
    }
    if let Some(names) = &operation.entries {
        value = known.list(names, value);
    }
    if let [keys @ .., content] = &operation.collect[..] {
        value = collected(keys, content, value);
    }
    if operation.base64 {
        value = each_known_text(value, &encoded);
    }
    if operation.pascal {
        value = pascal(value, 0);
    }
    if let Some(pair) = &operation.pair {
        let origin = value.origin.clone();
        let text = each_known_text(value, &|value| converted(Convert::Text, value));
        let mut entry = Map::new();
        let [name, content] = &pair.names;
        entry.insert(
            name.as_str().into(),
            Value::new(pair.key.as_str(), origin.clone()),
        );
        entry.insert(content.as_str().into(), text);
        value = Value::new(entry, origin);
    }
    value
}

/// A boolean, also as Terraform converts one from a text.
pub(crate) fn boolean(value: &Value) -> Option<bool> {
    match value.as_str() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => value.as_bool(),
    }
}

/// A scalar as Terraform converts it to a text.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::String(text) => Some(text.to_string()),
        Kind::Number(number) => Some(number.to_string()),
        Kind::Bool(known) => Some(known.to_string()),
        Kind::Encoded(encoded) => encoded.text.as_deref().map(str::to_owned),
        _ => None,
    }
}

/// A scalar in another type; as it is where it cannot be converted.
pub(crate) fn converted(convert: Convert, value: &Value) -> Value {
    let kind: Option<Kind> = match convert {
        Convert::Text => scalar_text(value).map(Kind::from),
        Convert::Bool => boolean(value).map(Kind::from),
        Convert::Number => value.as_str().and_then(number).map(Kind::Number),
    };
    match kind {
        Some(kind) => Value {
            kind,
            ..value.clone()
        },
        None => value.clone(),
    }
}

pub(crate) fn number(text: &str) -> Option<Number> {
    match text.parse::<i64>() {
        Ok(integer) => Some(Number::Integer(integer)),
        Err(_) => text.parse::<f64>().ok().map(Number::Float),
    }
}

fn joined(separator: &str, value: Value) -> Value {
    let Kind::List(items) = &value.kind else {
        return value;
    };
    let mut parts = Vec::new();
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            parts.push(Value::new(separator, value.origin.clone()));
        }
        parts.push(item.clone());
    }
    text_of(parts, &value.origin)
}

fn split(separator: &str, value: &Value) -> Value {
    let Some(text) = value.as_str() else {
        return value.clone();
    };
    let parts: Vec<_> = text
        .split(separator)
        .map(|part| Value::new(part.trim(), value.origin.clone()))
        .collect();
    Value::new(parts, value.origin.clone())
}

/// Several parts as one text: a string where all are known, else a template.
pub(crate) fn text_of(parts: Vec<Value>, origin: &Origin) -> Value {
    let texts: Option<String> = parts.iter().map(scalar_text).collect();
    let sensitive = parts.iter().any(|part| part.sensitive);
    let kind = match texts {
        Some(text) => text.into(),
        None if parts.len() == 1 => return parts.into_iter().next().unwrap_or_else(Value::null),
        None => Kind::Template(Arc::new(parts)),
    };
    Value {
        sensitive,
        ..Value::new(kind, origin.clone())
    }
}

fn wrapped(key: &str, value: Value) -> Value {
    let wrap = |item: &Value| {
        if matches!(item.kind, Kind::Map(_)) {
            return item.clone();
        }
        let mut entry = Map::new();
        entry.insert(key.into(), item.clone());
        Value::new(entry, item.origin.clone())
    };
    match &value.kind {
        Kind::Null => value,
        Kind::List(items) => {
            let items: Vec<_> = items.iter().map(wrap).collect();
            Value::new(items, value.origin)
        }
        _ => wrap(&value),
    }
}

/// Maps as lists of objects. The last one is remembered, as nearly all resources of an environment have the same tags.
#[derive(Debug, Default)]
pub(crate) struct Entries(Option<Known>);

#[derive(Debug)]
struct Known {
    /// The names of the entries for key and value.
    names: [String; 2],
    map: Kind,
    list: Kind,
}

impl Entries {
    fn list(&mut self, names: &[String; 2], value: Value) -> Value {
        let Kind::Map(map) = &value.kind else {
            return value;
        };
        let known = self.0.as_ref();
        let same = |known: &&Known| known.names == *names && known.map.identical(&value.kind);
        let list = known.filter(same).map(|known| known.list.clone());
        let list = list.unwrap_or_else(|| {
            let list = entries(names, map);
            self.0 = Some(Known {
                names: names.clone(),
                map: value.kind.clone(),
                list: list.clone(),
            });
            list
        });
        Value::new(list, value.origin)
    }
}

fn entries([key, content]: &[String; 2], map: &Map) -> Kind {
    let (key, content): (Arc<str>, Arc<str>) = (key.as_str().into(), content.as_str().into());
    let items: Vec<_> = map
        .iter()
        .map(|(name, inner)| {
            let mut entry = Map::with_capacity(2);
            let name = Value::new(Kind::String(name.clone()), inner.origin.clone());
            entry.insert(key.clone(), name);
            entry.insert(content.clone(), inner.clone());
            Value::new(entry, inner.origin.clone())
        })
        .collect();
    items.into()
}

/// A text in base64, which keeps the text.
fn encoded(value: &Value) -> Value {
    let Some(text) = value.as_str() else {
        return value.clone();
    };
    let encoded = Encoded {
        encoding: Encoding::Base64,
        text: Some(STANDARD.encode(text).into()),
        value: value.clone(),
    };
    Value::new(Kind::Encoded(Arc::new(encoded)), value.origin.clone())
}

fn collected(keys: &[String], content: &str, value: Value) -> Value {
    let Kind::List(items) = &value.kind else {
        return value;
    };
    let open = |item| keys.iter().find_map(|key| open_key(item, key));
    if let Some(open) = items.iter().find_map(open) {
        return open;
    }
    let mut root = Value::new(Map::new(), value.origin.clone());
    for item in items.iter() {
        let names: Option<Vec<_>> = keys
            .iter()
            .map(|key| Some(Segment::Key(scalar_text(item.get(key)?)?.into())))
            .collect();
        if let (Some(names), Some(content)) = (names, item.get(content)) {
            place::set(&mut root, &Path::new(names), content.clone(), &item.origin);
        }
    }
    root
}

/// What stands for all items, where the key of one is not known.
pub(super) fn open_key(item: &Value, key: &str) -> Option<Value> {
    let name = if matches!(item.kind, Kind::Unknown(_)) {
        item
    } else {
        item.get(key)?
    };
    let kind = match &name.kind {
        Kind::Unknown(_) => name.kind.clone(),
        Kind::Reference(_) | Kind::Template(_) => {
            Kind::from(Reason::Computed(format!("`{key}`").into()))
        }
        _ => return None,
    };
    Some(Value::new(kind, item.origin.clone()))
}

/// Names of users (labels, options) are below maps that a container definition calls so; they stay.
const OWN_NAMES: [&str; 5] = [
    "options",
    "dockerLabels",
    "labels",
    "driverOpts",
    "logOptions",
];

fn pascal(value: Value, depth: usize) -> Value {
    if depth > 32 {
        return value;
    }
    let kind = match value.kind {
        Kind::List(items) => Arc::unwrap_or_clone(items)
            .into_iter()
            .map(|item| pascal(item, depth + 1))
            .collect::<Vec<_>>()
            .into(),
        Kind::Map(map) => Arc::unwrap_or_clone(map)
            .into_iter()
            .map(|(key, inner)| {
                let inner = if OWN_NAMES.contains(&&*key) {
                    inner
                } else {
                    pascal(inner, depth + 1)
                };
                (upper_first(&key), inner)
            })
            .collect::<Map>()
            .into(),
        other => other,
    };
    Value { kind, ..value }
}

fn upper_first(text: &str) -> Arc<str> {
    let mut letters = text.chars();
    letters.next().map_or_else(
        || text.into(),
        |first| {
            first
                .to_uppercase()
                .chain(letters)
                .collect::<String>()
                .into()
        },
    )
}
