//! YAML in and out.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/yamldecode> and `yamlencode`. Plain scalars are resolved
//! here, as the language's set of spellings is neither that of YAML 1.1 nor that of 1.2.

use std::fmt::Write as _;

use palisade_model::{Encoding, Span};
use palisade_syntax::data::{Data, Node};
use palisade_syntax::{SyntaxError, TextRange};

use super::super::value::{Entries, Number};
use super::encoding::{document_of, opaque, structural};
use super::json::origin;
use super::*;

pub(super) fn yaml_encode(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let value = &arguments[0];
    if !value.is_wholly_known() {
        return Ok(opaque(value, Encoding::Yaml, None));
    }
    let mut out = String::new();
    write(value, 0, false, &mut out);
    let mut out = out.trim_start_matches([' ', '\n']).to_owned();
    // A plain scalar that is the whole document is closed.
    if matches!(
        value.kind,
        TfKind::Null | TfKind::Bool(_) | TfKind::Number(_)
    ) {
        out.push_str("...\n");
    }
    Ok(TfValue::encoded(out, Encoding::Yaml, value.clone()))
}

/// Writes a value behind its key or dash, ending in a line break. `dashed` where it stands in a sequence, so that its first entry
/// follows the dash.
fn write(value: &TfValue, indent: usize, dashed: bool, out: &mut String) {
    match &value.kind {
        TfKind::Sequence(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                begin(index > 0 || !dashed, indent, out);
                out.push('-');
                write(item, indent + 2, true, out);
            }
        }
        TfKind::Mapping(entries) if !entries.is_empty() => {
            for (index, (key, item)) in entries.iter().enumerate() {
                begin(index > 0 || !dashed, indent, out);
                out.push_str(&quoted(key));
                out.push(':');
                let deeper = if matches!(item.kind, TfKind::Mapping(_)) {
                    indent + 2
                } else {
                    indent
                };
                write(item, deeper, false, out);
            }
        }
        TfKind::Sequence(_) => out.push_str(" []\n"),
        TfKind::Mapping(_) => out.push_str(" {}\n"),
        TfKind::String(text) => scalar(&text.text, indent, dashed, out),
        TfKind::Number(number) => {
            let _ = writeln!(out, " {}", number_text(number));
        }
        TfKind::Bool(flag) => {
            let _ = writeln!(out, " {flag}");
        }
        TfKind::Null | TfKind::Unknown(_) => out.push_str(" null\n"),
    }
}

/// Begins an entry: on a line of its own, or behind the dash.
fn begin(new_line: bool, indent: usize, out: &mut String) {
    if !new_line {
        out.push(' ');
        return;
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&" ".repeat(indent));
}

fn number_text(number: &Number) -> String {
    match (number.is_infinite(), number.is_negative()) {
        (true, true) => "-.inf".to_owned(),
        (true, false) => ".inf".to_owned(),
        _ => number.to_string(),
    }
}

/// A text of several lines as a literal block where that can hold it, any other in quotes.
fn scalar(text: &str, indent: usize, dashed: bool, out: &mut String) {
    let special = text
        .chars()
        .any(|letter| !(letter == '\n' || printable(letter)));
    if !text.contains('\n') || special || text.contains(" \n") || text.ends_with(' ') {
        let _ = writeln!(out, " {}", quoted(text));
        return;
    }
    let indent = if dashed { indent } else { indent + 2 };
    let hint = if text.starts_with([' ', '\n']) {
        "2"
    } else {
        ""
    };
    let chomp = match (text.ends_with('\n'), text.ends_with("\n\n") || text == "\n") {
        (false, _) => "-",
        (_, true) => "+",
        _ => "",
    };
    let _ = writeln!(out, " |{hint}{chomp}");
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            let _ = write!(out, "{}{line}", " ".repeat(indent));
        }
        out.push('\n');
    }
}

fn printable(letter: char) -> bool {
    matches!(letter, ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
        && !matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{85}' => out.push_str("\\N"),
            '\u{2028}' => out.push_str("\\L"),
            '\u{2029}' => out.push_str("\\P"),
            letter if printable(letter) => out.push(letter),
            letter if u32::from(letter) <= 0xff => {
                let _ = write!(out, "\\x{:02X}", u32::from(letter));
            }
            letter if u32::from(letter) > 0xffff => {
                let _ = write!(out, "\\U{:08X}", u32::from(letter));
            }
            letter => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
        }
    }
    out.push('"');
    out
}

pub(super) fn yaml_decode(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    if let Some(document) = document_of(&arguments[0], Encoding::Yaml) {
        return Ok(structural(document));
    }
    let TfKind::String(text) = &arguments[0].kind else {
        return unknown(Type::Dynamic, arguments);
    };
    let parsed = palisade_syntax::yaml::parse(&text.text);
    if text.text.starts_with('\t') {
        return Err(wrong(0, "a tab cannot indent"));
    }
    // Of two entries of one key the last one counts.
    let is_wrong = |error: &&SyntaxError| !error.message.starts_with("duplicate key");
    if let Some(error) = parsed.errors.iter().find(is_wrong) {
        return Err(wrong(
            0,
            format!("the text is not in YAML: {}", error.message),
        ));
    }
    match parsed.tree.as_slice() {
        [] => Err(wrong(0, "there is no document")),
        [document] => Reader {
            text: &text.text,
            source: text.source,
        }
        .value(document, None),
        _ => Err(wrong(0, "there is more than one document")),
    }
}

