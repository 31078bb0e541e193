//! Canonical properties out of an answer, by the rules of a table.

use indexmap::IndexMap;
use palisade_model::{Kind, Map, Origin, OriginKind, Value};

use crate::table::{Field, Rule, Spread};

/// The properties an item has.
pub(crate) fn properties(fields: &IndexMap<String, Field>, item: &Value) -> Map {
    let made = fields
        .iter()
        .filter_map(|(name, field)| Some((name.as_str().into(), property(field, item)?)));
    made.collect()
}

/// The value at a dotted path; none where nothing stands there, or an empty text.
pub(crate) fn at<'a>(item: &'a Value, path: &str) -> Option<&'a Value> {
    let found = path
        .split('.')
        .filter(|step| !step.is_empty())
        .try_fold(item, |value, step| value.get(step))?;
    (found.as_str() != Some("")).then_some(found)
}

/// The items at a path: one that is alone counts as a list.
pub(crate) fn items<'a>(item: &'a Value, path: &str) -> Vec<&'a Value> {
    match at(item, path) {
        None => Vec::new(),
        Some(found) => found
            .as_list()
            .map_or_else(|| vec![found], |items| items.iter().collect()),
    }
}

/// The unknown a path runs into: the call that would have told was refused.
fn unread<'a>(item: &'a Value, path: &str) -> Option<&'a Value> {
    let mut current = item;
    for step in path.split('.') {
        current = current.get(step)?;
        if current.as_unknown().is_some() {
            return Some(current);
        }
    }
    None
}

fn observed(kind: impl Into<Kind>) -> Value {
    Value::new(kind, Origin::of_kind(OriginKind::Observed))
}

fn property(field: &Field, item: &Value) -> Option<Value> {
    match field {
        Field::Text(path) if unread(item, path).is_some() => unread(item, path).cloned(),
        Field::Text(path) => at(item, path)?.as_str().map(observed),
        Field::Rule(rule) => {
            let paths = [
                &rule.text,
                &rule.integer,
                &rule.boolean,
                &rule.json,
                &rule.texts,
                &rule.each,
                &rule.when,
            ];
            if let Some(unknown) = paths
                .into_iter()
                .flatten()
                .find_map(|path| unread(item, path))
            {
                return Some(unknown.clone());
            }
            let given = rule
                .when
                .as_ref()
                .is_none_or(|path| at(item, path).is_some());
            given.then(|| made(rule, item).or_else(|| rule.absent.as_ref().map(plain)))?
        }
    }
}

fn made(rule: &Rule, item: &Value) -> Option<Value> {
    let text = |path: &Option<String>| at(item, path.as_deref()?).and_then(Value::as_str);
    if let Some(text) = text(&rule.text) {
        return Some(observed(rule.lookup.get(text).map_or(text, String::as_str)));
    }
    if let Some(number) = text(&rule.integer) {
        return number.parse::<i64>().ok().map(observed);
    }
    if let Some(flag) = text(&rule.boolean) {
        return flag.parse::<bool>().ok().map(observed);
    }
    if let Some(document) = text(&rule.json) {
        return Some(decode_json(document));
    }
    if let Some(path) = &rule.texts {
        let texts: Vec<Value> = items(item, path)
            .iter()
            .filter_map(|entry| at(entry, &rule.of)?.as_str())
            .map(observed)
            .collect();
        return (!texts.is_empty()).then(|| observed(texts));
    }
    if let Some(path) = &rule.each {
        let made: Vec<Value> = items(item, path)
            .iter()
            .flat_map(|entry| entries(rule, entry))
            .collect();
        return (!made.is_empty()).then(|| observed(made));
    }
    let made = properties(&rule.properties, item);
    (!made.is_empty()).then(|| observed(made))
}

/// One object of an item, or one per source it names.
fn entries(rule: &Rule, item: &Value) -> Vec<Value> {
    if rule.spread.is_empty() {
        return vec![observed(properties(&rule.properties, item))];
    }
    let of_kind = |spread: &Spread| {
        let sources = items(item, &spread.over).into_iter();
        let both = sources.map(|source| {
            let mut entry = properties(&rule.properties, item);
            entry.extend(properties(&spread.properties, source));
            observed(entry)
        });
        both.collect::<Vec<_>>()
    };
    rule.spread.iter().flat_map(of_kind).collect()
}

/// A document in JSON, which IAM percent-encodes; a text where it is none.
fn decode_json(text: &str) -> Value {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(&decoded).map_or_else(|_| observed(text), |document| plain(&document))
}

/// A JSON document as an observed value.
pub(crate) fn plain(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => observed(Kind::Null),
        serde_json::Value::Bool(flag) => observed(*flag),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => observed(whole),
            None => observed(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => observed(text.as_str()),
        serde_json::Value::Array(items) => observed(items.iter().map(plain).collect::<Vec<_>>()),
        serde_json::Value::Object(entries) => observed(
            entries
                .iter()
                .map(|(key, value)| (key.as_str().into(), plain(value)))
                .collect::<Map>(),
        ),
    }
}
