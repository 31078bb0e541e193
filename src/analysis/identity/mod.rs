//! Identity: which text or reference names which resource.
//!
//! A card (`cards/<provider>.yaml`) says for a canonical type which property is its name and how its ARN looks. ARM ids and
//! Google's resource paths need no card: they name type and name themselves.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::iter;
use std::sync::{Arc, LazyLock};

use foldhash::HashMap;
use palisade_model::{Address, Kind, Path, Resource, Segment, Target, Value};
use serde::{Deserialize, Deserializer};

use crate::embedded;

/// How a canonical type is named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Card {
    /// The property with its name.
    #[serde(deserialize_with = "path")]
    name: Option<Path>,
    /// Service and resource part of its ARN before the name: `s3:`, `iam:role/`.
    arn: Option<String>,
}

static CARDS: LazyLock<HashMap<String, Card>> = LazyLock::new(|| {
    embedded::IDENTITIES
        .files()
        .filter_map(|file| file.read::<BTreeMap<String, Card>>().ok())
        .flatten()
        .collect()
});

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Path>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(serde::de::Error::custom)
}

/// The types with an ARN, by its service.
static SERVICES: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut services: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (kind, card) in CARDS.iter() {
        if let Some((service, _)) = card.arn.as_deref().and_then(|arn| arn.split_once(':')) {
            services.entry(service).or_default().push(kind.as_str());
        }
    }
    services
});

/// The property that names a resource of a type without another one on its card.
static NAME: LazyLock<Path> = LazyLock::new(|| Path::new(vec![Segment::Key("name".into())]));

/// Whom a value names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// This resource.
    One(usize),
    /// None of those that are here.
    Outside,
    /// One of these, or none: an unknown is in the way. What is missing.
    Perhaps(Arc<[usize]>, Arc<str>),
}

/// Resources by what names them.
pub(crate) struct Index<'a> {
    resources: &'a [Arc<Resource>],
    /// The first at each address, and the others, where one is inside another.
    addresses: HashMap<&'a Address, (usize, Vec<usize>)>,
    /// Few references are to a block as a whole.
    blocks: OnceCell<HashMap<Address, Arc<[usize]>>>,
    /// By type in lower case; made when somebody looks for a name.
    types: OnceCell<HashMap<String, Type>>,
}

/// The resources of a type.
struct Type {
    all: Arc<[usize]>,
    names: OnceCell<Names>,
}

/// Those of a type by name.
#[derive(Default)]
struct Names {
    /// By the name in lower case.
    known: HashMap<String, Vec<usize>>,
    /// Those whose name is not wholly known.
    unknown: Option<Arc<[usize]>>,
    /// By the [`shape`] of the name that is not known.
    shapes: HashMap<String, Vec<usize>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(resources: &'a [Arc<Resource>]) -> Self {
        let mut addresses: HashMap<_, (usize, Vec<_>)> = HashMap::default();
        addresses.reserve(resources.len());
        for (position, resource) in resources.iter().enumerate() {
            addresses
                .entry(&*resource.address)
                .and_modify(|(_, others)| others.push(position))
                .or_insert((position, Vec::new()));
        }
        Self {
            resources,
            addresses,
            blocks: OnceCell::new(),
            types: OnceCell::new(),
        }
    }

    fn of_type(&self, of: &str) -> Option<&Type> {
        let types = self.types.get_or_init(|| by_type(self.resources));
        types.get(&of.to_lowercase())
    }

    fn names(&self, of: &str) -> Option<&Names> {
        let found = self.of_type(of)?;
        let all = || Names::of(self.resources, &found.all);
        Some(found.names.get_or_init(all))
    }

    /// The first resource of a type whose name is the same, letter by letter, also where both are not known for the same reason.
    pub(crate) fn of_name(&self, name: &Value, of: &str) -> Option<usize> {
        let names = self.names(of)?;
        let found = match name.as_str() {
            Some(text) => names.known.get(&text.to_lowercase()),
            None => names.shapes.get(&shape(name)),
        };
        let is_same = |&position: &usize| {
            name_of(&self.resources[position]).is_some_and(|known| known.same(name))
        };
        found.into_iter().flatten().copied().find(is_same)
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
                let shown = shown(value, text);
                let missing = format!("which of {} `{shown}` is meant", found.len());
                Named::Perhaps(found.into(), missing.into())
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
                Target::External(text) => self.literal(text, of, text),
            },
            Kind::Unknown(unknown) => self.same_unknown(value, of, &unknown.reason.to_string()),
            Kind::Template(parts) => self.template(value, parts, of),
            _ => match value.as_str() {
                Some(text) => self.literal(text, of, shown(value, text)),
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
        let fits = |&position: &usize| {
            of.is_none_or(|of| {
                self.resources[position]
                    .resource_type
                    .eq_ignore_ascii_case(of)
            })
        };
        if let Some((first, others)) = self.addresses.get(address) {
            let mut found = iter::once(first).chain(others);
            let found = found.find(|one| fits(one));
            return found.map_or(Named::Outside, |&one| Named::One(one));
        }
        // The instance is not certain, or the reference is to all of them.
        let Some(found) = self.blocks().get(&address.block()) else {
            return Named::Outside;
        };
        let fitting: Arc<[usize]> = if found.iter().all(fits) {
            found.clone()
        } else {
            found.iter().copied().filter(fits).collect()
        };
        match *fitting {
            [] => Named::Outside,
            [one] if address.key.is_none() => Named::One(one),
            _ => Named::Perhaps(fitting, address.to_string().into()),
        }
    }

