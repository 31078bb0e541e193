//! Encoding functions. A document that goes into a text stays beside it; one that comes out of a text that stands in a file
//! has the places there as its origins.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use palisade_model::{Encoding, Reason};

use super::super::value::{Document, Entries};
use super::*;

pub(super) use super::json::{json_decode, json_encode, json_string, json_text};
pub(super) use super::yaml::{yaml_decode, yaml_encode};

type Context<'a> = FunctionContext<'a>;

/// A text that is not known, and the document in it that is, at least in part.
pub(super) fn opaque(cause: &TfValue, encoding: Encoding, reason: Option<Reason>) -> TfValue {
    let mut value = TfValue::unknown_like(Type::String, std::slice::from_ref(cause));
    if let TfKind::Unknown(unknown) = &mut value.kind {
        let unknown = Arc::make_mut(unknown);
        unknown.document = Some(Arc::new(Document::new(encoding, cause.clone())));
        unknown.reason = reason.unwrap_or_else(|| unknown.reason.clone());
    }
    value
}

/// The document that an argument was made from with this encoding.
pub(super) fn document_of(value: &TfValue, encoding: Encoding) -> Option<&TfValue> {
    value
        .document()
        .filter(|document| document.encoding == encoding)
        .map(|document| &document.value)
}

/// Brackets and braces as a decoder gives them: tuples and objects, nulls of no type.
pub(super) fn structural(value: &TfValue) -> TfValue {
    let plain = match &value.kind {
        TfKind::Null => TfValue::null(),
        TfKind::Sequence(items) => TfValue::tuple(items.iter().map(structural).collect()),
        TfKind::Mapping(entries) => TfValue::object(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), structural(value)))
                .collect(),
        ),
        _ => return value.clone(),
    };
    plain
        .with_origin(value.origin.clone())
        .with_marks(value.marks)
}

pub(super) fn base64_encode(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    match arguments[0].as_str() {
        Some(text) => Ok(TfValue::encoded(
            STANDARD.encode(text),
            Encoding::Base64,
            arguments[0].clone(),
        )),
        None => Ok(opaque(&arguments[0], Encoding::Base64, None)),
    }
}

fn decoded_bytes(arguments: &[TfValue]) -> Result<Vec<u8>, CallError> {
    let text: String = text(arguments, 0)
        .chars()
        .filter(|letter| !matches!(letter, '\r' | '\n'))
        .collect();
    LENIENT
        .decode(text)
        .map_err(|_| wrong(0, "the text is not in base64"))
}

/// Bits behind the last whole byte are not looked at.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

pub(super) fn base64_decode(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    if let Some(document) = document_of(&arguments[0], Encoding::Base64) {
        return Ok(document.clone());
    }
    if !arguments[0].is_known() {
        return unknown(Type::String, arguments);
    }
    let text = String::from_utf8(decoded_bytes(arguments)?);
    text.map(TfValue::string)
        .map_err(|_| wrong(0, "the bytes are no text in UTF-8"))
}

/// The bytes depend on the compressor's version, so only what is compressed is known.
pub(super) fn gzip(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let reason = arguments[0]
        .is_known()
        .then(|| Reason::Impure("base64gzip".into()));
    Ok(opaque(&arguments[0], Encoding::Base64, reason))
}

/// OpenTofu.
pub(super) fn gunzip(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    use std::io::Read as _;
    if let Some(document) = document_of(&arguments[0], Encoding::Base64) {
        return Ok(document.clone());
    }
    if !arguments[0].is_known() {
        return unknown(Type::String, arguments);
    }
    let bytes = decoded_bytes(arguments)?;
    let mut inflated = String::new();
    let most = MAXIMUM_LENGTH as u64;
    let mut reader = flate2::read::GzDecoder::new(bytes.as_slice()).take(most);
    match reader.read_to_string(&mut inflated) {
        Ok(count) if count < MAXIMUM_LENGTH => Ok(TfValue::string(inflated)),
        Ok(_) => Err(limit(TOO_LONG)),
        Err(_) => Err(wrong(0, "the bytes are no text compressed with gzip")),
    }
}

/// Everything but letters, digits, `-`, `_`, `.` and `~` is escaped; a blank is a plus.
pub(super) fn url_encode(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let mut out = String::new();
    for byte in text(arguments, 0).bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(TfValue::string(out))
}

/// OpenTofu.
pub(super) fn url_decode(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let value = text(arguments, 0);
    let mut parts = value.split('%');
    parts.next();
    if parts.any(|part| {
        !part
            .get(..2)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }) {
        return Err(wrong(0, "an escape is not two hexadecimal digits"));
    }
    let spaced = value.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(TfValue::string)
        .map_err(|_| wrong(0, "the bytes are no text in UTF-8"))
}

