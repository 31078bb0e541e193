//! Blocks that exist or not, as an unknown decides: the resource is what it is with each of the possible blocks.
//!
//! `dynamic "logging" { for_each = var.logged ? [1] : [] … }` gives a property that is unknown with candidates, as any other value
//! of which all possibilities are known.

use std::sync::Arc;

use palisade_model::{Assumption, Candidate, Kind, Map, Resource, Unknown, Value};

use super::apply::{Applied, apply as once};
use super::table::Table;
use super::transform::Entries;

/// More possibilities are left unknown.
const MAXIMUM: usize = 8;

/// Applies a table to a resource with each of the possible blocks. Where blocks of several kinds are possible, only the first are
/// told apart, and none where they decide about more than properties.
pub(super) fn apply(table: &Table, resource: &Resource, entries: &mut Entries) -> Applied {
    let attributes = resource.properties.as_map();
    let found = attributes.into_iter().flatten().find_map(|(name, value)| {
        let unknown = of_blocks(value)?;
        Some((name.clone(), unknown.clone()))
    });
    let Some((name, unknown)) = found else {
        return once(table, resource, entries);
    };
    let mut plain = resource.clone();
    if let Kind::Map(attributes) = &mut plain.properties.kind {
        for value in Arc::make_mut(attributes).values_mut() {
            if let Some(unknown) = of_blocks(value) {
                value.kind = Kind::from(unknown.reason.clone());
            }
        }
    }
    each(table, &plain, (&name, &unknown), entries).unwrap_or_else(|| once(table, &plain, entries))
}

fn each(
    table: &Table,
    plain: &Resource,
    (name, unknown): (&Arc<str>, &Unknown),
    entries: &mut Entries,
) -> Option<Applied> {
    let mut with = |value: Value| {
        let mut made = plain.clone();
        if let Kind::Map(attributes) = &mut made.properties.kind {
            Arc::make_mut(attributes).insert(name.clone(), value);
        }
        once(table, &made, entries)
    };
    let mut possible = Vec::new();
    for candidate in &unknown.candidates {
        let mut applied = with(candidate.value.clone());
        if applied.properties.len() != 1 || !applied.children.is_empty() {
            return None;
        }
        possible.push((candidate.when.clone(), applied.properties.remove(0)));
    }
    Some(Applied {
        properties: vec![merged(possible, unknown)],
        children: Vec::new(),
    })
}

/// Of an unknown that is a number of blocks, all of which are known.
fn of_blocks(value: &Value) -> Option<&Unknown> {
    let unknown = value.as_unknown()?;
    let is_block = |item: &Value| item.as_map().is_some();
    let blocks = |candidate: &Candidate| {
        let items = candidate.value.as_list();
        items.is_some_and(|items| items.iter().all(is_block))
    };
    let known = !unknown.candidates.is_empty() && unknown.candidates.iter().all(blocks);
    let some = unknown.candidates.iter().any(|candidate| {
        candidate
            .value
            .as_list()
            .is_some_and(|items| !items.is_empty())
    });
    (known && some && unknown.candidates.len() <= MAXIMUM).then_some(unknown)
}

/// What is the same in all stays; what differs is one of them.
fn merged(possible: Vec<(Vec<Assumption>, Value)>, unknown: &Unknown) -> Value {
    let first = possible[0].1.clone();
    if possible.iter().all(|(_, value)| value.same(&first)) {
        return first;
    }
    let maps: Option<Vec<&Map>> = possible
        .iter()
        .map(|(_, value)| match &value.kind {
            Kind::Map(map) => Some(&**map),
            _ => None,
        })
        .collect();
    let Some(maps) = maps else {
        let origin = possible
            .iter()
            .find(|(_, value)| !value.is_null())
            .map_or_else(|| first.origin.clone(), |(_, value)| value.origin.clone());
        let candidates = possible
            .into_iter()
            .map(|(when, value)| Candidate { when, value });
        let unknown = Unknown {
            reason: unknown.reason.clone(),
            candidates: candidates.collect(),
        };
        return Value::new(unknown, origin);
    };
    let mut keys: Vec<_> = Vec::new();
    for key in maps.iter().flat_map(|map| map.keys()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let entry = |key: &Arc<str>| {
        let values = possible.iter().zip(&maps).map(|((when, _), map)| {
            let value = map.get(key).cloned().unwrap_or_else(Value::null);
            (when.clone(), value)
        });
        (key.clone(), merged(values.collect(), unknown))
    };
    let entries: Map = keys.iter().map(entry).collect();
    Value::new(entries, first.origin)
}
