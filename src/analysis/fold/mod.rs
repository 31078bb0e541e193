//! Fold: satellites become properties of their parents, the same way for every language.
//!
//! Two kinds of data say what a satellite is: `folds/<provider>.yaml` for canonical types (`AWS::EC2::SecurityGroupIngress`,
//! `…/securityRules`), and the `satellite` entry of Terraform tables for types that are nothing of their own. Where the parent
//! is not here, the satellite stands for what it says of it; where it may be one of several, what it sets is unknown there.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use foldhash::HashMap;
use indexmap::IndexMap;
use palisade_model::{
    Candidate, Frame, FrameKind, Kind, Map, Path, Presence, Resource, Segment, Span, Target,
    Unknown, Value,
};
use serde::Deserialize;

use crate::embedded;
use crate::identity::{Index, Named, name_of};
use crate::lower::defaults::{MAYBE, PARTIAL, SATELLITE_ATTRIBUTES, SATELLITES, note};
use crate::lower::{place, table};

/// A canonical type that is a part of another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fold {
    /// The parent's type.
    of: Arc<str>,
    /// The property that names the parent or several; none where the ARM name or scope does.
    #[serde(default)]
    by: Option<String>,
    /// Where it goes in the parent.
    into: String,
    /// Only the child of this name (its last segment).
    #[serde(default)]
    named: Option<String>,
    /// Only these properties of it; all but `by` where none are given.
    #[serde(default)]
    take: Vec<String>,
    /// Its own property that takes the place of the whole.
    #[serde(default)]
    inner: Option<String>,
    /// Those of one parent that is not here are one parent: their order counts.
    #[serde(default)]
    together: bool,
}

static FOLDS: LazyLock<BTreeMap<String, Vec<Fold>>> = LazyLock::new(|| {
    embedded::FOLDS
        .files()
        .filter_map(|file| file.read::<BTreeMap<String, Vec<Fold>>>().ok())
        .flatten()
        .map(|(kind, folds)| (kind.to_lowercase(), folds))
        .collect()
});

/// What a satellite gives its parent.
struct Part {
    /// The satellite.
    from: usize,
    parent_type: Arc<str>,
    named: Named,
    /// Properties of the parent.
    properties: Value,
    append: bool,
    /// What it may set where it is not certain whose it is.
    touched: Vec<Path>,
    /// It is nothing of its own.
    dissolves: bool,
    /// What names the parent, where those of one parent that is not here stay together.
    together: Option<Value>,
}

/// Joins all satellites.
pub fn fold(resources: Vec<Arc<Resource>>) -> Vec<Arc<Resource>> {
    Folding::default().fold(resources)
}

/// Folds the resources of several environments: a parent that they share, with satellites that they share, is made once.
#[derive(Default)]
pub struct Folding {
    /// By the parent and the satellites: of what a satellite is made of, one fold leads to each type of parent.
    known: HashMap<Vec<*const Resource>, Joined>,
}

/// A parent with its satellites.
struct Joined {
    made: Arc<Resource>,
    /// What it was made of, kept as it is known by its places in memory.
    _of: Vec<Arc<Resource>>,
}

