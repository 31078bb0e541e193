use memchr::{memchr, memchr2};

use crate::SyntaxError;

/// One string as it stands in a text.
pub(super) struct Scan {
    /// Behind its closing quote, or where it is given up.
    pub(super) end: usize,
    /// Whether the closing quote is there.
    pub(super) closed: bool,
    /// Whether it holds a backslash.
    pub(super) escaped: bool,
}

/// Finds the end of the string whose opening quote stands at `start`.
///
/// A string may run over lines. Where it does and no delimiter follows its end, its closing quote was rather forgotten on its
/// first line, and it ends with that line.
pub(super) fn scan(text: &str, start: usize, quote: u8) -> Scan {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let mut escaped = false;
    let closed = loop {
        match memchr2(quote, b'\\', &bytes[at..]) {
            Some(offset) if bytes[at + offset] == b'\\' => {
                escaped = true;
                at = (at + offset + 2).min(bytes.len());
            }
            Some(offset) => {
                at += offset + 1;
                break true;
            }
            None => {
                at = bytes.len();
                break false;
            }
        }
    };
    let inner = &bytes[start + 1..at];
    let Some(line) = memchr(b'\n', inner) else {
        return Scan {
            end: at,
            closed,
            escaped,
        };
    };
    if closed && is_delimited(&bytes[at..]) {
        return Scan {
            end: at,
            closed,
            escaped,
        };
    }
    let line = line - usize::from(inner[..line].ends_with(b"\r"));
    let end = start + 1 + trimmed(&inner[..line]);
    Scan {
        end,
        closed: false,
        escaped: bytes[start + 1..end].contains(&b'\\'),
    }
}

/// The length of a line without the delimiters and spaces that end it.
fn trimmed(line: &[u8]) -> usize {
    let kept = line.iter().rposition(|byte| !b" \t,".contains(byte));
    kept.map_or(0, |last| last + 1)
}

fn is_delimited(rest: &[u8]) -> bool {
    let next = rest.iter().find(|byte| !byte.is_ascii_whitespace());
    next.is_none_or(|byte| b",:]}/".contains(byte))
}

/// The text of a string's inside, which starts at byte `start` of the file.
pub(super) fn unescape(inner: &str, start: usize, errors: &mut Vec<SyntaxError>) -> String {
    let mut text = String::with_capacity(inner.len());
    for (offset, piece) in Pieces::new(inner) {
        match piece {
            Piece::Plain(plain) => text.push_str(plain),
            Piece::Character(character, _) => text.push(character),
            Piece::Wrong(kept, length) => {
                let place = start + offset;
                let written = &inner[offset..offset + length];
                errors.push(SyntaxError::new(
                    format!("`{written}` is no escape sequence"),
                    (place..place + length).into(),
                ));
                text.push(kept);
            }
        }
    }
    text
}

/// Where the byte `offset` of a string's value stands in its source: `inner` is the text between the quotes, and the result
/// is an offset into it.
pub fn source_offset(inner: &str, offset: usize) -> usize {
    let mut read = 0;
    for (at, piece) in Pieces::new(inner) {
        let (length, is_plain) = match piece {
            Piece::Plain(plain) => (plain.len(), true),
            Piece::Character(character, _) | Piece::Wrong(character, _) => {
                (character.len_utf8(), false)
            }
        };
        if offset < read + length {
            return if is_plain { at + offset - read } else { at };
        }
        read += length;
    }
    inner.len()
}

/// Where each byte of a string's value stands in its source, and the end: [`source_offset`] of all of them.
pub fn source_offsets(inner: &str) -> Vec<u32> {
    let mut offsets = Vec::with_capacity(inner.len() + 1);
    for (at, piece) in Pieces::new(inner) {
        let at = at as u32;
        match piece {
            Piece::Plain(plain) => offsets.extend(at..at + plain.len() as u32),
            Piece::Character(character, _) | Piece::Wrong(character, _) => {
                offsets.extend(std::iter::repeat_n(at, character.len_utf8()));
            }
        }
    }
    offsets.push(inner.len() as u32);
    offsets
}

enum Piece<'a> {
    Plain(&'a str),
    /// A character and the length of its escape sequence.
    Character(char, usize),
    /// What stands for a wrong sequence, and the length of the sequence.
    Wrong(char, usize),
}

struct Pieces<'a> {
    inner: &'a str,
    at: usize,
}

impl<'a> Pieces<'a> {
    fn new(inner: &'a str) -> Self {
        Self { inner, at: 0 }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (usize, Piece<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let rest = &self.inner[at..];
        if rest.is_empty() {
            return None;
        }
        let piece = match memchr(b'\\', rest.as_bytes()) {
            Some(0) => escape(rest),
            Some(length) => Piece::Plain(&rest[..length]),
            None => Piece::Plain(rest),
        };
        self.at += match piece {
            Piece::Plain(plain) => plain.len(),
            Piece::Character(_, length) | Piece::Wrong(_, length) => length,
        };
        Some((at, piece))
    }
}

/// The escape sequence at the start of `rest`, which starts with a backslash.
fn escape(rest: &str) -> Piece<'_> {
    let Some(character) = rest[1..].chars().next() else {
        return Piece::Wrong('\\', 1);
    };
    match character {
        '"' | '\\' | '/' => Piece::Character(character, 2),
        'b' => Piece::Character('\u{8}', 2),
        'f' => Piece::Character('\u{c}', 2),
        'n' => Piece::Character('\n', 2),
        'r' => Piece::Character('\r', 2),
        't' => Piece::Character('\t', 2),
        'u' => unicode(rest),
        other => Piece::Wrong(other, 1 + other.len_utf8()),
    }
}

/// A `\uXXXX`, or two that form a surrogate pair.
fn unicode(rest: &str) -> Piece<'_> {
    let Some(first) = code_unit(rest) else {
        return Piece::Wrong('u', 2);
    };
    if let Some(character) = char::from_u32(first) {
        return Piece::Character(character, 6);
    }
    let second = code_unit(&rest[6..]).filter(|unit| (0xdc00..0xe000).contains(unit));
    match second {
        Some(second) if first < 0xdc00 => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Piece::Character(char::from_u32(code).unwrap_or('\u{fffd}'), 12)
        }
        _ => Piece::Wrong('\u{fffd}', 6),
    }
}

/// The code unit of a `\uXXXX` at the start of `rest`.
fn code_unit(rest: &str) -> Option<u32> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}
