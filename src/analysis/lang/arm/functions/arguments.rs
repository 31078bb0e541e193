use std::sync::Arc;

use palisade_model::{Frame, Kind, Map, Number, Unknown, Value};

use super::text::reason_of;
use super::{Deployment, Site};

/// An evaluated argument.
pub enum Argument<'a> {
    /// A value.
    Value(Value),
    /// `lambda('x', …)`, `x => …`.
    Lambda(Lambda<'a>),
}

/// What a lambda computes of its arguments.
pub type LambdaBody<'a> = Box<dyn Fn(&[Value]) -> Value + 'a>;

/// A function as an argument.
pub struct Lambda<'a> {
    /// How many parameters it declares.
    pub parameters: usize,
    /// Its value for these arguments, of which there are as many as it declares parameters.
    pub body: LambdaBody<'a>,
}

/// What a function gives.
pub(super) enum Outcome {
    /// Something new, which is of the place of the call.
    Made(Kind),
    /// One of the values it was given, or a part of it, which keeps its origin.
    Chosen(Value),
}

/// Why a function gives nothing.
#[derive(Debug)]
pub(super) enum Stop {
    /// It needs what is not known.
    Unknown(Arc<Unknown>),
    /// It is called wrongly.
    Wrong(String),
}

/// What every function returns.
pub(super) type Called = Result<Outcome, Stop>;

impl<T: Into<Kind>> From<T> for Outcome {
    fn from(kind: T) -> Self {
        Self::Made(kind.into())
    }
}

/// A new value.
#[expect(clippy::unnecessary_wraps, reason = "every function ends with it")]
pub(super) fn made(kind: impl Into<Kind>) -> Called {
    Ok(Outcome::Made(kind.into()))
}

/// One of the values given.
#[expect(clippy::unnecessary_wraps, reason = "every function ends with it")]
pub(super) fn chosen(value: &Value) -> Called {
    Ok(Outcome::Chosen(value.clone()))
}

/// The arguments of one call.
pub(super) struct Arguments<'a> {
    pub(super) name: &'a str,
    pub(super) all: Vec<Argument<'a>>,
    pub(super) site: Site<'a>,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(name: &'a str, all: Vec<Argument<'a>>, site: Site<'a>) -> Self {
        Self { name, all, site }
    }

    pub(super) fn deployment(&self) -> &'a Deployment {
        self.site.deployment
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.all.iter().filter_map(|argument| match argument {
            Argument::Value(value) => Some(value),
            Argument::Lambda(_) => None,
        })
    }

    pub(super) fn any_sensitive(&self) -> bool {
        self.values().any(|value| value.sensitive)
    }

    /// The chain behind the first argument that has one.
    pub(super) fn via(&self) -> Option<Arc<Frame>> {
        self.values().find_map(|value| value.origin.via.clone())
    }

    /// A new value of the place of this call.
    pub(super) fn value(&self, kind: impl Into<Kind>) -> Value {
        Value::new(kind, self.site.origin.clone())
    }

    pub(super) fn wrong(&self, what: impl std::fmt::Display) -> Stop {
        Stop::Wrong(format!("`{}` {what}", self.name))
    }

    /// Checks the number of arguments.
    pub(super) fn count(&self, least: usize, most: usize) -> Result<(), Stop> {
        if (least..=most).contains(&self.len()) {
            return Ok(());
        }
        let expected = match (least, most) {
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        Err(self.wrong(format!("takes {expected} arguments, not {}", self.len())))
    }

    pub(super) fn get(&self, position: usize) -> Result<&Value, Stop> {
        match self.all.get(position) {
            Some(Argument::Value(value)) => Ok(value),
            Some(Argument::Lambda(_)) => {
                Err(self.wrong(format!("takes a value as argument {}", position + 1)))
            }
            None => Err(self.wrong(format!("needs argument {}", position + 1))),
        }
    }

    pub(super) fn lambda(&self, position: usize) -> Result<&Lambda<'a>, Stop> {
        match self.all.get(position) {
            Some(Argument::Lambda(lambda)) => Ok(lambda),
            Some(Argument::Value(value)) => Err(self.unfit(value, position, "a lambda")),
            None => Err(self.wrong(format!("needs argument {}", position + 1))),
        }
    }

    /// Unknown where the value is not known, else an error that names what is expected.
    pub(super) fn unfit(&self, value: &Value, position: usize, expected: &str) -> Stop {
        match reason_of(value) {
            Some(reason) => Stop::Unknown(Arc::new(Unknown::new(reason))),
            None => self.wrong(format!(
                "takes {expected} as argument {}, not {}",
                position + 1,
                kind_name(value)
            )),
        }
    }

    pub(super) fn text(&self, position: usize) -> Result<&str, Stop> {
        let value = self.get(position)?;
        value
            .as_str()
            .ok_or_else(|| self.unfit(value, position, "a text"))
    }

    /// A text, where the argument is there.
    pub(super) fn optional_text(&self, position: usize) -> Result<Option<&str>, Stop> {
        if position < self.len() {
            self.text(position).map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn list(&self, position: usize) -> Result<&[Value], Stop> {
        let value = self.get(position)?;
        value
            .as_list()
            .ok_or_else(|| self.unfit(value, position, "an array"))
    }

    pub(super) fn map(&self, position: usize) -> Result<&Map, Stop> {
        let value = self.get(position)?;
        value
            .as_map()
            .ok_or_else(|| self.unfit(value, position, "an object"))
    }

    pub(super) fn integer(&self, position: usize) -> Result<i64, Stop> {
        let value = self.get(position)?;
        number_of(value)
            .and_then(Number::as_i64)
            .ok_or_else(|| self.unfit(value, position, "an integer"))
    }

    /// Stops where anything inside the argument is not known.
    pub(super) fn wholly_known(&self, position: usize) -> Result<&Value, Stop> {
        let value = self.get(position)?;
        match super::text::deep_reason(value) {
            Some(reason) => Err(Stop::Unknown(Arc::new(Unknown::new(reason)))),
            None => Ok(value),
        }
    }
}

/// A number; also one written as text, which templates pass for each other.
pub(super) fn number_of(value: &Value) -> Option<Number> {
    value.as_number().or_else(|| {
        let text = value.as_str()?.trim();
        text.parse().ok().map(Number::Integer)
    })
}

/// A boolean; also one written as text.
pub(crate) fn boolean_of(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| match value.as_str()? {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

pub(super) fn kind_name(value: &Value) -> &'static str {
    match &value.kind {
        Kind::Null => "null",
        Kind::Bool(_) => "a boolean",
        Kind::Number(_) => "a number",
        Kind::String(_) | Kind::Template(_) | Kind::Encoded(_) => "a text",
        Kind::List(_) => "an array",
        Kind::Map(_) => "an object",
        Kind::Reference(_) => "a reference",
        Kind::Unknown(_) => "an unknown",
    }
}
