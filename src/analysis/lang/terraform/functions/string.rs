//! String functions; the formats of `format` are in `format.rs`, patterns in `pattern.rs`.

use super::super::operators::{known_prefix, known_suffix};
use super::format::{Piece, pieces};
use super::grapheme::graphemes;
use super::pattern::compile;
use super::*;

type Context<'a> = FunctionContext<'a>;

fn made(text: impl AsRef<str>) -> Outcome {
    Ok(TfValue::string(text))
}

pub(super) fn chomp(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    made(text(arguments, 0).trim_end_matches(['\n', '\r']))
}

/// One letter, by its simple mapping: letters that become several stay.
fn mapped(letter: char, mut all: impl Iterator<Item = char>) -> char {
    match (letter, all.next(), all.next()) {
        ('İ', ..) => 'i',
        (_, Some(one), None) => one,
        _ => letter,
    }
}

fn upper_letter(letter: char) -> char {
    mapped(letter, letter.to_uppercase())
}

/// A letter as a word begins with it: of the ligatures of two letters only the first is a capital, İ is one already, and Georgian
/// has no capitals there.
fn title_letter(letter: char) -> char {
    match letter {
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        'İ' | 'ა'..='ჿ' => letter,
        _ => upper_letter(letter),
    }
}

pub(super) fn lower(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    made(
        text(arguments, 0)
            .chars()
            .map(|letter| mapped(letter, letter.to_lowercase()))
            .collect::<String>(),
    )
}

pub(super) fn upper(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    made(
        text(arguments, 0)
            .chars()
            .map(|letter| {
                if letter == 'İ' {
                    letter
                } else {
                    upper_letter(letter)
                }
            })
            .collect::<String>(),
    )
}

/// A letter behind anything that is no letter, digit, mark or underscore is made a capital.
pub(super) fn title(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let mut previous = ' ';
    let separates = |letter: char| {
        if letter.is_ascii() {
            !(letter.is_ascii_alphanumeric() || letter == '_')
        } else {
            !letter.is_alphanumeric() && letter.is_whitespace()
        }
    };
    let capital = |letter: char| {
        let result = match separates(previous) {
            true => title_letter(letter),
            false => letter,
        };
        previous = letter;
        result
    };
    made(text(arguments, 0).chars().map(capital).collect::<String>())
}

pub(super) fn trim(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let cut = text(arguments, 1);
    made(text(arguments, 0).trim_matches(|letter| cut.contains(letter)))
}

pub(super) fn trim_prefix(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let value = text(arguments, 0);
    made(value.strip_prefix(text(arguments, 1)).unwrap_or(value))
}

pub(super) fn trim_suffix(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let value = text(arguments, 0);
    made(value.strip_suffix(text(arguments, 1)).unwrap_or(value))
}

pub(super) fn trim_space(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    made(text(arguments, 0).trim())
}

/// Decides on the known beginning of a text that is not wholly known, too.
pub(super) fn starts_with(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let prefix = text(arguments, 1);
    if let Some(value) = arguments[0].as_str() {
        return Ok(TfValue::bool(value.starts_with(prefix)));
    }
    match known_prefix(&arguments[0]) {
        Some(known) if known.starts_with(prefix) => Ok(TfValue::bool(true)),
        Some(known) if !prefix.starts_with(&known) => Ok(TfValue::bool(false)),
        _ if prefix.is_empty() => Ok(TfValue::bool(true)),
        _ => unknown(Type::Bool, arguments),
    }
}

/// Decides on the known end of a text that is not wholly known, too.
pub(super) fn ends_with(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let suffix = text(arguments, 1);
    if let Some(value) = arguments[0].as_str() {
        return Ok(TfValue::bool(value.ends_with(suffix)));
    }
    match known_suffix(&arguments[0]) {
        Some(known) if known.ends_with(suffix) => Ok(TfValue::bool(true)),
        Some(known) if !suffix.ends_with(&known) => Ok(TfValue::bool(false)),
        _ => unknown(Type::Bool, arguments),
    }
}