/// Whether quotes stand where they may: around a whole cell, and doubled inside.
fn is_well_quoted(text: &str) -> bool {
    let (mut inside, mut start, mut closed) = (false, true, false);
    for letter in text.chars() {
        match letter {
            '"' if inside => (inside, closed) = (false, true),
            '"' if closed => (inside, closed) = (true, false),
            '"' if start => (inside, start) = (true, false),
            '"' => return false,
            _ if inside => {}
            ',' | '\n' => (start, closed) = (true, false),
            '\r' => {}
            _ if closed => return false,
            _ => start = false,
        }
    }
    true
}

pub(super) fn csv_decode(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let table = text(arguments, 0);
    if !is_well_quoted(table) {
        return Err(wrong(0, "a quote stands inside a cell"));
    }
    // The reader drops a byte order mark, which the language keeps in the name of the first column.
    let mark = if table.starts_with('\u{feff}') {
        "\u{feff}"
    } else {
        ""
    };
    let table = format!("{mark}{table}");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(true)
        .flexible(false)
        .from_reader(table.as_bytes());
    let headers = reader
        .headers()
        .map_err(|error| wrong(0, error.to_string()))?
        .clone();
    if headers.is_empty() {
        return Err(wrong(0, "there is no header line"));
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    if let Some(name) = headers.iter().find(|name| !names.insert(name)) {
        return Err(wrong(0, format!("column \"{name}\" stands twice")));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(0, error.to_string()))?;
        let cells = headers
            .iter()
            .zip(record.iter())
            .map(|(name, cell)| (Arc::from(name), TfValue::string(cell)));
        rows.push(TfValue::object(cells.collect::<Entries>()));
    }
    let element = Type::object(headers.iter().map(|name| (name.into(), Type::String)));
    Ok(TfValue::list(element, rows))
}

pub(super) fn text_encode(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let (value, name) = (text(arguments, 0), text(arguments, 1));
    let bytes: Vec<u8> = match name.to_ascii_uppercase().as_str() {
        "UTF-16LE" => value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "UTF-16" => [0xfe, 0xff]
            .into_iter()
            .chain(value.encode_utf16().flat_map(u16::to_be_bytes))
            .collect(),
        "US-ASCII" | "ASCII" => match value.is_ascii() {
            true => value.as_bytes().to_vec(),
            false => return Err(wrong(0, "a character is not in the encoding")),
        },
        "ISO-8859-1" | "LATIN1" | "L1" => {
            let byte = |letter: char| u8::try_from(u32::from(letter)).ok();
            value
                .chars()
                .map(byte)
                .collect::<Option<_>>()
                .ok_or_else(|| wrong(0, "a character is not in the encoding"))?
        }
        _ => {
            let (bytes, _, failed) = encoding(name)?.encode(value);
            if failed {
                return Err(wrong(0, "a character is not in the encoding"));
            }
            bytes.into_owned()
        }
    };
    Ok(TfValue::string(STANDARD.encode(bytes)))
}

/// An encoding by a name that is registered at IANA; those that only browsers know are none.
fn encoding(name: &str) -> Result<&'static encoding_rs::Encoding, CallError> {
    let browsers = ["utf8", "unicode", "cp1252", "windows-31j"];
    let found = encoding_rs::Encoding::for_label(name.as_bytes());
    found
        .filter(|_| !browsers.contains(&&*name.to_ascii_lowercase()))
        .ok_or_else(|| wrong(1, format!("there is no encoding \"{name}\"")))
}

pub(super) fn text_decode(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let name = text(arguments, 1).to_owned();
    let bytes = decoded_bytes(arguments)?;
    let decoded = match name.to_ascii_uppercase().as_str() {
        "ISO-8859-1" | "LATIN1" | "L1" => bytes.iter().copied().map(char::from).collect(),
        "UTF-16" => match bytes.as_slice() {
            [0xff, 0xfe, rest @ ..] => encoding_rs::UTF_16LE
                .decode_without_bom_handling(rest)
                .0
                .into_owned(),
            [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE
                .decode_without_bom_handling(rest)
                .0
                .into_owned(),
            rest => encoding_rs::UTF_16BE
                .decode_without_bom_handling(rest)
                .0
                .into_owned(),
        },
        "US-ASCII" | "ASCII" => String::from_utf8(bytes)
            .ok()
            .filter(|text| text.is_ascii())
            .ok_or_else(|| wrong(0, "a byte is not in the encoding"))?,
        _ => encoding(&name)?
            .decode_without_bom_handling(&bytes)
            .0
            .into_owned(),
    };
    if decoded.contains('\u{fffd}') {
        return Err(wrong(0, "the bytes are no text in the encoding"));
    }
    Ok(TfValue::string(decoded))
}
