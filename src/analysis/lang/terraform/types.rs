//! Types of the language, with optional object attributes and their defaults.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::value::TfValue;

/// The type of a value, or a constraint for one. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Any type: of `null`, and of an unknown of which nothing is known.
    #[default]
    Dynamic,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(Arc<Self>),
    /// `set(T)`
    Set(Arc<Self>),
    /// `map(T)`
    Map(Arc<Self>),
    /// `tuple([…])`: what brackets make.
    Tuple(Arc<[Self]>),
    /// `object({…})`: what braces make.
    Object(Arc<BTreeMap<Arc<str>, Attribute>>),
}

/// The type of one attribute of an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attribute {
    /// Its type.
    pub ty: Type,
    /// Declared with `optional(…)`; only in constraints, never in the type of a value.
    pub optional: bool,
}

/// The second arguments of `optional(T, default)` in a constraint, by the place they apply to.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// For attributes of an object.
    pub values: BTreeMap<Arc<str>, TfValue>,
    /// For what lies inside: by attribute name, by index of a tuple, and under the empty name for every element of a collection.
    pub children: BTreeMap<Arc<str>, Self>,
}

impl Type {
    /// `list(T)`
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// `set(T)`
    pub fn set(element: Self) -> Self {
        Self::Set(Arc::new(element))
    }

    /// `map(T)`
    pub fn map(element: Self) -> Self {
        Self::Map(Arc::new(element))
    }

    /// `tuple([…])`
    pub fn tuple(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Tuple(items.into_iter().collect())
    }

    /// `object({…})` without optional attributes.
    pub fn object(attributes: impl IntoIterator<Item = (Arc<str>, Self)>) -> Self {
        let required = |(name, ty)| {
            (
                name,
                Attribute {
                    ty,
                    optional: false,
                },
            )
        };
        Self::Object(Arc::new(attributes.into_iter().map(required).collect()))
    }

    /// The element type of a collection.
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::List(element) | Self::Set(element) | Self::Map(element) => Some(element),
            _ => None,
        }
    }

    /// `bool`, `number` or `string`.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::String)
    }

    /// A list, set or tuple.
    pub fn is_sequence(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Tuple(_))
    }

    /// A map or object.
    pub fn is_mapping(&self) -> bool {
        matches!(self, Self::Map(_) | Self::Object(_))
    }

    /// Whether `any` occurs somewhere.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(items) => items.iter().any(Self::has_dynamic),
            Self::Object(attributes) => attributes
                .values()
                .any(|attribute| attribute.ty.has_dynamic()),
        }
    }

    /// The same type with every attribute required: the type of a converted value.
    #[must_use]
    pub fn without_optional(&self) -> Self {
        match self {
            Self::List(element) => Self::list(element.without_optional()),
            Self::Set(element) => Self::set(element.without_optional()),
            Self::Map(element) => Self::map(element.without_optional()),
            Self::Tuple(items) => Self::tuple(items.iter().map(Self::without_optional)),
            Self::Object(attributes) => Self::object(
                attributes
                    .iter()
                    .map(|(name, attribute)| (name.clone(), attribute.ty.without_optional())),
            ),
            other => other.clone(),
        }
    }

    /// The kind as messages name it, `a string`-like without article: `list of string`, `object`.
    pub fn friendly_name(&self) -> String {
        match self {
            Self::Dynamic => "dynamic".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Number => "number".to_owned(),
            Self::String => "string".to_owned(),
            Self::List(element) => format!("list of {}", element.friendly_name()),
            Self::Set(element) => format!("set of {}", element.friendly_name()),
            Self::Map(element) => format!("map of {}", element.friendly_name()),
            Self::Tuple(_) => "tuple".to_owned(),
            Self::Object(_) => "object".to_owned(),
        }
    }
}

impl fmt::Display for Type {
    /// As a type constraint is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dynamic => f.write_str("any"),
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(items) => {
                let items: Vec<String> = items.iter().map(Self::to_string).collect();
                write!(f, "tuple([{}])", items.join(", "))
            }
            Self::Object(attributes) => {
                let item = |(name, attribute): (&Arc<str>, &Attribute)| match attribute.optional {
                    true => format!("{name} = optional({})", attribute.ty),
                    false => format!("{name} = {}", attribute.ty),
                };
                let items: Vec<String> = attributes.iter().map(item).collect();
                write!(f, "object({{{}}})", items.join(", "))
            }
        }
    }
}
