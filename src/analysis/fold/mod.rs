//! Fold: satellites become properties of their parents, the same way for every language.
//!
//! Two kinds of data say what a satellite is: `folds/<provider>.yaml` for canonical types (`AWS::EC2::SecurityGroupIngress`,
//! `…/securityRules`), and the `satellite` entry of Terraform tables for types that are nothing of their own. Where the parent
//! is not here, the satellite stands for what it says of it; where it may be one of several, what it sets is unknown there.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use foldhash::HashMap;
use indexmap::IndexMap;
use palisade_model::{
    Candidate, Frame, FrameKind, Kind, Map, Path, Presence, Resource, Segment, Span, Target,
    Unknown, Value,
};
use serde::Deserialize;

use crate::embedded::{self, Made};
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

/// By type in lower case.
static FOLDS: LazyLock<HashMap<String, Vec<Fold>>> = LazyLock::new(|| {
    embedded::FOLDS
        .files()
        .filter_map(|file| file.read::<BTreeMap<String, Vec<Fold>>>().ok())
        .flatten()
        .map(|(kind, folds)| (kind.to_lowercase(), folds))
        .collect()
});

/// The folds of a type, in whatever letter case.
fn folds_of(resource_type: &str) -> &'static [Fold] {
    static KNOWN: Made<&'static [Fold]> = Made::new();
    KNOWN.of(resource_type, || {
        let folds = FOLDS.get(&resource_type.to_lowercase());
        folds.map_or(&[], Vec::as_slice)
    })
}

/// What a satellite gives to whatever parent it belongs to.
struct Piece {
    parent_type: Arc<str>,
    /// None of a Terraform type that is nothing of its own.
    fold: Option<&'static Fold>,
    /// What names the parent, or several.
    join: Option<Value>,
    /// Properties of the parent.
    properties: Value,
    /// The same, as they are in a parent that is here; made for the first one.
    framed: OnceCell<Value>,
    append: bool,
    /// What it may set where it is not certain whose it is.
    touched: Vec<Path>,
}

/// A piece for one parent.
struct Part {
    /// The satellite.
    from: usize,
    named: Named,
    piece: Rc<Piece>,
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
    /// By the place of a satellite in memory, which is kept for that.
    pieces: HashMap<*const Resource, (Arc<Resource>, Pieces)>,
}

type Pieces = Rc<[Rc<Piece>]>;

/// A parent with its satellites.
struct Joined {
    made: Arc<Resource>,
    /// What it was made of, kept as it is known by its places in memory.
    _of: Vec<Arc<Resource>>,
}

impl Folding {
    /// Joins all satellites of one environment.
    pub fn fold(&mut self, mut resources: Vec<Arc<Resource>>) -> Vec<Arc<Resource>> {
        let parts = self.parts(&resources);
        let mut joined: BTreeMap<usize, Vec<&Part>> = BTreeMap::new();
        let mut orphans = Orphans::default();
        let mut doubts = Doubts::default();
        for part in &parts {
            match &part.named {
                Named::One(parent) => joined.entry(*parent).or_default().push(part),
                Named::Outside => orphans.add(&resources[part.from], part),
                Named::Perhaps(candidates, reason) => {
                    doubts.add(candidates, &part.piece.touched, reason);
                    orphans.add(&resources[part.from], part);
                }
            }
        }
        for (parent, parts) in joined {
            self.join(&mut resources, parent, &parts);
        }
        doubts.settle(&mut resources);
        for part in &parts {
            if let (Named::Perhaps(candidates, _), Some(item)) = (&part.named, part.piece.stray()) {
                for &candidate in candidates.iter() {
                    let parent = Arc::make_mut(&mut resources[candidate]);
                    place::merge(&mut parent.properties, item.clone(), true);
                }
            }
            orphans.stray(part);
        }
        let mut stays = vec![true; resources.len()];
        for part in parts.iter().filter(|part| part.piece.dissolves()) {
            stays[part.from] = false;
        }
        let kept = resources.into_iter().zip(stays);
        let kept = kept.filter_map(|(resource, stays)| stays.then_some(resource));
        kept.chain(orphans.parents.into_iter().map(Arc::new))
            .collect()
    }

