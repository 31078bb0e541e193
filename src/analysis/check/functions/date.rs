//! Dates, as ISO 8601 writes them.

use std::sync::Arc;

use jiff::civil::Date;
use palisade_model::{Resource, Value};
use palisade_syntax::data::Node;

use super::{Function, Judgement, missing};
use crate::rules::reader::Reader;

/// `date.before: 2025-01-01`. The limit is written in the rule: no result depends on the clock.
#[derive(Debug)]
struct Before(Date);

pub(super) fn before(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    let text = reader.text(node);
    let Some(limit) = parse(&text) else {
        reader.error(node, format!("`{text}` is no date; write 2025-01-31"));
        return None;
    };
    Some(Arc::new(Before(limit)))
}

impl Function for Before {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        match value.as_str() {
            Some(text) => Judgement::plain(parse(text).is_some_and(|date| date < self.0)),
            None => missing(value).map_or_else(|| Judgement::plain(false), Judgement::unknown),
        }
    }
}

/// The date of a date or of a date and time.
fn parse(text: &str) -> Option<Date> {
    text.trim().get(..10)?.parse().ok()
}