/// Reads one document.
struct Reader<'a> {
    text: &'a str,
    source: Option<Span>,
}

impl Reader<'_> {
    fn value(&self, node: &Node, entry: Option<TextRange>) -> Outcome {
        let tag = node.tag.as_ref().map(|tag| tag.name.as_ref());
        let value = match &node.data {
            Data::Sequence(_) if !matches!(tag, None | Some("!!seq")) => {
                return Err(unsupported(tag));
            }
            Data::Mapping(_) if !matches!(tag, None | Some("!!map")) => {
                return Err(unsupported(tag));
            }
            Data::Sequence(items) => TfValue::tuple(
                items
                    .iter()
                    .map(|item| self.value(item, None))
                    .collect::<Result<_, _>>()?,
            ),
            Data::Mapping(entries) => {
                let mut found = Entries::new();
                for entry in entries {
                    let key = self.value(&entry.key, None)?;
                    let key = convert(&key, &Type::String)
                        .ok()
                        .filter(|key| !key.is_null());
                    let key = key.ok_or_else(|| wrong(0, "a key is no string"))?;
                    found.insert(
                        key.as_str().unwrap_or("").into(),
                        self.value(&entry.value, Some(entry.range()))?,
                    );
                }
                TfValue::object(found)
            }
            scalar => self.scalar(scalar, node.range, tag)?,
        };
        Ok(value.with_origin(origin(self.source, node.range, entry)))
    }

    fn scalar(&self, data: &Data, range: TextRange, tag: Option<&str>) -> Outcome {
        let raw = self
            .text
            .get(range.start as usize..range.end as usize)
            .unwrap_or("")
            .trim();
        let styled = raw.starts_with(['"', '\'', '|', '>']);
        let text = match data {
            Data::String(text) => text.as_ref(),
            // What an alias stands for is written elsewhere.
            Data::Number(digits) if raw.starts_with('*') => digits.as_ref(),
            Data::Bool(flag) if raw.starts_with('*') => &flag.to_string(),
            Data::Null if raw.starts_with('*') => "",
            _ if raw.len() > 1 && raw.starts_with(['"', '\'']) => &raw[1..raw.len() - 1],
            _ => raw,
        };
        match tag {
            None | Some("!!int" | "!!float" | "!!bool" | "!!null") if styled => {
                Ok(TfValue::string(text))
            }
            Some("!!str" | "!") => Ok(TfValue::string(text)),
            None if matches!(text, ".nan" | ".NaN" | ".NAN") => {
                Err(wrong(0, "the language has no number for .nan"))
            }
            None => Ok(resolve(text)),
            Some("!!int" | "!!float") => {
                let value = resolve(text);
                match value.as_number() {
                    Some(_) => Ok(value),
                    None => Err(wrong(0, format!("\"{text}\" is no number"))),
                }
            }
            Some("!!bool") => match boolean(text) {
                Some(flag) => Ok(TfValue::bool(flag)),
                None => Err(wrong(0, format!("\"{text}\" is no boolean"))),
            },
            Some("!!null") => Ok(TfValue::null()),
            Some("!!binary") => Ok(TfValue::string(text)),
            other => Err(unsupported(other)),
        }
    }
}

fn unsupported(tag: Option<&str>) -> CallError {
    wrong(0, format!("tag {} is not supported", tag.unwrap_or("!")))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Some(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Some(false)
        }
        _ => None,
    }
}

/// What a plain scalar stands for.
fn resolve(text: &str) -> TfValue {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return TfValue::null();
    }
    if let Some(flag) = boolean(text) {
        return TfValue::bool(flag);
    }
    if let Some(number) = number_of(text) {
        return TfValue::number(number);
    }
    timestamp(text).map_or_else(|| TfValue::string(text), TfValue::string)
}

fn number_of(text: &str) -> Option<Number> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Number::double(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Number::double(f64::NEG_INFINITY),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            let value = dashu_int::IBig::from_str_radix(digits, radix).ok()?;
            return Some(Number::big(if text.starts_with('-') {
                -value
            } else {
                value
            }));
        }
    }
    let first = unsigned.bytes().next()?;
    let plain = unsigned
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !plain || !(first.is_ascii_digit() || first == b'.') {
        return None;
    }
    Number::parse(text)
}

/// A date, or a date and a time, as RFC 3339 has it to the second; without a zone it is UTC.
fn timestamp(text: &str) -> Option<String> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    let date = date_of(date)?;
    let Some(time) = time else {
        return Some(format!("{date}T00:00:00Z"));
    };
    let zoned = !time.starts_with(' ');
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = (&time[1..zone], &time[zone..]);
    if zoned == zone.is_empty() {
        return None;
    }
    let clock = jiff::civil::Time::strptime("%H:%M:%S%.f", clock).ok()?;
    let is_offset = |zone: &str| {
        let digits = zone.bytes().filter(u8::is_ascii_digit).count();
        zone.len() == 6 && digits == 4 && zone.as_bytes()[3] == b':'
    };
    let zone = match zone {
        "" | "Z" => "Z",
        zone if is_offset(zone) => zone,
        _ => return None,
    };
    let (hour, minute, second) = (clock.hour(), clock.minute(), clock.second());
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}{zone}"))
}

/// `2006-1-2`
fn date_of(text: &str) -> Option<jiff::civil::Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let short =
        |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
    if parts.next().is_some() || year.len() != 4 || !short(month) || !short(day) {
        return None;
    }
    jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}
