//! Values to JSON texts and back.

use std::sync::Arc;

use palisade_model::{Kind, Map, Number, Origin, Value};
use palisade_syntax::data::{Data, Node};
use palisade_syntax::json;

/// The number of these digits: whole where it is written so and fits.
pub(crate) fn number(digits: &str) -> Number {
    digits.parse().map_or_else(
        |_| Number::Float(digits.parse().unwrap_or(f64::NAN)),
        Number::Integer,
    )
}

/// The value of a JSON text, every part of it at `origin`. None where the text is no JSON.
pub fn value_of_text(text: &str, origin: &Origin) -> Option<Value> {
    let parse = json::parse(text);
    parse
        .errors
        .is_empty()
        .then(|| value_of(&parse.tree, origin))
}

fn value_of(node: &Node, origin: &Origin) -> Value {
    let kind = match &node.data {
        Data::Null => Kind::Null,
        Data::Bool(value) => (*value).into(),
        Data::Number(digits) => Kind::Number(number(digits)),
        Data::String(text) => Kind::String(Arc::from(&**text)),
        Data::Sequence(items) => items
            .iter()
            .map(|item| value_of(item, origin))
            .collect::<Vec<_>>()
            .into(),
        Data::Mapping(entries) => entries
            .iter()
            .filter_map(|entry| Some((entry.key.as_str()?.into(), value_of(&entry.value, origin))))
            .collect::<Map>()
            .into(),
    };
    Value::new(kind, origin.clone())
}

/// A value as compact JSON; what is not known is a null.
pub fn render(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match &value.kind {
        Kind::Null | Kind::Reference(_) | Kind::Template(_) | Kind::Unknown(_) => {
            text.push_str("null");
        }
        Kind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) => text.push_str(&number.to_string()),
        Kind::String(string) => write_string(string, text),
        Kind::Encoded(encoded) => write_string(encoded.text.as_deref().unwrap_or_default(), text),
        Kind::List(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                text.push_str(if position == 0 { "" } else { "," });
                write(item, text);
            }
            text.push(']');
        }
        Kind::Map(entries) => {
            text.push('{');
            for (position, (key, entry)) in entries.iter().enumerate() {
                text.push_str(if position == 0 { "" } else { "," });
                write_string(key, text);
                text.push(':');
                write(entry, text);
            }
            text.push('}');
        }
    }
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control if control < ' ' => text.push_str(&format!("\\u{:04x}", control as u32)),
            other => text.push(other),
        }
    }
    text.push('"');
}
