//! Networks: addresses, port ranges and protocols of the rules that let traffic in or out.
//!
//! `net.open_to_internet` understands the rule items of each provider as they are: AWS security group rules
//! (`CidrIp`, `FromPort`, `IpProtocol`) and network ACL entries, Azure security rules (`properties.sourceAddressPrefix` …), and
//! Google firewalls (`sourceRanges`, `allowed[]`). A list is that of a network ACL: its entries count in their order.

mod acl;
mod opening;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use palisade_model::{Reason, Resource, Value};
use palisade_syntax::data::{Data, Node};

use super::{Function, Hit, Judgement, items, missing};
use crate::check::Truth;
use crate::check::compare::plain_text;
use crate::check::render;
use crate::rules::reader::Reader;
use opening::{Opening, Source};

/// A closed range of ports.
pub(super) type Ports = (u32, u32);

const ALL_PORTS: Ports = (0, 65535);

/// `net.open_to_internet: {ports: [22], protocol: tcp}`
#[derive(Debug, Default)]
struct OpenToInternet {
    /// One of these must be reachable; any at all where it is empty.
    ports: Vec<Ports>,
    /// Ports that do not count.
    except: Vec<Ports>,
    /// Every port of the protocol must be reachable.
    all_ports: bool,
    protocol: Option<Arc<str>>,
}

pub(super) fn open_to_internet(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    let mut function = OpenToInternet::default();
    if let Data::Bool(_) = node.data {
        return Some(Arc::new(function));
    }
    for (key, entry) in reader.entries(node) {
        let value = &entry.value;
        match key.as_str() {
            "ports" => function.ports = port_ranges(value, reader),
            "except" => function.except = port_ranges(value, reader),
            "all_ports" => function.all_ports = reader.flag(value),
            "protocol" => {
                let known = [
                    ("tcp", "tcp"),
                    ("udp", "udp"),
                    ("icmp", "icmp"),
                    ("any", "any"),
                ];
                function.protocol = reader.word(value, &known).map(Into::into);
            }
            _ => reader.unknown_key(entry, &key, &["ports", "except", "all_ports", "protocol"]),
        }
    }
    Some(Arc::new(function))
}

impl Function for OpenToInternet {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        match value.as_list() {
            Some(entries) => acl::judge(self, entries),
            None => self.judge_one(value),
        }
    }
}

impl OpenToInternet {
    fn judge_one(&self, value: &Value) -> Judgement {
        let opening = Opening::of(value);
        let open = open_address(&opening.sources());
        if open.truth == Truth::False {
            return Judgement::plain(false);
        }
        let (allows, hidden) = opening.allows();
        let truth = allows.and(open.truth);
        let mut reason = hidden.or(open.reason);
        let mut reach = Truth::False;
        for allowed in opening.allowed() {
            reach = reach.or(self.reaches(&allowed));
            reason = reason.or(allowed.reason);
        }
        match (truth.and(reach), open.hit) {
            (Truth::True, Some(hit)) => Judgement::of_hits(vec![hit], None),
            (Truth::True, None) => Judgement::plain(true),
            (Truth::False, _) => Judgement::plain(false),
            (Truth::Unknown, _) => {
                Judgement::unknown(reason.unwrap_or_else(|| Reason::Computed("the rule".into())))
            }
        }
    }

    fn reaches(&self, allowed: &opening::Allowed) -> Truth {
        let protocol = match &self.protocol {
            None => Truth::True,
            Some(wanted) => allowed.is_protocol(wanted),
        };
        let Some(ports) = &allowed.ports else {
            return protocol.and(Truth::Unknown);
        };
        let reached = if self.all_ports {
            covers(ports, &[ALL_PORTS])
        } else if !self.ports.is_empty() {
            self.ports.iter().any(|wanted| overlaps(ports, *wanted))
        } else if !self.except.is_empty() {
            allowed.has_ports() && !covers(&self.except, ports)
        } else {
            true
        };
        protocol.and(reached.into())
    }
}

