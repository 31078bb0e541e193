//! JSON in and out.

use std::fmt::Write as _;

use palisade_model::{Encoding, Origin, Span};
use palisade_syntax::TextRange;
use palisade_syntax::data::{Data, Node};

use super::super::value::{Entries, Number, normalized};
use super::encoding::{document_of, opaque, structural};
use super::*;

/// The value in JSON, or what in it has no spelling there.
pub(super) fn json_text(value: &TfValue) -> Result<String, String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &TfValue, out: &mut String) -> Result<(), String> {
    match &value.kind {
        TfKind::Null => out.push_str("null"),
        TfKind::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        TfKind::Number(number) if number.is_infinite() => {
            return Err("infinity is no number in JSON".to_owned());
        }
        TfKind::Number(number) => {
            let _ = write!(out, "{number}");
        }
        TfKind::String(text) => out.push_str(&json_string(&text.text)),
        TfKind::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        TfKind::Mapping(entries) => {
            out.push('{');
            for (index, (key, item)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&json_string(key));
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
        TfKind::Unknown(_) => return Err("a part is not known".to_owned()),
    }
    Ok(())
}

/// A text in quotes; what HTML would misread is escaped as well, as the language does.
pub(super) fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

pub(super) fn json_encode(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let value = &arguments[0];
    if !value.is_wholly_known() {
        return Ok(opaque(value, Encoding::Json, None));
    }
    Ok(TfValue::encoded(
        json_text(value).map_err(|error| wrong(0, error))?,
        Encoding::Json,
        value.clone(),
    ))
}

pub(super) fn json_decode(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    if let Some(document) = document_of(&arguments[0], Encoding::Json) {
        return Ok(structural(document));
    }
    let TfKind::String(text) = &arguments[0].kind else {
        return unknown(Type::Dynamic, arguments);
    };
    parse(text).map_err(|error| wrong(0, error))
}

/// The document of a text that is JSON, with the places in the file where the text stands in one.
pub(in super::super) fn parse(text: &Text) -> Result<TfValue, String> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&text.text) {
        return Err(format!("the text is not in JSON: {error}"));
    }
    let parsed = palisade_syntax::json::parse(&text.text);
    value_of(&parsed.tree, text.source, None)
        .ok_or_else(|| "the text has a number that is too large".to_owned())
}

/// Where a range of a text is, when the text itself stands somewhere.
pub(super) fn origin(source: Option<Span>, range: TextRange, entry: Option<TextRange>) -> Origin {
    let Some(source) = source else {
        return Origin::default();
    };
    let place = |range: TextRange| {
        Span::new(
            source.file,
            source.start + range.start,
            source.start + range.end,
        )
    };
    Origin::literal(place(range), place(entry.unwrap_or(range)))
}

fn value_of(node: &Node, source: Option<Span>, entry: Option<TextRange>) -> Option<TfValue> {
    let value = match &node.data {
        Data::Null => TfValue::null(),
        Data::Bool(flag) => TfValue::bool(*flag),
        Data::Number(digits) => TfValue::number(Number::parse(digits)?),
        Data::String(text) => TfValue::string(text),
        Data::Sequence(items) => TfValue::tuple(
            items
                .iter()
                .map(|item| value_of(item, source, None))
                .collect::<Option<_>>()?,
        ),
        Data::Mapping(entries) => {
            let mut found = Entries::new();
            for entry in entries {
                let key = normalized(entry.key.as_str().unwrap_or(""));
                found.insert(key, value_of(&entry.value, source, Some(entry.range()))?);
            }
            TfValue::object(found)
        }
    };
    Some(value.with_origin(origin(source, node.range, entry)))
}
