//! JSON in a text of several parts, with the place of every part.

use palisade_model::{Origin, OriginKind, Reason, Span};
use palisade_syntax::data::{Data, Node};
use palisade_syntax::{TextRange, json};

use super::functions::MAXIMUM_LENGTH;
use super::types::Type;
use super::value::{Entries, Number, TfKind, TfUnknown, TfValue};

/// Stand around the number of an unknown part in the text that is read.
const OPEN: char = '\u{f0000}';
const CLOSE: char = '\u{f0001}';
/// Texts with more entries and items are not decoded.
const MAXIMUM_PARTS: usize = 200_000;

struct Decoder<'a> {
    pieces: &'a [TfValue],
    /// Where each piece starts in the text that is read.
    starts: Vec<u32>,
}

/// The document in a text, where the text is JSON of an object or list.
pub(super) fn of_pieces(pieces: &[TfValue]) -> Option<TfValue> {
    let first = pieces
        .iter()
        .find_map(|piece| Some(piece.as_str()?.trim_start()).filter(|text| !text.is_empty()))?;
    if !first.starts_with(['{', '[']) || !pieces.first()?.is_known() {
        return None;
    }
    let mut text = String::new();
    let mut starts = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        starts.push(text.len() as u32);
        match piece.as_str() {
            Some(piece) => text.push_str(piece),
            None => text.extend([OPEN.to_string(), at.to_string(), CLOSE.to_string()]),
        }
    }
    if is_too_large(&text) {
        return None;
    }
    let quoted = quote_bare(&text, &mut starts);
    let parse = json::parse(&quoted);
    if !parse.errors.is_empty() || !parse.comments.is_empty() {
        return None;
    }
    Some(Decoder { pieces, starts }.value(&parse.tree))
}

/// Whether more stands in a text than is read, whatever it is.
fn is_too_large(text: &str) -> bool {
    let starts_part = |byte: u8| matches!(byte, b',' | b'{' | b'[');
    text.len() > MAXIMUM_LENGTH
        || text
            .bytes()
            .filter(|byte| starts_part(*byte))
            .nth(MAXIMUM_PARTS)
            .is_some()
}

/// Why there is no document in a text.
pub(super) fn missing(text: &TfValue) -> Reason {
    match (text.as_unknown(), text.as_str()) {
        (Some(unknown), _) => unknown.reason.clone(),
        (None, Some(text)) if is_too_large(text) => {
            Reason::Limit("a document of more than 8 MiB or 200,000 parts".into())
        }
        _ => Reason::Error("the policy document is no JSON".into()),
    }
}

/// An unknown that stands for a whole JSON value is put in quotes.
fn quote_bare(text: &str, starts: &mut [u32]) -> String {
    if !text.contains(OPEN) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 16);
    let mut inside = false;
    let mut escaped = false;
    let mut added = 0;
    let mut next = 0;
    for (offset, character) in text.char_indices() {
        while next < starts.len() && starts[next] as usize == offset {
            starts[next] += added;
            next += 1;
        }
        let mark = matches!(character, OPEN | CLOSE) && !inside;
        match character {
            '"' if !escaped => inside = !inside,
            OPEN if mark => quoted.push('"'),
            _ => {}
        }
        escaped = inside && character == '\\' && !escaped;
        quoted.push(character);
        if mark {
            added += 1;
            if character == CLOSE {
                quoted.push('"');
            }
        }
    }
    for start in &mut starts[next..] {
        *start += added;
    }
    quoted
}

impl Decoder<'_> {
    fn value(&self, node: &Node) -> TfValue {
        let made = match &node.data {
            Data::Null => TfValue::null(),
            Data::Bool(value) => TfValue::bool(*value),
            Data::Number(digits) => {
                Number::parse(digits).map_or_else(|| TfValue::error("no number"), TfValue::number)
            }
            Data::String(text) => self.text(text),
            Data::Sequence(items) => {
                TfValue::tuple(items.iter().map(|item| self.value(item)).collect())
            }
            Data::Mapping(entries) => {
                let mut made = Entries::new();
                for entry in entries {
                    let mut value = self.value(&entry.value);
                    if let (Some(key), Some(end)) =
                        (self.place(entry.key.range), self.place(entry.value.range))
                    {
                        value.origin.entry = Some(key.cover(end));
                    }
                    made.insert(entry.key.as_str().unwrap_or("").into(), value);
                }
                TfValue::object(made)
            }
        };
        let entry = made.origin.entry;
        match (self.place(node.range), made.origin.span) {
            (Some(place), None) => made.with_origin(Origin::literal(place, entry.unwrap_or(place))),
            _ => made,
        }
    }

    /// Where a range of the read text is written; none where it spans an interpolation only.
    fn place(&self, range: TextRange) -> Option<Span> {
        let start = self.offset(range.start, false)?;
        let end = self.offset(range.end, true)?;
        (start.0 == end.0 && start.1 <= end.1).then(|| Span::new(start.0, start.1, end.1))
    }

    fn offset(&self, offset: u32, end: bool) -> Option<(palisade_model::FileId, u32)> {
        let at = if end {
            self.starts.partition_point(|&start| start < offset)
        } else {
            self.starts.partition_point(|&start| start <= offset)
        };
        let at = at.checked_sub(1)?;
        let piece = self.pieces.get(at)?;
        let span = piece.origin.span?;
        let text = piece.as_str();
        let literal = piece.origin.kind == OriginKind::Literal
            && text.is_some_and(|text| text.len() == (span.end - span.start) as usize);
        let within = offset - self.starts[at];
        Some(match (literal, end) {
            (true, _) => (span.file, (span.start + within).min(span.end)),
            (false, false) => (span.file, span.start),
            (false, true) => (span.file, span.end),
        })
    }

    /// A string of the document, with the unknown parts it holds.
    fn text(&self, text: &str) -> TfValue {
        if !text.contains(OPEN) {
            return TfValue::string(text);
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once(OPEN) {
            let Some((digits, after)) = behind.split_once(CLOSE) else {
                break;
            };
            if !before.is_empty() {
                parts.push(TfValue::string(before));
            }
            let piece = digits
                .parse::<usize>()
                .ok()
                .and_then(|at| self.pieces.get(at));
            parts.extend(piece.cloned());
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(TfValue::string(rest));
        }
        match parts.as_slice() {
            [only] => only.clone(),
            _ => {
                let reason = parts
                    .iter()
                    .find_map(TfValue::as_unknown)
                    .map(|unknown| unknown.reason.clone());
                let mut unknown =
                    TfUnknown::new(reason.unwrap_or_else(|| Reason::Error("".into())));
                unknown.parts = parts;
                unknown.not_null = true;
                TfValue::of(TfKind::Unknown(unknown.into()), Type::String)
            }
        }
    }
}
