//! Bicep: `.bicep` and `.bicepparam` files, the whole language as of version 0.44.
//!
//! A newline-aware lexer, brackets matched before parsing, and a recursive-descent parser that goes on at the next statement
//! after an error. The grammar is that of the language reference
//! (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/file>) and of the compiler's own parser.

mod expression;
mod lexer;
mod parser;
mod statement;
mod string;
mod tree;
mod types;

pub use tree::*;

use crate::Parse;

/// Reads a file. Always gives a tree; what is not understood is an error and an `Error` node.
pub fn parse(text: &str) -> Parse<File> {
    parser::Parser::new(text).file()
}
