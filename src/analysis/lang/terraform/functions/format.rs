//! The formats of `format` and `formatlist`.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions/format>.

use super::super::value::Number;
use super::encoding::json_text;
use super::grapheme::graphemes;
use super::*;

/// A part of a formatted text.
pub(super) enum Piece {
    /// Known.
    Text(String),
    /// Of an unknown argument.
    Unknown(TfValue),
}

/// One `%…`.
#[derive(Default)]
struct Verb {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
    argument: Option<usize>,
    letter: char,
}

const MAXIMUM_WIDTH: usize = 10_000;

/// The parts of a text formatted with `values`.
pub(super) fn pieces(format: &str, values: &[TfValue]) -> Result<Vec<Piece>, CallError> {
    let mut found = Vec::new();
    let mut rest = format;
    let (mut next, mut highest, mut unknown, mut made) = (0, 0, false, 0);
    while let Some(at) = rest.find('%') {
        found.push(Piece::Text(rest[..at].to_owned()));
        let (verb, length) = read_verb(&rest[at + 1..])?;
        rest = &rest[at + 1 + length..];
        if verb.letter == '%' {
            found.push(Piece::Text("%".to_owned()));
            continue;
        }
        let index = verb.argument.unwrap_or(next);
        let value = values
            .get(index)
            .ok_or_else(|| wrong(0, format!("there is no argument {}", index + 1)))?;
        next = index + 1;
        highest = highest.max(next);
        unknown |= !value.is_wholly_known();
        let piece = apply(&verb, value, index)?;
        if let Piece::Text(text) = &piece {
            made += text.len();
            bounded(made)?;
        }
        found.push(piece);
    }
    found.push(Piece::Text(rest.to_owned()));
    if highest < values.len() && !unknown {
        return Err(wrong(
            highest + 1,
            format!("only {highest} arguments are used by the format"),
        ));
    }
    Ok(found)
}

/// What follows a `%`, and how many bytes it takes.
fn read_verb(text: &str) -> Result<(Verb, usize), CallError> {
    let bytes = text.as_bytes();
    let mut verb = Verb::default();
    let mut at = 0;
    while let Some(flag) = bytes.get(at) {
        match flag {
            b'-' => verb.minus = true,
            b'+' => verb.plus = true,
            b'#' => verb.sharp = true,
            b' ' => verb.space = true,
            b'0' => verb.zero = true,
            _ => break,
        }
        at += 1;
    }
    verb.width = digits(bytes, &mut at)?;
    if bytes.get(at) == Some(&b'.') {
        at += 1;
        verb.precision = Some(digits(bytes, &mut at)?.unwrap_or(0));
    }
    if bytes.get(at) == Some(&b'[') {
        at += 1;
        let position = digits(bytes, &mut at)?.filter(|position| *position > 0);
        verb.argument =
            Some(position.ok_or_else(|| wrong(0, "an argument has a number from 1"))? - 1);
        if bytes.get(at) != Some(&b']') {
            return Err(wrong(0, "the number of an argument is not closed"));
        }
        at += 1;
    }
    verb.letter = text[at..]
        .chars()
        .next()
        .ok_or_else(|| wrong(0, "the format ends in a verb"))?;
    Ok((verb, at + 1)).and_then(|(verb, end)| match verb.letter.is_ascii() {
        true => Ok((verb, end)),
        false => Err(wrong(0, format!("there is no verb %{}", verb.letter))),
    })
}

fn digits(bytes: &[u8], at: &mut usize) -> Result<Option<usize>, CallError> {
    let start = *at;
    let mut value = 0usize;
    while let Some(digit) = bytes.get(*at).filter(|byte| byte.is_ascii_digit()) {
        value = value * 10 + usize::from(digit - b'0');
        if value > MAXIMUM_WIDTH {
            return Err(wrong(0, "a width is too large"));
        }
        *at += 1;
    }
    Ok((*at > start).then_some(value))
}

fn apply(verb: &Verb, value: &TfValue, index: usize) -> Result<Piece, CallError> {
    if !value.is_wholly_known() {
        let plain = verb.width.is_none()
            && verb.precision.is_none()
            && matches!(verb.letter, 's' | 'v' | 'd');
        let scalar = value.ty.is_primitive() || value.ty == Type::Dynamic;
        return Ok(Piece::Unknown(
            match (plain && scalar, convert(value, &Type::String)) {
                (true, Ok(text)) => text,
                _ => TfValue::unknown_like(Type::String, std::slice::from_ref(value)),
            },
        ));
    }
    let wanted =
        |ty: Type| convert(value, &ty).map_err(|error| wrong(index + 1, error.to_string()));
    let missing = || wrong(index + 1, "the argument is null");
    let text = match verb.letter {
        'v' if value.ty == Type::Dynamic && value.is_null() => return Err(missing()),
        'v' => as_is(verb, value, index)?,
        _ if value.is_null() => return Err(missing()),
        // A width means nothing to it.
        't' => wanted(Type::Bool)?
            .as_bool()
            .unwrap_or_default()
            .to_string(),
        'b' | 'd' | 'o' | 'x' | 'X' => {
            let number = wanted(Type::Number)?;
            let number = number.as_number().ok_or_else(missing)?;
            if !number.is_integer() {
                return Err(wrong(index + 1, "a whole number is required"));
            }
            integer(verb, number)
        }
        'e' | 'E' | 'f' | 'g' | 'G' => {
            float(verb, wanted(Type::Number)?.as_number().ok_or_else(missing)?)
        }
        's' | 'q' => string(verb, wanted(Type::String)?.as_str().unwrap_or("")),
        other => return Err(wrong(0, format!("there is no verb %{other}"))),
    };
    Ok(Piece::Text(text))
}

