//! What one rule of a firewall lets through, whatever the provider.

use std::sync::Arc;

use palisade_model::{Map, Path, Reason, Segment, Value};

use super::{ALL_PORTS, Ports, port_range};
use crate::check::Truth;
use crate::check::compare::{number, plain_text};
use crate::check::functions::{items, missing};

/// One rule of a firewall, as its provider writes it. What it says is read when it is asked for: of most rules the sources settle it.
pub(super) enum Opening<'v> {
    Aws(&'v Value),
    /// What holds the entries, and the key they are below.
    Azure(&'v Value, Option<&'static str>),
    Google(&'v Value),
}

/// A protocol and its ports.
pub(super) struct Allowed {
    /// `tcp`, `udp`, `icmp`, a number, or `any`; none where it is not known.
    protocol: Option<Arc<str>>,
    /// None where they are not known.
    pub(super) ports: Option<Vec<Ports>>,
    pub(super) reason: Option<Reason>,
}

impl Allowed {
    pub(super) fn is_protocol(&self, wanted: &str) -> Truth {
        match self.protocol.as_deref() {
            None => Truth::Unknown,
            Some("any") => Truth::True,
            Some(protocol) => (wanted == "any" || protocol == wanted).into(),
        }
    }

    /// Whether it is for every protocol.
    pub(super) fn is_all_protocols(&self) -> bool {
        self.protocol.as_deref() == Some("any")
    }

    /// Whether the protocol has ports at all.
    pub(super) fn has_ports(&self) -> bool {
        self.protocol.as_deref() != Some("icmp")
    }
}

impl<'v> Opening<'v> {
    pub(super) fn of(value: &'v Value) -> Self {
        const PROPERTIES: &str = "properties";
        const AZURE: [&str; 3] = [
            "sourceAddressPrefix",
            "sourceAddressPrefixes",
            "destinationPortRange",
        ];
        const GOOGLE: [&str; 3] = ["allowed", "sourceRanges", "denied"];
        let inner = value.get(PROPERTIES);
        if let Some(inner) = inner.filter(|inner| inner.as_map().is_some()) {
            return Self::Azure(inner, Some(PROPERTIES));
        }
        if has_any(value, &AZURE) {
            Self::Azure(value, None)
        } else if has_any(value, &GOOGLE) {
            Self::Google(value)
        } else {
            Self::Aws(value)
        }
    }

    /// Where from.
    pub(super) fn sources(&self) -> Vec<Source<'v>> {
        match *self {
            Self::Aws(value) => ["CidrIp", "CidrIpv6", "CidrBlock", "Ipv6CidrBlock"]
                .into_iter()
                .filter_map(|key| Some(Source::at([None, Some(key)], value.get(key)?)))
                .filter(|source| !source.value.is_null())
                .collect(),
            Self::Azure(value, below) => ["sourceAddressPrefix", "sourceAddressPrefixes"]
                .into_iter()
                .filter_map(|key| Some(listed([below, Some(key)], get(value, key)?)))
                .flatten()
                .collect(),
            Self::Google(value) => {
                let key = "sourceRanges";
                let found = value.get(key);
                found.map_or_else(Vec::new, |found| listed([None, Some(key)], found))
            }
        }
    }

    /// Whether it lets traffic in at all, and what hides that.
    pub(super) fn allows(&self) -> (Truth, Option<Reason>) {
        match *self {
            Self::Aws(value) => words(value.get("RuleAction"), "allow"),
            Self::Azure(value, _) => {
                let (access, hidden_access) = words(get(value, "access"), "allow");
                let (direction, hidden_direction) = words(get(value, "direction"), "inbound");
                (access.and(direction), hidden_access.or(hidden_direction))
            }
            Self::Google(value) => {
                let (direction, reason) = words(value.get("direction"), "ingress");
                let disabled = match value.get("disabled") {
                    None => Truth::False,
                    Some(flag) => flag.as_bool().map_or(Truth::Unknown, Truth::from),
                };
                (direction.and(!disabled), reason)
            }
        }
    }

    /// Which protocols and ports.
    pub(super) fn allowed(&self) -> Vec<Allowed> {
        match *self {
            Self::Aws(value) => vec![Self::of_aws(value)],
            Self::Azure(value, _) => {
                let mut ports: Result<Vec<Ports>, Reason> = Ok(Vec::new());
                for key in ["destinationPortRange", "destinationPortRanges"] {
                    for item in items(get(value, key)) {
                        add_port(&mut ports, item);
                    }
                }
                vec![Allowed::new(get(value, "protocol"), ports)]
            }
            Self::Google(value) => items(value.get("allowed"))
                .iter()
                .map(Self::of_google)
                .collect(),
        }
    }

    fn of_aws(value: &Value) -> Allowed {
        let protocol = value.get("IpProtocol").or_else(|| value.get("Protocol"));
        let range = value.get("PortRange");
        let end = |name: &str, inner: &str| match value.get(name) {
            Some(found) => Some(found),
            None => range.and_then(|range| range.get(inner)),
        };
        let ports = aws_ports(end("FromPort", "From"), end("ToPort", "To"));
        Allowed::new(protocol, ports)
    }

    fn of_google(item: &Value) -> Allowed {
        let mut ports = Ok(Vec::new());
        for port in items(item.get("ports")) {
            add_port(&mut ports, port);
        }
        if matches!(&ports, Ok(ports) if ports.is_empty()) {
            ports = Ok(vec![ALL_PORTS]);
        }
        Allowed::new(item.get("IPProtocol"), ports)
    }
}

