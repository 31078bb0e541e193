//! Deterministic names (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-string#guid).
//!
//! `guid` is a UUID of version 5 (RFC 4122, section 4.3) in a namespace of ARM's own. `uniqueString` is a 64-bit Murmur hash
//! made of two 32-bit lanes, in the 32 letters and digits of RFC 4648. Both join their arguments with hyphens.

use palisade_model::Reason;
use uuid::Uuid;

use super::arguments::{Arguments, Called, made};
use super::text::display;

/// The namespace of `guid`.
const NAMESPACE: Uuid = Uuid::from_u128(0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830);

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "guid" => joined(arguments)
            .map(|text| Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string().into()),
        "uniquestring" => joined(arguments).map(|text| letters(hash(text.as_bytes())).into()),
        "newguid" => made(Reason::Impure("newGuid".into())),
        _ => return None,
    })
}

fn joined(arguments: &Arguments<'_>) -> Result<String, super::Stop> {
    arguments.count(1, usize::MAX)?;
    let mut texts = Vec::with_capacity(arguments.len());
    for position in 0..arguments.len() {
        texts.push(display(arguments.wholly_known(position)?));
    }
    Ok(texts.join("-"))
}

const FIRST: u32 = 0x239b_961b;
const SECOND: u32 = 0xab0e_9789;

/// The hash of `uniqueString`.
fn hash(bytes: &[u8]) -> u64 {
    let (mut low, mut high) = (0u32, 0u32);
    let blocks = bytes.chunks_exact(8);
    let tail = blocks.remainder();
    for block in blocks {
        low ^= mix(word(&block[..4]), FIRST, 15, SECOND);
        low = low.rotate_left(19).wrapping_add(high);
        low = low.wrapping_mul(5).wrapping_add(0x561c_cd1b);
        high ^= mix(word(&block[4..]), SECOND, 17, FIRST);
        high = high.rotate_left(13).wrapping_add(low);
        high = high.wrapping_mul(5).wrapping_add(0x0bca_a747);
    }
    let (first, second) = tail.split_at(tail.len().min(4));
    low ^= mix(word(first), FIRST, 15, SECOND);
    high ^= mix(word(second), SECOND, 17, FIRST);
    low ^= bytes.len() as u32;
    high ^= bytes.len() as u32;
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    low = finish(low);
    high = finish(high);
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    u64::from(high) << 32 | u64::from(low)
}

/// Up to four bytes, the first the least.
fn word(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u32::from(*byte))
}

fn mix(word: u32, first: u32, rotation: u32, second: u32) -> u32 {
    word.wrapping_mul(first)
        .rotate_left(rotation)
        .wrapping_mul(second)
}

fn finish(mut lane: u32) -> u32 {
    lane = (lane ^ lane >> 16).wrapping_mul(0x85eb_ca6b);
    lane = (lane ^ lane >> 13).wrapping_mul(0xc2b2_ae35);
    lane ^ lane >> 16
}

/// 13 characters, five bits each, the highest first.
fn letters(mut hash: u64) -> String {
    let mut text = String::with_capacity(13);
    for _ in 0..13 {
        text.push(char::from(
            b"abcdefghijklmnopqrstuvwxyz234567"[(hash >> 59) as usize],
        ));
        hash <<= 5;
    }
    text
}
