//! What plain scalars mean in YAML 1.1. Source: <https://yaml.org/type/bool.html>, `int.html`, `float.html`, `null.html`.

use crate::data::Data;

/// The data of a plain scalar.
pub(super) fn resolve(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        _ if boolean(text).is_some() => Data::Bool(boolean(text) == Some(true)),
        _ if integer(text).is_some() || is_float(text) || is_long_integer(text) => {
            Data::Number(text.into())
        }
        _ => Data::String(text.into()),
    }
}

/// The data of a scalar with a tag of the core schema; none where the tag is another or the text does not fit it.
pub(super) fn resolve_tagged(tag: &str, text: &str) -> Option<Data> {
    match tag {
        "!" | "!!str" => Some(Data::String(text.into())),
        "!!null" => Some(Data::Null),
        "!!bool" => boolean(text).map(Data::Bool),
        "!!int" | "!!float" => match resolve(text) {
            number @ Data::Number(_) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

/// `y` and `n` alone are in the specification, and no reader in use takes them for booleans.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// A whole number as YAML 1.1 writes it: `12`, `-1_000`, `0x1F`, `0b101`, octal `012`, base 60 `190:20:30`. None where it does not
/// fit 64 bits.
pub fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = sign(text);
    let magnitude = if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        radix(hexadecimal, 16)
    } else if digits == "0" {
        Some(0)
    } else if let Some(octal) = digits.strip_prefix('0') {
        radix(octal, 8)
    } else if digits.starts_with('_') {
        None
    } else if digits.contains(':') {
        sexagesimal(digits)
    } else {
        radix(digits, 10)
    }?;
    let signed = i128::from(magnitude) * if negative { -1 } else { 1 };
    i64::try_from(signed).ok()
}

/// The number as a double: whatever [`integer`] reads, and fractions and exponents.
pub fn float(text: &str) -> Option<f64> {
    if let Some(whole) = integer(text) {
        return Some(whole as f64);
    }
    if text.contains(':') {
        return sexagesimal_float(text);
    }
    (is_float(text) || is_long_integer(text))
        .then(|| text.replace('_', "").parse().ok())
        .flatten()
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn radix(digits: &str, base: u32) -> Option<u64> {
    let mut value: u64 = 0;
    let mut any = false;
    for character in digits.chars().filter(|&character| character != '_') {
        let digit = character.to_digit(base)?;
        value = value
            .checked_mul(u64::from(base))?
            .checked_add(u64::from(digit))?;
        any = true;
    }
    any.then_some(value)
}

fn sexagesimal(digits: &str) -> Option<u64> {
    let mut parts = digits.split(':');
    let mut value = radix(parts.next()?, 10)?;
    for part in parts {
        let minutes: u64 = match part.len() {
            1 | 2 if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse().ok()?,
            _ => return None,
        };
        value = (minutes < 60).then(|| value.checked_mul(60)?.checked_add(minutes))??;
    }
    Some(value)
}

/// A number of base 60 with a fraction.
fn sexagesimal_float(text: &str) -> Option<f64> {
    let (negative, digits) = sign(text);
    let (whole, fraction) = digits.split_once('.')?;
    let is_fraction = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let starts_well = whole.contains(':') && !whole.starts_with('_');
    if !starts_well || !fraction.bytes().all(is_fraction) {
        return None;
    }
    let fraction: f64 = format!("0.{}0", fraction.replace('_', "")).parse().ok()?;
    let magnitude = sexagesimal(whole)? as f64 + fraction;
    Some(if negative { -magnitude } else { magnitude })
}

/// More digits than 64 bits hold.
fn is_long_integer(text: &str) -> bool {
    let (_, digits) = sign(text);
    digits.len() > 18
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1.5`, `.5`, `1.`, `1e3`, base 60 `190:20:30.15`: a dot or an exponent behind a digit, or a dot before one where there is no sign.
/// Infinities and not-a-number stay texts.
fn is_float(text: &str) -> bool {
    if text.contains(':') {
        return sexagesimal_float(text).is_some();
    }
    let (_, rest) = sign(text);
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(sign(&rest[at + 1..]).1)),
        None => (rest, None),
    };
    let starts_well = match mantissa.as_bytes() {
        [b'0'..=b'9', ..] => true,
        [b'.', b'0'..=b'9', ..] => rest.len() == text.len(),
        _ => false,
    };
    starts_well
        && mantissa.bytes().filter(|&byte| byte == b'.').count() <= 1
        && mantissa
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'))
        && exponent.is_none_or(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
        && (mantissa.contains('.') || exponent.is_some())
}