impl Folding {
    /// Joins all satellites of one environment.
    pub fn fold(&mut self, mut resources: Vec<Arc<Resource>>) -> Vec<Arc<Resource>> {
        let parts = {
            let index = Index::new(&resources);
            let all = resources.iter().enumerate();
            all.flat_map(|(position, resource)| parts_of(position, resource, &index))
                .collect::<Vec<_>>()
        };
        let mut joined: BTreeMap<usize, Vec<&Part>> = BTreeMap::new();
        let mut orphans = Orphans::default();
        let mut doubts = Doubts::default();
        for part in &parts {
            match &part.named {
                Named::One(parent) => joined.entry(*parent).or_default().push(part),
                Named::Outside => orphans.add(&resources[part.from], part),
                Named::Perhaps(candidates, reason) => {
                    doubts.add(candidates, &part.touched, reason);
                    orphans.add(&resources[part.from], part);
                }
            }
        }
        let whole: Vec<_> = joined
            .into_iter()
            .map(|(parent, parts)| (parent, self.join(&resources, parent, &parts)))
            .collect();
        for (parent, made) in whole {
            resources[parent] = made;
        }
        doubts.settle(&mut resources);
        for part in &parts {
            if let (Named::Perhaps(candidates, _), Some(item)) = (&part.named, part.stray()) {
                for &candidate in candidates.iter() {
                    let parent = Arc::make_mut(&mut resources[candidate]);
                    place::merge(&mut parent.properties, item.clone(), true);
                }
            }
            orphans.stray(part);
        }
        let mut stays = vec![true; resources.len()];
        for part in parts.iter().filter(|part| part.dissolves) {
            stays[part.from] = false;
        }
        let kept = resources.into_iter().zip(stays);
        let kept = kept.filter_map(|(resource, stays)| stays.then_some(resource));
        kept.chain(orphans.parents.into_iter().map(Arc::new))
            .collect()
    }

    /// The parent at a position with its satellites.
    fn join(&mut self, all: &[Arc<Resource>], parent: usize, parts: &[&Part]) -> Arc<Resource> {
        let of = || std::iter::once(parent).chain(parts.iter().map(|part| part.from));
        let make = || {
            let mut made = all[parent].as_ref().clone();
            for part in parts {
                receive(&mut made, &all[part.from], part);
            }
            Arc::new(made)
        };
        // What nobody else holds is met once.
        if of().any(|position| Arc::strong_count(&all[position]) == 1) {
            return make();
        }
        let key = of().map(|position| Arc::as_ptr(&all[position])).collect();
        let known = self.known.entry(key).or_insert_with(|| Joined {
            made: make(),
            _of: of().map(|position| all[position].clone()).collect(),
        });
        known.made.clone()
    }
}

impl Part {
    /// What a parent that may be meant has in its list besides, where the place in the list matters: an item that is not known.
    fn stray(&self) -> Option<Value> {
        let unknown = self.together.as_ref()?.as_unknown()?;
        let [path] = &self.touched[..] else {
            return None;
        };
        let item = Value::new(
            Kind::from(unknown.reason.clone()),
            self.properties.origin.clone(),
        );
        let mut properties = Value::new(Map::new(), self.properties.origin.clone());
        let origin = &self.properties.origin;
        place::set(
            &mut properties,
            path,
            Value::new(vec![item], origin.clone()),
            origin,
        );
        Some(properties)
    }
}

fn parts_of(position: usize, resource: &Resource, index: &Index<'_>) -> Vec<Part> {
    if resource.language.is_terraform()
        && let Some(satellite) =
            table::of(&resource.declared_type).and_then(|table| table.satellite.as_ref())
        && *resource.resource_type == *resource.declared_type
    {
        return vec![terraform_part(position, resource, satellite, index)];
    }
    let Some(folds) = FOLDS.get(&resource.resource_type.to_lowercase()) else {
        return Vec::new();
    };
    folds
        .iter()
        .filter(|fold| {
            fold.named
                .as_deref()
                .is_none_or(|name| last_segment(resource) == Some(name))
        })
        .flat_map(|fold| canonical_parts(position, resource, fold, index))
        .collect()
}

fn terraform_part(
    position: usize,
    resource: &Resource,
    satellite: &table::Satellite,
    index: &Index<'_>,
) -> Part {
    let declared = resource.meta.get(crate::lower::DECLARED);
    let join = declared.and_then(|declared| declared.get(&satellite.join));
    let named = match join {
        Some(value) => index.find_near(value, &satellite.of, &resource.address),
        None => Named::Outside,
    };
    let touched = if satellite.into.is_empty() {
        leaves(&resource.properties)
    } else {
        vec![satellite.into.clone()]
    };
    Part {
        from: position,
        parent_type: satellite.of.clone(),
        named,
        properties: resource.properties.clone(),
        append: satellite.append,
        touched,
        dissolves: true,
        together: None,
    }
}

