//! Tests of single values, in three values.

use std::borrow::Cow;

use palisade_model::{Kind, OriginKind, Value};

use super::Truth;
use crate::rules::{KindTest, Literal, Test};

/// Whether the case of letters counts. In Azure names and values are the same whatever their case, in RDS too: `MySQL` is `mysql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    Exact,
    AnyCase,
}

/// How the types begin whose values are the same whatever their case.
const ANY_CASE: [&str; 2] = ["microsoft.", "aws::rds::"];

impl Letters {
    pub(crate) fn of_type(resource_type: &str) -> Self {
        let any_case = ANY_CASE.iter().any(|start| {
            resource_type
                .get(..start.len())
                .is_some_and(|given| given.eq_ignore_ascii_case(start))
        });
        if any_case { Self::AnyCase } else { Self::Exact }
    }
}

pub(crate) fn same_text(a: &str, b: &str, letters: Letters) -> bool {
    match letters {
        Letters::Exact => a == b,
        Letters::AnyCase => a.eq_ignore_ascii_case(b),
    }
}

/// Whether a known value passes a test. `Present`, `SameAs` and functions are judged elsewhere.
pub(crate) fn passes(value: &Value, test: &Test, letters: Letters) -> Truth {
    match test {
        Test::OneOf(literals) => literals
            .iter()
            .map(|literal| equals(value, literal, letters))
            .fold(Truth::False, Truth::or),
        Test::Present | Test::SameAs(_) | Test::Call(_) => Truth::True,
        Test::Written => (!matches!(
            value.origin.kind,
            OriginKind::LanguageDefault | OriginKind::ServiceDefault
        ))
        .into(),
        Test::Empty => length(value).map_or(Truth::False, |length| (length == 0).into()),
        Test::Compare(comparison, limit) => match number(value) {
            Some(number) => comparison.holds(number, *limit).into(),
            None => undecided(value),
        },
        Test::Matches(regex) => match value.as_str() {
            Some(text) => regex.is_match(text).into(),
            None => match plain_text(value) {
                Some(text) => regex.is_match(&text).into(),
                None => undecided(value),
            },
        },
        Test::StartsWith(starts) => {
            any_of(starts, |start| edge(value, start, Edge::Start, letters))
        }
        Test::EndsWith(ends) => any_of(ends, |end| edge(value, end, Edge::End, letters)),
        Test::Contains(literals) => any_of(literals, |literal| contains(value, literal, letters)),
        Test::Length(comparison, limit) => match length(value) {
            Some(length) => comparison.holds(length as f64, *limit).into(),
            None => undecided(value),
        },
        Test::Kind(kind) => is_a(value, *kind),
    }
}

fn any_of<T>(items: &[T], test: impl Fn(&T) -> Truth) -> Truth {
    items.iter().map(test).fold(Truth::False, Truth::or)
}

/// What a test that needs the text of a value says where it has none: references are there, but their text is not known.
fn undecided(value: &Value) -> Truth {
    match value.kind {
        Kind::Reference(_) | Kind::Template(_) | Kind::Unknown(_) => Truth::Unknown,
        Kind::Encoded(_) if value.as_str().is_none() => Truth::Unknown,
        _ => Truth::False,
    }
}

/// Loose equality: `"true"` is `true`, `"1"` is `1`.
pub(crate) fn equals(value: &Value, literal: &Literal, letters: Letters) -> Truth {
    match (&value.kind, literal) {
        (Kind::Bool(a), Literal::Bool(b)) => (a == b).into(),
        (Kind::Bool(a), Literal::String(b)) => (parse_bool(b) == Some(*a)).into(),
        (Kind::Number(a), Literal::Number(b)) => (a.as_f64() == *b).into(),
        (Kind::Number(a), Literal::String(b)) => (b.trim().parse() == Ok(a.as_f64())).into(),
        (Kind::Template(parts), Literal::String(b)) => template_equals(parts, b, letters),
        (Kind::Reference(_), Literal::String(_)) | (Kind::Unknown(_), _) => Truth::Unknown,
        (Kind::Reference(_), _) => Truth::Unknown,
        (Kind::List(items), _) if items.len() == 1 => equals(&items[0], literal, letters),
        _ => match (value.as_str(), literal) {
            (Some(a), Literal::String(b)) => same_text(a, b, letters).into(),
            (Some(a), Literal::Bool(b)) => (parse_bool(a) == Some(*b)).into(),
            (Some(a), Literal::Number(b)) => (a.trim().parse() == Ok(*b)).into(),
            (None, _) => undecided(value),
        },
    }
}

