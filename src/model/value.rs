//! Values in three states, each with its origin.

use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::{Map, Origin, Path, Reason, Reference, Segment, Span, Unknown};

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it comes from.
    pub origin: Origin,
    /// Must not be printed: `sensitive = true`, `@secure()`, `NoEcho`.
    pub sensitive: bool,
}

/// What a [`Value`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Written, and written as nothing: the attribute is not set.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(Number),
    /// A text.
    String(Arc<str>),
    /// A list, tuple or set.
    List(Arc<Vec<Value>>),
    /// An object or map.
    Map(Arc<Map>),
    /// A document inside a string: a policy in JSON, a script in base64.
    Encoded(Arc<Encoded>),
    /// An attribute of another resource.
    Reference(Arc<Reference>),
    /// A text of several parts of which at least one is a reference or unknown: `arn:aws:s3:::` and a bucket's name.
    Template(Arc<Vec<Value>>),
    /// Not known, and why.
    Unknown(Arc<Unknown>),
}

/// A text and the document it encodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// How.
    pub encoding: Encoding,
    /// The text, where all of it is known.
    pub text: Option<Arc<str>>,
    /// The document, with the origins of its parts.
    pub value: Value,
}

/// How a document is put into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// JSON (RFC 8259).
    Json,
    /// YAML.
    Yaml,
    /// Base64 (RFC 4648) of a text.
    Base64,
}

/// A number of a template. Integers keep all digits of 64 bits, everything else is an IEEE double.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// Any other.
    Float(f64),
}

/// What a look-up of a path finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lookup<'a> {
    /// A value. It can still hold unknown parts.
    Known(&'a Value),
    /// Nothing is set there. The value is the nearest ancestor that exists: its header is what implies the absence.
    Unset(&'a Value),
    /// It cannot be known: the unknown met at the path or above it.
    Unknown(&'a Value, &'a Unknown),
}

impl Number {
    /// The number as a double.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }

    /// The number as an integer, where it is whole and fits.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(number),
            Self::Float(number) if number.fract() == 0.0 && number.abs() < 9.0e15 => {
                Some(number as i64)
            }
            Self::Float(_) => None,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self.as_i64(), other.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => self.as_f64() == other.as_f64(),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_i64() {
            Some(number) => write!(f, "{number}"),
            None => write!(f, "{}", self.as_f64()),
        }
    }
}

impl From<bool> for Kind {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Kind {
    fn from(value: i64) -> Self {
        Self::Number(Number::Integer(value))
    }
}

impl From<f64> for Kind {
    fn from(value: f64) -> Self {
        Self::Number(Number::Float(value))
    }
}

impl From<&str> for Kind {
    fn from(value: &str) -> Self {
        Self::String(value.into())
    }
}

impl From<String> for Kind {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

/// What all empty lists share: a plan has more of them than of others.
static EMPTY_LIST: LazyLock<Arc<Vec<Value>>> = LazyLock::new(Arc::default);
/// What all empty maps share.
static EMPTY_MAP: LazyLock<Arc<Map>> = LazyLock::new(Arc::default);

impl From<Vec<Value>> for Kind {
    fn from(value: Vec<Value>) -> Self {
        if value.is_empty() {
            return Self::List(EMPTY_LIST.clone());
        }
        Self::List(Arc::new(value))
    }
}

impl From<Map> for Kind {
    fn from(value: Map) -> Self {
        if value.is_empty() {
            return Self::Map(EMPTY_MAP.clone());
        }
        Self::Map(Arc::new(value))
    }
}

impl From<Reason> for Kind {
    fn from(reason: Reason) -> Self {
        Self::Unknown(Arc::new(Unknown::new(reason)))
    }
}

impl From<Unknown> for Kind {
    fn from(unknown: Unknown) -> Self {
        Self::Unknown(Arc::new(unknown))
    }
}

impl From<Reference> for Kind {
    fn from(reference: Reference) -> Self {
        Self::Reference(Arc::new(reference))
    }
}

impl Kind {
    /// Equal in everything, as [`Value::identical`].
    pub fn identical(&self, other: &Self) -> bool {
        let all = |a: &[Value], b: &[Value]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.identical(b))
        };
        match (self, other) {
            (Self::List(a), Self::List(b)) | (Self::Template(a), Self::Template(b)) => {
                Arc::ptr_eq(a, b) || all(a, b)
            }
            (Self::Map(a), Self::Map(b)) => {
                Arc::ptr_eq(a, b)
                    || a.len() == b.len()
                        && a.iter()
                            .zip(b.iter())
                            .all(|((a, x), (b, y))| a == b && x.identical(y))
            }
            (Self::Encoded(a), Self::Encoded(b)) => {
                Arc::ptr_eq(a, b)
                    || a.encoding == b.encoding && a.text == b.text && a.value.identical(&b.value)
            }
            (Self::Unknown(a), Self::Unknown(b)) => {
                let mut pairs = a.candidates.iter().zip(&b.candidates);
                Arc::ptr_eq(a, b)
                    || a.reason == b.reason
                        && a.candidates.len() == b.candidates.len()
                        && pairs.all(|(a, b)| a.when == b.when && a.value.identical(&b.value))
            }
            (a, b) => a == b,
        }
    }
}

