//! Conditions of rules, compiled: what [`crate::check`] evaluates.

use std::sync::Arc;

use super::{Pattern, Selector};
use crate::check::functions::Function;

/// A condition on a resource or on an item inside of one.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Every one holds; true where there is none.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The value at a path passes a test.
    Leaf(Selector, Test),
    /// Items below a path.
    Each(Selector, Quantifier, Box<Self>),
    /// Resources that this one names, or that name it.
    Related(Box<Relation>),
}

/// How many items must fulfill a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// At least one.
    Some,
    /// All; true where there is no item.
    Every,
    /// Not one; true where there is no item.
    None,
}

/// A condition on resources at the other end of edges.
#[derive(Clone, Debug)]
pub struct Relation {
    /// The label of the edge; any where it is none.
    pub label: Option<Arc<str>>,
    /// Which end this resource is.
    pub direction: Direction,
    /// Where the reference is written, in the resource that holds it; anywhere where it is none.
    pub path: Option<Selector>,
    /// Canonical types of the other resource; any where it is empty.
    pub types: Vec<Arc<str>>,
    /// Only those of the same configuration of the Terraform provider, so in the same account and region.
    pub same_provider: bool,
    /// How many of them.
    pub quantifier: Quantifier,
    /// With [`Quantifier::Some`]: so many at least.
    pub at_least: usize,
    /// What they have to fulfill.
    pub condition: Condition,
}

/// The direction of a [`Relation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// This resource names the other.
    From,
    /// The other resource names this one.
    To,
    /// Neither needs to name the other: every resource of the type.
    Anywhere,
}

/// A test of one value.
#[derive(Clone, Debug)]
pub enum Test {
    /// Equal to one of these.
    OneOf(Vec<Literal>),
    /// Set to anything but null.
    Present,
    /// In the source, not a default.
    Written,
    /// Not set, or an empty text, list or map.
    Empty,
    /// A number in this relation to the limit.
    Compare(Comparison, f64),
    /// A text that the expression finds.
    Matches(Pattern),
    /// A text that starts with one of these.
    StartsWith(Vec<Arc<str>>),
    /// A text that ends with one of these.
    EndsWith(Vec<Arc<str>>),
    /// A list with one of these items, a text with one of these parts, or a map with one of these keys.
    Contains(Vec<Literal>),
    /// The number of items, entries or characters.
    Length(Comparison, f64),
    /// What kind of value.
    Kind(KindTest),
    /// Equal to the value at another path.
    SameAs(Selector),
    /// A function says so.
    Call(Arc<dyn Function>),
}

/// An ordering of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `==`
    Is,
}

/// The kinds `is_a` tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindTest {
    /// A text, with references or not.
    String,
    /// A number or a text of one.
    Number,
    /// A boolean or a text of one.
    Bool,
    /// A list.
    List,
    /// A map.
    Map,
    /// A reference to another resource, alone or in a text.
    Reference,
    /// A text that is wholly written out.
    Literal,
}

/// A constant of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`
    Bool(bool),
    /// `1`
    Number(f64),
    /// `text`
    String(Arc<str>),
}

impl Comparison {
    /// Whether `value` stands in this relation to `limit`.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Above => value > limit,
            Self::AtLeast => value >= limit,
            Self::Is => value == limit,
        }
    }
}

impl Relation {
    /// Whether the other resource may have this type.
    pub fn fits_type(&self, resource_type: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|known| &**known == resource_type)
    }
}

impl Condition {
    /// Calls `visit` for every path, with the types it is resolved in where that is not the rule's own resource, and the path
    /// of the item it is relative to.
    pub fn visit_selectors(&self, visit: &mut dyn FnMut(&Selector, &Place)) {
        self.visit_below(&Place::default(), visit);
    }

    fn visit_below(&self, place: &Place, visit: &mut dyn FnMut(&Selector, &Place)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.visit_below(place, visit);
                }
            }
            Self::Not(part) => part.visit_below(place, visit),
            Self::Leaf(selector, test) => {
                visit(selector, place);
                if let Test::SameAs(other) = test {
                    visit(other, place);
                }
            }
            Self::Each(selector, _, part) => {
                visit(selector, place);
                part.visit_below(&place.inside(selector), visit);
            }
            Self::Related(relation) => {
                if let (Some(path), Direction::From) = (&relation.path, relation.direction) {
                    visit(path, place);
                }
                let other = Place {
                    types: Some(relation.types.clone()),
                    item: Vec::new(),
                };
                if let (Some(path), Direction::To) = (&relation.path, relation.direction) {
                    visit(path, &other);
                }
                relation.condition.visit_below(&other, visit);
            }
        }
    }
}

/// Where a path of a condition is resolved.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The types of a related resource; none where it is the rule's own.
    pub types: Option<Vec<Arc<str>>>,
    /// The steps to the item at hand.
    pub item: Vec<super::Step>,
}

impl Place {
    fn inside(&self, selector: &Selector) -> Self {
        let mut item = match selector.root {
            super::Root::Here => self.item.clone(),
            _ => Vec::new(),
        };
        item.extend(selector.steps.iter().cloned());
        if !selector.is_plural() {
            item.push(super::Step::Each);
        }
        Self {
            types: self.types.clone(),
            item,
        }
    }

    /// All steps of a path from the resource's properties.
    pub fn steps(&self, selector: &Selector) -> Vec<super::Step> {
        let mut steps = match selector.root {
            super::Root::Here => self.item.clone(),
            _ => Vec::new(),
        };
        steps.extend(selector.steps.iter().cloned());
        steps
    }
}
