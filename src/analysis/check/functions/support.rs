//! Ends of support, by the calendars in `../calendars`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use palisade_model::{Path, Resource, Value};
use palisade_syntax::data::Node;
use serde::Deserialize;

use super::version::numbers;
use super::{Function, Hit, Judgement, missing};
use crate::check::compare::plain_text;
use crate::embedded::CALENDARS;
use crate::rules::reader::Reader;

/// A file of `../calendars` as it is written.
#[derive(Deserialize)]
struct Written {
    as_of: String,
    ends: BTreeMap<String, String>,
}

/// A calendar.
#[derive(Debug)]
struct Calendar {
    /// The day as of which versions are judged.
    as_of: Date,
    /// The last day of support, by name or start of a version.
    ends: BTreeMap<String, Date>,
}

/// `support.ended: aws-lambda-runtime`: the support of what the text names had ended on a day.
#[derive(Debug)]
struct Ended {
    calendar: Calendar,
    day: Date,
}

pub(super) fn ended(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    let name = reader.text(node);
    let written = CALENDARS.at(&name).and_then(|file| file.read().ok());
    let Some(calendar) = written.and_then(Calendar::of) else {
        let known: Vec<_> = CALENDARS.files().map(|file| file.path).collect();
        let message = format!("there is no calendar `{name}`, only {}", known.join(", "));
        reader.error(node, message);
        return None;
    };
    let day = reader.as_of.unwrap_or(calendar.as_of);
    Some(Arc::new(Ended { calendar, day }))
}

impl Function for Ended {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        let Some(text) = plain_text(value) else {
            return missing(value).map_or_else(|| Judgement::plain(false), Judgement::unknown);
        };
        match self.calendar.end(&text) {
            Some(end) if end < self.day => Judgement::of_hits(vec![hit(value, end)], None),
            _ => Judgement::plain(false),
        }
    }
}

fn hit(value: &Value, end: Date) -> Hit {
    Hit {
        path: Path::default(),
        value: value.clone(),
        note: Some(end.to_string()),
        excerpt: None,
        is_item: false,
    }
}

impl Calendar {
    /// None where something that should be one is no date.
    fn of(written: Written) -> Option<Self> {
        let ends = written.ends.into_iter();
        let ends = ends.map(|(name, end)| Some((name, end.parse().ok()?)));
        Some(Self {
            as_of: written.as_of.parse().ok()?,
            ends: ends.collect::<Option<_>>()?,
        })
    }

    /// The end of a name, else of the longest start of a version, else of the first version where this one is older.
    fn end(&self, text: &str) -> Option<Date> {
        let named = self
            .ends
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text));
        if let Some((_, end)) = named {
            return Some(*end);
        }
        let version = numbers(text)?;
        let versions = self.ends.iter().filter_map(|(name, end)| {
            let is_version = name.starts_with(|first: char| first.is_ascii_digit());
            Some((numbers(name).filter(|_| is_version)?, *end))
        });
        let versions: Vec<(Vec<u64>, Date)> = versions.collect();
        let starts = versions
            .iter()
            .filter(|(start, _)| version.starts_with(start));
        let longest = starts.max_by_key(|(start, _)| start.len());
        let first = versions.iter().min_by(|one, other| one.0.cmp(&other.0));
        let older = first.filter(|(first, _)| version < *first);
        longest.or(older).map(|(_, end)| *end)
    }
}
