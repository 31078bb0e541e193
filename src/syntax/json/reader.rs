use std::collections::HashMap;

use memchr::{memchr, memmem};

use super::string::{self, Scan};
use super::{DUPLICATE_KEY, MAXIMUM_DEPTH};
use crate::data::{Data, Entry, Node};
use crate::{Comment, Parse, SyntaxError, TextRange};

/// Errors kept of one text; behind them the text is no JSON.
const MAXIMUM_ERRORS: usize = 100;

/// Objects with more entries look for repeated keys with a table.
const FEW_ENTRIES: usize = 12;

pub(super) struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The closing brackets of what is open, outermost first.
    open: Vec<u8>,
    errors: Vec<SyntaxError>,
    comments: Vec<Comment>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: if text.starts_with('\u{feff}') { 3 } else { 0 },
            open: Vec::new(),
            errors: Vec::new(),
            comments: Vec::new(),
        }
    }

    pub(super) fn document(mut self) -> Parse<Node> {
        self.trivia();
        let tree = self.value();
        self.trivia();
        if self.at < self.bytes.len() {
            self.error("expected the end of the file", self.at, self.at + 1);
        }
        self.errors.sort_by_key(|error| error.range);
        Parse {
            tree,
            errors: self.errors,
            comments: self.comments,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn error(&mut self, message: impl Into<String>, start: usize, end: usize) {
        let end = end.min(self.bytes.len()).max(start);
        self.push(SyntaxError::new(message, (start..end).into()));
    }

    fn push(&mut self, error: SyntaxError) {
        if self.errors.len() < MAXIMUM_ERRORS {
            self.errors.push(error);
        }
    }

    /// Skips white space and comments.
    fn trivia(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'/' => {
                    let start = self.at;
                    let Some(end) = self.comment_end() else {
                        return;
                    };
                    self.at = end;
                    self.comments.push(Comment {
                        range: (start..end).into(),
                    });
                }
                _ => return,
            }
        }
    }

    /// Where the comment that starts here ends. None where none does.
    fn comment_end(&mut self) -> Option<usize> {
        let (start, rest) = (self.at, &self.bytes[self.at..]);
        match rest.get(1) {
            Some(b'/') => {
                let length = memchr(b'\n', rest).unwrap_or(rest.len());
                let carriage = rest[..length].ends_with(b"\r");
                Some(start + length - usize::from(carriage))
            }
            Some(b'*') => {
                let length = memmem::find(&rest[2..], b"*/");
                if length.is_none() {
                    self.error("this comment is never closed", start, start + 2);
                }
                Some(length.map_or(self.bytes.len(), |length| start + length + 4))
            }
            _ => None,
        }
    }

    fn value(&mut self) -> Node {
        match self.peek() {
            Some(b'{') => self.nested(Self::mapping),
            Some(b'[') => self.nested(Self::sequence),
            Some(quote @ (b'"' | b'\'')) => self.string(quote),
            None | Some(b',' | b':' | b'}' | b']') => {
                self.error("expected a value", self.at, self.at + 1);
                Node::new(Data::Null, TextRange::at(self.at as u32))
            }
            Some(_) => self.word(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Node) -> Node {
        if self.open.len() < MAXIMUM_DEPTH {
            return read(self);
        }
        let start = self.at;
        self.skip_brackets();
        let message = format!("nested deeper than {MAXIMUM_DEPTH} levels");
        self.error(message, start, start + 1);
        Node::new(Data::Null, (start..self.at).into())
    }

    /// Behind the bracket that closes the one here, strings respected.
    fn skip_brackets(&mut self) {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    self.at = string::scan(self.text, self.at, b'"').end;
                    continue;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    fn mapping(&mut self) -> Node {
        let start = self.at;
        self.at += 1;
        self.open.push(b'}');
        let mut entries = Vec::new();
        let mut comma = true;
        loop {
            self.trivia();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => self.comma(&mut comma, !entries.is_empty()),
                _ if self.ends_early(start) => break,
                Some(b']' | b':') => self.stray(),
                _ => {
                    self.expect_comma(&mut comma);
                    let entry = self.entry();
                    entries.push(entry);
                }
            }
        }
        self.open.pop();
        self.report_duplicates(&entries);
        Node::new(Data::Mapping(entries), (start..self.at).into())
    }

    fn sequence(&mut self) -> Node {
        let start = self.at;
        self.at += 1;
        self.open.push(b']');
        let mut items = Vec::new();
        let mut comma = true;
        loop {
            self.trivia();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => self.comma(&mut comma, !items.is_empty()),
                _ if self.ends_early(start) => break,
                Some(b'}' | b':') => self.stray(),
                _ => {
                    self.expect_comma(&mut comma);
                    let item = self.value();
                    items.push(item);
                }
            }
        }
        self.open.pop();
        Node::new(Data::Sequence(items), (start..self.at).into())
    }

    /// Whether the text, or a bracket around this one, ends here.
    fn ends_early(&mut self, start: usize) -> bool {
        let around = &self.open[..self.open.len() - 1];
        let ends = match self.peek() {
            None => true,
            Some(byte) => matches!(byte, b'}' | b']') && around.contains(&byte),
        };
        if ends {
            let here = self.at.min(self.bytes.len());
            let mut error =
                SyntaxError::new("this bracket is never closed", (start..start + 1).into());
            error.related = Some((here..(here + 1).min(self.bytes.len())).into());
            self.push(error);
        }
        ends
    }

    fn stray(&mut self) {
        let character = char::from(self.bytes[self.at]);
        self.error(format!("unexpected `{character}`"), self.at, self.at + 1);
        self.at += 1;
    }

    /// A comma; two in a row, or one before the first item, are one too many.
    fn comma(&mut self, seen: &mut bool, any: bool) {
        if *seen || !any {
            self.error("expected a value before `,`", self.at, self.at + 1);
        }
        *seen = true;
        self.at += 1;
    }

    fn expect_comma(&mut self, seen: &mut bool) {
        if !*seen {
            self.error("expected `,`", self.at, self.at + 1);
        }
        *seen = false;
    }

    fn entry(&mut self) -> Entry {
        let key = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => self.string(quote),
            _ => self.bare_key(),
        };
        self.trivia();
        if self.peek() != Some(b':') {
            let end = key.range.end;
            self.error(
                "expected `:` and a value behind this key",
                key.range.start as usize,
                end as usize,
            );
            let starts_value = matches!(self.peek(), Some(b'{' | b'['));
            let value = if starts_value {
                self.value()
            } else {
                Node::new(Data::Null, TextRange::at(end))
            };
            return Entry { key, value };
        }
        self.at += 1;
        self.trivia();
        let value = self.value();
        Entry { key, value }
    }

    /// A key without quotes.
    fn bare_key(&mut self) -> Node {
        let range = self.word_range();
        self.error(
            "expected a key in double quotes",
            range.start as usize,
            range.end as usize,
        );
        Node::new(Data::String(range.slice(self.text).into()), range)
    }

    fn string(&mut self, quote: u8) -> Node {
        let start = self.at;
        let Scan {
            end,
            closed,
            escaped,
        } = string::scan(self.text, start, quote);
        self.at = end;
        if quote == b'\'' {
            self.error("expected double quotes", start, start + 1);
        }
        if !closed {
            self.error("this string is never closed", start, end);
        }
        let inner = &self.text[start + 1..end - usize::from(closed)];
        let data = if escaped {
            let mut errors = Vec::new();
            let text = string::unescape(inner, start + 1, &mut errors);
            for error in errors {
                self.push(error);
            }
            text.into_boxed_str()
        } else {
            inner.into()
        };
        Node::new(Data::String(data), (start..end).into())
    }

    /// The characters up to the next delimiter; at least one.
    fn word_range(&mut self) -> TextRange {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest
            .find(|c: char| c.is_ascii_whitespace() || ",:{}[]\"'/".contains(c))
            .unwrap_or(rest.len());
        let first = rest.chars().next().map_or(0, char::len_utf8);
        self.at = start + length.max(first);
        (start..self.at).into()
    }

    fn word(&mut self) -> Node {
        let range = self.word_range();
        let word = range.slice(self.text);
        let data = match word {
            "true" => Data::Bool(true),
            "false" => Data::Bool(false),
            "null" => Data::Null,
            number if is_number(number.as_bytes()) => Data::Number(number.into()),
            other => {
                let message = format!("expected a value, not `{}`", shorten(other));
                self.error(message, range.start as usize, range.end as usize);
                Data::String(other.into())
            }
        };
        Node::new(data, range)
    }

    fn report_duplicates(&mut self, entries: &[Entry]) {
        if entries.len() <= FEW_ENTRIES {
            for (position, entry) in entries.iter().enumerate().skip(1) {
                let first = entries[..position]
                    .iter()
                    .find(|other| other.key.data == entry.key.data);
                self.report_duplicate(entry, first.map(|first| first.key.range));
            }
            return;
        }
        let mut seen: HashMap<&str, TextRange> = HashMap::with_capacity(entries.len());
        for entry in entries {
            let key = entry.key.as_str().unwrap_or_default();
            let first = seen.get(key).copied();
            self.report_duplicate(entry, first);
            seen.entry(key).or_insert(entry.key.range);
        }
    }

    fn report_duplicate(&mut self, entry: &Entry, first: Option<TextRange>) {
        if first.is_some() {
            let key = shorten(entry.key.as_str().unwrap_or_default());
            let message = format!("{DUPLICATE_KEY} `{key}`: the last one counts");
            let mut error = SyntaxError::new(message, entry.key.range);
            error.related = first;
            self.push(error);
        }
    }
}

/// The grammar of RFC 8259, section 6.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = match exponent {
            [b'+' | b'-', tail @ ..] => tail,
            all => all,
        };
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= 60 {
        return text.to_owned();
    }
    text.chars().take(60).chain(['…']).collect()
}
