//! SAM.

use super::stack::Stack;
use super::tree::Tree;

/// The name of the transform.
pub(super) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// Whether a template asks for the transform.
pub(super) fn is_sam(tree: &Tree) -> bool {
    let Some(transform) = tree.get("Transform") else {
        return false;
    };
    let calls = transform.items().unwrap_or(std::slice::from_ref(transform));
    calls
        .iter()
        .any(|call| call.as_str().or_else(|| call.str_of("Name")) == Some(TRANSFORM))
}

/// The template without SAM resources.
pub(super) fn transform(_stack: &Stack<'_>, tree: &Tree) -> Tree {
    tree.clone()
}
