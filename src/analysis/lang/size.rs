//! How large a value is. Values share their parts, so a short text can name a value that no memory would hold if it were written
//! out: `[a, a]` of `[a, a]` of `[a, a]` …

use std::sync::Arc;

use palisade_model::{Kind, Reason, Value};

/// How many parts one value has at most.
const MAXIMUM_PARTS: u64 = 1_000_000;

/// How many bytes of text are one part.
const PART: usize = 64;

/// The parts of a value, shared ones as often as they occur. None where they are more than the limit.
pub(super) fn parts(value: &Value) -> Option<u64> {
    let mut left = MAXIMUM_PARTS;
    count(value, &mut left).then_some(MAXIMUM_PARTS - left)
}

/// The value, or an unknown where it has grown beyond the limit.
pub(super) fn bounded(value: Value) -> Value {
    if parts(&value).is_some() {
        return value;
    }
    Value::new(too_large(), value.origin)
}

/// Why a value that has too many parts is not known.
pub(super) fn too_large() -> Reason {
    Reason::Limit("size of a value".into())
}

fn count(value: &Value, left: &mut u64) -> bool {
    let own = match &value.kind {
        Kind::String(text) => 1 + (text.len() / PART) as u64,
        _ => 1,
    };
    let Some(rest) = left.checked_sub(own) else {
        return false;
    };
    *left = rest;
    match &value.kind {
        Kind::List(items) | Kind::Template(items) => items.iter().all(|item| count(item, left)),
        Kind::Map(entries) => entries.values().all(|entry| count(entry, left)),
        Kind::Encoded(encoded) => count(&encoded.value, left),
        _ => true,
    }
}

/// The parts on the outside of a value that nothing else shares: what was made with it.
pub(super) fn made(value: &Value) -> u64 {
    let text = |text: &Arc<str>| (text.len() / PART) as u64;
    match &value.kind {
        Kind::String(it) if Arc::strong_count(it) == 1 => text(it),
        Kind::List(items) | Kind::Template(items) if Arc::strong_count(items) == 1 => {
            items.len() as u64
        }
        Kind::Map(entries) if Arc::strong_count(entries) == 1 => entries.len() as u64,
        Kind::Encoded(encoded) if Arc::strong_count(encoded) == 1 => {
            encoded.text.as_ref().map_or(0, text)
        }
        _ => 0,
    }
}
