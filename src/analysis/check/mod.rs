//! Check: predicates of rules over the resource graph, in three values, to findings.

mod finding;

pub use finding::{Edit, Finding, Fix, Related, Safety, Undecided};
pub use palisade_model::Severity;
