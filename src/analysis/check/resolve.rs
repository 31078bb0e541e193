//! Looking up the paths of rules in resources: explicit values, then defaults, then nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{
    Assumption, Candidate, FrameKind, Graph, Kind, Map, NodeId, OriginKind, Path, Reason, Resource,
    Segment, Unknown, Value,
};

use super::compare::{Letters, same_text};
use super::hidden::Hidden;
use super::outcome::{Decided, Default};
use super::reads::{Part, Reads};
use crate::lower;
use crate::rules::{Fact, Root, Selector, Step};

/// How deep values are followed. Front ends have limits of their own; this one keeps the stack safe.
pub(crate) const DEEPEST: usize = 128;

/// What is assumed while unknowns with candidates are enumerated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    /// By subject, as its author names it.
    pub(crate) named: BTreeMap<Arc<str>, Arc<str>>,
    /// For unknowns whose candidates have no assumption: the position of the candidate.
    pub(crate) unnamed: BTreeMap<Doubt, usize>,
}

/// What tells an unknown from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt {
    /// One that a resource holds: its place in memory, as it lives as long as the graph. It is compared, never shown.
    Held(usize),
    /// The default of a property, which is made anew each time somebody asks.
    Default(NodeId, Path),
}

impl Doubt {
    pub(crate) fn of(unknown: &Unknown) -> Self {
        Self::Held(std::ptr::from_ref(unknown) as usize)
    }
}

/// Where paths are resolved: a resource, and inside a quantifier an item of it.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) reads: Option<&'a Reads>,
    pub(crate) hidden: Option<&'a Hidden>,
    pub(crate) node: NodeId,
    pub(crate) resource: &'a Resource,
    /// The item at hand, with its path from the properties.
    pub(crate) item: Option<(&'a Value, &'a Path)>,
    pub(crate) choices: &'a Choices,
    pub(crate) letters: Letters,
    /// Whether the grounds of a verdict are kept.
    pub(crate) trace: bool,
}

/// What is at a path.
#[derive(Clone, Debug)]
pub(crate) struct Found<'v> {
    pub(crate) path: Path,
    pub(crate) what: What<'v>,
}

/// What is at a path.
#[derive(Clone, Debug)]
pub(crate) enum What<'v> {
    Known(Cow<'v, Value>),
    Absent {
        holder: &'v Value,
    },
    Default {
        holder: &'v Value,
        default: Default,
    },
    Unknown {
        value: &'v Value,
        unknown: Cow<'v, Unknown>,
    },
}

impl What<'_> {
    /// The value in effect; none where nothing is set or it is unknown.
    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Self::Known(value) => Some(value),
            Self::Default { default, .. } => Some(&default.value),
            Self::Absent { .. } | Self::Unknown { .. } => None,
        }
    }

    pub(crate) fn decided(&self) -> Decided {
        match self {
            Self::Known(value) => Decided::Value(value.as_ref().clone()),
            Self::Absent { holder } => Decided::Absent {
                holder: (*holder).clone(),
                default: None,
            },
            Self::Default { holder, default } => Decided::Absent {
                holder: (*holder).clone(),
                default: Some(default.clone()),
            },
            Self::Unknown { value, unknown } => Decided::Unknown {
                value: (*value).clone(),
                reason: unknown.reason.clone(),
            },
        }
    }
}