impl Allowed {
    fn new(protocol: Option<&Value>, ports: Result<Vec<Ports>, Reason>) -> Self {
        let (name, hidden) = match protocol {
            None => (Some("any".into()), None),
            Some(value) => match plain_text(value) {
                Some(text) => (Some(protocol_name(&text)), None),
                None => (None, missing(value)),
            },
        };
        let (mut ports, reason) = match ports {
            Ok(ports) => (Some(ports), hidden),
            Err(reason) => (None, Some(reason)),
        };
        match name.as_deref() {
            Some("any") => ports = Some(vec![ALL_PORTS]),
            Some("icmp") => ports = Some(Vec::new()),
            _ => {}
        }
        Self {
            protocol: name,
            ports,
            reason,
        }
    }
}

/// Protocol numbers as IANA assigns them; `-1`, `all` and `*` are every one.
fn protocol_name(text: &str) -> Arc<str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "-1" | "all" | "*" | "any" => "any".into(),
        "6" => "tcp".into(),
        "17" => "udp".into(),
        "1" | "58" | "icmpv6" => "icmp".into(),
        other => other.into(),
    }
}

/// The range of a security group rule; without numbers, or with `-1`, every port.
fn aws_ports(from: Option<&Value>, to: Option<&Value>) -> Result<Vec<Ports>, Reason> {
    let end = |value: Option<&Value>, otherwise: u32| match value {
        None => Ok(otherwise),
        Some(value) => match number(value) {
            Some(number) if number < 0.0 => Ok(otherwise),
            Some(number) => Ok(number as u32),
            None => missing(value).map_or(Ok(otherwise), Err),
        },
    };
    let start = end(from, ALL_PORTS.0)?;
    let stop = end(
        to,
        if from.is_some() && start > 0 {
            start
        } else {
            ALL_PORTS.1
        },
    )?;
    Ok(vec![(start, stop)])
}

fn add_port(ports: &mut Result<Vec<Ports>, Reason>, value: &Value) {
    let Ok(known) = ports else { return };
    match plain_text(value) {
        Some(text) => known.extend(port_range(&text)),
        None => {
            if let Some(reason) = missing(value) {
                *ports = Err(reason);
            }
        }
    }
}

/// A value of a rule, such as where traffic comes from, and where in the rule it stands.
pub(super) struct Source<'v> {
    pub(super) value: &'v Value,
    keys: [Option<&'static str>; 2],
    index: Option<usize>,
}

impl<'v> Source<'v> {
    fn at(keys: [Option<&'static str>; 2], value: &'v Value) -> Self {
        let index = None;
        Self { value, keys, index }
    }

    /// From the value that is judged.
    pub(super) fn path(&self) -> Path {
        let keys = self.keys.iter().flatten();
        let keys = keys.map(|key| Segment::Key((*key).into()));
        let index = self.index.map(Segment::Index);
        Path::new(keys.chain(index).collect())
    }
}

/// The items of a list below these keys; of a single value that itself.
pub(super) fn listed<'v>(keys: [Option<&'static str>; 2], value: &'v Value) -> Vec<Source<'v>> {
    match value.as_list() {
        Some(items) => items
            .iter()
            .zip(0..)
            .map(|(item, index)| Source {
                index: Some(index),
                ..Source::at(keys, item)
            })
            .collect(),
        None if value.is_null() => Vec::new(),
        None => vec![Source::at(keys, value)],
    }
}

/// Whether a word is this one; true where it is not set.
fn words(value: Option<&Value>, wanted: &str) -> (Truth, Option<Reason>) {
    match value {
        None => (Truth::True, None),
        Some(value) => match plain_text(value) {
            Some(text) => (text.eq_ignore_ascii_case(wanted).into(), None),
            None if value.is_null() => (Truth::True, None),
            None => (Truth::Unknown, missing(value)),
        },
    }
}

/// The entry of an Azure object, whatever its case.
fn get<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let map = value.as_map()?;
    map.get(key).or_else(|| {
        map.iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    })
}

fn has_any(value: &Value, keys: &[&str]) -> bool {
    let mut names = value.as_map().into_iter().flat_map(Map::keys);
    names.any(|name| keys.iter().any(|key| name.eq_ignore_ascii_case(key)))
}
