//! Compliance: catalogues of controls, and what the verdicts of the rules say about each control.
//!
//! A catalogue maps a control to objectives, or where a benchmark is prescriptive to rules; a rule names its objectives. The way
//! back from a rule to its controls is computed. `frameworks/README.md` tells the format.

mod assess;
mod catalogue;

pub use assess::{Answer, ControlResult, Outcome, Summary, Verdicts, assess, summarize};
pub use catalogue::{Assessment, Control, Framework, framework, frameworks, objectives};
