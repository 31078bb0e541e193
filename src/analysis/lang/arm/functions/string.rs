//! Functions of texts, those shared with arrays and objects included
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string).

use std::sync::Arc;

use palisade_model::{Encoded, Encoding, Kind, Number, Reason, Unknown, Value};

use super::arguments::{Arguments, Called, Outcome, Stop, made};
use super::text::{self, Parts, deep_reason, display, reason_of};
use super::{array, json};

/// The longest text a padding makes, in characters.
const MAXIMUM_PADDING: i64 = 1 << 16;

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "concat" => concat(arguments),
        "format" => format(arguments),
        "string" => string(arguments),
        "tolower" => change_case(arguments, str::to_lowercase),
        "toupper" => change_case(arguments, str::to_uppercase),
        "trim" => trim(arguments),
        "replace" => replace(arguments),
        "split" => split(arguments),
        "substring" => substring(arguments),
        "padleft" => pad_left(arguments),
        "startswith" => begins(arguments, |text, other| text.starts_with(other)),
        "endswith" => begins(arguments, |text, other| text.ends_with(other)),
        "like" => like(arguments),
        "indexof" => position(arguments, Side::First),
        "lastindexof" => position(arguments, Side::Last),
        _ => return None,
    })
}

/// Whether a text fits a pattern in which `*` stands for any text; case does not matter.
fn like(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let text = arguments.text(0)?.to_lowercase();
    let pattern = arguments.text(1)?.to_lowercase();
    let Some((head, rest)) = pattern.split_once('*') else {
        return made(text == pattern);
    };
    let Some(mut left) = text.strip_prefix(head) else {
        return made(false);
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        match left.find(piece) {
            Some(offset) => left = &left[offset + piece.len()..],
            None => return made(false),
        }
    }
    made(left.ends_with(tail))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    First,
    Last,
}

fn concat(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, usize::MAX)?;
    if arguments.values().any(|value| value.as_list().is_some()) {
        return array::concat(arguments);
    }
    made(text::concat(arguments.values()))
}

/// .NET's composite format: `{0}`, `{0,5}`, `{0:D2}`; `{{` is a brace.
fn format(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, usize::MAX)?;
    let pattern = arguments.text(0)?;
    let mut parts = Parts::default();
    let mut rest = pattern;
    while let Some(offset) = rest.find(['{', '}']) {
        parts.push_text(&rest[..offset]);
        let brace = &rest[offset..=offset];
        rest = &rest[offset + 1..];
        if let Some(behind) = rest.strip_prefix(brace) {
            parts.push_text(brace);
            rest = behind;
            continue;
        }
        let Some(end) = rest.find('}').filter(|_| brace == "{") else {
            return Err(arguments.wrong("has a brace without partner in its format"));
        };
        push_item(arguments, &rest[..end], &mut parts)?;
        rest = &rest[end + 1..];
    }
    parts.push_text(rest);
    made(parts.finish())
}

/// One `{position,width:form}` of a format.
fn push_item(arguments: &Arguments<'_>, item: &str, parts: &mut Parts) -> Result<(), Stop> {
    let (item, form) = item
        .split_once(':')
        .map_or((item, ""), |(item, form)| (item, form));
    let (position, width) = item.split_once(',').unwrap_or((item, "0"));
    let position: usize = position
        .trim()
        .parse()
        .map_err(|_| arguments.wrong(format!("has no position in `{{{item}}}`")))?;
    let value = arguments.get(position + 1)?;
    let width: i64 = width.trim().parse().unwrap_or(0);
    if form.is_empty() && width == 0 {
        parts.push(value);
        return Ok(());
    }
    if let Some(reason) = reason_of(value) {
        parts.push(&Value::new(reason, value.origin.clone()));
        return Ok(());
    }
    let text = match value.as_number() {
        Some(number) if !form.is_empty() => format_number(number, form),
        _ => display(value),
    };
    let missing = width.abs().min(MAXIMUM_PADDING) - text.chars().count() as i64;
    let padding = " ".repeat(missing.max(0) as usize);
    if width < 0 {
        parts.push_text(&text);
    }
    parts.push_text(&padding);
    if width >= 0 {
        parts.push_text(&text);
    }
    Ok(())
}

