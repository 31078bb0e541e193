//! Reading a rule file's tree: every mistake is kept with its place, and reading goes on.

use std::sync::Arc;

use jiff::civil::Date;
use palisade_model::{Kind, Map, Number, Value};
use palisade_syntax::TextRange;
use palisade_syntax::data::{Data, Entry, Node};

use super::{Literal, RuleError};

/// The mistakes of one file.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    pub(crate) errors: Vec<RuleError>,
    /// Whether the file was tested before, so that expressions need not be compiled to find mistakes.
    pub(crate) is_trusted: bool,
    /// The day as of which calendars are judged, where it is not that of the calendar.
    pub(crate) as_of: Option<Date>,
}

impl Reader {
    pub(crate) fn error(&mut self, node: &Node, message: impl Into<String>) {
        self.error_at(node.range, message);
    }

    pub(crate) fn error_at(&mut self, range: TextRange, message: impl Into<String>) {
        self.errors.push(RuleError {
            message: message.into(),
            range,
        });
    }

    /// The entries of a mapping with their keys as text.
    pub(crate) fn entries<'a>(&mut self, node: &'a Node) -> Vec<(String, &'a Entry)> {
        if !matches!(node.data, Data::Mapping(_) | Data::Null) {
            self.error(node, format!("expected a mapping, found {}", kind_of(node)));
        }
        let key = |entry: &'a Entry| scalar_text(&entry.key).map(|key| (key, entry));
        node.entries().iter().filter_map(key).collect()
    }

    /// A text; numbers and booleans count as their text.
    pub(crate) fn text(&mut self, node: &Node) -> String {
        scalar_text(node).unwrap_or_else(|| {
            self.error(node, format!("expected a text, found {}", kind_of(node)));
            String::new()
        })
    }

    /// A list of texts; one text is a list of one.
    pub(crate) fn texts(&mut self, node: &Node) -> Vec<Arc<str>> {
        match &node.data {
            Data::Sequence(items) => items.iter().map(|item| self.text(item).into()).collect(),
            _ => vec![self.text(node).into()],
        }
    }

    /// A constant.
    pub(crate) fn literal(&mut self, node: &Node) -> Option<Literal> {
        match &node.data {
            Data::Bool(value) => Some(Literal::Bool(*value)),
            Data::Number(text) => match parse_number(text) {
                Some(number) => Some(Literal::Number(number.as_f64())),
                None => Some(Literal::String(text.as_ref().into())),
            },
            Data::String(text) => Some(Literal::String(text.as_ref().into())),
            Data::Null | Data::Sequence(_) | Data::Mapping(_) => {
                let message = format!("expected a constant, found {}", kind_of(node));
                self.error(node, message);
                None
            }
        }
    }

    /// A list of constants; one constant is a list of one.
    pub(crate) fn literals(&mut self, node: &Node) -> Vec<Literal> {
        match &node.data {
            Data::Sequence(items) => items.iter().filter_map(|item| self.literal(item)).collect(),
            _ => self.literal(node).into_iter().collect(),
        }
    }

    /// A number.
    pub(crate) fn number(&mut self, node: &Node) -> f64 {
        let number = match &node.data {
            Data::Number(text) => parse_number(text),
            _ => None,
        };
        number.map_or_else(
            || {
                self.error(node, format!("expected a number, found {}", kind_of(node)));
                0.0
            },
            Number::as_f64,
        )
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, node: &Node) -> bool {
        if let Data::Bool(value) = node.data {
            return value;
        }
        let message = format!("expected true or false, found {}", kind_of(node));
        self.error(node, message);
        false
    }

    /// One of a closed set of words.
    pub(crate) fn word<T: Copy>(&mut self, node: &Node, known: &[(&str, T)]) -> Option<T> {
        let text = self.text(node);
        let found = known.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
            self.error(
                node,
                format!("expected one of {}, found `{text}`", words.join(", ")),
            );
        }
        found.map(|(_, value)| *value)
    }

    /// Says that a key is none of the known ones.
    pub(crate) fn unknown_key(&mut self, entry: &Entry, key: &str, known: &[&str]) {
        let nearest = nearest(key, known)
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        self.error(&entry.key, format!("unknown key `{key}`{nearest}"));
    }
}

/// The known word with the fewest changes, where it is near.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (word.len() / 3).max(1) + 1;
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replace = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// The text of a scalar.
pub(crate) fn scalar_text(node: &Node) -> Option<String> {
    match &node.data {
        Data::String(text) | Data::Number(text) => Some(text.to_string()),
        Data::Bool(value) => Some(value.to_string()),
        Data::Null | Data::Sequence(_) | Data::Mapping(_) => None,
    }
}

/// A decimal number of YAML or JSON.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    if let Ok(integer) = text.parse::<i64>() {
        return Some(Number::Integer(integer));
    }
    text.parse::<f64>().ok().map(Number::Float)
}

fn kind_of(node: &Node) -> &'static str {
    match node.data {
        Data::Null => "nothing",
        Data::Bool(_) => "a boolean",
        Data::Number(_) => "a number",
        Data::String(_) => "a text",
        Data::Sequence(_) => "a list",
        Data::Mapping(_) => "a mapping",
    }
}

/// The tree as a value of no place.
pub(crate) fn value_of(node: &Node) -> Value {
    Value::bare(match &node.data {
        Data::Null => Kind::Null,
        Data::Bool(value) => Kind::Bool(*value),
        Data::Number(text) => {
            parse_number(text).map_or_else(|| Kind::from(text.as_ref()), Kind::Number)
        }
        Data::String(text) => Kind::from(text.as_ref()),
        Data::Sequence(items) => Kind::from(items.iter().map(value_of).collect::<Vec<_>>()),
        Data::Mapping(entries) => {
            let entry =
                |entry: &Entry| Some((scalar_text(&entry.key)?.into(), value_of(&entry.value)));
            Kind::from(entries.iter().filter_map(entry).collect::<Map>())
        }
    })
}