fn overlaps(ports: &[Ports], wanted: Ports) -> bool {
    ports
        .iter()
        .any(|range| range.0 <= wanted.1 && wanted.0 <= range.1)
}

/// Whether `outer` together holds every port of `inner`.
fn covers(outer: &[Ports], inner: &[Ports]) -> bool {
    let mut sorted = outer.to_vec();
    sorted.sort_unstable();
    inner.iter().all(|range| {
        let mut next = range.0;
        for candidate in &sorted {
            if candidate.0 <= next && candidate.1 >= next {
                next = candidate.1.saturating_add(1);
            }
        }
        // Port 0 cannot be used, so `1-65535` is everything too.
        next > range.1 || (range.0 == 0 && covers_from(&sorted, 1, range.1))
    })
}

fn covers_from(sorted: &[Ports], start: u32, end: u32) -> bool {
    let mut next = start;
    for candidate in sorted {
        if candidate.0 <= next && candidate.1 >= next {
            next = candidate.1.saturating_add(1);
        }
    }
    next > end
}

/// `22`, `"20-30"` or a list of them, of a rule's parameters.
fn port_ranges(node: &Node, reader: &mut Reader) -> Vec<Ports> {
    let mut ranges = Vec::new();
    for text in reader.texts(node) {
        match port_range(&text) {
            Some(range) => ranges.push(range),
            None => reader.error(node, format!("`{text}` is no port and no range of ports")),
        }
    }
    ranges
}

/// `22`, `20-30`, `*`.
pub(super) fn port_range(text: &str) -> Option<Ports> {
    let text = text.trim();
    if text == "*" || text.eq_ignore_ascii_case("any") {
        return Some(ALL_PORTS);
    }
    let (start, end) = text.split_once('-').unwrap_or((text, text));
    Some((start.trim().parse().ok()?, end.trim().parse().ok()?))
}

/// What is known of a set of source addresses.
struct Open {
    truth: Truth,
    hit: Option<Hit>,
    reason: Option<Reason>,
}

/// Whether these addresses together are the whole internet, of IPv4 or of IPv6.
fn open_address(sources: &[Source<'_>]) -> Open {
    let mut nets: Vec<IpNet> = Vec::new();
    let mut reason = None;
    let hit = |source: &Source<'_>| Hit {
        path: source.path(),
        value: source.value.clone(),
        note: Some(render::value(source.value)),
        excerpt: None,
        is_item: false,
    };
    for source in sources {
        let Some(text) = plain_text(source.value) else {
            reason = reason.or_else(|| missing(source.value));
            continue;
        };
        match Addresses::of(&text) {
            Addresses::All => {
                return Open {
                    truth: Truth::True,
                    hit: Some(hit(source)),
                    reason: None,
                };
            }
            Addresses::Some(net) => nets.push(net),
            Addresses::Other => {}
        }
    }
    let truth = match (&reason, together_everywhere(&nets)) {
        (_, true) => Truth::True,
        (Some(_), false) => Truth::Unknown,
        (None, false) => Truth::False,
    };
    let first = sources.first().filter(|_| truth == Truth::True);
    Open {
        truth,
        hit: first.map(hit),
        reason,
    }
}

/// The addresses that a text means.
enum Addresses {
    /// `0.0.0.0/0`, `::/0`, `*`, and Azure's `Internet` and `Any`.
    All,
    Some(IpNet),
    /// No block: a tag of a service, another group.
    Other,
}

impl Addresses {
    fn of(text: &str) -> Self {
        let text = text.trim();
        let words = ["*", "any", "internet", "0.0.0.0", "<nw>/0", "/0"];
        if words.iter().any(|word| text.eq_ignore_ascii_case(word)) {
            return Self::All;
        }
        match network(text) {
            Some(IpNet::V4(net)) if net.prefix_len() == 0 => Self::All,
            Some(IpNet::V6(net)) if net.contains(&GLOBAL_UNICAST) => Self::All,
            Some(net) => Self::Some(net),
            None => Self::Other,
        }
    }
}

