//! The functions of the language.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/functions> and <https://opentofu.org/docs/language/functions/>.
//! [`call`] runs one. `try` and `can` take expressions, not values, so the evaluator has them; `templatefile` and
//! `templatestring` evaluate through [`Templates`], which the evaluator implements.

mod collection;
mod date;
mod double;
mod encoding;
mod filesystem;
mod format;
mod grapheme;
mod hash;
mod json;
mod network;
mod numeric;
mod pattern;
mod string;
mod table;
pub(super) mod tfvars;
mod type_conversion;
mod yaml;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::convert::convert;
use super::operators::marks_of;
use super::types::Type;
use super::value::{Marks, Text, TfKind, TfUnknown, TfValue};
use crate::system::{Sources, System};

pub use table::{FUNCTIONS, Function, find};

/// What a function may use beside its arguments.
pub struct FunctionContext<'a> {
    /// Files; only those inside `roots` are read.
    pub system: &'a dyn System,
    /// Where texts are loaded, so that a document from a file keeps spans into it.
    pub sources: &'a Sources,
    /// Canonical folders.
    pub roots: &'a [PathBuf],
    /// The folder relative paths start from: where the tool would run, the root module's.
    pub directory: &'a Path,
    /// Evaluates templates. None gives an unknown.
    pub templates: Option<&'a dyn Templates>,
    /// The files that were read.
    pub files: &'a RefCell<BTreeSet<PathBuf>>,
    /// How many templates this one is inside of.
    pub depth: usize,
}

/// Evaluates the text of a template for `templatefile` and `templatestring`.
pub trait Templates {
    /// The template's value: a string, or anything where the template is a single interpolation. `source` is the file where it
    /// is one. A function called inside gets a context whose `depth` is one more.
    fn evaluate(
        &self,
        text: &str,
        source: Option<&Path>,
        variables: &BTreeMap<Arc<str>, TfValue>,
        depth: usize,
    ) -> Result<TfValue, String>;
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// Lower case, no full stop.
    pub message: String,
    /// Which argument is at fault, where one is.
    pub argument: Option<usize>,
    /// Whether nothing is wrong, and the result is only too large to be made: it is not known.
    pub is_limit: bool,
}

/// The longest text that is made of others. Bytes.
pub const MAXIMUM_LENGTH: usize = 8 << 20;
/// What is said of a longer one.
pub const TOO_LONG: &str = "a text longer than 8 MiB";

impl From<String> for CallError {
    fn from(message: String) -> Self {
        Self {
            message,
            argument: None,
            is_limit: false,
        }
    }
}

impl From<&str> for CallError {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

/// What a function gives back.
pub type Outcome = Result<TfValue, CallError>;

/// An error of one argument.
fn wrong(argument: usize, message: impl Into<String>) -> CallError {
    CallError {
        argument: Some(argument),
        ..message.into().into()
    }
}

/// The result would take more than there is.
fn limit(message: impl Into<String>) -> CallError {
    CallError {
        is_limit: true,
        ..message.into().into()
    }
}

/// Whether a text of this length is made.
fn bounded(length: usize) -> Result<(), CallError> {
    if length > MAXIMUM_LENGTH {
        return Err(limit(TOO_LONG));
    }
    Ok(())
}

/// Calls a function by its name, `core::` allowed.
///
/// The result has no origin of its own unless it is one of the arguments or a part of one; the evaluator places it.
pub fn call(name: &str, arguments: &[TfValue], context: &FunctionContext<'_>) -> Outcome {
    let plain = name.strip_prefix("core::").unwrap_or(name);
    let Some(function) = find(plain) else {
        return Err(format!("there is no function named \"{name}\"").into());
    };
    function.call(arguments, context)
}

/// The text of an argument that the table declares a string.
fn text(arguments: &[TfValue], index: usize) -> &str {
    arguments.get(index).and_then(TfValue::as_str).unwrap_or("")
}

/// The number of an argument that the table declares a number.
fn number(arguments: &[TfValue], index: usize) -> Result<&super::value::Number, CallError> {
    arguments
        .get(index)
        .and_then(TfValue::as_number)
        .ok_or_else(|| wrong(index, "a number is required"))
}

/// A whole number that fits a machine integer.
fn whole(arguments: &[TfValue], index: usize) -> Result<i64, CallError> {
    number(arguments, index)?
        .as_i64()
        .ok_or_else(|| wrong(index, "a whole number is required"))
}

/// The items of an argument that is a list, set or tuple.
fn items(arguments: &[TfValue], index: usize) -> Result<&[TfValue], CallError> {
    arguments
        .get(index)
        .and_then(TfValue::as_items)
        .ok_or_else(|| wrong(index, "a list, set or tuple is required"))
}

/// An unknown of a type for the reason of the arguments.
fn unknown(ty: Type, arguments: &[TfValue]) -> Outcome {
    Ok(TfValue::unknown_like(ty, arguments))
}
