//! Which values, and which resources beside their values, are alike.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use palisade_model::{
    Address, FrameKind, Kind, ModuleStep, Origin, Presence, Reference, Resource, Target, Unknown,
    Value,
};

use super::reads;

/// The module that something is seen from.
pub(super) type Home = Arc<[ModuleStep]>;

/// How much of two things counts when they are compared.
#[derive(Clone, Copy)]
pub(super) enum Alike<'h> {
    /// What truth rests on: not where a value is written, nor through what it came there. A reference into the own home is like one
    /// into the other's.
    Content(Homes<'h>),
    /// What findings show as well: places and addresses.
    Exact,
}

impl Alike<'_> {
    /// Whether two values are alike. The order of entries counts.
    pub(super) fn values(self, a: &Value, b: &Value) -> bool {
        match self {
            Self::Content(homes) => contents(a, b, homes),
            Self::Exact => a.identical(b),
        }
    }

    /// Whether two resources are alike in everything that is neither a property nor in `meta`, and in the notes there.
    pub(super) fn heads(self, a: &Resource, b: &Resource) -> bool {
        a.resource_type == b.resource_type
            && a.declared_type == b.declared_type
            && a.language == b.language
            && a.api_version == b.api_version
            && a.provider == b.provider
            && self.both(a.scope.as_ref(), b.scope.as_ref())
            && self.presences(&a.presence, &b.presence)
            && self.origins(&a.properties.origin, &b.properties.origin)
            && self.origins(&a.meta.origin, &b.meta.origin)
            && self.notes(a, b)
            && (matches!(self, Self::Content(_))
                || a.header == b.header && a.origin == b.origin && a.address == b.address)
    }

    fn notes(self, a: &Resource, b: &Resource) -> bool {
        let (mut a, mut b) = (reads::notes(a), reads::notes(b));
        loop {
            match (a.next(), b.next()) {
                (Some((a, x)), Some((b, y))) if a == b && self.values(x, y) => {}
                (None, None) => return true,
                _ => return false,
            }
        }
    }

    fn both(self, a: Option<&Value>, b: Option<&Value>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => self.values(a, b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }

    fn presences(self, a: &Presence, b: &Presence) -> bool {
        match (a, b) {
            (Presence::Conditional(a), Presence::Conditional(b))
            | (Presence::Symbolic(a), Presence::Symbolic(b)) => {
                let unknown = |it: &Arc<Unknown>| Value::bare(Kind::Unknown(it.clone()));
                self.values(&unknown(a), &unknown(b))
            }
            (a, b) => a == b,
        }
    }

    fn origins(self, a: &Origin, b: &Origin) -> bool {
        match self {
            Self::Content(_) => same_origins(a, b),
            Self::Exact => a == b,
        }
    }
}

type Homes<'h> = [&'h Home; 2];

/// Whether the contents of two values are the same, each seen from its home.
fn contents(a: &Value, b: &Value, homes: Homes<'_>) -> bool {
    let all = |a: &[Value], b: &[Value]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| contents(a, b, homes))
    };
    let kinds = match (&a.kind, &b.kind) {
        (Kind::List(a), Kind::List(b)) | (Kind::Template(a), Kind::Template(b)) => {
            shared(a, b, homes) || all(a, b)
        }
        (Kind::Map(a), Kind::Map(b)) => {
            let mut pairs = a.iter().zip(b.iter());
            let same = |((a, x), (b, y)): ((&Arc<str>, &Value), (&Arc<str>, &Value))| {
                a == b && contents(x, y, homes)
            };
            shared(a, b, homes) || a.len() == b.len() && pairs.all(same)
        }
        (Kind::Encoded(a), Kind::Encoded(b)) => {
            let same = || a.encoding == b.encoding && a.text == b.text;
            shared(a, b, homes) || same() && contents(&a.value, &b.value, homes)
        }
        (Kind::Reference(a), Kind::Reference(b)) => same_references(a, b, homes),
        (Kind::Unknown(a), Kind::Unknown(b)) => same_unknowns(a, b, homes),
        (a, b) => a == b,
    };
    kinds && a.sensitive == b.sensitive && same_origins(&a.origin, &b.origin)
}

/// What both share is alike, unless it is seen from two modules.
fn shared<T>(a: &Arc<T>, b: &Arc<T>, [home, other]: Homes<'_>) -> bool {
    Arc::ptr_eq(home, other) && Arc::ptr_eq(a, b)
}

