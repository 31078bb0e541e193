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
            Truth::True => refused_before(wanted, entry, entries),
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
            reason = reason.or_else(|| Some(judgement.reason.unwrap_or_else(order)));
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

/// Whether an entry with a lower number refuses all that this one would let in.
fn refused_before(wanted: &OpenToInternet, entry: &Value, entries: &[Value]) -> Truth {
    let at = order_of(entry);
    let mut truth = Truth::False;
    for other in entries {
        if is_egress(other) || !refuses(wanted, entry, other) {
            continue;
        }
        truth = truth.or(match (order_of(other), at) {
            (Some(other), Some(at)) => (other < at).into(),
            _ => Truth::Unknown,
        });
    }
    truth
}

fn order_of(entry: &Value) -> Option<f64> {
    entry.get("RuleNumber").and_then(number)
}

/// Whether a deny entry covers the sources, protocols and ports that matter of another.
fn refuses(wanted: &OpenToInternet, entry: &Value, deny: &Value) -> bool {
    let is_deny = deny
        .get("RuleAction")
        .and_then(plain_text)
        .is_some_and(|action| action.eq_ignore_ascii_case("deny"));
    let same_family = ["CidrBlock", "Ipv6CidrBlock"].iter().any(|key| {
        let everywhere = |value: &Value| {
            let text = value.get(key).and_then(plain_text);
            text.is_some_and(|text| is_everywhere(&text))
        };
        everywhere(entry) && everywhere(deny)
    });
    if !is_deny || !same_family {
        return false;
    }
    let (entry, deny) = (Opening::of(entry), Opening::of(deny));
    let (Some(allowed), Some(denied)) = (entry.allowed.first(), deny.allowed.first()) else {
        return false;
    };
    let protocol = wanted.protocol.as_deref().unwrap_or("any");
    let covered = denied.is_all_protocols() || denied.is_protocol(protocol) == Truth::True;
    covered
        && denied
            .ports
            .as_ref()
            .is_some_and(|ports| covers(ports, &needed(wanted, allowed)))
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
