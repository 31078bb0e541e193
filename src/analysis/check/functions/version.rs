//! Versions: dotted numbers, compared number by number.

use std::cmp::Ordering;
use std::sync::Arc;

use palisade_model::{Resource, Value};
use palisade_syntax::data::Node;

use super::{Function, Judgement, missing};
use crate::check::compare::plain_text;
use crate::rules::reader::Reader;

/// `version.below: "1.2"` and `version.at_least: "1.2"`.
#[derive(Debug)]
struct Version {
    limit: Vec<u64>,
    below: bool,
}

pub(super) fn below(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    compile(node, reader, true)
}

pub(super) fn at_least(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    compile(node, reader, false)
}

fn compile(node: &Node, reader: &mut Reader, below: bool) -> Option<Arc<dyn Function>> {
    let text = reader.text(node);
    let Some(limit) = numbers(&text) else {
        reader.error(node, format!("`{text}` is no version"));
        return None;
    };
    Some(Arc::new(Version { limit, below }))
}

impl Function for Version {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        let Some(text) = plain_text(value) else {
            return missing(value).map_or_else(|| Judgement::plain(false), Judgement::unknown);
        };
        match numbers(&text) {
            Some(version) => {
                let is_below = compare(&version, &self.limit) == Ordering::Less;
                Judgement::plain(is_below == self.below)
            }
            None => Judgement::plain(false),
        }
    }
}

/// The numbers of the first dotted run: of `TLSv1.2_2021`, `TLS1_2` and `postgres13.4` each `1.2`, `1.2` and `13.4`. SSL is older
/// than every TLS: `SSLv3` is `0.3`.
pub(super) fn numbers(text: &str) -> Option<Vec<u64>> {
    let start = text.find(|character: char| character.is_ascii_digit())?;
    let rest = &text[start..];
    let end = rest
        .find(|character: char| !character.is_ascii_digit() && character != '.' && character != '_')
        .unwrap_or(rest.len());
    let run = match rest[..end].split_once('_') {
        // An underscore separates where nothing else does (`TLS1_2`), else it starts another word (`1.2_2021`, `TLSv1_2016`).
        Some((head, tail)) if head.contains('.') || is_year(tail) => head,
        _ => &rest[..end],
    };
    let mut numbers: Vec<u64> = run
        .split(['.', '_'])
        .map_while(|part| part.parse().ok())
        .collect();
    if numbers.is_empty() {
        return None;
    }
    if text[..start].to_ascii_lowercase().ends_with("sslv") {
        numbers.insert(0, 0);
    }
    Some(numbers)
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.starts_with("20")
}

/// Missing numbers are 0: `1.2` is `1.2.0`.
fn compare(a: &[u64], b: &[u64]) -> Ordering {
    let at = |numbers: &[u64], index: usize| numbers.get(index).copied().unwrap_or(0);
    (0..a.len().max(b.len()))
        .map(|index| at(a, index).cmp(&at(b, index)))
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}