fn same_origins(a: &Origin, b: &Origin) -> bool {
    a.kind == b.kind && is_of_satellite(a) == is_of_satellite(b)
}

fn same_references(a: &Reference, b: &Reference, [home, other]: Homes<'_>) -> bool {
    let (Target::Address(x), Target::Address(y)) = (&a.target, &b.target) else {
        return a == b;
    };
    let (inside, other_inside) = (x.module == *home, y.module == *other);
    a.attribute == b.attribute
        && inside == other_inside
        && (inside || x.module == y.module)
        && in_module(x) == in_module(y)
}

/// An unknown with candidates that no assumption names is told from others by its place in memory.
fn same_unknowns(a: &Arc<Unknown>, b: &Arc<Unknown>, homes: Homes<'_>) -> bool {
    let mut candidates = a.candidates.iter();
    let is_told_by_place = candidates.any(|candidate| candidate.when.is_empty());
    let mut pairs = a.candidates.iter().zip(&b.candidates);
    shared(a, b, homes)
        || !is_told_by_place
            && a.reason == b.reason
            && a.candidates.len() == b.candidates.len()
            && pairs.all(|(a, b)| a.when == b.when && contents(&a.value, &b.value, homes))
}

/// What tells an address from others of its module.
fn in_module(address: &Address) -> impl Hash + Eq {
    let Address {
        module: _,
        mode,
        resource_type,
        name,
        key,
    } = address;
    (mode, resource_type, name, key)
}

/// What is written in a resource of its own is judged there, too.
fn is_of_satellite(origin: &Origin) -> bool {
    let mut frames = origin.frames();
    frames.any(|frame| frame.kind == FrameKind::Satellite)
}

/// Feeds things to a hash, so that it is the same for what is alike.
pub(super) struct Feed<'h> {
    /// Where content alone counts.
    home: Option<&'h Home>,
    /// Whether a reference was met: then the hash is another from another home.
    pub(super) is_tied: Cell<bool>,
}

impl<'h> Feed<'h> {
    pub(super) fn new(home: Option<&'h Home>) -> Self {
        let is_tied = Cell::default();
        Self { home, is_tied }
    }

    pub(super) fn value(&self, value: &Value, state: &mut impl Hasher) {
        value.origin.kind.hash(state);
        if self.home.is_none() {
            value.origin.span.hash(state);
        }
        std::mem::discriminant(&value.kind).hash(state);
        match &value.kind {
            Kind::Null => {}
            Kind::Bool(flag) => flag.hash(state),
            Kind::Number(number) => match number.as_i64() {
                Some(whole) => whole.hash(state),
                None => number.as_f64().to_bits().hash(state),
            },
            Kind::String(text) => text.hash(state),
            Kind::List(items) | Kind::Template(items) => {
                state.write_usize(items.len());
                items.iter().for_each(|item| self.value(item, state));
            }
            Kind::Map(entries) => {
                state.write_usize(entries.len());
                for (name, item) in entries.iter() {
                    name.hash(state);
                    self.value(item, state);
                }
            }
            Kind::Encoded(encoded) => self.value(&encoded.value, state),
            Kind::Reference(reference) => self.reference(reference, state),
            Kind::Unknown(unknown) => self.unknown(unknown, state),
        }
    }

    fn unknown(&self, unknown: &Unknown, state: &mut impl Hasher) {
        unknown.reason.hash(state);
        for candidate in &unknown.candidates {
            self.value(&candidate.value, state);
        }
    }

    fn reference(&self, reference: &Reference, state: &mut impl Hasher) {
        match (self.home, &reference.target) {
            (Some(home), Target::Address(address)) => {
                self.is_tied.set(true);
                reference.attribute.hash(state);
                in_module(address).hash(state);
                if address.module != *home {
                    address.module.hash(state);
                }
            }
            _ => reference.hash(state),
        }
    }

    /// What [`Alike::heads`] compares.
    pub(super) fn head(&self, resource: &Resource, state: &mut impl Hasher) {
        resource.declared_type.hash(state);
        match &resource.presence {
            Presence::Conditional(unknown) | Presence::Symbolic(unknown) => {
                self.unknown(unknown, state);
            }
            Presence::Certain | Presence::External => {}
        }
        if self.home.is_none() {
            resource.address.hash(state);
            resource.header.hash(state);
        }
        let scope = resource.scope.iter();
        let notes = reads::notes(resource).map(|(_, note)| note);
        for value in scope.chain(notes) {
            self.value(value, state);
        }
    }
}
