//! Dates (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-date).

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Span, Timestamp};
use palisade_model::Reason;

use super::arguments::{Arguments, Called, made};

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "utcnow" => made(Reason::Impure("utcNow".into())),
        "datetimeadd" => add(arguments),
        "datetimefromepoch" => from_epoch(arguments),
        "datetimetoepoch" => to_epoch(arguments),
        _ => return None,
    })
}

fn read(arguments: &Arguments<'_>) -> Result<Timestamp, super::Stop> {
    let text = arguments.text(0)?.trim();
    let with_zone = text.parse::<Timestamp>();
    let read = with_zone.or_else(|error| {
        let local = text.parse::<DateTime>().or(Err(error))?;
        Offset::UTC.to_timestamp(local)
    });
    read.map_err(|_| arguments.wrong("takes a date in ISO 8601 as argument 1"))
}

/// ISO 8601 in UTC, as the functions print it.
fn print(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn add(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 3)?;
    let start = read(arguments)?;
    let span: Span = arguments
        .text(1)?
        .parse()
        .map_err(|_| arguments.wrong("takes a duration in ISO 8601 as argument 2"))?;
    let local = Offset::UTC.to_datetime(start).checked_add(span);
    let moved = local.and_then(|local| Offset::UTC.to_timestamp(local));
    let moved = moved.map_err(|_| arguments.wrong("leaves the range of dates"))?;
    match arguments.optional_text(2)? {
        None => made(print(moved)),
        Some(format) => match print_custom(moved, format) {
            Some(text) => made(text),
            None => made(Reason::Foreign(format!("date format {format}").into())),
        },
    }
}

/// A .NET format; none where it uses a specifier that is not translated.
fn print_custom(time: Timestamp, format: &str) -> Option<String> {
    let format = match format {
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "d" => "MM/dd/yyyy",
        other => other,
    };
    let mut pattern = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let length: usize = rest
            .chars()
            .take_while(|it| *it == first)
            .map(char::len_utf8)
            .sum();
        let translated = match &rest[..length] {
            "yyyy" => "%Y",
            "yy" => "%y",
            "MM" => "%m",
            "dd" => "%d",
            "HH" => "%H",
            "hh" => "%I",
            "mm" => "%M",
            "ss" => "%S",
            "tt" => "%p",
            "%" => "%%",
            run if first.is_ascii_alphabetic() && !matches!(first, 'T' | 'Z') => {
                let _ = run;
                return None;
            }
            run => run,
        };
        pattern.push_str(translated);
        rest = &rest[length..];
    }
    Some(time.strftime(&pattern).to_string())
}

fn from_epoch(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let time = Timestamp::from_second(arguments.integer(0)?);
    time.map(|time| print(time).into())
        .map_err(|_| arguments.wrong("leaves the range of dates"))
}

fn to_epoch(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    made(read(arguments)?.as_second())
}