/// Every address.
fn is_everywhere(text: &str) -> bool {
    matches!(Addresses::of(text), Addresses::All)
}

/// All addresses of IPv6 that are routed (RFC 4291, section 2.4).
const GLOBAL_UNICAST: Ipv6Net =
    Ipv6Net::new_assert(std::net::Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Halves that add up: `0.0.0.0/1` and `128.0.0.0/1`.
fn together_everywhere(nets: &[IpNet]) -> bool {
    if nets.len() < 2 {
        return false;
    }
    let v4: Vec<Ipv4Net> = nets
        .iter()
        .filter_map(|net| match net {
            IpNet::V4(net) => Some(*net),
            IpNet::V6(_) => None,
        })
        .collect();
    let v6: Vec<Ipv6Net> = nets
        .iter()
        .filter_map(|net| match net {
            IpNet::V6(net) => Some(*net),
            IpNet::V4(_) => None,
        })
        .collect();
    Ipv4Net::aggregate(&v4)
        .iter()
        .any(|net| net.prefix_len() == 0)
        || Ipv6Net::aggregate(&v6)
            .iter()
            .any(|net| net.contains(&GLOBAL_UNICAST))
}

/// A CIDR block, or an address as the block of one.
fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    match text.parse::<IpNet>() {
        Ok(net) => Some(net.trunc()),
        Err(_) => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

/// `net.any_address: true`
#[derive(Debug)]
struct AnyAddress;

pub(super) fn any_address(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    super::no_parameters(node, reader);
    Some(Arc::new(AnyAddress))
}

impl Function for AnyAddress {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        let sources = opening::listed([None, None], value);
        let open = open_address(&sources);
        match open.truth {
            Truth::True => Judgement::of_hits(open.hit.into_iter().collect(), None),
            Truth::False => Judgement::plain(false),
            Truth::Unknown => Judgement::unknown(
                open.reason
                    .unwrap_or_else(|| Reason::Computed("the address".into())),
            ),
        }
    }
}

/// `net.within: [10.0.0.0/8]`
#[derive(Debug)]
struct Within(Vec<IpNet>);

pub(super) fn within(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    let mut nets = Vec::new();
    for text in reader.texts(node) {
        match network(&text) {
            Some(net) => nets.push(net),
            None => reader.error(node, format!("`{text}` is no CIDR block")),
        }
    }
    Some(Arc::new(Within(nets)))
}

impl Function for Within {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        let mut reason = None;
        for item in items(Some(value)) {
            match plain_text(item) {
                None => reason = reason.or_else(|| missing(item)),
                Some(text) => {
                    let inside = network(&text)
                        .is_some_and(|net| self.0.iter().any(|outer| outer.contains(&net)));
                    if !inside {
                        return Judgement::plain(false);
                    }
                }
            }
        }
        reason.map_or_else(|| Judgement::plain(true), Judgement::unknown)
    }
}

/// `net.ports: [22, "3000-4000"]`: the value, a port, range or list of them, has one of these.
#[derive(Debug)]
struct HasPorts(Vec<Ports>);

pub(super) fn ports(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    Some(Arc::new(HasPorts(port_ranges(node, reader))))
}

impl Function for HasPorts {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        let mut reason = None;
        let mut hits = Vec::new();
        for port in opening::listed([None, None], value) {
            let item = port.value;
            match plain_text(item) {
                None => reason = reason.or_else(|| missing(item)),
                Some(text) => {
                    let range = port_range(&text);
                    if range.is_some_and(|range| {
                        self.0.iter().any(|wanted| overlaps(&[range], *wanted))
                    }) {
                        hits.push(Hit {
                            path: port.path(),
                            value: item.clone(),
                            note: Some(render::value(item)),
                            excerpt: None,
                            is_item: false,
                        });
                    }
                }
            }
        }
        hits.truncate(1);
        Judgement::of_hits(hits, reason)
    }
}