impl<'a> Scope<'a> {
    /// The value at a path without `[]`.
    pub(crate) fn look(&self, selector: &Selector) -> Found<'a> {
        if let Some(reads) = self.reads {
            reads.add_path(self.node, selector, self.item.is_some());
        }
        self.unseen(selector)
    }

    /// The same, where the caller records what it looks at.
    pub(crate) fn unseen(&self, selector: &Selector) -> Found<'a> {
        let (base, mut path) = match &selector.root {
            Root::Fact(fact) => return self.fact(*fact),
            Root::Meta => (&self.resource.meta, Path::default()),
            Root::Resource => (&self.resource.properties, Path::default()),
            Root::Here => match self.item {
                Some((value, path)) => (value, path.clone()),
                None => (&self.resource.properties, Path::default()),
            },
        };
        let mut what = match selector.plain() {
            Some(plain) if path.is_empty() => {
                let (what, arrived) = self.follow(base, &selector.steps, &mut |_| {});
                if arrived {
                    path = plain.clone();
                }
                what
            }
            _ => self.walk(base, &selector.steps, &mut path),
        };
        if let What::Absent { holder } = what
            && selector.root != Root::Meta
        {
            what = self.default_at(holder, &path);
        }
        Found { path, what }
    }

    /// The items below a path, each with its own path, and whether there may be more that are not known.
    pub(crate) fn items(&self, selector: &Selector) -> (Vec<Found<'a>>, Option<Found<'a>>) {
        let mut current = vec![self.look(selector.collection())];
        let mut missing = None;
        for tail in selector.tails() {
            let mut next = Vec::new();
            for found in current {
                self.spread(found, tail, &mut next, &mut missing);
            }
            current = next;
        }
        (current, missing)
    }

    /// Each item of what was found, and what is at `tail` inside of it.
    fn spread(
        &self,
        found: Found<'a>,
        tail: &[Step],
        next: &mut Vec<Found<'a>>,
        missing: &mut Option<Found<'a>>,
    ) {
        let value = match found.what {
            What::Unknown { .. } => {
                missing.get_or_insert(found);
                return;
            }
            What::Absent { .. } => return,
            What::Known(value) => value,
            What::Default { default, .. } => Cow::Owned(default.value),
        };
        for (segment, item) in placed_children(value) {
            let mut path = match segment {
                Some(segment) => found.path.join(segment),
                None => found.path.clone(),
            };
            let what = match item {
                Cow::Borrowed(item) => self.walk_item(item, tail, &mut path),
                Cow::Owned(item) => walk_owned(item, tail, &mut path),
            };
            match what {
                Some(what @ What::Unknown { .. }) if !tail.is_empty() => {
                    missing.get_or_insert(Found { path, what });
                }
                Some(what) => next.push(Found { path, what }),
                None => {}
            }
        }
    }

    /// Nothing where the item has nothing at `tail`.
    fn walk_item(&self, item: &'a Value, tail: &[Step], path: &mut Path) -> Option<What<'a>> {
        match self.walk(item, tail, path) {
            What::Absent { holder } => match self.default_at(holder, path) {
                What::Absent { .. } => None,
                found => Some(found),
            },
            found => Some(found),
        }
    }

    fn walk(&self, base: &'a Value, steps: &[Step], path: &mut Path) -> What<'a> {
        if steps.is_empty() {
            return self.follow(base, steps, &mut |_| {}).0;
        }
        let mut segments = path.segments().to_vec();
        let (what, arrived) = self.follow(base, steps, &mut |segment| segments.push(segment));
        if arrived {
            *path = Path::new(segments);
        }
        what
    }

    /// Follows steps, and tells each place on the way. The second is false where it cannot be told where they lead.
    fn follow(
        &self,
        base: &'a Value,
        steps: &[Step],
        tell: &mut dyn FnMut(Segment),
    ) -> (What<'a>, bool) {
        let mut current = base;
        for (position, step) in steps.iter().enumerate() {
            current = match self.assume(current) {
                Ok(value) => value,
                Err(unknown) => {
                    let value = current;
                    return (What::Unknown { value, unknown }, false);
                }
            };
            let (segment, next) = match self.step(current, step) {
                Ok(found) => found,
                Err(unknown) => {
                    let (value, unknown) = (current, Cow::Owned(unknown));
                    return (What::Unknown { value, unknown }, false);
                }
            };
            tell(segment);
            match next {
                Some(next) if !next.is_null() => current = next,
                _ => {
                    let rest = steps[position + 1..].iter();
                    rest.map(plain_segment).for_each(tell);
                    return (What::Absent { holder: current }, true);
                }
            }
        }
        let what = match self.assume(current) {
            Ok(value) if value.is_null() => What::Absent { holder: base },
            Ok(value) => What::Known(Cow::Borrowed(value)),
            Err(unknown) => What::Unknown {
                value: current,
                unknown,
            },
        };
        (what, true)
    }

    /// One step down. The error is why it cannot be told where the step leads.
    fn step(&self, value: &'a Value, step: &Step) -> Result<(Segment, Option<&'a Value>), Unknown> {
        match step {
            Step::Key(key) => match &value.kind {
                Kind::Reference(reference) => Err(Unknown::new(Reason::Computed(
                    super::render::reference(reference).into(),
                ))),
                Kind::Encoded(encoded) if encoded.value.as_unknown().is_some() => Err(encoded
                    .value
                    .as_unknown()
                    .cloned()
                    .unwrap_or_else(|| Unknown::new(Reason::Computed("the document".into())))),
                Kind::Template(_) => {
                    Err(Unknown::new(Reason::Computed("a part of the text".into())))
                }
                _ => Ok((Segment::Key(key.clone()), self.entry(value, key))),
            },
            Step::Index(index) => {
                let found = value.as_list().and_then(|items| items.get(*index));
                Ok((Segment::Index(*index), found))
            }
            Step::Where { key, value: wanted } => self.find_item(value, key, wanted),
            Step::Each => Ok((Segment::Each, None)),
        }
    }

    /// The entry of a map; names of Azure properties are the same whatever their case.
    fn entry(&self, value: &'a Value, key: &str) -> Option<&'a Value> {
        let map = value.as_map()?;
        map.get(key).or_else(|| match self.letters {
            Letters::Exact => None,
            Letters::AnyCase => map
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(key))
                .map(|(_, value)| value),
        })
    }

    fn find_item(
        &self,
        value: &'a Value,
        key: &str,
        wanted: &str,
    ) -> Result<(Segment, Option<&'a Value>), Unknown> {
        let items = value.as_list().unwrap_or(std::slice::from_ref(value));
        let mut hidden = None;
        for (index, item) in items.iter().enumerate() {
            let name = self.entry(item, key).unwrap_or(item);
            match &name.kind {
                Kind::Unknown(unknown) => hidden = hidden.or(Some(unknown.as_ref().clone())),
                Kind::Reference(reference) => {
                    let text = super::render::reference(reference);
                    hidden = hidden.or(Some(Unknown::new(Reason::Computed(text.into()))));
                }
                _ if name
                    .as_str()
                    .is_some_and(|text| same_text(text, wanted, self.letters)) =>
                {
                    return Ok((Segment::Index(index), Some(item)));
                }
                _ => {}
            }
        }
        match hidden {
            Some(unknown) => Err(unknown),
            None => Ok((Segment::Index(items.len()), None)),
        }
    }

    /// The value under the assumptions at hand; an error where it stays unknown.
    pub(crate) fn assume(&self, value: &'a Value) -> Result<&'a Value, Cow<'a, Unknown>> {
        let mut value = value;
        for _ in 0..32 {
            let Kind::Unknown(unknown) = &value.kind else {
                return Ok(value);
            };
            match self.choices.pick(unknown) {
                Some(candidate) => value = &candidate.value,
                None => return Err(Cow::Borrowed(unknown)),
            }
        }
        Ok(value)
    }

    fn fact(&self, fact: Fact) -> Found<'a> {
        let text = |text: &str| What::Known(Cow::Owned(Value::bare(text)));
        let absent = What::Absent {
            holder: &self.resource.properties,
        };
        let what = match fact {
            Fact::Type => text(&self.resource.resource_type),
            Fact::DeclaredType => text(&self.resource.declared_type),
            Fact::Name => text(&self.resource.address.name),
            Fact::Language => text(self.resource.language.as_str()),
            Fact::ApiVersion => self.resource.api_version.as_deref().map_or(absent, text),
            Fact::Scope => match &self.resource.scope {
                Some(scope) => match &scope.kind {
                    Kind::Unknown(unknown) => What::Unknown {
                        value: scope,
                        unknown: Cow::Borrowed(unknown),
                    },
                    _ => What::Known(Cow::Borrowed(scope)),
                },
                None => absent,
            },
            Fact::Key => match self.item.and_then(|(_, path)| path.segments().last()) {
                Some(Segment::Key(key)) => text(key),
                Some(Segment::Index(index)) => What::Known(Cow::Owned(Value::bare(*index as i64))),
                _ => absent,
            },
            Fact::Satellite => self.satellite().map_or(absent, |label| text(&label)),
        };
        let path = self
            .item
            .map_or_else(Path::default, |(_, path)| path.clone());
        Found { path, what }
    }

    /// The resource of its own that the item at hand is written in, where that is not this one. A parent that is not here is known
    /// by its satellite alone.
    fn satellite(&self) -> Option<Arc<str>> {
        let (value, _) = self.item?;
        let of_frame = value
            .origin
            .frames()
            .find(|frame| frame.kind == FrameKind::Satellite)
            .map(|frame| frame.label.clone());
        let partial = self.resource.meta.get(lower::defaults::PARTIAL);
        of_frame.or_else(|| partial.map(|_| self.resource.address.to_string().into()))
    }

    fn default_at(&self, holder: &'a Value, path: &Path) -> What<'a> {
        let mut see = |path: &Path| {
            if let (Some(reads), Some(Segment::Key(name))) = (self.reads, path.segments().first()) {
                reads.add(self.node, Part::Property(name.clone()));
            }
        };
        let Some(default) = lower::defaults::default_seen(self.resource, path, &mut see) else {
            return What::Absent { holder };
        };
        if let Kind::Unknown(unknown) = &default.kind {
            let doubt = || Doubt::Default(self.node, path.clone());
            return match self.choices.pick_as(doubt, unknown) {
                Some(candidate) if candidate.value.is_null() => What::Absent { holder },
                Some(candidate) => What::Default {
                    holder,
                    default: noted(candidate.value.clone(), &default),
                },
                None => What::Unknown {
                    value: holder,
                    unknown: Cow::Owned(unknown.as_ref().clone()),
                },
            };
        }
        let mut value = Value::bare(default.kind.clone());
        if value.is_null() {
            return What::Absent { holder };
        }
        value.origin.kind = default.layer;
        What::Default {
            holder,
            default: noted(value, &default),
        }
    }
}

fn noted(value: Value, default: &lower::Default) -> Default {
    Default {
        value,
        note: default.note.into(),
        source: default.source.into(),
    }
}

impl Choices {
    /// Nothing assumed.
    pub(crate) fn none() -> &'static Self {
        static NONE: Choices = Choices {
            named: BTreeMap::new(),
            unnamed: BTreeMap::new(),
        };
        &NONE
    }

    /// A value with the candidates chosen in it, at any depth.
    pub(crate) fn settle<'v>(&self, value: &'v Value) -> Cow<'v, Value> {
        if self.named.is_empty() && self.unnamed.is_empty() {
            return Cow::Borrowed(value);
        }
        Cow::Owned(self.settled(value, 0))
    }

    fn settled(&self, value: &Value, depth: usize) -> Value {
        if depth > DEEPEST {
            return value.clone();
        }
        let mut settled = value.clone();
        match &value.kind {
            Kind::Unknown(unknown) => {
                if let Some(candidate) = self.pick(unknown) {
                    settled = self.settled(&candidate.value, depth + 1);
                }
            }
            Kind::List(items) => {
                let items = items.iter().map(|item| self.settled(item, depth + 1));
                let kept: Vec<_> = items.filter(|item| !item.is_null()).collect();
                settled.kind = Kind::from(kept);
            }
            Kind::Map(entries) => {
                let entry =
                    |(key, item): (&Arc<str>, &Value)| (key.clone(), self.settled(item, depth + 1));
                settled.kind = Kind::from(entries.iter().map(entry).collect::<Map>());
            }
            Kind::Encoded(encoded) => {
                let mut inner = encoded.as_ref().clone();
                inner.value = self.settled(&inner.value, depth + 1);
                settled.kind = Kind::Encoded(Arc::new(inner));
            }
            _ => {}
        }
        settled
    }

    /// The candidate that the choices lead to; none where they do not reach that far.
    pub(crate) fn pick<'u>(&self, unknown: &'u Unknown) -> Option<&'u Candidate> {
        self.pick_as(|| Doubt::of(unknown), unknown)
    }

    /// The same for an unknown that goes by this name.
    pub(crate) fn pick_as<'u>(
        &self,
        name: impl FnOnce() -> Doubt,
        unknown: &'u Unknown,
    ) -> Option<&'u Candidate> {
        if self.named.is_empty() && self.unnamed.is_empty() {
            return None;
        }
        let chosen = |assumption: &Assumption| {
            self.named.get(&assumption.subject) == Some(&assumption.value)
        };
        let named = unknown
            .candidates
            .iter()
            .find(|candidate| !candidate.when.is_empty() && candidate.when.iter().all(chosen));
        named.or_else(|| {
            let index = self.unnamed.get(&name())?;
            unknown.candidates.get(*index)
        })
    }

    /// Whether a candidate can still hold.
    pub(crate) fn allow(&self, candidate: &Candidate) -> bool {
        candidate.when.iter().all(|assumption| {
            self.named
                .get(&assumption.subject)
                .is_none_or(|value| *value == assumption.value)
        })
    }
}

