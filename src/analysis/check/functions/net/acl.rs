//! Network ACLs: the first entry that fits a packet, by its number, decides.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>

use palisade_model::{Path, Reason, Segment, Value};

use super::opening::{Allowed, Opening};
use super::{ALL_PORTS, OpenToInternet, Ports, covers, is_everywhere};
use crate::check::Truth;
use crate::check::compare::{number, plain_text};
use crate::check::functions::{Hit, Judgement, missing};

/// The entries that let in what no entry before them refuses.
pub(super) fn judge(wanted: &OpenToInternet, entries: &[Value]) -> Judgement {
    let mut hits = Vec::new();
    let mut reason = None;
    for (index, entry) in entries.iter().enumerate() {
        if is_egress(entry) {
            continue;
        }
        let judgement = wanted.judge_one(entry);
        let refused = match judgement.truth {
            Truth::True => refused_before(wanted, entry, entries).or(direction(entry)),
            _ => Truth::False,
        };
        if judgement.truth == Truth::True && refused == Truth::False {
            hits.extend(judgement.hits.into_iter().map(|hit| Hit {
                path: below(index, &hit.path),
                is_item: true,
                ..hit
            }));
        } else if judgement.truth == Truth::Unknown || refused == Truth::Unknown {
            let order = || Reason::Computed("the order of the entries".into());
            let hidden = judgement.reason.or_else(|| hidden_direction(entry));
            reason = reason.or_else(|| Some(hidden.unwrap_or_else(order)));
        }
    }
    if entries.is_empty() {
        return Judgement::plain(false);
    }
    Judgement::of_hits(hits, reason.or_else(|| entries.iter().find_map(missing)))
}

fn below(index: usize, path: &Path) -> Path {
    let mut segments = vec![Segment::Index(index)];
    segments.extend(path.segments().iter().cloned());
    Path::new(segments)
}

fn is_egress(entry: &Value) -> bool {
    entry.get("Egress").and_then(Value::as_bool) == Some(true)
}

/// Unknown where an entry may be for what goes out.
fn direction(entry: &Value) -> Truth {
    unknown_if(hidden_direction(entry).is_some())
}

fn hidden_direction(entry: &Value) -> Option<Reason> {
    entry.get("Egress").and_then(missing)
}

fn unknown_if(hidden: bool) -> Truth {
    if hidden { Truth::Unknown } else { Truth::False }
}

/// Whether an entry with a lower number refuses all that this one would let in.
fn refused_before(wanted: &OpenToInternet, entry: &Value, entries: &[Value]) -> Truth {
    let at = order_of(entry);
    let mut truth = Truth::False;
    for other in entries.iter().filter(|other| !is_egress(other)) {
        let before = match (order_of(other), at) {
            (Some(other), Some(at)) => (other < at).into(),
            _ => Truth::Unknown,
        };
        truth = truth.or(before.and(refuses(wanted, entry, other)));
    }
    truth
}

fn order_of(entry: &Value) -> Option<f64> {
    entry.get("RuleNumber").and_then(number)
}

/// Whether a deny entry covers the sources, protocols and ports that matter of another.
fn refuses(wanted: &OpenToInternet, entry: &Value, deny: &Value) -> Truth {
    if deny.as_unknown().is_some() {
        return Truth::Unknown;
    }
    let is_deny = match deny
        .get("RuleAction")
        .map(|action| (plain_text(action), action))
    {
        Some((Some(text), _)) => text.eq_ignore_ascii_case("deny").into(),
        Some((None, action)) => unknown_if(missing(action).is_some()),
        None => Truth::False,
    };
    let truth = is_deny.and(same_family(entry, deny)).and(!direction(deny));
    if truth == Truth::False {
        return truth;
    }
    let (entry, deny) = (Opening::of(entry).allowed(), Opening::of(deny).allowed());
    let (Some(allowed), Some(denied)) = (entry.first(), deny.first()) else {
        return Truth::False;
    };
    let protocol = wanted.protocol.as_deref().unwrap_or("any");
    let protocols = Truth::from(denied.is_all_protocols()).or(denied.is_protocol(protocol));
    let ports = match &denied.ports {
        Some(ports) => covers(ports, &needed(wanted, allowed)).into(),
        None => Truth::Unknown,
    };
    truth.and(protocols).and(ports)
}

/// Whether both are for everyone, of IPv4 or of IPv6.
fn same_family(entry: &Value, deny: &Value) -> Truth {
    let everywhere = |value: &Value, key| match value.get(key) {
        None => Truth::False,
        Some(value) => match plain_text(value) {
            Some(text) => is_everywhere(&text).into(),
            None => unknown_if(missing(value).is_some()),
        },
    };
    let both = |key| everywhere(entry, key).and(everywhere(deny, key));
    both("CidrBlock").or(both("Ipv6CidrBlock"))
}

/// The ports that matter and that an entry lets in.
fn needed(wanted: &OpenToInternet, allowed: &Allowed) -> Vec<Ports> {
    let own = allowed.ports.clone().unwrap_or_else(|| vec![ALL_PORTS]);
    if wanted.ports.is_empty() {
        return own;
    }
    let both = |a: &Ports, b: &Ports| (a.0.max(b.0), a.1.min(b.1));
    wanted
        .ports
        .iter()
        .flat_map(|wanted| own.iter().map(move |own| both(own, wanted)))
        .filter(|range| range.0 <= range.1)
        .collect()
}
