//! Check: predicates of rules over the resource graph, in three values, to findings.

mod alike;
mod classes;
mod compare;
mod decide;
mod evaluate;
mod finding;
mod fingerprint;
pub mod functions;
mod hidden;
mod joined;
mod mark;
mod outcome;
mod past;
mod reads;
mod render;
mod report;
mod resolve;
mod run;
mod sight;
mod tree;
mod truth;

pub(crate) use compare::plain_text;
pub use finding::{AssumedDefault, Edit, Finding, Fix, NotEvidenced, Related, Safety, Undecided};
pub use fingerprint::identify;
pub use joined::joined;
pub use past::Past;
pub use run::{Checked, Options, Tally, run, run_after};
pub use truth::Truth;
