//! Identity: which text or reference names which resource.
//!
//! A card (`cards/<provider>.yaml`) says for a canonical type which property is its name and how its ARN looks. ARM ids and
//! Google's resource paths need no card: they name type and name themselves.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use palisade_model::{Address, Kind, Path, Resource, Target, Value};
use serde::Deserialize;

use crate::embedded;

/// How a canonical type is named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Card {
    /// The property with its name.
    name: Option<String>,
    /// Service and resource part of its ARN before the name: `s3:`, `iam:role/`.
    arn: Option<String>,
}

static CARDS: LazyLock<BTreeMap<String, Card>> = LazyLock::new(|| {
    embedded::IDENTITIES
        .files()
        .filter_map(|file| file.read::<BTreeMap<String, Card>>().ok())
        .flatten()
        .collect()
});

/// Whom a value names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// This resource.
    One(usize),
    /// None of those that are here.
    Outside,
    /// One of these, or none: an unknown is in the way. What is missing.
    Perhaps(Vec<usize>, Arc<str>),
}

/// Resources by what names them.
pub(crate) struct Index<'a> {
    resources: &'a [Resource],
    addresses: BTreeMap<&'a Address, Vec<usize>>,
    blocks: BTreeMap<Address, Vec<usize>>,
    types: BTreeMap<String, Vec<usize>>,
    names: BTreeMap<(String, String), Vec<usize>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(resources: &'a [Resource]) -> Self {
        let mut index = Self {
            resources,
            addresses: BTreeMap::new(),
            blocks: BTreeMap::new(),
            types: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for (position, resource) in resources.iter().enumerate() {
            let kind = resource.resource_type.to_lowercase();
            index
                .addresses
                .entry(&resource.address)
                .or_default()
                .push(position);
            index
                .blocks
                .entry(resource.address.block())
                .or_default()
                .push(position);
            if let Some(name) = name_of(resource).and_then(Value::as_str) {
                index
                    .names
                    .entry((kind.clone(), name.to_lowercase()))
                    .or_default()
                    .push(position);
            }
            index.types.entry(kind).or_default().push(position);
        }
        index
    }

    /// The resources of a type.
    pub(crate) fn of_type(&self, resource_type: &str) -> &[usize] {
        self.types
            .get(&resource_type.to_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// Whom a value names, of one type; of several of one name the one in the same module as `near`.
    pub(crate) fn find_near(&self, value: &Value, of: &str, near: &Address) -> Named {
        let Some(text) = value.as_str() else {
            return self.find(value, of);
        };
        if let Some(one) = self.taken(value, of) {
            return Named::One(one);
        }
        let found = self.named(text, of);
        let mut beside = found
            .iter()
            .filter(|&&position| self.resources[position].address.module == near.module);
        match (found, beside.next(), beside.next()) {
            ([] | [_], ..) => self.find(value, of),
            (_, Some(&one), None) => Named::One(one),
            _ => {
                let missing = format!("which of {} `{text}` is meant", found.len());
                Named::Perhaps(found.to_vec(), missing.into())
            }
        }
    }

    /// Whom a value names, of one type; the first of several of one name.
    pub(crate) fn find(&self, value: &Value, of: &str) -> Named {
        if let Some(one) = self.taken(value, of) {
            return Named::One(one);
        }
        match &value.kind {
            Kind::Reference(reference) => match &reference.target {
                Target::Address(address) => self.at(address, Some(of)),
                Target::External(text) => self.literal(text, of),
            },
            Kind::Unknown(unknown) => self.same_unknown(value, of, &unknown.reason.to_string()),
            Kind::Template(parts) => self.template(value, parts, of),
            _ => match value.as_str() {
                Some(text) => self.literal(text, of),
                None => Named::Outside,
            },
        }
    }

    /// The resource whose name a value is, because it was taken from there.
    fn taken(&self, value: &Value, of: &str) -> Option<usize> {
        let taken = value.origin.of.as_deref()?;
        taken
            .references
            .iter()
            .find_map(|reference| match &reference.target {
                Target::Address(address) => match self.at(address, Some(of)) {
                    Named::One(one) if self.may_name(value, one, of, taken.whole) => Some(one),
                    _ => None,
                },
                Target::External(_) => None,
            })
    }

    /// Whether a value that was taken from a resource names it: the attribute might be any.
    fn may_name(&self, value: &Value, one: usize, of: &str, whole: bool) -> bool {
        match (name_of(&self.resources[one]), value.as_str()) {
            (Some(name), Some(text)) => name
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case(last_name(text, of))),
            (Some(name), None) => whole && alike(name, value),
            (None, _) => whole && !matches!(value.kind, Kind::Reference(_)),
        }
    }

    /// The resource of an address; where there are several at it (one inside another), the one of the type, or the first.
    pub(crate) fn at(&self, address: &Address, of: Option<&str>) -> Named {
        let fits = |&&position: &&usize| {
            of.is_none_or(|of| {
                self.resources[position]
                    .resource_type
                    .eq_ignore_ascii_case(of)
            })
        };
        if let Some(found) = self.addresses.get(address) {
            return found
                .iter()
                .find(fits)
                .map_or(Named::Outside, |&one| Named::One(one));
        }
        // The instance is not certain, or the reference is to all of them.
        let Some(found) = self.blocks.get(&address.block()) else {
            return Named::Outside;
        };
        let fitting: Vec<_> = found.iter().filter(fits).copied().collect();
        match fitting[..] {
            [] => Named::Outside,
            [one] if address.key.is_none() => Named::One(one),
            _ => Named::Perhaps(fitting, address.to_string().into()),
        }
    }

    fn literal(&self, text: &str, of: &str) -> Named {
        match self.named(text, of) {
            [] => self.unnamed(of, text),
            [first, ..] => Named::One(*first),
        }
    }

    /// The resources of a type whose name a text is or ends in.
    fn named(&self, text: &str, of: &str) -> &[usize] {
        let name = last_name(text, of);
        let key = (of.to_lowercase(), name.to_lowercase());
        self.names.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Resources of the type whose own name is not known may be meant.
    fn unnamed(&self, of: &str, what: &str) -> Named {
        let possible: Vec<_> = self
            .of_type(of)
            .iter()
            .copied()
            .filter(|&position| {
                name_of(&self.resources[position]).is_some_and(|name| !name.is_wholly_known())
            })
            .collect();
        if possible.is_empty() {
            Named::Outside
        } else {
            Named::Perhaps(possible, what.into())
        }
    }

    /// Two places that are unknown for the same reason have the same value: `var.bucket` here and there.
    fn same_unknown(&self, value: &Value, of: &str, reason: &str) -> Named {
        let all = self.of_type(of);
        let equal: Vec<_> = all
            .iter()
            .copied()
            .filter(|&position| {
                name_of(&self.resources[position]).is_some_and(|name| alike(name, value))
            })
            .collect();
        match equal[..] {
            [one] => Named::One(one),
            _ if all.is_empty() => Named::Outside,
            _ => Named::Perhaps(all.to_vec(), reason.into()),
        }
    }

    fn template(&self, value: &Value, parts: &[Value], of: &str) -> Named {
        let named = parts.iter().find_map(|part| match &part.kind {
            Kind::Reference(reference) => match &reference.target {
                Target::Address(address) => match self.at(address, Some(of)) {
                    Named::Outside => None,
                    found => Some(found),
                },
                Target::External(_) => None,
            },
            _ => None,
        });
        named.unwrap_or_else(|| {
            let reason = parts
                .iter()
                .find_map(Value::as_unknown)
                .map_or_else(|| "a name".to_owned(), |unknown| unknown.reason.to_string());
            self.same_unknown(value, of, &reason)
        })
    }

    /// Whom an absolute id names, whatever the type: an ARN, an ARM id, a Google resource path. `value` holds it.
    pub(crate) fn absolute(&self, text: &str, value: &Value) -> Option<usize> {
        let (kind, name) = parse_id(text)?;
        if let Some(one) = self.taken(value, &kind) {
            return Some(one);
        }
        let found = self
            .names
            .get(&(kind.to_lowercase(), name.to_lowercase()))?;
        found.first().copied()
    }
}

/// Equal, also where parts are unknown: then for the same reason.
fn alike(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Unknown(a), Kind::Unknown(b)) => a.reason == b.reason,
        (Kind::Template(a), Kind::Template(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| alike(a, b))
        }
        _ => a.same(b),
    }
}

