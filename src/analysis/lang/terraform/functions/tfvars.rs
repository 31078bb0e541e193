//! Values written as expressions: the layout that `terraform fmt` gives them.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/terraform-encode_tfvars>, and what `terraform console`
//! answers.

use std::fmt::Write as _;

use super::super::value::{Entries, TfKind, TfValue};
use super::grapheme::graphemes;

/// One line; its name, where it begins with one, is aligned with those around it.
#[derive(Default)]
struct Line {
    name: Option<String>,
    text: String,
    /// Brackets that it opens, less those that it closes.
    opened: i32,
}

#[derive(Default)]
struct Writer(Vec<Line>);

/// The expression that gives a value; none where a part of it is not known.
pub(in super::super) fn expression(value: &TfValue) -> Option<String> {
    let mut writer = Writer(vec![Line::default()]);
    writer.value(value)?;
    Some(writer.finish())
}

/// The lines of a variable file that give these values; none where a part of them is not known.
pub(in super::super) fn file(entries: &Entries) -> Option<String> {
    let mut writer = Writer::default();
    for (name, value) in entries {
        writer.entry(name.to_string(), value)?;
    }
    let text = writer.finish();
    Some(if text.is_empty() { text } else { text + "\n" })
}

/// Whether a name can stand without quotes.
pub(in super::super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|it| it.is_alphabetic() || it == '_')
        && letters.all(|it| it.is_alphanumeric() || matches!(it, '_' | '-'))
}

impl Writer {
    fn line(&mut self) -> &mut Line {
        if self.0.is_empty() {
            self.0.push(Line::default());
        }
        self.0.last_mut().expect("one was added")
    }

    fn open(&mut self, bracket: char) {
        let line = self.line();
        line.text.push(bracket);
        line.opened += 1;
    }

    fn close(&mut self, bracket: char) {
        let line = self.line();
        line.text.push(bracket);
        line.opened -= 1;
    }

    fn entry(&mut self, name: String, value: &TfValue) -> Option<()> {
        self.0.push(Line {
            name: Some(name),
            ..Line::default()
        });
        self.value(value)
    }

    fn value(&mut self, value: &TfValue) -> Option<()> {
        match &value.kind {
            TfKind::Unknown(_) => return None,
            TfKind::Null => self.line().text += "null",
            TfKind::Bool(flag) => self.line().text += if *flag { "true" } else { "false" },
            TfKind::Number(number) => self.line().text += &number.to_string(),
            TfKind::String(text) => self.line().text += &quoted(&text.text),
            TfKind::Sequence(items) => {
                self.open('[');
                for (at, item) in items.iter().enumerate() {
                    self.line().text += if at == 0 { "" } else { ", " };
                    self.value(item)?;
                }
                self.close(']');
            }
            TfKind::Mapping(entries) => {
                self.open('{');
                for (name, value) in entries.iter() {
                    let name = if is_name(name) {
                        name.to_string()
                    } else {
                        quoted(name)
                    };
                    self.entry(name, value)?;
                }
                if !entries.is_empty() {
                    self.0.push(Line::default());
                }
                self.close('}');
            }
        }
        Some(())
    }

    /// The lines, names aligned in runs of lines that open nothing, each indented by the lines that are open around it.
    fn finish(self) -> String {
        let width = |line: &Line| match &line.name {
            Some(name) if line.opened <= 0 => graphemes(name).count(),
            _ => 0,
        };
        let runs = self.0.chunk_by(|a, b| width(a) > 0 && width(b) > 0);
        let mut open: Vec<i32> = Vec::new();
        let mut lines = Vec::new();
        for run in runs {
            let widest = run.iter().map(width).max().unwrap_or_default();
            for line in run {
                leave(&mut open, -line.opened);
                let mut text = "  ".repeat(open.len());
                if let Some(name) = &line.name {
                    let fill = widest.saturating_sub(width(line));
                    text += &format!(
                        "{name}{} = ",
                        " ".repeat(if line.opened > 0 { 0 } else { fill })
                    );
                }
                lines.push(text + &line.text);
                if line.opened > 0 {
                    open.push(line.opened);
                }
            }
        }
        lines.join("\n")
    }
}

/// Leaves the lines whose brackets are all closed.
fn leave(open: &mut Vec<i32>, mut closed: i32) {
    while closed > 0 {
        let Some(last) = open.last_mut() else { return };
        let taken = closed.min(*last);
        *last -= taken;
        closed -= taken;
        if *last == 0 {
            open.pop();
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([letter, letter]),
            _ if is_printed(letter) => out.push(letter),
            _ if u32::from(letter) > 0xffff => {
                let _ = write!(out, "\\U{:08x}", u32::from(letter));
            }
            _ => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
        }
    }
    out + "\""
}

/// Controls, blanks other than the usual one, and marks without a form are escaped.
fn is_printed(letter: char) -> bool {
    letter == ' '
        || !(letter.is_control()
            || letter.is_whitespace()
            || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{f0000}'..='\u{10ffff}'))
}
