//! Values of the language to values of the model: references, texts of several parts, documents in texts.

use std::sync::Arc;

use palisade_model::{
    Candidate, Encoded, Encoding, Kind, Map, Number as ModelNumber, Origin, Unknown, Value,
};

use super::arguments::Arguments;
use super::document;
use super::value::{Document, TfKind, TfUnknown, TfValue};

/// Deeper values are cut.
const MAXIMUM_DEPTH: usize = 120;

/// The value as rules see it.
pub(super) fn value(from: &TfValue) -> Value {
    convert(from, 0)
}

fn convert(from: &TfValue, depth: usize) -> Value {
    let kind = if depth > MAXIMUM_DEPTH {
        Kind::from(palisade_model::Reason::Limit("nesting of values".into()))
    } else {
        kind(from, depth)
    };
    Value {
        kind,
        origin: from.origin.clone(),
        sensitive: from.marks.sensitive,
    }
}

fn kind(from: &TfValue, depth: usize) -> Kind {
    match &from.kind {
        TfKind::Null => Kind::Null,
        TfKind::Bool(value) => Kind::Bool(*value),
        TfKind::Number(number) => Kind::Number(match number.as_i64() {
            Some(integer) => ModelNumber::Integer(integer),
            None => ModelNumber::Float(number.as_f64()),
        }),
        TfKind::String(text) => match &text.document {
            Some(document) => encoded(document, Some(text.text.clone()), depth),
            None => plain_text(from, &text.text, depth),
        },
        TfKind::Sequence(items) => Kind::List(Arc::new(
            items.iter().map(|item| convert(item, depth + 1)).collect(),
        )),
        TfKind::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(key, item)| (key.clone(), convert(item, depth + 1)));
            Kind::Map(Arc::new(entries.collect::<Map>()))
        }
        TfKind::Unknown(unknown) => not_known(unknown, depth),
    }
}

fn encoded(document: &Document, text: Option<Arc<str>>, depth: usize) -> Kind {
    Kind::Encoded(Arc::new(Encoded {
        encoding: document.encoding,
        text,
        value: content(document, depth + 1),
    }))
}

fn content(document: &Document, depth: usize) -> Value {
    let make = || (depth, convert(&document.value, depth));
    let (known, value) = document.declared.get_or_init(make);
    match *known == depth {
        true => value.clone(),
        false => convert(&document.value, depth),
    }
}

/// A text that is a JSON object or list arrives decoded, whatever made it.
fn plain_text(from: &TfValue, text: &Arc<str>, depth: usize) -> Kind {
    let trimmed = text.trim();
    let bracketed = (trimmed.starts_with('{') && trimmed.ends_with('}'))
        || (trimmed.starts_with('[') && trimmed.ends_with(']'));
    if trimmed.len() > 2
        && bracketed
        && let Some(found) = document::of_pieces(std::slice::from_ref(from))
    {
        let document = Document::new(Encoding::Json, found);
        return encoded(&document, Some(text.clone()), depth);
    }
    Kind::String(text.clone())
}

fn not_known(unknown: &TfUnknown, depth: usize) -> Kind {
    if let Some(reference) = &unknown.reference {
        return Kind::Reference(reference.clone());
    }
    if let Some(document) = &unknown.document {
        return encoded(document, None, depth);
    }
    if !unknown.parts.is_empty() {
        let parts = unknown.parts.iter().map(|part| convert(part, depth + 1));
        return Kind::Template(Arc::new(parts.collect()));
    }
    let candidates = unknown.candidates.iter().map(|candidate| Candidate {
        when: candidate.when.clone(),
        value: convert(&candidate.value, depth + 1),
    });
    Kind::from(Unknown {
        reason: unknown.reason.clone(),
        candidates: candidates.collect(),
    })
}

/// A map that is written at `origin`.
pub(super) fn map(entries: &Arguments, origin: Origin) -> Value {
    let entries = entries
        .iter()
        .map(|(name, item)| (name.clone(), value(item)));
    Value::new(entries.collect::<Map>(), origin)
}

/// A text that is written at a place; a JSON document in it arrives decoded.
pub(super) fn text(text: &str, origin: &Origin) -> Kind {
    kind(&TfValue::string(text).with_origin(origin.clone()), 0)
}
