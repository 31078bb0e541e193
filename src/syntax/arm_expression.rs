//! ARM template expressions: `[concat(parameters('name'), '-x').properties[0]]`
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions).
//!
//! Ranges count from the start of the text given, which is the value of a JSON string; `json::source_offset` leads from there to
//! the file. What functions and names mean is the evaluator's.

use crate::{Parse, SyntaxError, TextRange};

/// How deep calls may nest.
const MAXIMUM_DEPTH: usize = 128;

/// One expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Its text.
    pub range: TextRange,
}

/// What an [`Expression`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// `'it''s'`, unescaped.
    String(Box<str>),
    /// The digits as written.
    Number(Box<str>),
    /// `name(a, b)` or `namespace.name(a, b)`. A name without brackets is a call without arguments and an error.
    Call {
        /// The namespace of a user-defined function.
        namespace: Option<Box<str>>,
        /// The function.
        name: Box<str>,
        /// Where its name, with its namespace, is written.
        name_range: TextRange,
        /// In order.
        arguments: Vec<Expression>,
    },
    /// `object.name`
    Member {
        /// What the property is read of.
        object: Box<Expression>,
        /// The property.
        name: Box<str>,
        /// Where it is written.
        name_range: TextRange,
    },
    /// `object[index]`
    Index {
        /// What the item is read of.
        object: Box<Expression>,
        /// A position or a name.
        index: Box<Expression>,
    },
    /// Nothing where an expression belongs; an error tells of it.
    Missing,
}

/// What a string of a template is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind<'a> {
    /// An expression in brackets.
    Expression,
    /// A text, without the bracket that escapes a leading one: `[[x]` is `[x]`.
    Literal(&'a str),
}

/// Whether a string of a template is an expression.
pub fn classify(text: &str) -> TextKind<'_> {
    match text.strip_prefix('[') {
        Some(escaped) if escaped.starts_with('[') => TextKind::Literal(escaped),
        Some(rest) if rest.ends_with(']') => TextKind::Expression,
        _ => TextKind::Literal(text),
    }
}