/// The items of a list, or the values of a map; any other value is its own only item.
fn placed_children(value: Cow<'_, Value>) -> Vec<(Option<Segment>, Cow<'_, Value>)> {
    match value {
        Cow::Borrowed(value) => borrowed_children(value)
            .into_iter()
            .map(|(segment, item)| (segment, Cow::Borrowed(item)))
            .collect(),
        Cow::Owned(value) => borrowed_children(&value)
            .into_iter()
            .map(|(segment, item)| (segment, Cow::Owned(item.clone())))
            .collect(),
    }
}

/// The same without their places.
pub(crate) fn children(value: &Value) -> impl Iterator<Item = &Value> {
    let items = value.as_list();
    let entries = items.is_none().then(|| value.as_map()).flatten();
    let itself = (items.is_none() && entries.is_none()).then_some(value);
    let items = items.into_iter().flatten();
    let entries = entries.into_iter().flat_map(Map::values);
    let inside = items.chain(entries).filter(|item| !item.is_null());
    inside.chain(itself)
}

fn borrowed_children(value: &Value) -> Vec<(Option<Segment>, &Value)> {
    if let Some(items) = value.as_list() {
        return items
            .iter()
            .enumerate()
            .filter(|(_, item)| !item.is_null())
            .map(|(index, item)| (Some(Segment::Index(index)), item))
            .collect();
    }
    if let Some(entries) = value.as_map() {
        return entries
            .iter()
            .filter(|(_, item)| !item.is_null())
            .map(|(key, item)| (Some(Segment::Key(key.clone())), item))
            .collect();
    }
    vec![(None, value)]
}

/// The same walk in a value that is a default.
fn walk_owned<'v>(item: Value, tail: &[Step], path: &mut Path) -> Option<What<'v>> {
    let mut current = item;
    for step in tail {
        let (segment, next) = match step {
            Step::Key(key) => (Segment::Key(key.clone()), current.get(key).cloned()),
            Step::Index(index) => (
                Segment::Index(*index),
                current
                    .as_list()
                    .and_then(|items| items.get(*index))
                    .cloned(),
            ),
            Step::Each | Step::Where { .. } => return None,
        };
        *path = path.join(segment);
        current = next?;
    }
    current.origin.kind = OriginKind::ServiceDefault;
    (!current.is_null()).then_some(What::Known(Cow::Owned(current)))
}

/// The step as a segment of a path that leads to nothing.
fn plain_segment(step: &Step) -> Segment {
    match step {
        Step::Key(key) => Segment::Key(key.clone()),
        Step::Index(index) => Segment::Index(*index),
        Step::Each | Step::Where { .. } => Segment::Each,
    }
}
