//! Members and items of a JSON text by their places, without a tree.

use palisade_syntax::TextRange;

/// The end of the value at `at`.
fn value_end(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0usize;
    while at < text.len() {
        match text[at] {
            b'"' => {
                at = string_end(text, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

/// One past the closing quote of the string at `at`.
fn string_end(text: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn skip_blanks(text: &[u8], mut at: usize, also: u8) -> usize {
    while at < text.len() && (text[at].is_ascii_whitespace() || text[at] == also) {
        at += 1;
    }
    at
}

fn trimmed(text: &str, start: usize, end: usize) -> TextRange {
    let slice = text.get(start..end).unwrap_or("");
    TextRange::from(start..start + slice.trim_end().len())
}

/// The keys and places of the values of the object at `range`.
pub(super) fn members(text: &str, range: TextRange) -> Vec<(&str, TextRange)> {
    let bytes = text.as_bytes();
    let mut made = Vec::new();
    let start = if text.starts_with('\u{feff}') {
        3
    } else {
        range.start as usize
    };
    let mut at = skip_blanks(bytes, start, b'{');
    while at < bytes.len() && bytes[at] == b'"' {
        let end = string_end(bytes, at);
        let key = text.get(at + 1..end.saturating_sub(1)).unwrap_or("");
        let value = skip_blanks(bytes, end, b':');
        let value_end = value_end(bytes, value);
        made.push((key, trimmed(text, value, value_end)));
        at = skip_blanks(bytes, value_end, b',');
    }
    made
}

/// The places of the items of the list at `range`.
pub(super) fn elements(text: &str, range: TextRange) -> Vec<TextRange> {
    let bytes = &text.as_bytes()[..range.end as usize];
    let mut made = Vec::new();
    let mut at = range.start as usize;
    if bytes.get(at) != Some(&b'[') {
        return made;
    }
    at = skip_blanks(bytes, at + 1, b',');
    while at < bytes.len() && bytes[at] != b']' {
        let end = value_end(bytes, at);
        if end == at {
            break;
        }
        made.push(trimmed(text, at, end));
        at = skip_blanks(bytes, end, b',');
    }
    made
}
