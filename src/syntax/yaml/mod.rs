//! YAML: the event stream of `granit-parser`, made into the spanned tree of [`crate::data`].
//!
//! Scalars are read by the rules of YAML 1.1 (<https://yaml.org/type/>), as CloudFormation and PyYAML read them: plain `yes` is a
//! boolean, plain `0123` an octal number. Aliases are replaced by what they name, merge keys are merged, duplicate keys are
//! reported with both places. A text that cannot be read is read again without the offending line.

mod build;
mod recover;
mod scalar;

pub use scalar::{float, integer};

use crate::Parse;
use crate::data::Node;

/// Collections nested deeper are left out, with an error: whoever walks the tree may recurse.
pub const MAXIMUM_DEPTH: usize = 200;

/// How many nodes aliases may add to the tree. Behind it an alias is null, with an error.
pub const MAXIMUM_ALIASED_NODES: usize = 250_000;

/// Reads the documents of a text.
pub fn parse(text: &str) -> Parse<Vec<Node>> {
    recover::parse(text)
}
