//! Base64 and data URIs (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string#base64).

use std::sync::Arc;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use palisade_model::{Encoded, Encoding, Kind, Value};

use super::arguments::{Arguments, Called, Outcome, made};
use super::json;
use super::text::display;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "base64" => encode(arguments),
        "base64tostring" => decode_text(arguments),
        "base64tojson" => decode_json(arguments),
        "datauri" => data_uri(arguments),
        "datauritostring" => data_uri_to_string(arguments),
        _ => return None,
    })
}

/// The text in base64, which keeps the text it encodes.
fn encode(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value = arguments.get(0)?;
    let known = super::text::deep_reason(value).is_none();
    if let (Kind::Unknown(unknown), false) = (&value.kind, known) {
        return Err(super::Stop::Unknown(unknown.clone()));
    }
    made(Kind::Encoded(Arc::new(Encoded {
        encoding: Encoding::Base64,
        text: known.then(|| BASE64.encode(display(value)).into()),
        value: value.clone(),
    })))
}

fn decoded(arguments: &Arguments<'_>) -> Result<Outcome, super::Stop> {
    arguments.count(1, 1)?;
    if let Kind::Encoded(encoded) = &arguments.get(0)?.kind
        && encoded.encoding == Encoding::Base64
    {
        return Ok(Outcome::Chosen(encoded.value.clone()));
    }
    match decode(arguments.text(0)?) {
        Some(text) => made(text),
        None => Err(arguments.wrong("takes a text in base64")),
    }
}

fn decode(text: &str) -> Option<String> {
    String::from_utf8(BASE64.decode(text.trim()).ok()?).ok()
}

fn decode_text(arguments: &Arguments<'_>) -> Called {
    match decoded(arguments)? {
        Outcome::Chosen(value) if matches!(value.kind, Kind::List(_) | Kind::Map(_)) => {
            made(json::render(&value))
        }
        other => Ok(other),
    }
}

fn decode_json(arguments: &Arguments<'_>) -> Called {
    let value = match decoded(arguments)? {
        Outcome::Chosen(value) => value,
        Outcome::Made(kind) => arguments.value(kind),
    };
    match &value.kind {
        Kind::List(_) | Kind::Map(_) => Ok(Outcome::Chosen(value)),
        Kind::Encoded(encoded) => Ok(Outcome::Chosen(encoded.value.clone())),
        _ => {
            let text = value
                .as_str()
                .ok_or_else(|| arguments.unfit(&value, 0, "a text"))?;
            let parsed = json::value_of_text(text, &value.origin);
            parsed
                .map(Outcome::Chosen)
                .ok_or_else(|| arguments.wrong("takes JSON in base64"))
        }
    }
}

fn data_uri(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let value: &Value = arguments.wholly_known(0)?;
    let media = if value.as_str().is_some() {
        "text/plain"
    } else {
        "application/json"
    };
    made(format!(
        "data:{media};charset=utf8;base64,{}",
        BASE64.encode(display(value))
    ))
}

fn data_uri_to_string(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let text = arguments.text(0)?;
    let parts = text
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(','));
    let (head, body) = parts.ok_or_else(|| arguments.wrong("takes a data URI"))?;
    let decoded = if head.ends_with(";base64") {
        decode(body)
    } else {
        percent_encoding::percent_decode_str(body)
            .decode_utf8()
            .ok()
            .map(String::from)
    };
    decoded
        .map(Into::into)
        .ok_or_else(|| arguments.wrong("takes a data URI of a text"))
}