    /// The instances of each block.
    fn blocks(&self) -> &HashMap<Address, Arc<[usize]>> {
        self.blocks.get_or_init(|| {
            let mut blocks: HashMap<_, Vec<_>> = HashMap::default();
            for (position, resource) in self.resources.iter().enumerate() {
                let block = blocks.entry(resource.address.block());
                block.or_default().push(position);
            }
            let blocks = blocks.into_iter();
            blocks.map(|(block, all)| (block, all.into())).collect()
        })
    }

    fn literal(&self, text: &str, of: &str, shown: &str) -> Named {
        match self.named(text, of) {
            [] => self.unnamed(of, shown),
            [first, ..] => Named::One(*first),
        }
    }

    /// The resources of a type whose name a text is or ends in.
    fn named(&self, text: &str, of: &str) -> &[usize] {
        let name = last_name(text, of).to_lowercase();
        let names = self.names(of);
        let found = names.and_then(|names| names.known.get(&name));
        found.map_or(&[], Vec::as_slice)
    }

    /// Resources of the type whose own name is not known may be meant.
    fn unnamed(&self, of: &str, what: &str) -> Named {
        match self.names(of).and_then(|names| names.unknown.as_ref()) {
            Some(possible) => Named::Perhaps(possible.clone(), what.into()),
            None => Named::Outside,
        }
    }

    /// Two places that are unknown for the same reason have the same value: `var.bucket` here and there.
    fn same_unknown(&self, value: &Value, of: &str, reason: &str) -> Named {
        let (Some(found), Some(names)) = (self.of_type(of), self.names(of)) else {
            return Named::Outside;
        };
        let like = names.shapes.get(&shape(value));
        let mut equal = like.into_iter().flatten().copied().filter(|&position| {
            name_of(&self.resources[position]).is_some_and(|name| alike(name, value))
        });
        match (equal.next(), equal.next()) {
            (Some(one), None) => Named::One(one),
            _ => Named::Perhaps(found.all.clone(), reason.into()),
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

    /// Whom an absolute id names. `value` holds it.
    pub(crate) fn absolute(&self, id: &Id, value: &Value) -> Option<usize> {
        let named = || {
            let found = self.names(&id.kind)?.known.get(&id.name.to_lowercase())?;
            found.first().copied()
        };
        self.taken(value, &id.kind).or_else(named)
    }
}

/// The resources of each type, by its name in lower case.
fn by_type(resources: &[Arc<Resource>]) -> HashMap<String, Type> {
    let mut spelled: HashMap<&str, Vec<usize>> = HashMap::default();
    for (position, resource) in resources.iter().enumerate() {
        let same = spelled.entry(&resource.resource_type).or_default();
        same.push(position);
    }
    let mut types: HashMap<String, Vec<usize>> = HashMap::default();
    for (kind, positions) in spelled {
        let all = types.entry(kind.to_lowercase()).or_default();
        all.extend(positions);
        all.sort_unstable();
    }
    let types = types.into_iter().map(|(kind, all)| {
        let found = Type {
            all: all.into(),
            names: OnceCell::new(),
        };
        (kind, found)
    });
    types.collect()
}

impl Names {
    fn of(resources: &[Arc<Resource>], all: &[usize]) -> Self {
        let mut names = Self::default();
        let mut unknown = Vec::new();
        for &position in all {
            let Some(name) = name_of(&resources[position]) else {
                continue;
            };
            if let Some(text) = name.as_str() {
                let same = names.known.entry(text.to_lowercase());
                same.or_default().push(position);
            }
            if !name.is_wholly_known() {
                names.shapes.entry(shape(name)).or_default().push(position);
                unknown.push(position);
            }
        }
        names.unknown = (!unknown.is_empty()).then(|| unknown.into());
        names
    }
}

/// A name as messages may say it.
fn shown<'a>(value: &Value, text: &'a str) -> &'a str {
    if value.sensitive { "(sensitive)" } else { text }
}

/// The same text for values that are [`alike`], and for few others.
fn shape(value: &Value) -> String {
    match &value.kind {
        Kind::Unknown(unknown) => format!("{:?}", unknown.reason),
        Kind::Template(parts) => parts.iter().map(shape).collect(),
        Kind::Reference(reference) => format!("{reference:?}"),
        _ => value.as_str().unwrap_or_default().to_owned(),
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
        .and_then(|card| card.name.as_ref())
        .unwrap_or(&NAME);
    match resource.properties.lookup(path) {
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

/// What an absolute id says, whatever the type: an ARN, an ARM id, a Google resource path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    kind: String,
    name: String,
}

impl Id {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.starts_with("arn:") {
            let mut types = SERVICES.get(text.split(':').nth(2)?)?.iter();
            let (kind, name) = types.find_map(|kind| arn_name(text, kind))?;
            return Some(Self {
                kind: kind.to_owned(),
                name: name.to_owned(),
            });
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
        let name = names.join("/");
        (!names.is_empty()).then_some(Self { kind, name })
    }
}
