//! Documents inside of texts: policies in JSON, documents of Systems Manager in YAML.

use palisade_model::{Encoded, Kind, Map, Origin, Value};
use palisade_syntax::data::{Data, Node};
use palisade_syntax::yaml;
use serde_json::Value as Json;

use super::transform::{constant, number, text_of};

/// Stands for a part of a text that is not known: a private character on both sides of its number.
const MARK: char = '\u{E000}';

/// The document inside a text; the value itself where there is none.
pub(crate) fn decode(value: Value, is_yaml: bool) -> Value {
    let origin = &value.origin;
    let found = match &value.kind {
        Kind::Encoded(encoded) => {
            let Encoded { value: inner, .. } = &**encoded;
            let mut inner = inner.clone();
            if inner.origin.span.is_none() {
                inner.origin = origin.clone();
            }
            Some(inner)
        }
        Kind::String(text) if is_yaml => of_yaml(text, &[], origin),
        Kind::String(text) => of_json(text, origin),
        Kind::Template(parts) if is_yaml => of_yaml(&marked(parts), parts, origin),
        _ => None,
    };
    match found {
        Some(mut found) => {
            found.sensitive |= value.sensitive;
            found
        }
        None => value,
    }
}

fn of_json(text: &str, origin: &Origin) -> Option<Value> {
    let json = serde_json::from_str::<Json>(text).ok()?;
    (!json.is_string()).then(|| constant(&json, origin))
}

/// The text, with marks in place of the parts that are not known.
fn marked(parts: &[Value]) -> String {
    let mut text = String::new();
    for (position, part) in parts.iter().enumerate() {
        match part.as_str() {
            Some(known) => text.push_str(known),
            None => text.extend([MARK.to_string(), position.to_string(), MARK.to_string()]),
        }
    }
    text
}

fn of_yaml(text: &str, parts: &[Value], origin: &Origin) -> Option<Value> {
    let parse = yaml::parse(text);
    let [document] = parse.tree.as_slice() else {
        return None;
    };
    let is_document = parse.errors.is_empty() && matches!(document.data, Data::Mapping(_));
    is_document.then(|| of_node(document, parts, origin))
}

fn of_node(node: &Node, parts: &[Value], origin: &Origin) -> Value {
    let kind: Kind = match &node.data {
        Data::Null => Kind::Null,
        Data::Bool(known) => Kind::Bool(*known),
        Data::Number(text) => match number(text) {
            Some(number) => Kind::Number(number),
            None => text.as_ref().into(),
        },
        Data::String(text) if text.contains(MARK) => return filled(text, parts, origin),
        Data::String(text) => text.as_ref().into(),
        Data::Sequence(items) => items
            .iter()
            .map(|item| of_node(item, parts, origin))
            .collect::<Vec<_>>()
            .into(),
        Data::Mapping(entries) => entries
            .iter()
            .filter_map(|entry| {
                let key = entry.key.as_str()?;
                Some((key.into(), of_node(&entry.value, parts, origin)))
            })
            .collect::<Map>()
            .into(),
    };
    Value::new(kind, origin.clone())
}

/// A text with the parts back in place of their marks.
fn filled(text: &str, parts: &[Value], origin: &Origin) -> Value {
    let pieces = text
        .split(MARK)
        .enumerate()
        .filter_map(|(position, piece)| {
            // Every second piece is the number of a part.
            if position % 2 == 1 {
                return parts.get(piece.parse::<usize>().ok()?).cloned();
            }
            (!piece.is_empty()).then(|| Value::new(piece, origin.clone()))
        });
    text_of(pieces.collect(), origin)
}