/// A known part that has it decides.
pub(super) fn contains(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let wanted = text(arguments, 1);
    if let Some(value) = arguments[0].as_str() {
        return Ok(TfValue::bool(value.contains(wanted)));
    }
    let parts = arguments[0]
        .as_unknown()
        .map(|unknown| unknown.parts.as_slice())
        .unwrap_or_default();
    if parts
        .iter()
        .filter_map(TfValue::as_str)
        .any(|part| part.contains(wanted))
    {
        return Ok(TfValue::bool(true));
    }
    unknown(Type::Bool, arguments)
}

pub(super) fn reverse(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    made(graphemes(text(arguments, 0)).rev().collect::<String>())
}

/// Counts in characters as people see them.
pub(super) fn substring(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let characters: Vec<&str> = graphemes(text(arguments, 0)).collect();
    let (offset, length) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let count = characters.len() as i64;
    let start = if offset < 0 {
        (offset + count).max(0)
    } else {
        offset
    };
    if start >= count || length == 0 {
        return made("");
    }
    let end = if length < 0 {
        count
    } else {
        start.saturating_add(length).min(count)
    };
    made(characters[start as usize..end as usize].concat())
}

pub(super) fn indent(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let spaces = usize::try_from(whole(arguments, 0)?)
        .map_err(|_| wrong(0, "a number of spaces is required"))?;
    let value = text(arguments, 1);
    let lines = value.matches('\n').count();
    bounded(spaces.saturating_mul(lines))?;
    let spaces = " ".repeat(if lines == 0 { 0 } else { spaces });
    made(value.replace('\n', &format!("\n{spaces}")))
}

pub(super) fn split(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let (separator, value) = (text(arguments, 0), text(arguments, 1));
    let parts: Vec<TfValue> = if separator.is_empty() {
        value
            .chars()
            .map(|letter| TfValue::string(letter.to_string()))
            .collect()
    } else {
        value.split(separator).map(TfValue::string).collect()
    };
    Ok(TfValue::list(Type::String, parts))
}

/// A text of the parts; not known where one is not, but then its parts still are.
fn joined(parts: Vec<TfValue>) -> TfValue {
    if parts.iter().all(|part| part.as_str().is_some()) {
        return TfValue::string(parts.iter().filter_map(TfValue::as_str).collect::<String>());
    }
    let mut value = TfValue::unknown_like(Type::String, &parts);
    if let TfKind::Unknown(unknown) = &mut value.kind {
        Arc::make_mut(unknown).parts = parts;
    }
    value
}

pub(super) fn join(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    if arguments.len() < 2 {
        return Err("at least two arguments are required".into());
    }
    let separator = text(arguments, 0);
    let count = arguments[1..]
        .iter()
        .filter_map(TfValue::as_items)
        .map(<[_]>::len);
    bounded(separator.len().saturating_mul(count.sum()))?;
    let mut parts: Vec<TfValue> = Vec::new();
    for (index, list) in arguments.iter().enumerate().skip(1) {
        let Some(items) = list.as_items() else {
            return unknown(Type::String, arguments);
        };
        for item in items {
            if item.is_null() {
                return Err(wrong(index, "an element is null"));
            }
            if !parts.is_empty() {
                parts.push(TfValue::string(separator));
            }
            parts.push(item.clone());
        }
    }
    Ok(joined(parts))
}

pub(super) fn replace(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let (value, wanted, replacement) = (text(arguments, 0), text(arguments, 1), text(arguments, 2));
    let pattern = wanted
        .strip_prefix('/')
        .and_then(|rest| rest.strip_suffix('/'));
    match pattern {
        Some(pattern) => {
            let pattern = compile(pattern).map_err(|error| wrong(1, error))?;
            let groups = replacement.matches('$').count();
            let longest = replacement.len() + groups * value.len();
            if longest.saturating_mul(value.len() + 1) > MAXIMUM_LENGTH {
                let count = pattern.find_iter(value).count();
                bounded(replacement.len().saturating_mul(count) + groups * value.len())?;
            }
            made(pattern.replace_all(value, replacement))
        }
        None => {
            let count = value.matches(wanted).count();
            bounded(replacement.len().saturating_mul(count))?;
            made(value.replace(wanted, replacement))
        }
    }
}

