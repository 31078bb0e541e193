//! IP network functions.
//!
//! Addresses are computed in 128 bits; the number of a host may be negative and then counts from the end.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dashu_int::IBig;

use super::*;

/// A network: its first address, prefix length and how long an address is.
#[derive(Clone, Copy)]
struct Network {
    base: u128,
    prefix: u32,
    width: u32,
}

fn address(text: &str) -> Option<(u128, u32)> {
    // Go reads the numbers of an IPv4 address as decimal whatever zeros stand before them.
    let parts: Vec<&str> = text.split('.').collect();
    let plain = |part: &&str| {
        !part.is_empty() && part.len() <= 12 && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if parts.len() == 4 && parts.iter().all(plain) {
        let mut value = 0u128;
        for part in parts {
            value = value << 8 | u128::from(part.parse::<u64>().ok().filter(|part| *part < 256)?);
        }
        return Some((value, 32));
    }
    match text.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => Some((u128::from(u32::from(address)), 32)),
        IpAddr::V6(address) => Some((u128::from(address), 128)),
    }
}

fn network(text: &str) -> Option<Network> {
    let (host, length) = text.split_once('/')?;
    let (base, width) = address(host)?;
    if length.is_empty() || length.len() > 3 || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let prefix = length.parse().ok().filter(|prefix| *prefix <= width)?;
    Some(Network {
        base: base & mask(prefix, width),
        prefix,
        width,
    })
}

/// The leading bits set.
fn mask(prefix: u32, width: u32) -> u128 {
    let all = u128::MAX >> (128 - width);
    all & !all.checked_shr(prefix).unwrap_or(0)
}

fn show(value: u128, width: u32) -> String {
    if width == 32 {
        Ipv4Addr::from(value as u32).to_string()
    } else {
        show_v6(value)
    }
}

fn show_v6(value: u128) -> String {
    let address = Ipv6Addr::from(value);
    let text = address.to_string();
    if text.contains('.') {
        plain_v6(address)
    } else {
        text
    }
}

/// Without the mixed notation that is customary for the deprecated compatible addresses.
fn plain_v6(address: Ipv6Addr) -> String {
    let [.., high, low] = address.segments();
    format!("::{high:x}:{low:x}")
}

fn parse(arguments: &[TfValue]) -> Result<Network, CallError> {
    let value = text(arguments, 0);
    let found = network(value);
    let found =
        found.ok_or_else(|| wrong(0, format!("\"{value}\" is no network in CIDR notation")))?;
    if found.width == 128 && Ipv6Addr::from(found.base).to_ipv4_mapped().is_some() {
        return Err(wrong(0, "an IPv4 network in IPv6 notation has no subnets"));
    }
    Ok(found)
}

fn big(arguments: &[TfValue], index: usize) -> Result<IBig, CallError> {
    let value = number(arguments, index)?;
    if !value.is_integer() {
        return Err(wrong(index, "a whole number is required"));
    }
    value
        .truncated()
        .ok_or_else(|| wrong(index, "a finite number is required"))
}

pub(super) fn host(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let network = parse(arguments)?;
    let number = big(arguments, 1)?;
    let bits = network.width - network.prefix;
    let count = IBig::ONE << bits as usize;
    let host = if number < IBig::ZERO {
        &count + &number
    } else {
        number
    };
    if host < IBig::ZERO || host >= count {
        return Err(wrong(
            1,
            format!("a prefix of {} bits has no such host", network.prefix),
        ));
    }
    let host = u128::try_from(host).map_err(|_| wrong(1, "the number is too large"))?;
    Ok(TfValue::string(show(network.base | host, network.width)))
}

pub(super) fn netmask(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let network = parse(arguments)?;
    if network.width != 32 {
        return Err(wrong(0, "an IPv6 network has no netmask"));
    }
    Ok(TfValue::string(show(mask(network.prefix, 32), 32)))
}

pub(super) fn subnet(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let network = parse(arguments)?;
    let bits = whole(arguments, 1)?;
    let number = big(arguments, 2)?;
    let prefix = i64::from(network.prefix) + bits;
    if bits < 0 || prefix > i64::from(network.width) {
        return Err(wrong(
            1,
            format!(
                "a prefix of {} bits cannot be extended by {bits}",
                network.prefix
            ),
        ));
    }
    let (index, count) = (number, IBig::ONE << bits as usize);
    if index < IBig::ZERO || index >= count {
        return Err(wrong(
            2,
            format!("{bits} bits have no room for this number"),
        ));
    }
    let index = u128::try_from(index).map_err(|_| wrong(2, "the number is too large"))?;
    let base = network.base
        | index
            .checked_shl(network.width - prefix as u32)
            .unwrap_or(0);
    Ok(TfValue::string(format!(
        "{}/{prefix}",
        show(base, network.width)
    )))
}

pub(super) fn subnets(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let network = parse(arguments)?;
    if network.base == 0 && arguments.len() > 1 {
        // Terraform looks for the network before the first one, and there is none.
        return Err(wrong(0, "a network that begins at zero is not divided"));
    }
    let end = IBig::from(network.base) + (IBig::ONE << (network.width - network.prefix) as usize);
    let mut next = IBig::from(network.base);
    let mut found = Vec::new();
    for index in 1..arguments.len() {
        let bits = whole(arguments, index)?;
        if bits < 1 {
            return Err(wrong(index, "a prefix is extended by at least one bit"));
        }
        let prefix = i64::from(network.prefix) + bits;
        if bits > 32 || prefix > i64::from(network.width) {
            return Err(wrong(
                index,
                format!(
                    "a prefix of {} bits cannot be extended by {bits}",
                    network.prefix
                ),
            ));
        }
        let size = IBig::ONE << (i64::from(network.width) - prefix) as usize;
        let start = (&next + &size - IBig::ONE) / &size * &size;
        if &start + &size > end {
            return Err(wrong(index, "the network has no room left"));
        }
        let base = u128::try_from(start.clone())
            .map_err(|_| wrong(index, "the network has no room left"))?;
        found.push(TfValue::string(format!(
            "{}/{prefix}",
            show(base, network.width)
        )));
        next = start + size;
    }
    Ok(TfValue::list(Type::String, found))
}

/// OpenTofu: whether a network holds an address or another network.
pub(super) fn contains(arguments: &[TfValue], _: &FunctionContext<'_>) -> Outcome {
    let outer = parse(arguments)?;
    let inner = text(arguments, 1);
    let found = network(inner).or_else(|| {
        address(inner).map(|(base, width)| Network {
            base,
            prefix: width,
            width,
        })
    });
    let inner =
        found.ok_or_else(|| wrong(1, format!("\"{inner}\" is no address and no network")))?;
    if inner.width != outer.width {
        return Err(wrong(1, "the address family differs"));
    }
    let inside =
        inner.prefix >= outer.prefix && inner.base & mask(outer.prefix, outer.width) == outer.base;
    Ok(TfValue::bool(inside))
}