/// The properties directly below the root.
fn leaves(properties: &Value) -> Vec<Path> {
    properties
        .as_map()
        .map(|map| {
            map.keys()
                .map(|key| Path::new(vec![Segment::Key(key.clone())]))
                .collect()
        })
        .unwrap_or_default()
}

fn canonical_parts(
    position: usize,
    resource: &Resource,
    fold: &Fold,
    index: &Index<'_>,
) -> Vec<Part> {
    let Ok(into) = fold.into.parse::<Path>() else {
        return Vec::new();
    };
    let join = fold.by.as_ref().and_then(|by| resource.properties.get(by));
    let find = |value| index.find_near(value, &fold.of, &resource.address);
    let parents: Vec<Named> = match (&fold.by, join) {
        (None, _) => vec![arm_parent(resource, fold, index)],
        (Some(_), None) => Vec::new(),
        (Some(_), Some(value)) => match value.as_list() {
            Some(items) => items.iter().map(find).collect(),
            None => vec![find(value)],
        },
    };
    let content = content(resource, fold);
    let mut properties = Value::new(Map::new(), resource.properties.origin.clone());
    place::set(&mut properties, &into, content, &resource.properties.origin);
    parents
        .into_iter()
        .map(|named| Part {
            from: position,
            parent_type: fold.of.clone(),
            named,
            properties: properties.clone(),
            append: true,
            touched: vec![Path::new(
                into.segments()
                    .iter()
                    .filter(|segment| **segment != Segment::Each)
                    .cloned()
                    .collect(),
            )],
            dissolves: false,
            together: join.filter(|_| fold.together).cloned(),
        })
        .collect()
}

/// What of the satellite goes into the parent.
fn content(resource: &Resource, fold: &Fold) -> Value {
    if let Some(inner) = &fold.inner {
        return resource
            .properties
            .get(inner)
            .cloned()
            .unwrap_or_else(Value::null);
    }
    let Some(map) = resource.properties.as_map() else {
        return resource.properties.clone();
    };
    let kept: Map = map
        .iter()
        .filter(|(key, _)| {
            if fold.take.is_empty() {
                fold.by.as_deref() != Some(&***key)
            } else {
                fold.take.iter().any(|name| **name == ***key)
            }
        })
        .map(|(key, value)| {
            let value = match (&**key, value.as_str()) {
                ("name", Some(name)) if fold.by.is_none() => {
                    let last = name.rsplit('/').next().unwrap_or(name);
                    Value::new(last, value.origin.clone())
                }
                _ => value.clone(),
            };
            (key.clone(), value)
        })
        .collect();
    let mut item = Value::new(kept, resource.properties.origin.clone());
    item.origin.entry = item.origin.entry.or(resource.header);
    item
}

/// The parent of an ARM child: its scope, or the resource its name begins with.
fn arm_parent(resource: &Resource, fold: &Fold, index: &Index<'_>) -> Named {
    if let Some(scope) = &resource.scope
        && let Some(reference) = scope.as_reference()
        && let Target::Address(address) = &reference.target
        && let Named::One(found) = index.at(address, Some(&fold.of))
    {
        return Named::One(found);
    }
    let Some(parent) = name_of(resource).and_then(parent_name) else {
        return Named::Outside;
    };
    match index.of_name(&parent, &fold.of) {
        Some(found) => Named::One(found),
        None => index.find(&parent, &fold.of),
    }
}

