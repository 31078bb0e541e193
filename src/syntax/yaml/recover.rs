//! Reading on behind an error: the offending line is blanked, byte for byte, so that every offset stays right.

use super::build::{Attempt, Failure, attempt};
use crate::data::Node;
use crate::{Parse, SyntaxError};

/// How often a text is read again.
const MAXIMUM_ATTEMPTS: usize = 24;

/// How many bytes may be read in all attempts together.
const MAXIMUM_WORK: usize = 24 << 20;

/// Reads the documents of a text, again without the offending line where it cannot be read.
pub(super) fn parse(text: &str) -> Parse<Vec<Node>> {
    let mut current = attempt(text);
    let mut failures = Vec::new();
    let mut patched = String::new();
    let mut work = text.len();
    while let Some(failure) = current.failure.take() {
        if failures.is_empty() {
            text.clone_into(&mut patched);
        }
        work += text.len();
        failures.push(SyntaxError::new(
            failure.message.clone(),
            line_range(text, failure.offset),
        ));
        if failures.len() > MAXIMUM_ATTEMPTS || work > MAXIMUM_WORK {
            break;
        }
        if !(failure.message.contains("tab") && untab(&mut patched)) {
            let Some(line) = offending_line(&patched, &failure) else {
                break;
            };
            blank(&mut patched, line);
        }
        current = attempt(&patched);
    }
    finish(current, failures)
}

fn finish(current: Attempt, failures: Vec<SyntaxError>) -> Parse<Vec<Node>> {
    let mut errors = failures;
    errors.extend(current.errors);
    errors.sort_by_key(|error| (error.range.start, error.range.end));
    errors.dedup();
    Parse {
        tree: current.documents,
        errors,
        comments: current.comments,
    }
}

/// The text of the line at `offset`, without the blanks around it.
fn line_range(text: &str, offset: usize) -> crate::TextRange {
    let (start, end) = line_at(text, offset);
    let line = &text[start..end];
    let lead = line.len() - line.trim_start().len();
    let length = line.trim().len();
    (start + lead..start + lead + length).into()
}

/// The bytes of the line at `offset`, its end excluded.
fn line_at(text: &str, offset: usize) -> (usize, usize) {
    let offset = offset.min(text.len());
    let bytes = text.as_bytes();
    let start = memchr::memrchr(b'\n', &bytes[..offset]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &bytes[offset..]).map_or(text.len(), |at| offset + at);
    (start, end)
}

/// Where to blank: the line of the error, or the line that opened the innermost bracket where that one was not closed (nothing is
/// left of the first, or it is not indented further); else the last line before the error with anything on it.
fn offending_line(text: &str, failure: &Failure) -> Option<(usize, usize)> {
    let is_blank = |(start, end): (usize, usize)| text[start..end].trim().is_empty();
    let indent = |(start, end): (usize, usize)| {
        let line = &text[start..end];
        line.len() - line.trim_start().len()
    };
    let line = line_at(text, failure.offset);
    let bracket = failure.bracket.map(|offset| line_at(text, offset));
    if let Some(bracket) = bracket.filter(|&bracket| bracket.0 < line.0 && !is_blank(bracket))
        && (is_blank(line) || indent(line) <= indent(bracket))
    {
        return Some(bracket);
    }
    if !is_blank(line) {
        return Some(line);
    }
    let last = text[..line.0].trim_end().len();
    (last > 0).then(|| line_at(text, last - 1))
}

fn blank(text: &mut String, (start, end): (usize, usize)) {
    let blanks: String = text[start..end]
        .bytes()
        .map(|byte| if byte == b'\r' { '\r' } else { ' ' })
        .collect();
    text.replace_range(start..end, &blanks);
}

/// Replaces the tabs of indentations by spaces; whether there were any.
fn untab(text: &mut String) -> bool {
    let mut is_indent = true;
    let replaced: String = text
        .chars()
        .map(|character| {
            let is_tab = character == '\t' && is_indent;
            is_indent = character == '\n' || (is_indent && matches!(character, ' ' | '\t'));
            if is_tab { ' ' } else { character }
        })
        .collect();
    let is_changed = replaced != *text;
    *text = replaced;
    is_changed
}
