//! Networks (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions-cidr).

use std::net::IpAddr;

use ipnet::IpNet;
use palisade_model::Map;

use super::arguments::{Arguments, Called, Stop, made};

pub(super) fn call(name: &str, arguments: &Arguments<'_>) -> Option<Called> {
    Some(match name {
        "parsecidr" => parse(arguments),
        "cidrsubnet" => subnet(arguments),
        "cidrhost" => host(arguments),
        _ => return None,
    })
}

fn network(arguments: &Arguments<'_>) -> Result<IpNet, Stop> {
    let text = arguments.text(0)?;
    text.parse().map_err(|_| {
        arguments.wrong(format!(
            "takes a network such as `10.0.0.0/16`, not `{text}`"
        ))
    })
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The address of a number, in the family of the network.
fn address(network: &IpNet, number: u128) -> Option<IpAddr> {
    match network {
        IpNet::V4(_) => u32::try_from(number)
            .ok()
            .map(|number| IpAddr::V4(number.into())),
        IpNet::V6(_) => Some(IpAddr::V6(number.into())),
    }
}

fn parse(arguments: &Arguments<'_>) -> Called {
    arguments.count(1, 1)?;
    let network = network(arguments)?;
    let mut parts = Map::new();
    let mut put = |key: &str, text: String| parts.insert(key.into(), arguments.value(text));
    put("network", network.network().to_string());
    put("netmask", network.netmask().to_string());
    if let IpNet::V4(v4) = network {
        put("broadcast", v4.broadcast().to_string());
    }
    let spare = u128::from(network.max_prefix_len() - network.prefix_len() > 1);
    let ends = [
        number(network.network()) + spare,
        number(network.broadcast()).saturating_sub(spare),
    ];
    for (key, end) in ["firstUsable", "lastUsable"].into_iter().zip(ends) {
        if let Some(address) = address(&network, end) {
            put(key, address.to_string());
        }
    }
    parts.insert(
        "cidr".into(),
        arguments.value(i64::from(network.prefix_len())),
    );
    made(parts)
}

fn subnet(arguments: &Arguments<'_>) -> Called {
    arguments.count(3, 3)?;
    let network = network(arguments)?;
    let (length, index) = (arguments.integer(1)?, arguments.integer(2)?);
    let found = u8::try_from(length).ok().and_then(|length| {
        let bits = u32::from(network.max_prefix_len().checked_sub(length)?);
        length.checked_sub(network.prefix_len())?;
        let offset = u128::try_from(index)
            .ok()?
            .checked_mul(1u128.checked_shl(bits)?)?;
        let start = number(network.network()).checked_add(offset)?;
        (start <= number(network.broadcast())).then_some(())?;
        IpNet::new(address(&network, start)?, length).ok()
    });
    found
        .map(|subnet| subnet.to_string().into())
        .ok_or_else(|| {
            arguments.wrong(format!(
                "has no network {index} of length {length} in `{network}`"
            ))
        })
}

fn host(arguments: &Arguments<'_>) -> Called {
    arguments.count(2, 2)?;
    let network = network(arguments)?;
    let index = arguments.integer(1)?;
    // The first host is the address behind that of the network.
    let spare = u128::from(network.max_prefix_len() - network.prefix_len() > 1);
    let found = u128::try_from(index).ok().and_then(|index| {
        let number_of_host = number(network.network())
            .checked_add(index)?
            .checked_add(spare)?;
        (number_of_host <= number(network.broadcast())).then_some(())?;
        address(&network, number_of_host)
    });
    found
        .map(|address| address.to_string().into())
        .ok_or_else(|| arguments.wrong(format!("has no host {index} in `{network}`")))
}