/// `account/default` to `account`, also where the account's name is a reference.
fn parent_name(name: &Value) -> Option<Value> {
    match &name.kind {
        Kind::String(text) => {
            let (parent, _) = text.rsplit_once('/')?;
            Some(Value::new(parent, name.origin.clone()))
        }
        Kind::Template(parts) => {
            let (last, before) = parts.split_last()?;
            // The last part is the child's name, or ends in it.
            let (kept, before) = if let Some(text) = last.as_str() {
                (text.rsplit_once('/')?.0.to_owned(), before)
            } else {
                let (slash, before) = before.split_last()?;
                (slash.as_str()?.strip_suffix('/')?.to_owned(), before)
            };
            let mut parts = before.to_vec();
            if !kept.is_empty() {
                parts.push(Value::new(kept, name.origin.clone()));
            }
            match parts.len() {
                0 => None,
                1 => parts.pop(),
                _ => Some(Value::new(
                    Kind::Template(Arc::new(parts)),
                    name.origin.clone(),
                )),
            }
        }
        _ => None,
    }
}

fn last_segment(resource: &Resource) -> Option<&str> {
    let name = resource.properties.get("name")?;
    match &name.kind {
        Kind::Template(parts) => parts.last()?.as_str()?.rsplit('/').next(),
        _ => name.as_str()?.rsplit('/').next(),
    }
}

fn receive(parent: &mut Resource, satellite: &Resource, part: &Part) {
    let mut properties = part.properties.clone();
    if let Some(header) = satellite.header {
        let label = satellite.address.to_string().into();
        properties = framed(properties, (&label, header), 0);
    }
    if let Some(unknown) = doubt(parent, satellite, part) {
        properties = perhaps(properties, parent, unknown);
    }
    place::merge(&mut parent.properties, properties, part.append);
    if part.dissolves {
        remember(parent, SATELLITES, Value::bare(&*satellite.declared_type));
        let declared = satellite.meta.get(crate::lower::DECLARED).cloned();
        remember(
            parent,
            SATELLITE_ATTRIBUTES,
            declared.unwrap_or_else(Value::null),
        );
    }
}

/// What decides whether a satellite exists that sets properties, where that is not what decides about its parent too.
fn doubt<'s>(parent: &Resource, satellite: &'s Resource, part: &Part) -> Option<&'s Unknown> {
    let unknown = presence(satellite).filter(|_| part.dissolves && !part.append)?;
    let same = presence(parent).is_some_and(|other| other.reason == unknown.reason);
    (!same).then_some(unknown)
}

fn presence(resource: &Resource) -> Option<&Unknown> {
    match &resource.presence {
        Presence::Conditional(unknown) | Presence::Symbolic(unknown) => Some(unknown),
        Presence::Certain | Presence::External => None,
    }
}

/// The properties as they are with and without a satellite of which it is not known whether it exists.
fn perhaps(properties: Value, parent: &Resource, unknown: &Unknown) -> Value {
    let Some(map) = properties.as_map() else {
        return properties;
    };
    let told = unknown
        .candidates
        .iter()
        .map(|one| Some((one.when.clone(), exists(&one.value)?)));
    let told: Option<Vec<_>> = told.collect();
    let cases = match told {
        Some(told) if !told.is_empty() => told,
        _ => vec![(Vec::new(), true), (Vec::new(), false)],
    };
    let either = |(name, value): (&Arc<str>, &Value)| {
        let without = parent.properties.get(name).cloned();
        let without = without.unwrap_or_else(Value::null);
        let candidates = cases.iter().map(|(when, exists)| Candidate {
            when: when.clone(),
            value: if *exists {
                value.clone()
            } else {
                without.clone()
            },
        });
        let unknown = Unknown {
            reason: unknown.reason.clone(),
            candidates: candidates.collect(),
        };
        (name.clone(), Value::new(unknown, value.origin.clone()))
    };
    Value::new(
        map.iter().map(either).collect::<Map>(),
        properties.origin.clone(),
    )
}

/// Whether something of this `count` or `for_each` exists.
fn exists(number: &Value) -> Option<bool> {
    match &number.kind {
        Kind::Number(number) => Some(number.as_f64() > 0.0),
        Kind::List(items) => Some(!items.is_empty()),
        Kind::Map(entries) => Some(!entries.is_empty()),
        _ => None,
    }
}

