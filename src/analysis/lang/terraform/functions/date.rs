//! Date and time functions. Times are texts as RFC 3339 has them; nothing here asks the clock.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

use super::*;

/// A time and the zone in which it is written.
struct Moment {
    time: DateTime,
    offset: i32,
}

/// Reads `2006-01-02T15:04:05Z`, `…+01:00`, with a fraction or without.
fn moment(value: &str) -> Option<Moment> {
    let bytes = value.as_bytes();
    let shape = bytes.len() >= 20
        && value.is_ascii()
        && bytes[10] == b'T'
        && bytes[4] == b'-'
        && bytes[7] == b'-';
    if !shape || bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let zone_at = 19 + value[19..].find(['Z', '+', '-'])?;
    let fraction = &value[19..zone_at];
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !fraction.is_empty() && !fraction.strip_prefix('.').is_some_and(plain) {
        return None;
    }
    let offset = zone(&value[zone_at..])?;
    let digits: String = fraction
        .trim_start_matches('.')
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let field = |from: usize, to: usize| {
        value[from..to]
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| value[from..to].parse::<i16>().ok())
            .flatten()
    };
    let small = |from: usize| i8::try_from(field(from, from + 2)?).ok();
    let time = DateTime::new(
        field(0, 4)?,
        small(5)?,
        small(8)?,
        small(11)?,
        small(14)?,
        small(17)?,
        digits.parse().ok()?,
    );
    Some(Moment {
        time: time.ok()?,
        offset,
    })
}

/// Seconds east of Greenwich.
fn zone(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i32>().ok())
            .flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn parse(arguments: &[TfValue], index: usize) -> Result<Moment, CallError> {
    let value = text(arguments, index);
    moment(value).ok_or_else(|| wrong(index, format!("\"{value}\" is no time as RFC 3339 has it")))
}

impl Moment {
    fn instant(&self) -> Result<Timestamp, CallError> {
        let offset = Offset::from_seconds(self.offset).map_err(|_| "the zone is out of range")?;
        offset
            .to_timestamp(self.time)
            .map_err(|_| "the time is out of range".into())
    }

    /// As RFC 3339 has it, to the second.
    fn show(&self) -> String {
        format!(
            "{}{}",
            self.time.strftime("%Y-%m-%dT%H:%M:%S"),
            self.zone_text(true, true)
        )
    }

    fn zone_text(&self, colon: bool, letter: bool) -> String {
        if letter && self.offset == 0 {
            return "Z".to_owned();
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        let colon = if colon { ":" } else { "" };
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }
}

pub(super) fn compare(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let order = parse(arguments, 0)?
        .instant()?
        .cmp(&parse(arguments, 1)?.instant()?);
    Ok(TfValue::integer(order as i64))
}

pub(super) fn add(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let mut moment = parse(arguments, 0)?;
    let length = duration(text(arguments, 1))
        .ok_or_else(|| wrong(1, "a duration such as \"1h30m\" is required"))?;
    moment.time = moment
        .time
        .checked_add(length)
        .map_err(|_| "the time is out of range")?;
    Ok(TfValue::string(moment.show()))
}

/// `1h30m`, `-2.5s`, `100ms`; units ns, us, µs, ms, s, m, h.
fn duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut total = 0i128;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|letter: char| letter != '.' && !letter.is_ascii_digit())?;
        let (amount, tail) = rest.split_at(end);
        let (unit, tail) = tail.split_at(
            tail.find(|letter: char| letter == '.' || letter.is_ascii_digit())
                .unwrap_or(tail.len()),
        );
        total += nanoseconds(amount, unit)?;
        rest = tail;
    }
    if total > i128::from(i64::MAX) {
        return None;
    }
    let total = i64::try_from(total).ok()?;
    Some(SignedDuration::from_nanos(if negative {
        -total
    } else {
        total
    }))
}

fn nanoseconds(amount: &str, unit: &str) -> Option<i128> {
    let scale: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || whole.len() > 19 {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let fraction: String = fraction.chars().take(18).collect();
    let part = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<i128>().ok()? * scale / 10i128.pow(fraction.len() as u32)
    };
    Some(whole * scale + part)
}

pub(super) fn format(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let moment = parse(arguments, 1)?;
    let mut out = String::new();
    let mut rest = text(arguments, 0);
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            rest = quoted(&rest[1..], &mut out).ok_or_else(|| wrong(0, "a quote is not closed"))?;
            continue;
        }
        let end = rest.find(|other| other != letter).unwrap_or(rest.len());
        let (verb, tail) = rest.split_at(end);
        rest = tail;
        if letter.is_ascii_alphabetic() {
            out.push_str(
                &field(verb, &moment)
                    .ok_or_else(|| wrong(0, format!("there is no verb \"{verb}\"")))?,
            );
        } else {
            out.push_str(verb);
        }
    }
    Ok(TfValue::string(out))
}

/// A quoted text, its first quote read; two quotes stand for one.
fn quoted<'a>(mut rest: &'a str, out: &mut String) -> Option<&'a str> {
    loop {
        let end = rest.find('\'')?;
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(behind) => {
                out.push('\'');
                rest = behind;
            }
            None => return Some(rest),
        }
    }
}

fn field(verb: &str, moment: &Moment) -> Option<String> {
    let time = &moment.time;
    let twelve = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let half = |am: &str, pm: &str| {
        if time.hour() < 12 {
            am.to_owned()
        } else {
            pm.to_owned()
        }
    };
    Some(match verb {
        "YYYY" => format!("{:04}", time.year()),
        "YY" => format!("{:02}", time.year().rem_euclid(100)),
        "MMMM" => time.strftime("%B").to_string(),
        "MMM" => time.strftime("%b").to_string(),
        "MM" => format!("{:02}", time.month()),
        "M" => time.month().to_string(),
        "DD" => format!("{:02}", time.day()),
        "D" => time.day().to_string(),
        "EEEE" => time.strftime("%A").to_string(),
        "EEE" => time.strftime("%a").to_string(),
        "hh" => format!("{:02}", time.hour()),
        "h" => time.hour().to_string(),
        "HH" => format!("{twelve:02}"),
        "H" => twelve.to_string(),
        "AA" => half("AM", "PM"),
        "aa" => half("am", "pm"),
        "mm" => format!("{:02}", time.minute()),
        "m" => time.minute().to_string(),
        "ss" => format!("{:02}", time.second()),
        "s" => time.second().to_string(),
        "ZZZZZ" => moment.zone_text(true, false),
        "ZZZZ" => moment.zone_text(false, false),
        "ZZZ" if moment.offset == 0 => "UTC".to_owned(),
        "ZZZ" => moment.zone_text(false, false),
        "Z" => moment.zone_text(true, true),
        _ => return None,
    })
}
