//! Values of the language: typed, possibly unknown, with their origin.
//!
//! Differs from [`palisade_model::Value`] in that it has the types that conversion and equality need; `declared.rs` turns one into
//! the other. Cloning is cheap: everything of size is shared.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use palisade_model::{Assumption, Encoding, Origin, Reason, Reference, Span, Value};

pub use super::number::Number;
use super::types::Type;

/// The entries of an object or map, in the order in which the language iterates them.
pub type Entries = BTreeMap<Arc<str>, TfValue>;

/// A value, its type, its marks and where it comes from.
#[derive(Clone, Debug)]
pub struct TfValue {
    /// What it is.
    pub kind: TfKind,
    /// Of what type, also where it is null or unknown.
    pub ty: Type,
    /// Sensitive, ephemeral.
    pub marks: Marks,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a [`TfValue`] is.
#[derive(Clone, Debug)]
pub enum TfKind {
    /// Absent.
    Null,
    /// Not known, and why.
    Unknown(Arc<TfUnknown>),
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    String(Text),
    /// The items of a list or tuple in order; those of a set in the order of iteration, without duplicates.
    Sequence(Arc<Vec<TfValue>>),
    /// The entries of a map or object.
    Mapping(Arc<Entries>),
}

/// A known text, and the document it encodes where it was made from one.
#[derive(Clone, Debug)]
pub struct Text {
    /// The characters, in Unicode normalization form C.
    pub text: Arc<str>,
    /// What `jsonencode`, `yamlencode` or `base64encode` got, with the origins of its parts.
    pub document: Option<Arc<Document>>,
    /// Where exactly these characters stand, byte for byte: a whole file that was read, a heredoc without indentation.
    pub source: Option<Span>,
}

/// A document inside a string.
#[derive(Clone, Debug)]
pub struct Document {
    /// How it is encoded.
    pub encoding: Encoding,
    /// The document.
    pub value: TfValue,
    /// The same as a value of the model, and how deep inside another, once somebody asked: several texts have one document.
    pub declared: OnceLock<(usize, Value)>,
}

impl Document {
    /// A document.
    pub fn new(encoding: Encoding, value: TfValue) -> Self {
        Self {
            encoding,
            value,
            declared: OnceLock::new(),
        }
    }
}

/// What is known about a value that is not known.
#[derive(Clone, Debug)]
pub struct TfUnknown {
    /// What is missing.
    pub reason: Reason,
    /// The attribute of a resource that it is, where it is one.
    pub reference: Option<Arc<Reference>>,
    /// The parts of a text of which some are unknown, in order; empty where there are none.
    pub parts: Vec<TfValue>,
    /// The document in the text, with the unknowns inside it.
    pub document: Option<Arc<Document>>,
    /// The values it can have, where all of them are known.
    pub candidates: Vec<TfCandidate>,
    /// Whether it cannot be null.
    pub not_null: bool,
}

/// One value an unknown can have, and what holds then.
#[derive(Clone, Debug)]
pub struct TfCandidate {
    /// All of them together.
    pub when: Vec<Assumption>,
    /// The value then.
    pub value: TfValue,
}

/// Marks that spread from arguments to results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marks {
    /// Must not be shown.
    pub sensitive: bool,
    /// Must not be stored.
    pub ephemeral: bool,
}

impl Marks {
    /// None.
    pub const NONE: Self = Self {
        sensitive: false,
        ephemeral: false,
    };
    /// `sensitive(…)`
    pub const SENSITIVE: Self = Self {
        sensitive: true,
        ephemeral: false,
    };
    /// `ephemeral = true`
    pub const EPHEMERAL: Self = Self {
        sensitive: false,
        ephemeral: true,
    };

    /// The marks of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            sensitive: self.sensitive || other.sensitive,
            ephemeral: self.ephemeral || other.ephemeral,
        }
    }

    /// Whether there are any.
    pub fn any(self) -> bool {
        self.sensitive || self.ephemeral
    }
}