/// What one match gives: the text, a tuple of its groups, or an object of its named groups.
fn captured(pattern: &regex::Regex, captures: &regex::Captures<'_>) -> TfValue {
    let group = |found: Option<regex::Match<'_>>| match found {
        Some(found) => TfValue::string(found.as_str()),
        None => TfValue::null_of(Type::String),
    };
    let named: Vec<&str> = pattern.capture_names().flatten().collect();
    if !named.is_empty() {
        return TfValue::object(
            named
                .into_iter()
                .map(|name| (name.into(), group(captures.name(name))))
                .collect(),
        );
    }
    match captures.len() {
        1 => group(captures.get(0)),
        count => TfValue::tuple((1..count).map(|index| group(captures.get(index))).collect()),
    }
}

/// The type of one match.
fn match_type(pattern: &regex::Regex) -> Type {
    let names = pattern.capture_names().flatten();
    let named: Vec<(Arc<str>, Type)> = names.map(|name| (name.into(), Type::String)).collect();
    match pattern.captures_len() {
        _ if !named.is_empty() => Type::object(named),
        1 => Type::String,
        count => Type::tuple((1..count).map(|_| Type::String)),
    }
}

fn pattern_of(arguments: &[TfValue]) -> Result<regex::Regex, CallError> {
    let pattern = compile(text(arguments, 0)).map_err(|error| wrong(0, error))?;
    let named = pattern.capture_names().skip(1).flatten().count();
    if named != 0 && named != pattern.captures_len() - 1 {
        return Err(wrong(0, "named and unnamed groups cannot be mixed"));
    }
    Ok(pattern)
}

pub(super) fn regex(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let pattern = pattern_of(arguments)?;
    if !arguments[1].is_known() {
        return unknown(match_type(&pattern), arguments);
    }
    match pattern.captures(text(arguments, 1)) {
        Some(captures) => Ok(captured(&pattern, &captures)),
        None => Err("the pattern does not match".into()),
    }
}

pub(super) fn regex_all(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let pattern = pattern_of(arguments)?;
    if !arguments[1].is_known() {
        return unknown(Type::list(match_type(&pattern)), arguments);
    }
    let found: Vec<TfValue> = pattern
        .captures_iter(text(arguments, 1))
        .map(|captures| captured(&pattern, &captures))
        .collect();
    Ok(TfValue::list(match_type(&pattern), found))
}

/// A text with unknown arguments in it keeps its parts.
pub(super) fn format(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    format_one(text(arguments, 0), &arguments[1..])
}

fn format_one(format: &str, values: &[TfValue]) -> Outcome {
    let mut parts: Vec<TfValue> = Vec::new();
    let mut literal = String::new();
    for piece in pieces(format, values)? {
        match piece {
            Piece::Text(text) => literal.push_str(&text),
            Piece::Unknown(value) => {
                if !literal.is_empty() {
                    parts.push(TfValue::string(std::mem::take(&mut literal)));
                }
                parts.push(value);
            }
        }
    }
    if !literal.is_empty() {
        parts.push(TfValue::string(literal));
    }
    Ok(joined(parts))
}

pub(super) fn format_list(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let values = &arguments[1..];
    let mut count: Option<usize> = None;
    for (index, value) in values.iter().enumerate() {
        if !value.ty.is_sequence() {
            continue;
        }
        let Some(items) = value.as_items() else {
            return match value.is_null() {
                true => Err(wrong(index + 1, "a list is null")),
                false => unknown(Type::list(Type::String), arguments),
            };
        };
        if count.is_some_and(|count| count != items.len()) {
            return Err(wrong(index + 1, "the lists have different lengths"));
        }
        count = Some(items.len());
    }
    if values
        .iter()
        .any(|value| value.ty == Type::Dynamic && !value.is_known())
    {
        return unknown(Type::list(Type::String), arguments);
    }
    let row = |index: usize| -> Vec<TfValue> {
        values
            .iter()
            .map(|value| {
                value
                    .as_items()
                    .map_or_else(|| value.clone(), |items| items[index].clone())
            })
            .collect()
    };
    let count = count.unwrap_or(1);
    bounded(text(arguments, 0).len().saturating_mul(count))?;
    let rows = (0..count).map(|index| format_one(text(arguments, 0), &row(index)));
    Ok(TfValue::list(Type::String, rows.collect::<Result<_, _>>()?))
}
