//! Numeric functions.

use dashu_int::{IBig, UBig};

use super::super::value::Number;
use super::*;

pub(super) fn abs(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(TfValue::number(number(arguments, 0)?.absolute()))
}

pub(super) fn ceil(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let value = number(arguments, 0)?;
    rounded(value, !value.is_negative(), &IBig::ONE)
}

pub(super) fn floor(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let value = number(arguments, 0)?;
    rounded(value, value.is_negative(), &IBig::NEG_ONE)
}

/// The whole number towards zero, and one step away from it where `away` and there is a fraction.
fn rounded(value: &Number, away: bool, step: &IBig) -> Outcome {
    let Some(whole) = value.truncated() else {
        return Ok(TfValue::number(value.clone()));
    };
    let result = if away && !value.is_integer() {
        whole + step
    } else {
        whole
    };
    Ok(TfValue::number(Number::big(result)))
}

fn double(value: f64) -> Outcome {
    Number::double(value)
        .map(TfValue::number)
        .ok_or_else(|| "the result is not a number".into())
}

pub(super) fn log(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let (value, base) = (
        number(arguments, 0)?.as_f64(),
        number(arguments, 1)?.as_f64(),
    );
    double(double::log(value) / double::log(base))
}

pub(super) fn pow(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let (base, exponent) = (
        number(arguments, 0)?.as_f64(),
        number(arguments, 1)?.as_f64(),
    );
    double(double::pow(base, exponent))
}

pub(super) fn signum(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let value = number(arguments, 0)?;
    if value.as_i64().is_none() {
        return Err(wrong(0, "a whole number of at most 64 bits is required"));
    }
    Ok(TfValue::integer(
        match (value.is_zero(), value.is_negative()) {
            (true, _) => 0,
            (_, true) => -1,
            _ => 1,
        },
    ))
}

pub(super) fn max(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    extreme(arguments, |one, other| other > one)
}

pub(super) fn min(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    extreme(arguments, |one, other| other < one)
}

/// Of equal numbers the first.
fn extreme(arguments: &[TfValue], is_better: fn(&Number, &Number) -> bool) -> Outcome {
    let choose = |one: Number, other: Number| match is_better(&one, &other) {
        true => other,
        false => one,
    };
    let numbers = arguments.iter().filter_map(TfValue::as_number).cloned();
    numbers
        .reduce(choose)
        .map(TfValue::number)
        .ok_or_else(|| "at least one number is required".into())
}

pub(super) fn sum(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let mut total: Option<Number> = None;
    for item in items(arguments, 0)? {
        if item.is_null() {
            return Err(wrong(0, "null cannot be summed"));
        }
        let item = convert(item, &Type::Number).map_err(|error| wrong(0, error.to_string()))?;
        let Some(value) = item.as_number() else {
            continue;
        };
        total = Some(match total {
            None => value.clone(),
            Some(total) => total
                .add(value)
                .ok_or("opposite infinities cannot be summed")?,
        });
    }
    total
        .map(TfValue::number)
        .ok_or_else(|| wrong(0, "an empty list cannot be summed"))
}

/// The most elements `range` gives.
const RANGE_LIMIT: usize = 1024;

pub(super) fn range(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let (zero, one) = (Number::integer(0), Number::integer(1));
    let (start, end) = match arguments.len() {
        1 => (zero.clone(), number(arguments, 0)?.clone()),
        2 | 3 => (number(arguments, 0)?.clone(), number(arguments, 1)?.clone()),
        _ => return Err("one to three numbers are required".into()),
    };
    let down = end < start;
    let step = match arguments.len() {
        3 => number(arguments, 2)?.clone(),
        _ if down => one.negated(),
        _ => one,
    };
    if step.is_zero() && start != end {
        return Err(wrong(2, "the step must not be zero"));
    }
    if start != end && down != step.is_negative() {
        return Err(wrong(2, "the step leads away from the end"));
    }
    let mut current = start;
    let mut found = Vec::new();
    while if down { current > end } else { current < end } {
        if found.len() >= RANGE_LIMIT {
            return Err(format!("more than {RANGE_LIMIT} values").into());
        }
        found.push(TfValue::number(current.clone()));
        current = current.add(&step).ok_or("the step is not finite")?;
    }
    Ok(TfValue::list(Type::Number, found))
}

pub(super) fn parse_int(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let text = arguments[0]
        .as_str()
        .ok_or_else(|| wrong(0, "a string is required"))?;
    let base = whole(arguments, 1)?;
    if !(2..=62).contains(&base) {
        return Err(wrong(1, "the base is a whole number from 2 to 62"));
    }
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = digits_in(digits, base as u32)
        .ok_or_else(|| wrong(0, format!("\"{text}\" is no whole number in base {base}")))?;
    let value = IBig::from(magnitude);
    Ok(TfValue::number(Number::big(if negative {
        -value
    } else {
        value
    })))
}

/// Digits beyond 9 are letters of either case; above base 36 the capital ones follow the small ones.
fn digits_in(text: &str, base: u32) -> Option<UBig> {
    if text.is_empty() || text.len() > 10_000 {
        return None;
    }
    let mut value = UBig::ZERO;
    for byte in text.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            _ => return None,
        };
        if u32::from(digit) >= base {
            return None;
        }
        value = value * UBig::from(base) + UBig::from(digit);
    }
    Some(value)
}
