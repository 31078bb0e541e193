//! Functions of objects (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-object).

use palisade_model::{Kind, Map, Value};

use super::arguments::{Arguments, Called, Outcome, Stop, made};
use super::array::same_key;
use super::json;

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "createobject" => create(arguments),
        "shallowmerge" => shallow_merge(arguments),
        "objectkeys" => keys(arguments),
        "items" => items(arguments),
        "json" => parse(arguments),
        "null" => made(Kind::Null),
        _ => return None,
    })
}

fn create(arguments: &Arguments<'_>) -> Called {
    if !arguments.len().is_multiple_of(2) {
        return Err(arguments.wrong("takes pairs of a name and a value"));
    }
    let mut entries = Map::new();
    for position in (0..arguments.len()).step_by(2) {
        let key = arguments.text(position)?;
        entries.insert(key.into(), arguments.get(position + 1)?.clone());
    }
    made(entries)
}

/// The properties of all objects of an array, later ones replacing earlier ones whole.
fn shallow_merge(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let mut merged = Map::new();
    for object in arguments.list(0)? {
        let Some(entries) = object.as_map() else {
            if object.is_null() {
                continue;
            }
            return Err(arguments.unfit(object, 0, "an array of objects"));
        };
        for (key, value) in entries {
            let name = same_key(&merged, key).unwrap_or_else(|| key.clone());
            merged.insert(name, value.clone());
        }
    }
    made(merged)
}

fn keys(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let keys = sorted(arguments.map(0)?).into_iter();
    made(
        keys.map(|(key, _)| arguments.value(&**key))
            .collect::<Vec<_>>(),
    )
}

/// `{"key": …, "value": …}` of every property, in the order of the keys.
fn items(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let items = sorted(arguments.map(0)?).into_iter().map(|(key, value)| {
        let mut entry = Map::new();
        entry.insert("key".into(), arguments.value(&**key));
        entry.insert("value".into(), value.clone());
        Value::new(entry, value.origin.clone())
    });
    made(items.collect::<Vec<_>>())
}

/// In the order of the keys, case ignored, as .NET's ordinal comparison has it.
fn sorted(entries: &Map) -> Vec<(&std::sync::Arc<str>, &Value)> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by_key(|(key, _)| key.to_uppercase());
    sorted
}

fn parse(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    if let Kind::Encoded(encoded) = &value.kind {
        return Ok(Outcome::Chosen(encoded.value.clone()));
    }
    let text = arguments.text(0)?;
    let parsed = json::value_of_text(text, &value.origin);
    let parsed = parsed.ok_or_else(|| -> Stop { arguments.wrong("takes a text in JSON") })?;
    Ok(Outcome::Chosen(parsed))
}
