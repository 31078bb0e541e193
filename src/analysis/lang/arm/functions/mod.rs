//! The functions of the ARM template language, which are those of Bicep too
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions).
//!
//! [`call`] takes evaluated arguments. A function computes as far as its arguments are known: a text of known and unknown parts is
//! a template, a condition decides on what is known, and only what needs the missing value is unknown, with its reason.
//! What belongs to a template and not to the language (`parameters`, `variables`, `copyIndex`, `reference`) is the evaluator's.

mod arguments;
mod array;
mod cidr;
mod comparison;
mod date;
mod deployment;
mod encoding;
mod hash;
mod json;
mod lambda;
mod logical;
mod number;
mod object;
mod resource;
mod string;
mod text;
mod uri;

use palisade_model::{Kind, Origin, Value};

pub(crate) use arguments::boolean_of;
pub use arguments::{Argument, Lambda, LambdaBody};
pub use deployment::{Deployment, DeploymentScope};
pub(crate) use json::number;
pub use json::{render as render_json, value_of_text as json_value};
pub use resource::resource_id;
pub use text::{access, concat, reason_of, text_key};

use super::super::size;
use arguments::{Arguments, Outcome, Stop};

/// Where a function is called.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The origin its result gets.
    pub origin: &'a Origin,
    /// The deployment the call belongs to.
    pub deployment: &'a Deployment,
}

/// Why a call has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// No function has this name.
    NoFunction,
    /// The arguments are wrong, in number or kind; says how. Lower case, no full stop.
    Wrong(String),
}

/// Calls the function `name`, whose case does not matter. The value is unknown where it needs what is not known.
///
/// `if`, `and`, `or`, `coalesce` and `tryGet` see all their arguments evaluated here; an evaluator that wants no problem reported
/// in the branch not taken decides before it evaluates that branch.
pub fn call(name: &str, arguments: Vec<Argument<'_>>, site: Site<'_>) -> Result<Value, CallError> {
    let lower = name.to_ascii_lowercase();
    let arguments = Arguments::new(name, arguments, site);
    let sensitive = arguments.any_sensitive() && !tells_nothing(&lower);
    let via = arguments.via();
    let families = [
        string::call,
        array::call,
        object::call,
        logical::call,
        comparison::call,
        number::call,
        lambda::call,
        resource::call,
        encoding::call,
        uri::call,
        hash::call,
        deployment::call,
        date::call,
        cidr::call,
    ];
    let outcome = families
        .iter()
        .find_map(|family| family(&lower, &arguments))
        .ok_or(CallError::NoFunction)?;
    let mut value = match outcome {
        Ok(Outcome::Made(kind)) => Value {
            kind,
            origin: Origin {
                via,
                ..site.origin.clone()
            },
            sensitive: false,
        },
        Ok(Outcome::Chosen(value)) => value,
        Err(Stop::Unknown(unknown)) => Value::new(Kind::Unknown(unknown), site.origin.clone()),
        Err(Stop::Wrong(message)) => return Err(CallError::Wrong(message)),
    };
    value.sensitive |= sensitive;
    Ok(value)
}

/// How many parts of its arguments a call goes through; functions that only pass values on go through none. None where an argument
/// is too large to go through.
pub(crate) fn work(name: &str, arguments: &[Argument<'_>]) -> Option<u64> {
    let lower = name.to_ascii_lowercase();
    let passes_on = matches!(
        lower.as_str(),
        "array"
            | "coalesce"
            | "createarray"
            | "createobject"
            | "filter"
            | "first"
            | "if"
            | "items"
            | "last"
            | "length"
            | "map"
            | "mapvalues"
            | "objectkeys"
            | "reduce"
            | "shallowmerge"
            | "skip"
            | "take"
            | "toobject"
            | "tryget"
    );
    if passes_on {
        return Some(0);
    }
    let values = arguments.iter().map(|argument| match argument {
        Argument::Value(value) => size::parts(value),
        Argument::Lambda(_) => Some(0),
    });
    let parts: u64 = values.sum::<Option<u64>>()?;
    let is_list = |argument: &Argument<'_>| matches!(argument, Argument::Value(value) if value.as_list().is_some());
    // Each item is compared with each other.
    let compares = matches!(lower.as_str(), "distinct" | "intersection" | "union")
        && arguments.iter().any(is_list);
    Some(if compares { parts * parts / 2 } else { parts })
}

/// Functions whose result tells nothing about a secret argument, or holds it as a part that is secret itself.
fn tells_nothing(name: &str) -> bool {
    matches!(
        name,
        "createarray"
            | "createobject"
            | "length"
            | "empty"
            | "equals"
            | "contains"
            | "not"
            | "and"
            | "or"
            | "startswith"
            | "endswith"
    )
}

/// A whole number; also one written as text.
pub(crate) fn integer_of(value: &Value) -> Option<i64> {
    arguments::number_of(value).and_then(palisade_model::Number::as_i64)
}
