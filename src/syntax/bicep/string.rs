//! The text of strings: escapes of those on one line, the line break after `'''` of the others.
//!
//! <https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings>

use super::lexer::{Token, TokenKind};
use crate::{SyntaxError, TextRange};

/// The part of a string that a token holds: its text without quotes and hole marks, decoded, and its place.
pub(super) fn part(
    text: &str,
    token: Token,
    errors: &mut Vec<SyntaxError>,
) -> (Box<str>, TextRange) {
    let raw = token.range.slice(text);
    let starts_string = matches!(token.kind, TokenKind::StringWhole | TokenKind::StringLeft);
    let ends_string = matches!(token.kind, TokenKind::StringWhole | TokenKind::StringRight);
    let multi_line = if starts_string {
        raw.trim_start_matches('$').starts_with("'''")
    } else {
        token.dollars > 0
    };
    let quote = if multi_line { "'''" } else { "'" };
    let mut start = 0;
    if starts_string {
        start = raw.find('\'').unwrap_or(0) + quote.len();
        if multi_line {
            start += line_break(&raw[start..]);
        }
    } else if raw.starts_with('}') {
        start = 1;
    }
    let mark = 1 + usize::from(token.dollars.max(1));
    let end = if !ends_string {
        raw.len().saturating_sub(mark)
    } else if raw.len() >= start + quote.len() && ends_with_quote(raw, start, quote, multi_line) {
        raw.len() - quote.len()
    } else {
        raw.len()
    };
    let end = end.max(start);
    let range = TextRange::new(
        token.range.start + start as u32,
        token.range.start + end as u32,
    );
    let body = &raw[start..end];
    if multi_line || !body.contains('\\') {
        return (body.into(), range);
    }
    (unescape(body, range.start, errors).into(), range)
}

/// Whether the closing quote is there: an unclosed string can end in an escaped one.
fn ends_with_quote(raw: &str, start: usize, quote: &str, multi_line: bool) -> bool {
    if !raw.ends_with(quote) {
        return false;
    }
    let body = &raw[start..raw.len() - quote.len()];
    multi_line || body.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 0
}

fn line_break(text: &str) -> usize {
    if text.starts_with("\r\n") {
        2
    } else {
        usize::from(text.starts_with(['\n', '\r']))
    }
}

fn unescape(body: &str, offset: u32, errors: &mut Vec<SyntaxError>) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(position) = rest.find('\\') {
        out.push_str(&rest[..position]);
        let escape = &rest[position + 1..];
        let (decoded, length) = decode(escape);
        if let Some(character) = decoded {
            out.push(character);
        } else {
            let start = offset + (body.len() - rest.len() + position) as u32;
            let range = TextRange::new(start, start + 1 + length as u32);
            errors.push(SyntaxError::new("escape is not known", range));
            out.push_str(&rest[position..=position + length]);
        }
        rest = &escape[length..];
    }
    out.push_str(rest);
    out
}

/// The character of the escape behind a backslash, and the escape's length.
fn decode(escape: &str) -> (Option<char>, usize) {
    let Some(first) = escape.chars().next() else {
        return (None, 0);
    };
    let simple = match first {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '\\' => '\\',
        '\'' => '\'',
        '$' => '$',
        'u' => return decode_unicode(escape),
        _ => return (None, first.len_utf8()),
    };
    (Some(simple), 1)
}

/// `u{1F600}`
fn decode_unicode(escape: &str) -> (Option<char>, usize) {
    let digits = escape
        .strip_prefix("u{")
        .and_then(|behind| behind.find('}').map(|end| &behind[..end]));
    match digits {
        Some(digits) if digits.len() <= 8 => {
            let code = u32::from_str_radix(digits, 16).ok();
            (code.and_then(char::from_u32), digits.len() + 3)
        }
        _ => (None, 1),
    }
}