/// The standard numeric formats that templates use; others leave the number as it is.
fn format_number(number: Number, form: &str) -> String {
    let precision = form
        .get(1..)
        .and_then(|digits| digits.parse::<usize>().ok());
    let precision = precision.unwrap_or(0).min(99);
    match (form.as_bytes()[0], number.as_i64()) {
        (b'D' | b'd', Some(integer)) => {
            let sign = if integer < 0 { "-" } else { "" };
            format!("{sign}{:0precision$}", integer.unsigned_abs())
        }
        (b'X', Some(integer)) => format!("{integer:0precision$X}"),
        (b'x', Some(integer)) => format!("{integer:0precision$x}"),
        (b'F' | b'f', _) => {
            let digits = if form.len() == 1 { 2 } else { precision };
            format!("{:.digits$}", number.as_f64())
        }
        (b'0', Some(integer)) if form.bytes().all(|byte| byte == b'0') => {
            format!("{integer:0width$}", width = form.len())
        }
        _ => number.to_string(),
    }
}

/// An array or object becomes a JSON text that keeps the places of its parts.
fn string(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    match &value.kind {
        Kind::List(_) | Kind::Map(_) => made(Kind::Encoded(Arc::new(Encoded {
            encoding: Encoding::Json,
            text: deep_reason(value)
                .is_none()
                .then(|| json::render(value).into()),
            value: value.clone(),
        }))),
        Kind::Null => made(""),
        Kind::Bool(_) | Kind::Number(_) => made(display(value)),
        _ => Ok(Outcome::Chosen(value.clone())),
    }
}

/// The known parts of a text change; what an unknown part stands for stays the same but for its case.
fn change_case(arguments: &Arguments<'_>, change: fn(&str) -> String) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    match &value.kind {
        Kind::Template(parts) => {
            let mut changed = Parts::default();
            for part in parts.iter() {
                match part.as_str() {
                    Some(text) => changed.push_text(&change(text)),
                    None => changed.push(part),
                }
            }
            made(changed.finish())
        }
        _ => made(change(arguments.text(0)?)),
    }
}

fn trim(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    made(arguments.text(0)?.trim())
}

fn replace(arguments: &Arguments<'_>) -> Called {
    arguments.count(3, 3)?;
    let (text, old, new) = (arguments.text(0)?, arguments.text(1)?, arguments.get(2)?);
    if old.is_empty() {
        return made(text);
    }
    if !text.contains(old) {
        return super::arguments::chosen(arguments.get(0)?);
    }
    let mut parts = Parts::default();
    for (position, piece) in text.split(old).enumerate() {
        if position > 0 {
            parts.push(new);
        }
        parts.push_text(piece);
    }
    made(parts.finish())
}

fn split(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let delimiters: Vec<&str> = match arguments.get(1)?.as_list() {
        Some(list) => list.iter().filter_map(Value::as_str).collect(),
        None => vec![arguments.text(1)?],
    };
    let value = arguments.get(0)?;
    if let Kind::Template(parts) = &value.kind {
        return split_template(arguments, parts, &delimiters);
    }
    let items = split_text(arguments.text(0)?, &delimiters);
    made(
        items
            .into_iter()
            .map(|item| arguments.value(item))
            .collect::<Vec<_>>(),
    )
}

