//! Text in, spanned trees out: HCL, YAML, JSON/JSONC, Bicep and ARM template expressions.
//!
//! Every reader returns a [`Parse`]: a tree and the errors met on the way, never a failure. A tree belongs to one text; it
//! knows no path, no cloud and no rule. Evaluation is the work of `palisade-analysis`, in `lang`.

pub mod arm_expression;
pub mod bicep;
pub mod data;
pub mod hcl;
pub mod json;
mod text;
pub mod yaml;

pub use text::{Comment, Parse, SyntaxError, TextRange};
