//! What the expression parser refuses and Terraform accepts, rewritten in place so that every offset stays.
//!
//! - a line end inside `{for …}` becomes a blank;
//! - a large exponent becomes zero; the tree takes the number from the original text;
//! - the second of two equal keys of an object gets a name of its own; the tree takes the name from the original text.

use std::collections::HashSet;

use super::cursor;

/// Longer texts are left alone.
const MAXIMUM_LENGTH: usize = 256 << 10;

#[derive(PartialEq, Eq)]
enum Frame {
    Plain,
    /// `{for …}`
    ObjectFor,
    /// `{ … }`, its keys, and whether a key may start here.
    Object(HashSet<String>, bool),
    Quote,
    Marker,
}

struct Healer {
    bytes: Vec<u8>,
    at: usize,
    frames: Vec<Frame>,
    changed: bool,
    fresh: usize,
}

/// The text healed, where that changes anything. A text with a heredoc is left alone.
pub(super) fn heal(text: &str) -> Option<String> {
    if text.contains("<<") || text.len() > MAXIMUM_LENGTH {
        return None;
    }
    let mut healer = Healer {
        bytes: text.as_bytes().to_vec(),
        at: 0,
        frames: Vec::new(),
        changed: false,
        fresh: 0,
    };
    while healer.at < healer.bytes.len() {
        if healer.frames.last() == Some(&Frame::Quote) {
            healer.quoted();
        } else {
            healer.plain();
        }
    }
    let healed = String::from_utf8(healer.bytes).ok()?;
    healer.changed.then_some(healed)
}

impl Healer {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn quoted(&mut self) {
        match (self.byte(0), self.byte(1)) {
            (b'\\', _) => self.at += 1,
            (b'"', _) => {
                self.frames.pop();
            }
            (b'$', b'$') | (b'%', b'%') if self.byte(2) == b'{' => self.at += 2,
            (b'$' | b'%', b'{') => {
                self.frames.push(Frame::Marker);
                self.at += 1;
            }
            _ => {}
        }
        self.at += 1;
    }

    fn plain(&mut self) {
        let byte = self.byte(0);
        if let Some(Frame::Object(_, start)) = self.frames.last_mut() {
            let word = byte == b'"' || byte == b'_' || byte.is_ascii_alphabetic() || byte >= 0x80;
            if *start && word {
                *start = false;
                return self.key();
            }
            match byte {
                b',' | b'\n' => *start = true,
                b' ' | b'\t' | b'\r' | b'#' | b'/' => {}
                _ => *start = false,
            }
        }
        let in_for = self.frames.last() == Some(&Frame::ObjectFor);
        match byte {
            b'\n' if in_for => self.put(self.at, b' '),
            b'#' => return self.comment(in_for),
            b'/' if matches!(self.byte(1), b'/' | b'*') => return self.comment(in_for),
            b'"' => self.frames.push(Frame::Quote),
            b'(' | b'[' => self.frames.push(Frame::Plain),
            b'{' => self.open(),
            b'0'..=b'9' => return self.number(),
            b')' | b']' | b'}' => {
                self.frames.pop();
            }
            _ => {}
        }
        self.at += 1;
    }

    fn put(&mut self, at: usize, byte: u8) {
        self.changed |= self.bytes[at] != byte;
        self.bytes[at] = byte;
    }

    fn comment(&mut self, blank: bool) {
        let end = std::str::from_utf8(&self.bytes)
            .map_or(self.bytes.len(), |text| cursor::comment_end(text, self.at));
        if blank {
            for at in self.at..end {
                self.put(at, b' ');
            }
        }
        self.at = end;
    }

    /// A number, or the digits of a name.
    fn number(&mut self) {
        let is_digits = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let begins = self.at == 0 || !is_name(self.bytes[self.at - 1]);
        let rest = &self.bytes[self.at..];
        let mantissa = rest.iter().take_while(|byte| is_digits(byte)).count();
        self.at += mantissa;
        if !begins || !matches!(self.byte(0), b'e' | b'E') {
            return;
        }
        self.at += 1 + usize::from(matches!(self.byte(1), b'+' | b'-'));
        let exponent = self.bytes[self.at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if exponent > 2 {
            for at in self.at..self.at + exponent {
                self.put(at, b'0');
            }
        }
        self.at += exponent;
    }

    fn open(&mut self) {
        let rest =
            String::from_utf8_lossy(&self.bytes[self.at + 1..(self.at + 64).min(self.bytes.len())]);
        let is_for = rest
            .trim_start()
            .strip_prefix("for")
            .is_some_and(|behind| behind.starts_with(char::is_whitespace));
        self.frames.push(if is_for {
            Frame::ObjectFor
        } else {
            Frame::Object(HashSet::new(), true)
        });
    }

    /// A word or quoted text where a key may stand.
    fn key(&mut self) {
        let quoted = self.byte(0) == b'"';
        let start = self.at + usize::from(quoted);
        let mut end = start;
        while let Some(&byte) = self.bytes.get(end) {
            let inside = if quoted {
                !matches!(byte, b'"' | b'\\' | b'$' | b'%' | b'\n')
            } else {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || byte >= 0x80
            };
            if !inside {
                break;
            }
            end += 1;
        }
        if quoted && self.bytes.get(end) != Some(&b'"') {
            self.frames.push(Frame::Quote);
            self.at += 1;
            return;
        }
        let behind = end + usize::from(quoted);
        let name = String::from_utf8_lossy(&self.bytes[start..end]).into_owned();
        let Some(Frame::Object(keys, _)) = self.frames.last_mut() else {
            return;
        };
        if !keys.insert(name) {
            self.rename(start, end);
        }
        self.at = behind;
    }

    /// Gives the name at `start..end` another spelling of its length.
    fn rename(&mut self, start: usize, end: usize) {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
        for _ in 0..10_000 {
            let mut rest = self.fresh;
            self.fresh += 1;
            let name: Vec<u8> = (start..end)
                .map(|_| {
                    let letter = LETTERS[LETTERS.len() - 1 - rest % LETTERS.len()];
                    rest /= LETTERS.len();
                    letter
                })
                .collect();
            let text = String::from_utf8_lossy(&name).into_owned();
            if let Some(Frame::Object(keys, _)) = self.frames.last_mut()
                && keys.insert(text)
            {
                self.changed = true;
                self.bytes[start..end].copy_from_slice(&name);
                return;
            }
        }
    }
}