/// The pieces between any of the delimiters.
fn split_text<'t>(text: &'t str, delimiters: &[&str]) -> Vec<&'t str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let found = delimiters
            .iter()
            .find(|it| !it.is_empty() && rest.starts_with(**it));
        if let Some(delimiter) = found {
            pieces.push(&text[start..at]);
            at += delimiter.len();
            start = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Splits a text of which each unknown part is known to hold no delimiter, such as an id with a symbolic subscription.
fn split_template(arguments: &Arguments<'_>, parts: &[Value], delimiters: &[&str]) -> Called {
    let is_id = delimiters == ["/"];
    let unsplittable = parts
        .iter()
        .find(|part| part.as_str().is_none() && !(is_id && is_segment(part)));
    if let Some(reason) = unsplittable.and_then(reason_of) {
        return Err(Stop::Unknown(Arc::new(Unknown::new(reason))));
    }
    let mut items = Vec::new();
    let mut current = Parts::default();
    for part in parts {
        let Some(text) = part.as_str() else {
            current.push(part);
            continue;
        };
        for (position, piece) in split_text(text, delimiters).into_iter().enumerate() {
            if position > 0 {
                items.push(arguments.value(std::mem::take(&mut current).finish()));
            }
            current.push_text(piece);
        }
    }
    items.push(arguments.value(current.finish()));
    made(items)
}

/// Whether an unknown is one segment of an id: a name, a subscription, a group; not an id itself.
fn is_segment(part: &Value) -> bool {
    part.as_unknown().is_some_and(|unknown| {
        matches!(&unknown.reason, Reason::NoValue(what) if super::deployment::is_segment_fact(what))
    })
}

fn substring(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 3)?;
    let text = arguments.text(0)?;
    let length = text.chars().count() as i64;
    let start = arguments.integer(1)?;
    let count = if arguments.len() == 3 {
        arguments.integer(2)?
    } else {
        length - start
    };
    if start < 0 || count < 0 || start.saturating_add(count) > length {
        return Err(arguments.wrong("reaches beyond the text"));
    }
    let piece: String = text
        .chars()
        .skip(start as usize)
        .take(count as usize)
        .collect();
    made(piece)
}

fn pad_left(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 3)?;
    let value = arguments.get(0)?;
    let text = match value.as_number() {
        Some(number) => number.to_string(),
        None => arguments.text(0)?.to_owned(),
    };
    let width = arguments.integer(1)?;
    if width > MAXIMUM_PADDING {
        return Err(arguments.wrong("pads beyond any use"));
    }
    let padding = arguments
        .optional_text(2)?
        .and_then(|text| text.chars().next());
    let missing = (width.max(0) as usize).saturating_sub(text.chars().count());
    let padding = padding.unwrap_or(' ');
    made(
        std::iter::repeat_n(padding, missing)
            .chain(text.chars())
            .collect::<String>(),
    )
}

/// `startsWith` and `endsWith`, without regard to case.
fn begins(arguments: &Arguments<'_>, test: fn(&str, &str) -> bool) -> Called {
    arguments.count(2, 2)?;
    let (text, other) = (arguments.get(0)?, arguments.text(1)?.to_lowercase());
    if let (Kind::Template(parts), true) = (
        &text.kind,
        arguments.name.eq_ignore_ascii_case("startsWith"),
    ) {
        let known = parts.first().and_then(Value::as_str).map(str::to_lowercase);
        if let Some(known) =
            known.filter(|known| known.len() >= other.len() || !other.starts_with(known.as_str()))
        {
            return made(known.starts_with(&other));
        }
    }
    made(test(&arguments.text(0)?.to_lowercase(), &other))
}

/// Where an item or text first or last stands, or -1; of texts without regard to case.
fn position(arguments: &Arguments<'_>, side: Side) -> Called {
    arguments.count(2, 2)?;
    if arguments.get(0)?.as_list().is_some() {
        return array::position(arguments, side == Side::Last);
    }
    let text = arguments.text(0)?.to_lowercase();
    let wanted = arguments.text(1)?.to_lowercase();
    let found = match side {
        Side::First => text.find(&wanted),
        Side::Last => text.rfind(&wanted),
    };
    made(found.map_or(-1, |offset| text[..offset].chars().count() as i64))
}