    /// What all satellites give, and to whom.
    fn parts(&mut self, resources: &[Arc<Resource>]) -> Vec<Part> {
        let index = Index::new(resources);
        let mut parts = Vec::new();
        for (position, resource) in resources.iter().enumerate() {
            for piece in self.pieces(resource).iter() {
                let part = |named| Part {
                    from: position,
                    named,
                    piece: piece.clone(),
                };
                parts.extend(piece.named(resource, &index).into_iter().map(part));
            }
        }
        parts
    }

    fn pieces(&mut self, resource: &Arc<Resource>) -> Pieces {
        // What nobody else holds is met once.
        if Arc::strong_count(resource) == 1 {
            return pieces_of(resource);
        }
        let known = self.pieces.entry(Arc::as_ptr(resource));
        let (_, pieces) = known.or_insert_with(|| (resource.clone(), pieces_of(resource)));
        pieces.clone()
    }

    /// Gives the parent at a position its satellites.
    fn join(&mut self, all: &mut [Arc<Resource>], parent: usize, parts: &[&Part]) {
        let of = || std::iter::once(parent).chain(parts.iter().map(|part| part.from));
        if of().any(|position| Arc::strong_count(&all[position]) == 1) {
            return receive_all(all, parent, parts);
        }
        let key = of().map(|position| Arc::as_ptr(&all[position])).collect();
        let known = self.known.entry(key).or_insert_with(|| {
            let of = of().map(|position| all[position].clone()).collect();
            receive_all(all, parent, parts);
            Joined {
                made: all[parent].clone(),
                _of: of,
            }
        });
        all[parent] = known.made.clone();
    }
}

fn receive_all(all: &mut [Arc<Resource>], parent: usize, parts: &[&Part]) {
    for part in parts {
        let satellite = all[part.from].clone();
        receive(Arc::make_mut(&mut all[parent]), &satellite, &part.piece);
    }
}

impl Piece {
    /// It is nothing of its own.
    fn dissolves(&self) -> bool {
        self.fold.is_none()
    }

    /// What names the parent, where those of one parent that is not here stay together.
    fn together(&self) -> Option<&Value> {
        self.join
            .as_ref()
            .filter(|_| self.fold.is_some_and(|fold| fold.together))
    }

    /// Whom the satellite belongs to.
    fn named(&self, satellite: &Resource, index: &Index<'_>) -> Vec<Named> {
        let find = |value| index.find_near(value, &self.parent_type, &satellite.address);
        match (self.fold, &self.join) {
            (None, join) => vec![join.as_ref().map_or(Named::Outside, find)],
            (Some(fold), _) if fold.by.is_none() => vec![arm_parent(satellite, fold, index)],
            (Some(_), None) => Vec::new(),
            (Some(_), Some(value)) => match value.as_list() {
                Some(items) => items.iter().map(find).collect(),
                None => vec![find(value)],
            },
        }
    }

    /// The properties as a parent has them that is here: their chain names the satellite.
    fn framed(&self, satellite: &Resource) -> &Value {
        self.framed.get_or_init(|| {
            let mut properties = self.properties.clone();
            if let Some(header) = satellite.header {
                let label = satellite.address.to_string().into();
                frame(&mut properties, (&label, header), 0);
            }
            properties
        })
    }