impl TfUnknown {
    /// Unknown for this reason, and nothing else is known.
    pub fn new(reason: Reason) -> Self {
        Self {
            reason,
            reference: None,
            parts: Vec::new(),
            document: None,
            candidates: Vec::new(),
            not_null: false,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self {
            text: text.into(),
            document: None,
            source: None,
        }
    }
}

impl TfValue {
    /// A value of no place and without marks.
    pub fn of(kind: TfKind, ty: Type) -> Self {
        Self {
            kind,
            ty,
            marks: Marks::NONE,
            origin: Origin::default(),
        }
    }

    /// `null`, of any type.
    pub fn null() -> Self {
        Self::null_of(Type::Dynamic)
    }

    /// `null` of a type.
    pub fn null_of(ty: Type) -> Self {
        Self::of(TfKind::Null, ty)
    }

    /// `true` or `false`.
    pub fn bool(value: bool) -> Self {
        Self::of(TfKind::Bool(value), Type::Bool)
    }

    /// A number.
    pub fn number(value: Number) -> Self {
        Self::of(TfKind::Number(value), Type::Number)
    }

    /// A machine integer.
    pub fn integer(value: i64) -> Self {
        Self::number(Number::integer(value))
    }

    /// A length or index.
    pub fn length_of(value: usize) -> Self {
        Self::number(Number::length(value))
    }

    /// A text; it is normalized to Unicode form C, as every string of the language is.
    pub fn string(value: impl AsRef<str>) -> Self {
        Self::of(
            TfKind::String(Text {
                text: normalized(value.as_ref()),
                document: None,
                source: None,
            }),
            Type::String,
        )
    }

    /// A text that is there.
    pub fn text(text: &Arc<str>) -> Self {
        let text = Text {
            text: normal(text),
            document: None,
            source: None,
        };
        Self::of(TfKind::String(text), Type::String)
    }

    /// A text and the document in it.
    pub fn encoded(text: impl AsRef<str>, encoding: Encoding, document: Self) -> Self {
        let document = Some(Arc::new(Document::new(encoding, document)));
        Self::of(
            TfKind::String(Text {
                text: normalized(text.as_ref()),
                document,
                source: None,
            }),
            Type::String,
        )
    }

    /// `[…]`
    pub fn tuple(items: Vec<Self>) -> Self {
        let ty = Type::tuple(items.iter().map(|item| item.ty.clone()));
        Self::of(TfKind::Sequence(Arc::new(items)), ty)
    }

    /// A list whose items are already of the element type.
    pub fn list(element: Type, items: Vec<Self>) -> Self {
        Self::of(TfKind::Sequence(Arc::new(items)), Type::list(element))
    }

    /// A set of items that are already of the element type; sorts them, removes duplicates, and takes their marks.
    pub fn set(element: Type, mut items: Vec<Self>) -> Self {
        let marks = items
            .iter()
            .fold(Marks::NONE, |marks, item| marks.union(item.deep_marks()));
        if marks.any() {
            items = items.iter().map(Self::unmarked_deep).collect();
        }
        super::operators::sort_set(&mut items);
        let mut value = Self::of(TfKind::Sequence(Arc::new(items)), Type::set(element));
        value.marks = marks;
        value
    }

    /// `{…}`
    pub fn object(entries: Entries) -> Self {
        let ty = Type::object(
            entries
                .iter()
                .map(|(name, value)| (name.clone(), value.ty.clone())),
        );
        Self::of(TfKind::Mapping(Arc::new(entries)), ty)
    }

    /// A map whose values are already of the element type.
    pub fn map(element: Type, entries: Entries) -> Self {
        Self::of(TfKind::Mapping(Arc::new(entries)), Type::map(element))
    }

    /// Not known.
    pub fn unknown(ty: Type, reason: Reason) -> Self {
        Self::of_unknown(ty, TfUnknown::new(reason))
    }

    /// Not known, with what is known about it.
    pub fn of_unknown(ty: Type, unknown: TfUnknown) -> Self {
        Self::of(TfKind::Unknown(Arc::new(unknown)), ty)
    }

    /// An attribute of a resource that is known only after apply.
    pub fn computed(ty: Type, reference: Reference, reason: Reason) -> Self {
        let unknown = TfUnknown {
            reference: Some(Arc::new(reference)),
            ..TfUnknown::new(reason)
        };
        Self::of_unknown(ty, unknown)
    }

