//! What is not known, and why.

use std::fmt;
use std::sync::Arc;

use crate::Value;

/// A value that cannot be known from the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// What is missing.
    pub reason: Reason,
    /// Every value it can have, where that is known: the branches of a condition, the allowed values of a parameter. Empty
    /// where anything is possible.
    pub candidates: Vec<Candidate>,
}

/// One value an unknown can have, and what has to hold for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// All of them together; none where the condition has no name. Two candidates of different values hold together only if
    /// their assumptions agree.
    pub when: Vec<Assumption>,
    /// The value then; `Kind::Null` where the attribute is then not set.
    pub value: Value,
}

/// `parameter Environment is prod`, `condition IsProd is true`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assumption {
    /// The parameter, variable or condition, as its author names it.
    pub subject: Arc<str>,
    /// The value assumed, as it would be written.
    pub value: Arc<str>,
}

/// Why a value is not known. Its text names what is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// An input without value and default: `var.region`, `parameter VpcId`.
    NoValue(Arc<str>),
    /// An attribute that exists only after deployment: `aws_vpc.main.id`.
    Computed(Arc<str>),
    /// A data source or `existing` resource that only the cloud can answer.
    DataSource(Arc<str>),
    /// A module that is not here: its reference with version, and why.
    MissingModule(Arc<str>),
    /// A file named by an expression that is not readable inside the given roots.
    MissingFile(Arc<str>),
    /// A function whose result differs from run to run or comes from the cloud: `timestamp`, `listKeys`.
    Impure(Arc<str>),
    /// A function of a provider, macro or extension that is not ours to run.
    Foreign(Arc<str>),
    /// A default that differs between the provider versions the constraint allows.
    ProviderVersion(Arc<str>),
    /// A secret that was redacted or must not be read.
    Sensitive(Arc<str>),
    /// The expression has an error, which a diagnostic reports.
    Error(Arc<str>),
    /// A limit of time, size or depth was reached.
    Limit(Arc<str>),
    /// The collector may not read it or does not collect it.
    NotCollected(Arc<str>),
    /// A name that is not declared where it is used.
    Undeclared(Arc<str>),
    /// A condition that is itself unknown: its text.
    Condition(Arc<str>),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue(what) => write!(f, "{what} has no value"),
            Self::Computed(what) => write!(f, "{what} is known only after deployment"),
            Self::DataSource(what) => write!(f, "{what} is read from the cloud"),
            Self::MissingModule(what) => write!(f, "module {what} is not here"),
            Self::MissingFile(what) => write!(f, "file {what} cannot be read"),
            Self::Impure(what) => write!(f, "{what} differs from run to run"),
            Self::Foreign(what) => write!(f, "{what} is evaluated elsewhere"),
            Self::ProviderVersion(what) => write!(f, "{what} depends on the provider version"),
            Self::Sensitive(what) => write!(f, "{what} is secret"),
            Self::Error(what) => write!(f, "{what}"),
            Self::Limit(what) => write!(f, "{what}: limit reached"),
            Self::NotCollected(what) => write!(f, "{what} was not collected"),
            Self::Undeclared(what) => write!(f, "{what} is not declared"),
            Self::Condition(what) => write!(f, "condition {what} is not known"),
        }
    }
}

impl Unknown {
    /// Anything is possible.
    pub fn new(reason: Reason) -> Self {
        Self {
            reason,
            candidates: Vec::new(),
        }
    }
}
