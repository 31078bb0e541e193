//! Functions over canonical values: what a rule cannot say with plain tests. One file a subject.
//!
//! A function is written in a rule as `name: parameters`; it judges the value at a path, or the item at hand. Its name and
//! parameters are checked when the rule is read.

mod date;
#[expect(
    clippy::unnecessary_wraps,
    reason = "constructors in the table of functions have one type"
)]
mod iam;
#[expect(
    clippy::unnecessary_wraps,
    reason = "constructors in the table of functions have one type"
)]
mod net;
#[expect(
    clippy::unnecessary_wraps,
    reason = "constructors in the table of functions have one type"
)]
mod secrets;
mod support;
mod version;

use std::fmt;
use std::sync::Arc;

use palisade_model::{Kind, Path, Reason, Resource, Value};
use palisade_syntax::data::{Data, Node};

use super::Truth;
use crate::rules::reader::Reader;

/// A function with its parameters.
pub trait Function: fmt::Debug + Send + Sync {
    /// Judges a value of a resource.
    fn judge(&self, value: &Value, resource: &Resource) -> Judgement;

    /// The properties it looks at where the value is those of the resource as a whole; none for all of them.
    fn looks_at(&self, _properties: &Value) -> Option<&'static [&'static str]> {
        None
    }
}

/// What a function says.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Whether it holds.
    pub truth: Truth,
    /// The parts of the value it holds for; the value itself where there is none.
    pub hits: Vec<Hit>,
    /// What is missing, where the truth is unknown.
    pub reason: Option<Reason>,
}

/// A part of a value for which a function holds.
#[derive(Clone, Debug)]
pub struct Hit {
    /// From the value that was judged.
    pub path: Path,
    /// The part.
    pub value: Value,
    /// What is said about it: `{note}` in a message.
    pub note: Option<String>,
    /// The words of a text it is about, where they are fewer than the text.
    pub excerpt: Option<String>,
    /// Whether it is a finding of its own.
    pub is_item: bool,
}

/// A function as it can be named in a rule.
struct Entry {
    name: &'static str,
    compile: fn(&Node, &mut Reader) -> Option<Arc<dyn Function>>,
}

const FUNCTIONS: [Entry; 14] = [
    Entry {
        name: "iam.allows",
        compile: iam::allows,
    },
    Entry {
        name: "iam.denies",
        compile: iam::denies,
    },
    Entry {
        name: "iam.public",
        compile: iam::public,
    },
    Entry {
        name: "iam.privilege_escalation",
        compile: iam::privilege_escalation,
    },
    Entry {
        name: "net.open_to_internet",
        compile: net::open_to_internet,
    },
    Entry {
        name: "net.any_address",
        compile: net::any_address,
    },
    Entry {
        name: "net.within",
        compile: net::within,
    },
    Entry {
        name: "net.ports",
        compile: net::ports,
    },
    Entry {
        name: "secrets.found",
        compile: secrets::found,
    },
    Entry {
        name: "secrets.named",
        compile: secrets::named,
    },
    Entry {
        name: "support.ended",
        compile: support::ended,
    },
    Entry {
        name: "version.below",
        compile: version::below,
    },
    Entry {
        name: "version.at_least",
        compile: version::at_least,
    },
    Entry {
        name: "date.before",
        compile: date::before,
    },
];

/// Whether a rule can call a function of this name.
pub(crate) fn is_known(name: &str) -> bool {
    FUNCTIONS.iter().any(|entry| entry.name == name)
}

/// The names of all functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|entry| entry.name)
}

/// The function of a name with parameters, and whether it is negated: `name: false`.
pub(crate) fn compile(
    name: &str,
    node: &Node,
    reader: &mut Reader,
) -> Option<(Arc<dyn Function>, bool)> {
    let entry = FUNCTIONS.iter().find(|entry| entry.name == name)?;
    let negated = matches!(node.data, Data::Bool(false));
    (entry.compile)(node, reader).map(|function| (function, negated))
}

impl Judgement {
    pub(crate) fn plain(truth: impl Into<Truth>) -> Self {
        Self {
            truth: truth.into(),
            hits: Vec::new(),
            reason: None,
        }
    }

    pub(crate) fn unknown(reason: Reason) -> Self {
        Self {
            truth: Truth::Unknown,
            hits: Vec::new(),
            reason: Some(reason),
        }
    }

    /// True where there is a hit, else unknown where something was not known, else false.
    pub(crate) fn of_hits(hits: Vec<Hit>, unknown: Option<Reason>) -> Self {
        match (hits.is_empty(), unknown) {
            (false, _) => Self {
                truth: Truth::True,
                hits,
                reason: None,
            },
            (true, Some(reason)) => Self::unknown(reason),
            (true, None) => Self::plain(false),
        }
    }
}

/// What keeps a value from being known, in words; none where it is known.
pub(crate) fn missing(value: &Value) -> Option<Reason> {
    match &value.kind {
        Kind::Unknown(unknown) => Some(unknown.reason.clone()),
        Kind::Reference(reference) => {
            Some(Reason::Computed(super::render::reference(reference).into()))
        }
        Kind::Template(parts) => parts.iter().find_map(missing),
        Kind::Encoded(encoded) => missing(&encoded.value),
        _ => None,
    }
}

/// A value as a list: a single value is a list of one, nothing is none.
pub(crate) fn items(value: Option<&Value>) -> &[Value] {
    match value {
        None => &[],
        Some(value) if value.is_null() => &[],
        Some(value) => value.as_list().unwrap_or(std::slice::from_ref(value)),
    }
}

/// The parameters of a function that has none: `true` or `false`.
fn no_parameters(node: &Node, reader: &mut Reader) {
    reader.flag(node);
}