    /// An expression with an error, which a diagnostic tells.
    pub fn error(message: impl Into<Arc<str>>) -> Self {
        Self::unknown(Type::Dynamic, Reason::Error(message.into()))
    }

    /// The same value at another place.
    #[must_use]
    pub fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The same value with more marks.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Self {
        self.marks = self.marks.union(marks);
        self
    }

    /// The marks of the value and of everything inside it.
    pub fn deep_marks(&self) -> Marks {
        let inner = match &self.kind {
            TfKind::Sequence(items) => items
                .iter()
                .map(Self::deep_marks)
                .fold(Marks::NONE, Marks::union),
            TfKind::Mapping(entries) => entries
                .values()
                .map(Self::deep_marks)
                .fold(Marks::NONE, Marks::union),
            _ => Marks::NONE,
        };
        self.marks.union(inner)
    }

    /// The same value with no marks on it or inside it.
    #[must_use]
    pub fn unmarked_deep(&self) -> Self {
        if !self.deep_marks().any() {
            return self.clone();
        }
        let mut value = self.clone();
        value.marks = Marks::NONE;
        value.kind = match &self.kind {
            TfKind::Sequence(items) => {
                TfKind::Sequence(Arc::new(items.iter().map(Self::unmarked_deep).collect()))
            }
            TfKind::Mapping(entries) => TfKind::Mapping(Arc::new(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.unmarked_deep()))
                    .collect(),
            )),
            other => other.clone(),
        };
        value
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, TfKind::Null)
    }

    /// Whether the value itself is known; parts inside may not be.
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, TfKind::Unknown(_))
    }

    /// Whether the value and all inside it is known.
    pub fn is_wholly_known(&self) -> bool {
        self.first_unknown().is_none()
    }

    /// The first unknown at or inside it, in the order of iteration.
    pub fn first_unknown(&self) -> Option<&Arc<TfUnknown>> {
        match &self.kind {
            TfKind::Unknown(unknown) => Some(unknown),
            TfKind::Sequence(items) => items.iter().find_map(Self::first_unknown),
            TfKind::Mapping(entries) => entries.values().find_map(Self::first_unknown),
            _ => None,
        }
    }

    /// Why it is not known, where it is not.
    pub fn as_unknown(&self) -> Option<&Arc<TfUnknown>> {
        match &self.kind {
            TfKind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// The boolean, where it is one and known.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            TfKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, where it is one and known.
    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            TfKind::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The text, where it is one and known.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            TfKind::String(text) => Some(&text.text),
            _ => None,
        }
    }

    /// The items of a list, tuple or set.
    pub fn as_items(&self) -> Option<&[Self]> {
        match &self.kind {
            TfKind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map or object.
    pub fn as_entries(&self) -> Option<&Entries> {
        match &self.kind {
            TfKind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The document in the text, known or not.
    pub fn document(&self) -> Option<&Arc<Document>> {
        match &self.kind {
            TfKind::String(text) => text.document.as_ref(),
            TfKind::Unknown(unknown) => unknown.document.as_ref(),
            _ => None,
        }
    }

    /// Unknown of a type for the same reason as the first unknown in `causes`; null is excluded, as by every function.
    pub fn unknown_like(ty: Type, causes: &[Self]) -> Self {
        let reason = causes.iter().find_map(Self::first_unknown).map_or_else(
            || Reason::Error("a value is missing".into()),
            |unknown| unknown.reason.clone(),
        );
        Self::of_unknown(
            ty,
            TfUnknown {
                not_null: true,
                ..TfUnknown::new(reason)
            },
        )
    }
}

/// The same, of a text that is nearly always in it.
pub fn normal(text: &Arc<str>) -> Arc<str> {
    match text.is_ascii() {
        true => text.clone(),
        false => normalized(text),
    }
}

/// A text in Unicode normalization form C.
pub fn normalized(text: &str) -> Arc<str> {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text.into();
    }
    text.nfc().collect::<String>().into()
}