/// Reads an expression, with its outer brackets or without.
pub fn parse(text: &str) -> Parse<Expression> {
    let start = usize::from(text.starts_with('['));
    let end = text.len() - usize::from(start == 1 && text.len() > 1 && text.ends_with(']'));
    let mut reader = Reader {
        text: &text[..end],
        at: start,
        depth: 0,
        errors: Vec::new(),
    };
    let tree = reader.expression();
    reader.space();
    if start == 1 && end == text.len() {
        reader.error("expected `]`", end, end);
    } else if reader.at < end {
        let rest = reader.at..end;
        reader.error("expected the end of the expression", rest.start, rest.end);
    }
    Parse {
        tree,
        errors: reader.errors,
        comments: Vec::new(),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    errors: Vec<SyntaxError>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        let trimmed = self.rest().trim_start();
        self.at = self.text.len() - trimmed.len();
    }

    fn eat(&mut self, character: char) -> bool {
        self.space();
        let found = self.peek() == Some(character);
        if found {
            self.at += character.len_utf8();
        }
        found
    }

    fn error(&mut self, message: impl Into<String>, start: usize, end: usize) {
        self.errors
            .push(SyntaxError::new(message, (start..end).into()));
    }

    fn missing(&mut self, message: &str) -> Expression {
        self.error(message, self.at, self.at);
        Expression {
            kind: ExpressionKind::Missing,
            range: TextRange::at(self.at as u32),
        }
    }

    fn expression(&mut self) -> Expression {
        self.space();
        if self.depth == MAXIMUM_DEPTH {
            let start = self.at;
            self.at = self.text.len();
            let message = format!("nested deeper than {MAXIMUM_DEPTH} levels");
            self.error(message, start, self.at);
            return Expression {
                kind: ExpressionKind::Missing,
                range: (start..self.at).into(),
            };
        }
        self.depth += 1;
        let primary = self.primary();
        let whole = self.accesses(primary);
        self.depth -= 1;
        whole
    }

    fn primary(&mut self) -> Expression {
        match self.peek() {
            Some('\'') => self.string(),
            Some(c) if c.is_ascii_digit() || c == '-' || c == '+' => self.number(),
            Some(c) if is_name(c) => self.call(),
            _ => self.missing("expected an expression"),
        }
    }

    /// The `.name` and `[index]` behind a primary. They are followed in a loop, but nest in the tree, so they count.
    fn accesses(&mut self, mut object: Expression) -> Expression {
        let start = object.range.start as usize;
        for _ in 0..MAXIMUM_DEPTH {
            let kind = if self.eat('.') {
                self.space();
                let name_range = self.name_range();
                if name_range.is_empty() {
                    self.error("expected the name of a property", self.at, self.at);
                }
                ExpressionKind::Member {
                    object: Box::new(object),
                    name: name_range.slice(self.text).into(),
                    name_range,
                }
            } else if self.eat('[') {
                let index = Box::new(self.expression());
                self.close(']');
                ExpressionKind::Index {
                    object: Box::new(object),
                    index,
                }
            } else {
                break;
            };
            object = Expression {
                kind,
                range: (start..self.at).into(),
            };
        }
        object
    }

    fn close(&mut self, bracket: char) {
        if !self.eat(bracket) {
            self.error(format!("expected `{bracket}`"), self.at, self.at);
        }
    }

    fn string(&mut self) -> Expression {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            let Some(length) = self.rest().find('\'') else {
                value.push_str(self.rest());
                self.at = self.text.len();
                self.error("this string is never closed", start, self.at);
                break;
            };
            value.push_str(&self.text[self.at..self.at + length]);
            self.at += length + 1;
            if self.peek() != Some('\'') {
                break;
            }
            value.push('\'');
            self.at += 1;
        }
        Expression {
            kind: ExpressionKind::String(value.into()),
            range: (start..self.at).into(),
        }
    }

    fn number(&mut self) -> Expression {
        let start = self.at;
        let rest = self.rest();
        let length = rest[1..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
            .map_or(rest.len(), |length| length + 1);
        let digits: Box<str> = rest[..length].into();
        self.at += length;
        if digits.parse::<f64>().is_err() {
            self.error(format!("`{digits}` is no number"), start, self.at);
        }
        Expression {
            kind: ExpressionKind::Number(digits),
            range: (start..self.at).into(),
        }
    }

    fn name_range(&mut self) -> TextRange {
        let start = self.at;
        let rest = self.rest();
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        self.at += length;
        (start..self.at).into()
    }

    fn call(&mut self) -> Expression {
        let start = self.at;
        let mut name: Box<str> = self.name_range().slice(self.text).into();
        let mut namespace = None;
        let before = self.at;
        if self.eat('.') {
            self.space();
            let member: Box<str> = self.name_range().slice(self.text).into();
            let behind = self.at;
            if self.eat('(') {
                namespace = Some(std::mem::replace(&mut name, member));
                self.at = behind;
            } else {
                self.at = before;
            }
        }
        let name_range: TextRange = (start..self.at).into();
        let arguments = if self.eat('(') {
            self.arguments()
        } else {
            self.error(format!("expected `(` behind `{name}`"), start, self.at);
            Vec::new()
        };
        Expression {
            kind: ExpressionKind::Call {
                namespace,
                name,
                name_range,
                arguments,
            },
            range: (start..self.at).into(),
        }
    }

    fn arguments(&mut self) -> Vec<Expression> {
        let mut arguments = Vec::new();
        if self.eat(')') {
            return arguments;
        }
        loop {
            arguments.push(self.expression());
            if !self.eat(',') {
                self.close(')');
                return arguments;
            }
        }
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$' | '-')
}
