//! Finds where an expression ends, without understanding it: brackets, quotes, heredocs and comments only.

use super::cursor;
use crate::{Comment, SyntaxError, TextRange};

/// Where an expression ends.
pub(super) struct Extent {
    /// One past its last byte; trailing blanks and comments excluded.
    pub(super) end: usize,
    /// Where reading goes on.
    pub(super) next: usize,
    /// What is wrong with it already.
    pub(super) error: Option<SyntaxError>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Parenthesis,
    Bracket,
    Brace,
    Quote,
    /// `${` or `%{`
    Marker,
    /// The delimiter's range.
    Heredoc(usize, usize),
}

/// What a `resource "a" "b" {` in the first column shows where brackets are open: that one was never closed.
const HEADERS: [&str; 8] = [
    "resource",
    "data",
    "module",
    "variable",
    "output",
    "locals",
    "provider",
    "terraform",
];

/// Whether a top-level block starts at `at`, a line start.
pub(super) fn starts_block(text: &str, at: usize) -> bool {
    let rest = &text[at..];
    HEADERS.iter().any(|header| {
        rest.strip_prefix(header).is_some_and(|behind| {
            let behind = behind.trim_start_matches([' ', '\t']);
            behind.starts_with('"') || behind.starts_with('{')
        })
    })
}

/// Whether `name =` starts at `at`.
fn starts_attribute(text: &str, at: usize) -> bool {
    let rest = text[at..].trim_start_matches([' ', '\t']);
    let end = rest
        .find(|character: char| !cursor::is_word(character))
        .unwrap_or(0);
    if end == 0 {
        return false;
    }
    let behind = rest[end..].trim_start_matches([' ', '\t']).as_bytes();
    behind.first() == Some(&b'=') && !matches!(behind.get(1), Some(b'=' | b'>'))
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    frames: Vec<(Frame, usize)>,
    error: Option<SyntaxError>,
    done: bool,
}

/// The extent of the expression at `start`: to the end of the line, or of the one-line block, that brackets do not carry over.
pub(super) fn extent(text: &str, start: usize, comments: &mut Vec<Comment>) -> Extent {
    let mut scan = Scan {
        text,
        at: start,
        end: start,
        frames: Vec::new(),
        error: None,
        done: false,
    };
    while !scan.done && scan.at < text.len() {
        match scan.frames.last() {
            Some((Frame::Quote, _)) => scan.quoted(),
            Some(&(Frame::Heredoc(from, to), _)) => scan.heredoc(&text[from..to]),
            _ => scan.plain(comments),
        }
    }
    if !scan.done
        && let Some(&(_, open)) = scan.frames.last()
    {
        scan.fail("is never closed", open, open + 1);
    }
    Extent {
        end: scan.end,
        next: scan.at,
        error: scan.error,
    }
}