    /// What a parent that may be meant has in its list besides, where the place in the list matters: an item that is not known.
    fn stray(&self) -> Option<Value> {
        let unknown = self.together()?.as_unknown()?;
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

fn pieces_of(resource: &Resource) -> Pieces {
    if *resource.resource_type == *resource.declared_type
        && resource.language.is_terraform()
        && let Some(satellite) =
            table::of(&resource.declared_type).and_then(|table| table.satellite.as_ref())
    {
        return [Rc::new(terraform_piece(resource, satellite))].into();
    }
    let folds = folds_of(&resource.resource_type).iter();
    let is_of_name = |fold: &&Fold| {
        let name = fold.named.as_deref();
        name.is_none_or(|name| last_segment(resource) == Some(name))
    };
    let pieces = folds
        .filter(is_of_name)
        .filter_map(|fold| canonical_piece(resource, fold));
    pieces.map(Rc::new).collect()
}

fn terraform_piece(resource: &Resource, satellite: &table::Satellite) -> Piece {
    let declared = resource.meta.get(crate::lower::DECLARED);
    let touched = if satellite.into.is_empty() {
        leaves(&resource.properties)
    } else {
        vec![satellite.into.clone()]
    };
    Piece {
        parent_type: satellite.of.clone(),
        fold: None,
        join: declared.and_then(|declared| declared.get(&satellite.join).cloned()),
        properties: resource.properties.clone(),
        framed: OnceCell::new(),
        append: satellite.append,
        touched,
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

fn canonical_piece(resource: &Resource, fold: &'static Fold) -> Option<Piece> {
    let into = fold.into.parse::<Path>().ok()?;
    let join = fold.by.as_ref().and_then(|by| resource.properties.get(by));
    let content = content(resource, fold);
    let mut properties = Value::new(Map::new(), resource.properties.origin.clone());
    place::set(&mut properties, &into, content, &resource.properties.origin);
    let steps = into.segments().iter();
    let touched = steps.filter(|step| **step != Segment::Each).cloned();
    Some(Piece {
        parent_type: fold.of.clone(),
        fold: Some(fold),
        join: join.cloned(),
        properties,
        framed: OnceCell::new(),
        append: true,
        touched: vec![Path::new(touched.collect())],
    })
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

fn receive(parent: &mut Resource, satellite: &Resource, piece: &Piece) {
    let mut properties = piece.framed(satellite).clone();
    if let Some(unknown) = doubt(parent, satellite, piece) {
        properties = perhaps(properties, parent, unknown);
    }
    place::merge(&mut parent.properties, properties, piece.append);
    if piece.dissolves() {
        let declared_type = Kind::String(satellite.declared_type.clone());
        remember(parent, SATELLITES, Value::bare(declared_type));
        let declared = satellite.meta.get(crate::lower::DECLARED).cloned();
        remember(
            parent,
            SATELLITE_ATTRIBUTES,
            declared.unwrap_or_else(Value::null),
        );
    }
}

/// What decides whether a satellite exists that sets properties, where that is not what decides about its parent too.
fn doubt<'s>(parent: &Resource, satellite: &'s Resource, piece: &Piece) -> Option<&'s Unknown> {
    let unknown = presence(satellite).filter(|_| piece.dissolves() && !piece.append)?;
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

/// Puts the satellite that values are written in into their chain.
fn frame(value: &mut Value, satellite: (&Arc<str>, Span), depth: usize) {
    value.origin.via = Some(Arc::new(Frame {
        kind: FrameKind::Satellite,
        label: satellite.0.clone(),
        span: satellite.1,
        next: value.origin.via.take(),
    }));
    if depth == 4 {
        return;
    }
    match &mut value.kind {
        Kind::Map(map) if !map.is_empty() => {
            for inner in Arc::make_mut(map).values_mut() {
                frame(inner, satellite, depth + 1);
            }
        }
        Kind::List(items) if !items.is_empty() => {
            for inner in Arc::make_mut(items) {
                frame(inner, satellite, depth + 1);
            }
        }
        _ => {}
    }
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
        let piece = &part.piece;
        if let Some(join) = piece.together() {
            let mut known = self.together.iter();
            if let Some((_, at)) = known.find(|(other, at)| {
                other.same(join) && self.parents[*at].resource_type == piece.parent_type
            }) {
                return receive(&mut self.parents[*at], satellite, piece);
            }
            self.together.push((join.clone(), self.parents.len()));
        }
        self.parents.push(orphan(satellite, piece));
    }

    /// What may belong to each of them.
    fn stray(&mut self, part: &Part) {
        let piece = &part.piece;
        let (Some(item), Some(join)) = (piece.stray(), piece.together()) else {
            return;
        };
        for (other, at) in &self.together {
            let parent = &mut self.parents[*at];
            if !other.same(join) && parent.resource_type == piece.parent_type {
                place::merge(&mut parent.properties, item.clone(), true);
            }
        }
    }
}

/// The parent that is not here: only what the satellite says of it is known.
fn orphan(satellite: &Resource, piece: &Piece) -> Resource {
    let mut parent = Resource {
        resource_type: piece.parent_type.clone(),
        properties: piece.properties.clone(),
        ..satellite.clone()
    };
    let reason = format!("the rest of what {} belongs to", satellite.address);
    note(&mut parent, PARTIAL, Value::bare(reason));
    if piece.dissolves() {
        let declared_type = Kind::String(satellite.declared_type.clone());
        remember(&mut parent, SATELLITES, Value::bare(declared_type));
    }
    parent
}
