//! Drift: what is declared against what is deployed.
//!
//! A property is compared only where it was declared, or where the language or service fills it in by a documented default; what
//! the provider adds on its own is no drift. Both sides are normalized in the same way: policies as documents, sets without
//! order, numbers and their texts alike. Unknown on either side is counted, never called equal or different.

mod compare;
mod matching;
mod verdicts;

pub use matching::{Binding, Match, Observed, match_resources};
pub use verdicts::{Regression, regressions};

use std::sync::Arc;

use palisade_model::{Address, Graph, Path, Span, Value};

use compare::Comparison;

/// One difference between declared and deployed.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// What kind of difference.
    pub kind: DriftKind,
    /// The declared resource, or the observed one where it is unmanaged.
    pub address: Arc<Address>,
    /// Canonical.
    pub resource_type: Arc<str>,
    /// The provider's id, where the resource was found.
    pub id: Option<Arc<str>>,
    /// Where it is declared: the value, or the header of the resource.
    pub span: Option<Span>,
    /// The property; empty where the resource as a whole is meant.
    pub path: Path,
    /// As declared; none where nothing is.
    pub declared: Option<Value>,
    /// As deployed; none where nothing is.
    pub observed: Option<Value>,
    /// Nothing was declared: the default that was expected, with its source.
    pub default: Option<&'static str>,
}

/// The kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftKind {
    /// A declared value is deployed otherwise.
    Changed,
    /// A list that the declaration owns as a whole has an entry that is not declared.
    Added,
    /// It was deployed, and is gone.
    Missing,
    /// It is deployed in a managed scope, and nothing declares it.
    Unmanaged,
}

impl DriftKind {
    /// As outputs spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Missing => "missing",
            Self::Unmanaged => "unmanaged",
        }
    }
}

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DriftReport {
    /// Sorted by address and path.
    pub drifts: Vec<Drift>,
    /// Pairs that were compared.
    pub compared: usize,
    /// Properties not comparable: not known on one side, or never told by the provider.
    pub unknown: usize,
    /// Declared resources with no counterpart that could be told to be theirs.
    pub unmatched: Vec<Arc<Address>>,
}

/// Compares a declaration with what was observed.
pub fn compare(declared: &Graph, observed: &Observed<'_>) -> DriftReport {
    let mut report = DriftReport::default();
    let matches = match_resources(declared, observed);
    for found in &matches {
        let resource = declared.resource(found.declared);
        match found.observed {
            Some(counterpart) => {
                report.compared += 1;
                let comparison = Comparison::of(resource, counterpart);
                report.unknown += comparison.unknown;
                report.drifts.extend(comparison.drifts);
            }
            None if found.was_deployed && observed.is_complete(&resource.resource_type) => {
                report.drifts.push(missing(resource, found.id.clone()));
            }
            None => report.unmatched.push(resource.address.clone()),
        }
    }
    report
        .drifts
        .extend(matching::unmanaged(declared, observed, &matches));
    report
        .drifts
        .sort_by(|a, b| (&a.address, &a.path, a.kind).cmp(&(&b.address, &b.path, b.kind)));
    report
}

fn missing(resource: &palisade_model::Resource, id: Option<Arc<str>>) -> Drift {
    Drift {
        kind: DriftKind::Missing,
        address: resource.address.clone(),
        resource_type: resource.resource_type.clone(),
        id,
        span: resource.header,
        path: Path::default(),
        declared: None,
        observed: None,
        default: None,
    }
}
