//! HCL, the native syntax of Terraform: bodies, expressions, templates.
//!
//! Bodies are read here, so that a mistake costs one attribute; expressions are read by `hcl-edit`, whose types never leave this
//! folder. What it refuses and Terraform accepts is healed first (`heal`).

mod cursor;
mod expression;
mod heal;
mod relocate;
mod scan;
mod structure;
mod template;
mod tree;

pub use relocate::{relocate, relocate_parts};
pub use tree::*;

use crate::{Parse, TextRange};
use structure::Reader;

/// Reads a file.
pub fn parse(text: &str) -> Parse<Body> {
    let mut reader = Reader::new(text, false);
    let mut items = reader.items(0);
    if reader.unclosed.is_some() {
        let mut resumed = Reader::new(text, true);
        items = resumed.items(0);
        reader = resumed;
    }
    reader.errors.sort_by_key(|error| error.range);
    reader.comments.sort_by_key(|comment| comment.range);
    Parse {
        tree: Body {
            items,
            range: TextRange::from(0..text.len()),
        },
        errors: reader.errors,
        comments: reader.comments,
    }
}

/// Reads one expression, the whole of `text`: the value of `-var`.
pub fn parse_expression(text: &str) -> Parse<Expression> {
    let mut errors = Vec::new();
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len().max(start);
    let tree = expression::parse(text, (start..end).into(), &mut errors);
    Parse {
        tree,
        errors,
        comments: Vec::new(),
    }
}

/// Reads a template, the whole of `text`: a file of `templatefile`.
pub fn parse_template(text: &str) -> Parse<Vec<Part>> {
    let mut errors = Vec::new();
    let tree = expression::parse_template(text, &mut errors);
    Parse {
        tree,
        errors,
        comments: Vec::new(),
    }
}