/// Adds to a list of the resource's `meta`.
fn remember(resource: &mut Resource, name: &str, value: Value) {
    if let Kind::Map(meta) = &mut resource.meta.kind
        && let Some(known) = Arc::make_mut(meta).get_mut(name)
        && let Kind::List(list) = &mut known.kind
    {
        Arc::make_mut(list).push(value);
        return;
    }
    note(resource, name, Value::bare(vec![value]));
}

/// The same values, whose chain now names the satellite they are written in.
fn framed(value: Value, satellite: (&Arc<str>, Span), depth: usize) -> Value {
    let mut value = value;
    value.origin.via = Some(Arc::new(Frame {
        kind: FrameKind::Satellite,
        label: satellite.0.clone(),
        span: satellite.1,
        next: value.origin.via.take(),
    }));
    if depth < 4 {
        value.kind = match value.kind {
            Kind::Map(map) => Arc::unwrap_or_clone(map)
                .into_iter()
                .map(|(key, inner)| (key, framed(inner, satellite, depth + 1)))
                .collect::<Map>()
                .into(),
            Kind::List(items) => Arc::unwrap_or_clone(items)
                .into_iter()
                .map(|inner| framed(inner, satellite, depth + 1))
                .collect::<Vec<_>>()
                .into(),
            other => other,
        };
    }
    value
}

/// What satellites set in parents that may be meant: it is not known there. Many satellites may each be of all the same parents, so
/// what is said of these is gathered first, by the place of their list in memory.
#[derive(Default)]
struct Doubts(IndexMap<*const usize, (Arc<[usize]>, Map)>);

impl Doubts {
    fn add(&mut self, candidates: &Arc<[usize]>, touched: &[Path], reason: &Arc<str>) {
        let doubts = self.0.entry(candidates.as_ptr());
        let (_, maybe) = doubts.or_insert_with(|| (candidates.clone(), Map::new()));
        for path in touched {
            maybe.insert(path.to_string().into(), Value::bare(&**reason));
        }
    }

    fn settle(self, resources: &mut [Arc<Resource>]) {
        for (candidates, new) in self.0.into_values() {
            for &candidate in candidates.iter() {
                let parent = Arc::make_mut(&mut resources[candidate]);
                let known = parent.meta.get(MAYBE).and_then(Value::as_map);
                let mut maybe = known.cloned().unwrap_or_default();
                maybe.extend(new.clone());
                note(parent, MAYBE, Value::bare(maybe));
            }
        }
    }
}

/// The parents that are not here.
#[derive(Default)]
struct Orphans {
    parents: Vec<Resource>,
    /// What names those whose satellites stay together, and their places.
    together: Vec<(Value, usize)>,
}

impl Orphans {
    fn add(&mut self, satellite: &Resource, part: &Part) {
        if let Some(join) = &part.together {
            let mut known = self.together.iter();
            if let Some((_, at)) = known.find(|(other, at)| {
                other.same(join) && self.parents[*at].resource_type == part.parent_type
            }) {
                return receive(&mut self.parents[*at], satellite, part);
            }
            self.together.push((join.clone(), self.parents.len()));
        }
        self.parents.push(orphan(satellite, part));
    }

    /// What may belong to each of them.
    fn stray(&mut self, part: &Part) {
        let (Some(item), Some(join)) = (part.stray(), &part.together) else {
            return;
        };
        for (other, at) in &self.together {
            let parent = &mut self.parents[*at];
            if !other.same(join) && parent.resource_type == part.parent_type {
                place::merge(&mut parent.properties, item.clone(), true);
            }
        }
    }
}

/// The parent that is not here: only what the satellite says of it is known.
fn orphan(satellite: &Resource, part: &Part) -> Resource {
    let mut parent = Resource {
        resource_type: part.parent_type.clone(),
        properties: part.properties.clone(),
        ..satellite.clone()
    };
    let reason = format!("the rest of what {} belongs to", satellite.address);
    note(&mut parent, PARTIAL, Value::bare(reason));
    if part.dissolves {
        remember(
            &mut parent,
            SATELLITES,
            Value::bare(&*satellite.declared_type),
        );
    }
    parent
}
