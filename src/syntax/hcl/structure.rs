//! Bodies, attributes and blocks, past errors: what cannot be read costs one attribute.

use super::tree::{Attribute, Block, Body, Item, Name};
use super::{cursor, expression, scan};
use crate::{Comment, SyntaxError, TextRange};

/// Deeper blocks are left out with an error.
const MAXIMUM_DEPTH: usize = 100;

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) errors: Vec<SyntaxError>,
    pub(super) comments: Vec<Comment>,
    /// Whether a block header in the first column ends open blocks: set when a brace is known to be missing.
    pub(super) resume_at_headers: bool,
    /// A block that the end of the text left open.
    pub(super) unclosed: Option<TextRange>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, resume_at_headers: bool) -> Self {
        Self {
            text,
            at: if text.starts_with('\u{feff}') { 3 } else { 0 },
            errors: Vec::new(),
            comments: Vec::new(),
            resume_at_headers,
            unclosed: None,
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn error(&mut self, message: impl Into<String>, range: TextRange) {
        self.errors.push(SyntaxError::new(message, range));
    }

    /// Skips blanks and comments; line ends too where `lines`.
    fn skip(&mut self, lines: bool) {
        while let Some(character) = self.peek() {
            let rest = &self.text[self.at..];
            if rest.starts_with('#') || rest.starts_with("//") || rest.starts_with("/*") {
                let end = cursor::comment_end(self.text, self.at);
                self.comments.push(Comment {
                    range: (self.at..end).into(),
                });
                self.at = end;
            } else if character == '\n' && !lines || !character.is_whitespace() {
                return;
            } else {
                self.at += character.len_utf8();
            }
        }
    }

    fn word(&mut self) -> Option<Name> {
        let rest = &self.text[self.at..];
        if !rest.starts_with(cursor::is_word_start) {
            return None;
        }
        let length = rest
            .find(|character: char| !cursor::is_word(character))
            .unwrap_or(rest.len());
        let range = TextRange::from(self.at..self.at + length);
        self.at += length;
        Some(Name {
            text: rest[..length].into(),
            range,
        })
    }

    /// The items up to the closing brace of the body opened at `open`, or the end of the text.
    pub(super) fn items(&mut self, depth: usize) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            self.skip(true);
            let Some(character) = self.peek() else {
                return items;
            };
            if character == '}' {
                if depth > 0 {
                    return items;
                }
                self.error("`}` closes nothing", (self.at..self.at + 1).into());
                self.at += 1;
                continue;
            }
            let line_start = self.at == 0 || self.text.as_bytes()[self.at - 1] == b'\n';
            if depth > 0
                && self.resume_at_headers
                && line_start
                && scan::starts_block(self.text, self.at)
            {
                return items;
            }
            match self.word() {
                Some(name) => items.extend(self.item(name, depth)),
                None => self.skip_line("a name"),
            }
        }
    }

    /// Leaves the rest of a line that holds no item.
    fn skip_line(&mut self, expected: &str) {
        let start = self.at;
        let extent = scan::extent(self.text, start, &mut self.comments);
        let end = extent
            .end
            .max(start + self.peek().map_or(0, char::len_utf8));
        self.error(format!("expected {expected}"), (start..end).into());
        self.at = extent.next.max(end);
    }

    fn item(&mut self, name: Name, depth: usize) -> Option<Item> {
        self.skip(false);
        let rest = &self.text[self.at..];
        if rest.starts_with('=') && !rest.starts_with("==") {
            self.at += 1;
            return Some(Item::Attribute(self.attribute(name)));
        }
        let mut labels = Vec::new();
        loop {
            self.skip(false);
            match self.peek() {
                Some('{') => return self.block(name, labels, depth),
                Some('"') => labels.push(self.label()),
                Some(character) if cursor::is_word_start(character) => labels.extend(self.word()),
                _ => {
                    let range = TextRange::new(name.range.start, self.at as u32);
                    self.error(
                        format!("expected `=` or `{{` behind `{}`", name.text),
                        range,
                    );
                    let extent = scan::extent(self.text, self.at, &mut self.comments);
                    self.at = extent.next;
                    return None;
                }
            }
        }
    }

    fn label(&mut self) -> Name {
        let start = self.at;
        let rest = &self.text.as_bytes()[start + 1..];
        let mut length = 0;
        while length < rest.len() && !matches!(rest[length], b'"' | b'\n') {
            length += if rest[length] == b'\\' { 2 } else { 1 };
        }
        let mut end = (start + 1 + length).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        let text = self.text[start + 1..end].to_owned();
        let closed = self.text.as_bytes().get(end) == Some(&b'"');
        self.at = if closed { end + 1 } else { end };
        let range = TextRange::from(start..self.at);
        if !closed {
            self.error("the label is never closed", range);
        }
        Name {
            text: text.into(),
            range,
        }
    }

    fn attribute(&mut self, name: Name) -> Attribute {
        self.skip(false);
        let start = self.at;
        let extent = scan::extent(self.text, start, &mut self.comments);
        let range = TextRange::from(start..extent.end);
        self.at = extent.next;
        let value = match extent.error {
            Some(error) => {
                self.errors.push(error);
                expression::missing(range)
            }
            None if range.is_empty() => {
                self.error(format!("`{}` has no value", name.text), name.range);
                expression::missing(range)
            }
            None => expression::parse(self.text, range, &mut self.errors),
        };
        let range = name.range.cover(value.range);
        Attribute { name, value, range }
    }

    fn block(&mut self, keyword: Name, labels: Vec<Name>, depth: usize) -> Option<Item> {
        let open = self.at;
        if depth >= MAXIMUM_DEPTH {
            let range = keyword.range;
            self.error(
                format!("blocks are nested deeper than {MAXIMUM_DEPTH}"),
                range,
            );
            let extent = scan::extent(self.text, open, &mut self.comments);
            self.at = extent.next.max(open + 1);
            return None;
        }
        self.at += 1;
        let items = self.items(depth + 1);
        let end = if self.peek() == Some('}') {
            self.at += 1;
            self.at
        } else {
            let header = labels
                .last()
                .map_or(keyword.range, |label| keyword.range.cover(label.range));
            self.unclosed.get_or_insert(header);
            self.error(format!("`{}` is never closed", keyword.text), header);
            self.text[..self.at].trim_end().len().max(open + 1)
        };
        let range = TextRange::new(keyword.range.start, end as u32);
        Some(Item::Block(Block {
            keyword,
            labels,
            body: Body {
                items,
                range: (open..end).into(),
            },
            range,
        }))
    }
}