impl Value {
    /// A value with its origin.
    pub fn new(kind: impl Into<Kind>, origin: Origin) -> Self {
        Self {
            kind: kind.into(),
            origin,
            sensitive: false,
        }
    }

    /// A value of no place, for defaults and tests.
    pub fn bare(kind: impl Into<Kind>) -> Self {
        Self::new(kind, Origin::default())
    }

    /// Nothing, of no place.
    pub fn null() -> Self {
        Self::new(Kind::Null, Origin::default())
    }

    /// The same value at another place.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Whether nothing is set.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The boolean, where it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, where it is one.
    pub fn as_number(&self) -> Option<Number> {
        match self.kind {
            Kind::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The text, where it is one and all of it is known.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(value) => Some(value),
            Kind::Encoded(encoded) => encoded.text.as_deref(),
            _ => None,
        }
    }

    /// The items, where it is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            Kind::Encoded(encoded) => encoded.value.as_list(),
            _ => None,
        }
    }

    /// The entries, where it is a map; of an encoded document those of the document.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            Kind::Encoded(encoded) => encoded.value.as_map(),
            _ => None,
        }
    }

    /// The reference, where it is one.
    pub fn as_reference(&self) -> Option<&Reference> {
        match &self.kind {
            Kind::Reference(reference) => Some(reference),
            _ => None,
        }
    }

    /// Why it is not known, where it is not.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            Kind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// The entry `key`, where it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Looks up a path of keys and indices. A null on the way, or at the end, is unset. `[]` in the path is not followed here:
    /// quantifiers over items are the rule engine's.
    pub fn lookup(&self, path: &Path) -> Lookup<'_> {
        let mut current = self;
        for segment in path.segments() {
            if let Kind::Unknown(unknown) = &current.kind {
                return Lookup::Unknown(current, unknown);
            }
            let next = match segment {
                Segment::Key(key) => current.get(key),
                Segment::Index(index) => current.as_list().and_then(|items| items.get(*index)),
                Segment::Each => None,
            };
            match next {
                Some(next) if !next.is_null() => current = next,
                _ => return Lookup::Unset(current),
            }
        }
        match &current.kind {
            Kind::Unknown(unknown) => Lookup::Unknown(current, unknown),
            Kind::Null => Lookup::Unset(current),
            _ => Lookup::Known(current),
        }
    }

    /// Whether the value and everything inside is known; a reference is not.
    pub fn is_wholly_known(&self) -> bool {
        match &self.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => true,
            Kind::List(items) => items.iter().all(Self::is_wholly_known),
            Kind::Map(entries) => entries.values().all(Self::is_wholly_known),
            Kind::Encoded(encoded) => encoded.value.is_wholly_known(),
            Kind::Reference(_) | Kind::Template(_) | Kind::Unknown(_) => false,
        }
    }

    /// Where the value's text is, for messages about it.
    pub fn span(&self) -> Option<Span> {
        self.origin.span
    }

    /// Equal in everything, origins and the order of entries included. What both share is not compared.
    pub fn identical(&self, other: &Self) -> bool {
        self.kind.identical(&other.kind)
            && self.sensitive == other.sensitive
            && self.origin == other.origin
    }

    /// Equal in content, whatever the origins. `1` equals `1.0`; the order of map entries does not matter. What both share is not
    /// compared.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::List(a), Kind::List(b)) => {
                Arc::ptr_eq(a, b)
                    || a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b))
            }
            (Kind::Map(a), Kind::Map(b)) => {
                Arc::ptr_eq(a, b)
                    || a.len() == b.len()
                        && a.iter()
                            .all(|(key, a)| b.get(key).is_some_and(|b| a.same(b)))
            }
            (Kind::Template(a), Kind::Template(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.same(b))
            }
            (Kind::Encoded(a), Kind::Encoded(b)) => a.value.same(&b.value),
            (Kind::Unknown(a), Kind::Unknown(b)) => {
                let mut pairs = a.candidates.iter().zip(&b.candidates);
                a.reason == b.reason
                    && a.candidates.len() == b.candidates.len()
                    && pairs.all(|(a, b)| a.when == b.when && a.value.same(&b.value))
            }
            (a, b) => a == b,
        }
    }
}
