//! JSON as people write it: RFC 8259, and beyond it comments, a byte order mark, trailing commas and strings over several
//! lines, which ARM templates may have (https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax).
//!
//! On a strict file the tree is what any JSON parser reads. A broken file gives everything that can be read and an error for
//! each place that cannot. Numbers keep their digits; what they mean is the caller's.

mod reader;
mod string;

use crate::Parse;
use crate::data::Node;

pub use string::{source_offset, source_offsets};

/// How deep brackets may nest. What is deeper is skipped and reported, so that no later stage needs a stack for it.
pub const MAXIMUM_DEPTH: usize = 256;

/// How the message of an error about a repeated key starts; its `related` is the first of the two.
pub const DUPLICATE_KEY: &str = "duplicate key";

/// Reads one JSON value with whatever surrounds it. An empty text is a null and an error.
pub fn parse(text: &str) -> Parse<Node> {
    reader::Reader::new(text).document()
}
