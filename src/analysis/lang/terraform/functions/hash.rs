//! Hash and crypto functions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_model::Reason;
use sha2::Digest as _;

use super::*;

/// Bytes as small hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn md5(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(TfValue::string(hex(&md5::Md5::digest(text(arguments, 0)))))
}

pub(super) fn sha1(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(TfValue::string(hex(&sha1::Sha1::digest(text(
        arguments, 0,
    )))))
}

pub(super) fn sha256(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(TfValue::string(hex(&sha2::Sha256::digest(text(
        arguments, 0,
    )))))
}

pub(super) fn sha512(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(TfValue::string(hex(&sha2::Sha512::digest(text(
        arguments, 0,
    )))))
}

pub(super) fn base64_sha256(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(TfValue::string(
        STANDARD.encode(sha2::Sha256::digest(text(arguments, 0))),
    ))
}

pub(super) fn base64_sha512(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    Ok(TfValue::string(
        STANDARD.encode(sha2::Sha512::digest(text(arguments, 0))),
    ))
}

pub(super) fn uuid_v5(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let namespace = match text(arguments, 0) {
        "dns" => uuid::Uuid::NAMESPACE_DNS,
        "url" => uuid::Uuid::NAMESPACE_URL,
        "oid" => uuid::Uuid::NAMESPACE_OID,
        "x500" => uuid::Uuid::NAMESPACE_X500,
        other => uuid::Uuid::parse_str(other)
            .map_err(|_| wrong(0, format!("\"{other}\" is no namespace")))?,
    };
    Ok(TfValue::string(
        uuid::Uuid::new_v5(&namespace, text(arguments, 1).as_bytes()).to_string(),
    ))
}

/// A decrypted text is a secret, which an analysis does not read.
pub(super) fn rsa_decrypt(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    if STANDARD.decode(text(arguments, 0)).is_err() {
        return Err(wrong(0, "the text is not in base64"));
    }
    if !text(arguments, 1).contains("-----BEGIN") {
        return Err(wrong(1, "the key is not in PEM"));
    }
    Ok(TfValue::unknown(
        Type::String,
        Reason::Sensitive("rsadecrypt".into()),
    ))
}
