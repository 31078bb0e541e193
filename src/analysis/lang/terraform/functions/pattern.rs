//! Regular expressions in the syntax of RE2, which the language has.
//!
//! Source: <https://github.com/google/re2/wiki/Syntax>. The engine here reads nearly the same; what differs is respelled:
//! `\d`, `\w`, `\s`, `\b` are ASCII, `[` in a class and `{` that starts no repetition stand for themselves, `\Q…\E` quotes.

use std::iter::Peekable;
use std::str::Chars;

/// Compiles a pattern, or says why it is none.
pub(super) fn compile(pattern: &str) -> Result<regex::Regex, String> {
    let respelled = respell(pattern)?;
    regex::RegexBuilder::new(&respelled)
        .size_limit(4 << 20)
        .nest_limit(200)
        .build()
        .map_err(|_| format!("\"{pattern}\" is no regular expression"))
}

fn respell(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => escape(&mut rest, &mut out, false)?,
            '[' => class(&mut rest, &mut out)?,
            '{' if !repeats(&rest) => out.push_str("\\{"),
            '}' if !out.ends_with(|c: char| c.is_ascii_digit() || c == ',') => out.push_str("\\}"),
            other => out.push(other),
        }
    }
    Ok(out)
}

/// Whether `n}`, `n,}` or `n,m}` follows.
fn repeats(rest: &Peekable<Chars<'_>>) -> bool {
    let inner: String = rest
        .clone()
        .take_while(|letter| *letter != '}')
        .take(16)
        .collect();
    let closed = rest.clone().take(17).any(|letter| letter == '}');
    let (low, high) = inner.split_once(',').unwrap_or((&inner, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    closed && !low.is_empty() && digits(low) && digits(high)
}

/// What stands behind a backslash.
fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String, in_class: bool) -> Result<(), String> {
    let Some(letter) = rest.next() else {
        return Err("a trailing backslash".to_owned());
    };
    let known = match letter {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        's' => "[\\t\\n\\x0C\\r ]",
        'S' => "[^\\t\\n\\x0C\\r ]",
        'b' if !in_class => "(?-u:\\b)",
        'B' if !in_class => {
            return Err("\\B is not supported between characters".to_owned()).or_else(
                |_: String| {
                    out.push_str("\\B");
                    Ok(())
                },
            );
        }
        'C' => "(?s:.)",
        'Q' => {
            quote(rest, out);
            return Ok(());
        }
        '1'..='9' | 'Z' | 'u' | 'U' | 'G' | 'e' | 'h' | 'H' | 'R' | 'X' | 'k' | 'K' | '<' | '>'
            if letter.is_alphanumeric() =>
        {
            return Err(format!("\\{letter} is not supported"));
        }
        other => {
            if other.is_ascii_punctuation() || other.is_ascii_alphanumeric() {
                out.push('\\');
            }
            out.push(other);
            return Ok(());
        }
    };
    out.push_str(known);
    Ok(())
}

fn quote(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut quoted = String::new();
    while let Some(letter) = rest.next() {
        if letter == '\\' && rest.peek() == Some(&'E') {
            rest.next();
            break;
        }
        quoted.push(letter);
    }
    out.push_str(&regex::escape(&quoted));
}

/// A class in brackets, its first bracket read.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if rest.peek() == Some(&'^') {
        rest.next();
        out.push('^');
    }
    let mut first = true;
    while let Some(letter) = rest.next() {
        match letter {
            ']' if !first => {
                out.push(']');
                return Ok(());
            }
            ']' => out.push_str("\\]"),
            '[' if rest.peek() == Some(&':') => {
                out.push('[');
                for inner in rest.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '[' => out.push_str("\\["),
            '&' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            '-' if first || rest.peek() == Some(&']') => out.push_str("\\-"),
            '\\' => escape(rest, out, true)?,
            other => out.push(other),
        }
        first = false;
    }
    Err("a class is not closed".to_owned())
}