impl Scan<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.text
            .as_bytes()
            .get(self.at + ahead)
            .copied()
            .unwrap_or(0)
    }

    fn fail(&mut self, message: &str, from: usize, to: usize) {
        if self.error.is_none() {
            let what = self.text.get(from..to).unwrap_or("it");
            let range = TextRange::from(from..to.min(self.text.len()));
            self.error = Some(SyntaxError::new(format!("`{what}` {message}"), range));
        }
    }

    /// Takes `length` bytes as part of the expression.
    fn take(&mut self, length: usize) {
        self.at = (self.at + length).min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        self.end = self.at;
    }

    fn open(&mut self, frame: Frame, length: usize) {
        self.frames.push((frame, self.at));
        self.take(length);
    }

    /// A marker of a template, where one starts here.
    fn marker(&mut self) -> bool {
        let (first, second, third) = (self.byte(0), self.byte(1), self.byte(2));
        if !matches!(first, b'$' | b'%') {
            return false;
        }
        if second == first && third == b'{' {
            self.take(3);
        } else if second == b'{' {
            self.open(Frame::Marker, 2);
        } else {
            self.take(1);
        }
        true
    }

    fn quoted(&mut self) {
        match self.byte(0) {
            b'\\' => self.take(2),
            b'"' => {
                self.frames.pop();
                self.take(1);
            }
            b'\n' => {
                let open = self.frames.last().map_or(self.at, |frame| frame.1);
                self.fail("is never closed on its line", open, open + 1);
                self.done = true;
            }
            _ if self.marker() => {}
            _ => self.take(1),
        }
    }

    /// Inside a heredoc, at a line start or behind a marker on a line.
    fn heredoc(&mut self, delimiter: &str) {
        let line_start = self.at == 0 || self.text.as_bytes()[self.at - 1] == b'\n';
        if line_start {
            let line = &self.text[self.at..];
            let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
            let ends = line[blanks..]
                .strip_prefix(delimiter)
                .is_some_and(|behind| !behind.chars().next().is_some_and(cursor::is_word));
            if ends {
                self.frames.pop();
                return self.take(blanks + delimiter.len());
            }
        }
        let rest = &self.text.as_bytes()[self.at..];
        match memchr::memchr3(b'\n', b'$', b'%', rest) {
            None => self.take(rest.len()),
            Some(offset) if rest[offset] == b'\n' => self.take(offset + 1),
            Some(0) => {
                self.marker();
            }
            Some(offset) => self.take(offset),
        }
    }

    fn plain(&mut self, comments: &mut Vec<Comment>) {
        match self.byte(0) {
            b'\n' => self.line_end(),
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'#' => self.comment(comments),
            b'/' if matches!(self.byte(1), b'/' | b'*') => self.comment(comments),
            b'"' => self.open(Frame::Quote, 1),
            b'(' => self.open(Frame::Parenthesis, 1),
            b'[' => self.open(Frame::Bracket, 1),
            b'{' => self.open(Frame::Brace, 1),
            b')' => self.close(&[Frame::Parenthesis]),
            b']' => self.close(&[Frame::Bracket]),
            b'}' => self.close(&[Frame::Brace, Frame::Marker]),
            b'<' if self.byte(1) == b'<' => self.heredoc_start(),
            _ => self.take(1),
        }
    }

    fn comment(&mut self, comments: &mut Vec<Comment>) {
        let end = cursor::comment_end(self.text, self.at);
        comments.push(Comment {
            range: (self.at..end).into(),
        });
        self.at = end;
    }

    fn heredoc_start(&mut self) {
        let from = self.at + 2 + usize::from(self.byte(2) == b'-');
        let word = &self.text[from..];
        let length = word
            .find(|character: char| !cursor::is_word(character))
            .unwrap_or(word.len());
        let behind = word[length..].trim_start_matches([' ', '\t', '\r']);
        if length == 0 || !behind.starts_with('\n') {
            return self.take(2);
        }
        let line = word.len() - behind.len() + 1;
        let skip = from - self.at + line;
        self.open(Frame::Heredoc(from, from + length), skip);
    }

    fn close(&mut self, wanted: &[Frame]) {
        let Some(&(top, open)) = self.frames.last() else {
            if !wanted.contains(&Frame::Brace) {
                self.fail("closes nothing", self.at, self.at + 1);
                return self.take(1);
            }
            self.done = true;
            return;
        };
        if wanted.contains(&top) {
            self.frames.pop();
            return self.take(1);
        }
        let inside_text =
            |frame: &(Frame, usize)| matches!(frame.0, Frame::Quote | Frame::Heredoc(..));
        let floor = self
            .frames
            .iter()
            .rposition(inside_text)
            .map_or(0, |at| at + 1);
        let found = self.frames[floor..]
            .iter()
            .rposition(|frame| wanted.contains(&frame.0));
        self.fail("is never closed", open, open + 1);
        match found {
            Some(position) => {
                self.frames.truncate(floor + position);
                self.take(1);
            }
            None if floor == 0 && wanted.contains(&Frame::Brace) => self.done = true,
            None => self.take(1),
        }
    }

    /// A line end outside quotes: the end of the expression, unless a bracket carries it over.
    fn line_end(&mut self) {
        let Some(&(top, open)) = self.frames.last() else {
            self.done = true;
            return;
        };
        let next = self.at + 1;
        let alone = self
            .frames
            .iter()
            .all(|frame| matches!(frame.0, Frame::Parenthesis | Frame::Bracket | Frame::Brace));
        let cut = match top {
            Frame::Parenthesis | Frame::Bracket => alone && starts_attribute(self.text, next),
            _ => false,
        };
        if cut || (alone && starts_block(self.text, next)) {
            self.fail("is never closed", open, open + 1);
            self.done = true;
            return;
        }
        self.at = next;
    }
}