/// A text with unknown parts cannot equal a text that its known ends contradict.
fn template_equals(parts: &[Value], text: &str, letters: Letters) -> Truth {
    let value = |part: &Value| part.as_str().map(str::to_owned);
    let start = parts.first().and_then(value).unwrap_or_default();
    let end = parts.last().and_then(value).unwrap_or_default();
    let fits = text.len() >= start.len().max(end.len())
        && text.is_char_boundary(start.len())
        && text.is_char_boundary(text.len() - end.len())
        && same_text(&text[..start.len()], &start, letters)
        && same_text(&text[text.len() - end.len()..], &end, letters);
    if fits { Truth::Unknown } else { Truth::False }
}

pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The number of a number or of a text of one.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value.as_number() {
        Some(number) => Some(number.as_f64()),
        None => value.as_str()?.trim().parse().ok(),
    }
}

/// A scalar as text.
pub(crate) fn plain_text(value: &Value) -> Option<Cow<'_, str>> {
    match &value.kind {
        Kind::Bool(value) => Some(value.to_string().into()),
        Kind::Number(number) => Some(number.to_string().into()),
        _ => value.as_str().map(Cow::Borrowed),
    }
}

fn length(value: &Value) -> Option<usize> {
    if let Some(items) = value.as_list() {
        return Some(items.len());
    }
    if let Some(entries) = value.as_map() {
        return Some(entries.values().filter(|value| !value.is_null()).count());
    }
    value.as_str().map(|text| text.chars().count())
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// Whether a text starts or ends so; of a text with unknown parts the known end is enough where it is long enough.
fn edge(value: &Value, wanted: &str, edge: Edge, letters: Letters) -> Truth {
    if let Some(text) = plain_text(value) {
        return has_edge(&text, wanted, edge, letters).into();
    }
    let Kind::Template(parts) = &value.kind else {
        return undecided(value);
    };
    let part = match edge {
        Edge::Start => parts.first(),
        Edge::End => parts.last(),
    };
    let known = part.and_then(Value::as_str).unwrap_or_default();
    if has_edge(known, wanted, edge, letters) {
        Truth::True
    } else if has_edge(wanted, known, edge, letters) {
        Truth::Unknown
    } else {
        Truth::False
    }
}

fn has_edge(text: &str, wanted: &str, edge: Edge, letters: Letters) -> bool {
    let part = match edge {
        Edge::Start => text.get(..wanted.len()),
        Edge::End => text
            .len()
            .checked_sub(wanted.len())
            .and_then(|start| text.get(start..)),
    };
    part.is_some_and(|part| same_text(part, wanted, letters))
}

/// Whether a list has an item, a map a key, a text a part.
fn contains(value: &Value, literal: &Literal, letters: Letters) -> Truth {
    if let Some(items) = value.as_list() {
        return items
            .iter()
            .map(|item| equals(item, literal, letters))
            .fold(Truth::False, Truth::or);
    }
    let Literal::String(wanted) = literal else {
        return equals(value, literal, letters);
    };
    if let Some(entries) = value.as_map() {
        return entries
            .keys()
            .any(|key| same_text(key, wanted, letters))
            .into();
    }
    let within = |text: &str| match letters {
        Letters::Exact => text.contains(&**wanted),
        Letters::AnyCase => text
            .to_ascii_lowercase()
            .contains(&wanted.to_ascii_lowercase()),
    };
    match &value.kind {
        Kind::Template(parts) => {
            if parts.iter().filter_map(Value::as_str).any(within) {
                Truth::True
            } else {
                Truth::Unknown
            }
        }
        _ => plain_text(value).map_or_else(|| undecided(value), |text| within(&text).into()),
    }
}

fn is_a(value: &Value, kind: KindTest) -> Truth {
    let holds = match kind {
        KindTest::String => {
            value.as_str().is_some() || matches!(value.kind, Kind::Template(_) | Kind::Reference(_))
        }
        KindTest::Number => number(value).is_some(),
        KindTest::Bool => {
            value.as_bool().is_some() || value.as_str().and_then(parse_bool).is_some()
        }
        KindTest::List => value.as_list().is_some(),
        KindTest::Map => value.as_map().is_some(),
        KindTest::Reference => match &value.kind {
            Kind::Reference(_) => true,
            Kind::Template(parts) => parts.iter().any(|part| part.as_reference().is_some()),
            _ => false,
        },
        KindTest::Literal => matches!(
            value.kind,
            Kind::Bool(_) | Kind::Number(_) | Kind::String(_)
        ),
    };
    holds.into()
}
