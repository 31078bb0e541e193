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
    // Whether what was read last is a repetition, which cannot be repeated.
    let mut repeated = false;
    while let Some(letter) = rest.next() {
        let repeats = matches!(letter, '*' | '+' | '?') || (letter == '{' && is_repetition(&rest));
        if repeats {
            if repeated {
                return Err("a repetition is repeated".to_owned());
            }
            repetition(letter, &mut rest, &mut out);
        } else {
            match letter {
                '\\' => escape(&mut rest, &mut out, false)?,
                '[' => class(&mut rest, &mut out)?,
                '(' => group(&mut rest, &mut out)?,
                '{' | '}' => out.extend(['\\', letter]),
                other => out.push(other),
            }
        }
        repeated = repeats;
    }
    Ok(out)
}

/// `*`, `{1,2}` and the like, and the `?` behind that makes it take as little as it can.
fn repetition(letter: char, rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push(letter);
    if letter == '{' {
        for inner in rest.by_ref() {
            out.push(inner);
            if inner == '}' {
                break;
            }
        }
    }
    out.extend(rest.next_if_eq(&'?'));
}

/// What stands behind an opening parenthesis: nothing, a name, or flags of those that RE2 knows.
fn group(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('(');
    if rest.next_if_eq(&'?').is_none() {
        return Ok(());
    }
    out.push('?');
    let named = matches!(rest.peek(), Some('P' | '<'));
    for letter in rest.by_ref() {
        out.push(letter);
        match letter {
            '>' if named => return Ok(()),
            ':' | ')' if !named => return Ok(()),
            'i' | 'm' | 's' | 'U' | '-' => {}
            _ if named => {}
            other => return Err(format!("there is no flag {other}")),
        }
    }
    Err("a group is not closed".to_owned())
}

/// Whether `n}`, `n,}` or `n,m}` follows.
fn is_repetition(rest: &Peekable<Chars<'_>>) -> bool {
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
        'Q' => {
            quote(rest, out);
            return Ok(());
        }
        'p' | 'P' | 'x' if rest.peek() == Some(&'{') => {
            out.extend(['\\', letter]);
            for inner in rest.by_ref() {
                out.push(inner);
                if inner == '}' {
                    break;
                }
            }
            return Ok(());
        }
        '1'..='9'
        | 'C'
        | 'Z'
        | 'u'
        | 'U'
        | 'G'
        | 'e'
        | 'h'
        | 'H'
        | 'R'
        | 'X'
        | 'k'
        | 'K'
        | '<'
        | '>'
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
    while let Some(letter) = rest.peek().copied() {
        if letter == ']' && !first {
            rest.next();
            out.push(']');
            return Ok(());
        }
        first = false;
        if letter == '[' && named_class(rest, out) {
            continue;
        }
        let many = single(rest, out)?;
        let mut ahead = rest.clone();
        let is_range = !many && ahead.next() == Some('-') && ahead.next() != Some(']');
        if is_range {
            rest.next();
            out.push('-');
            single(rest, out)?;
        }
    }
    Err("a class is not closed".to_owned())
}

/// Copies `[:name:]`, where that follows.
fn named_class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> bool {
    let text: String = rest.clone().take(16).collect();
    let Some(end) = text.strip_prefix("[:").and_then(|name| name.find(":]")) else {
        return false;
    };
    out.extend(rest.take(end + 4));
    true
}

/// One letter of a class, or an escape; whether that stands for many letters.
fn single(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<bool, String> {
    match rest.next() {
        Some('\\') => {
            let many = matches!(
                rest.peek(),
                Some('d' | 'D' | 'w' | 'W' | 's' | 'S' | 'p' | 'P' | 'Q')
            );
            escape(rest, out, true).map(|()| many)
        }
        Some(letter) => {
            if letter.is_ascii_punctuation() {
                out.push('\\');
            }
            out.push(letter);
            Ok(false)
        }
        None => Err("a class is not closed".to_owned()),
    }
}