/// The value of the property that names a resource.
pub(crate) fn name_of(resource: &Resource) -> Option<&Value> {
    let path = CARDS
        .get(&*resource.resource_type)
        .and_then(|card| card.name.as_deref())
        .unwrap_or("name");
    let path: Path = path.parse().ok()?;
    match resource.properties.lookup(&path) {
        palisade_model::Lookup::Known(value) | palisade_model::Lookup::Unknown(value, _) => {
            Some(value)
        }
        palisade_model::Lookup::Unset(_) => None,
    }
}

/// The name inside an id of a known type.
fn last_name<'a>(text: &'a str, of: &str) -> &'a str {
    if let Some((_, name)) = arn_name(text, of) {
        return name;
    }
    if of.contains('/')
        && (text.starts_with('/') || text.contains("/projects/") || text.starts_with("projects/"))
    {
        return text.rsplit('/').next().unwrap_or(text);
    }
    text
}

fn arn_name<'a>(text: &'a str, of: &str) -> Option<(&'static str, &'a str)> {
    let (card_type, card) = CARDS.get_key_value(of)?;
    let prefix = card.arn.as_deref()?;
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
    let (_partition, service) = (parts.next()?, parts.next()?);
    let (_region, _account, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (wanted, before) = prefix.split_once(':')?;
    if wanted != service {
        return None;
    }
    let name = rest.strip_prefix(before)?;
    // A path may stand before the name of a role or user: `role/service/name`.
    let name = if before.ends_with('/') && service == "iam" {
        name.rsplit('/').next()?
    } else {
        name
    };
    Some((card_type, name))
}

/// Type and name of an absolute id.
fn parse_id(text: &str) -> Option<(String, String)> {
    if text.starts_with("arn:") {
        return CARDS
            .keys()
            .find_map(|kind| arn_name(text, kind))
            .map(|(kind, name)| (kind.to_owned(), name.to_owned()));
    }
    let at = text.to_lowercase().rfind("/providers/")?;
    let mut parts = text[at + "/providers/".len()..].split('/');
    let mut kind = parts.next()?.to_owned();
    let mut names = Vec::new();
    while let (Some(step), Some(name)) = (parts.next(), parts.next()) {
        kind.push('/');
        kind.push_str(step);
        names.push(name);
    }
    (!names.is_empty()).then(|| (kind, names.join("/")))
}