/// `%v`: the default of the type; `%#v`: JSON.
fn as_is(verb: &Verb, value: &TfValue, index: usize) -> Result<String, CallError> {
    let json = || json_text(value).map_err(|error| wrong(index + 1, error));
    if verb.sharp {
        return Ok(pad(verb, json()?, false));
    }
    Ok(match &value.kind {
        TfKind::String(text) => string(verb, &text.text),
        TfKind::Number(number) => {
            let general = Verb {
                letter: 'g',
                plus: false,
                ..copied(verb)
            };
            float(&general, number)
        }
        TfKind::Bool(flag) => pad(verb, flag.to_string(), false),
        _ => pad(verb, json()?, false),
    })
}

fn copied(verb: &Verb) -> Verb {
    Verb {
        argument: None,
        ..*verb
    }
}

fn string(verb: &Verb, value: &str) -> String {
    let cut: String = match verb.precision {
        Some(count) => graphemes(value).take(count).collect(),
        None => value.to_owned(),
    };
    let shown = if verb.letter == 'q' {
        encoding::json_string(&cut)
    } else {
        cut
    };
    pad(verb, shown, verb.zero && !verb.minus)
}

/// Fills to the width, counted in characters as people see them.
fn pad(verb: &Verb, text: String, zeros: bool) -> String {
    let count = graphemes(&text).count();
    let missing = verb.width.unwrap_or(0).saturating_sub(count);
    let fill = if zeros { "0" } else { " " }.repeat(missing);
    if verb.minus {
        text + &" ".repeat(missing)
    } else {
        fill + &text
    }
}

fn sign_and_pad(verb: &Verb, negative: bool, magnitude: String) -> String {
    let sign = match (negative, verb.plus, verb.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let width = verb.width.unwrap_or(0);
    if verb.zero
        && !verb.minus
        && verb
            .precision
            .is_none_or(|_| !"bdoxX".contains(verb.letter))
    {
        let missing = width.saturating_sub(sign.len() + magnitude.len());
        return format!("{sign}{}{magnitude}", "0".repeat(missing));
    }
    pad(verb, format!("{sign}{magnitude}"), false)
}

fn integer(verb: &Verb, number: &Number) -> String {
    let Some(whole) = number.truncated() else {
        return sign_and_pad(verb, number.is_negative(), number.absolute().to_string());
    };
    let (sign, magnitude) = whole.into_parts();
    let (digits, prefix) = match verb.letter {
        'b' => (magnitude.in_radix(2).to_string(), "0b"),
        'o' => (magnitude.in_radix(8).to_string(), "0"),
        'x' => (magnitude.in_radix(16).to_string(), "0x"),
        'X' => (magnitude.in_radix(16).to_string().to_uppercase(), "0X"),
        _ => (magnitude.to_string(), ""),
    };
    let missing = verb.precision.unwrap_or(0).saturating_sub(digits.len());
    let prefix = if verb.sharp { prefix } else { "" };
    sign_and_pad(
        verb,
        sign == dashu_int::Sign::Negative,
        format!("{prefix}{}{digits}", "0".repeat(missing)),
    )
}

fn float(verb: &Verb, number: &Number) -> String {
    if number.is_infinite() {
        let plain = Verb {
            zero: false,
            plus: true,
            ..copied(verb)
        };
        return sign_and_pad(&plain, number.is_negative(), "Inf".to_owned());
    }
    let magnitude = match verb.letter {
        'f' => fixed(number, verb.precision.unwrap_or(6)),
        'e' | 'E' => {
            let (digits, point) = number.significant_digits(verb.precision.unwrap_or(6) + 1);
            exponential(&digits, point, verb.precision.unwrap_or(6))
        }
        _ => general(number, verb.precision),
    };
    let magnitude = if verb.letter.is_ascii_uppercase() {
        magnitude.to_uppercase()
    } else {
        magnitude
    };
    sign_and_pad(verb, number.is_negative(), magnitude)
}

/// So many digits behind the point.
fn fixed(number: &Number, precision: usize) -> String {
    let (_, point) = number.exact_digits();
    let count = point + precision as i64;
    let (digits, point) = if count < 0 {
        (String::new(), 0)
    } else {
        number.significant_digits(count as usize)
    };
    let text = if digits.is_empty() {
        "0".to_owned()
    } else {
        super::super::number::positional(&digits, point)
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if precision == 0 {
        return whole.to_owned();
    }
    format!("{whole}.{fraction:0<precision$}")
}

/// `d.ddde±dd`
fn exponential(digits: &str, point: i64, precision: usize) -> String {
    let exponent = if digits.is_empty() { 0 } else { point - 1 };
    let (first, rest) = digits.split_at(digits.len().min(1));
    let first = if first.is_empty() { "0" } else { first };
    let point = if precision == 0 {
        String::new()
    } else {
        format!(".{rest:0<precision$}")
    };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}e{sign}{:02}", exponent.abs())
}

/// The shorter of both: an exponent below -4 or beyond the digits.
fn general(number: &Number, precision: Option<usize>) -> String {
    let (digits, point) = match precision {
        Some(count) => number.significant_digits(count.max(1)),
        None => shortest(number),
    };
    if digits.is_empty() {
        return "0".to_owned();
    }
    // The shortest digits have an exponent as those of `%.6g` have.
    let limit = precision.map_or(6, |count| count.max(1) as i64);
    let exponent = point - 1;
    if exponent < -4 || exponent >= limit {
        return exponential(&digits, point, digits.len() - 1);
    }
    super::super::number::positional(&digits, point)
}

fn shortest(number: &Number) -> (String, i64) {
    let text = number.absolute().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let digits = all.trim_matches('0').to_owned();
    (digits, whole.len() as i64 - leading as i64)
}
