//! What a verdict rests on: the parts of resources that were looked at to reach it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use palisade_model::{Graph, NodeId};

use super::hidden::Hidden;
use crate::lower::DECLARED;
use crate::lower::defaults::{DEFAULT_NOTES, SATELLITE_ATTRIBUTES};
use crate::rules::{Root, Selector, Step};

/// A part of a resource that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// Everything that is neither a property nor in `meta`, and the notes in `meta`.
    Head,
    /// The edges from and to it, and which resources are at their other ends.
    Edges,
    /// A property, whatever is below it. Azure names are the same whatever their case, so they are kept in lower case.
    Property(Arc<str>),
    /// All properties, and their order.
    Properties,
    /// An entry of `meta`.
    Meta(Arc<str>),
    /// All of `meta`; also its entries with the attributes as declared, which mirror the properties.
    AllMeta,
}

/// Entries of `meta` that no rule names and that places and messages rest on.
const CONSTRUCT: [&str; 2] = ["ConstructPath", "ConstructTrace"];

/// The notes in `meta`: what every look at a resource rests on.
pub(super) fn notes() -> impl Iterator<Item = &'static str> {
    DEFAULT_NOTES.iter().chain(&CONSTRUCT).copied()
}

/// A graph, and the record of what of it is looked at, where one is kept.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) reads: Option<&'a Reads>,
    /// What was searched already; not where reads are recorded, as each verdict needs a record of its own.
    pub(crate) hidden: Option<&'a Hidden>,
}

/// The record of one verdict.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    parts: RefCell<Vec<(NodeId, Part)>>,
    types: RefCell<BTreeSet<Arc<str>>>,
}

impl Part {
    pub(super) fn property(name: &Arc<str>) -> Self {
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Self::Property(name.to_ascii_lowercase().into());
        }
        Self::Property(name.clone())
    }

    /// The part that an entry of `meta` belongs to.
    pub(super) fn meta(name: &Arc<str>) -> Self {
        if matches!(&**name, DECLARED | SATELLITE_ATTRIBUTES) {
            return Self::AllMeta;
        }
        Self::Meta(name.clone())
    }
}

impl Reads {
    /// A part of a resource.
    pub(super) fn add(&self, node: NodeId, part: Part) {
        let mut known = self.parts.borrow_mut();
        let read = (node, part);
        if !known.contains(&read) {
            known.push(read);
        }
    }

    /// What a path starts with. Inside an item that is known already.
    pub(super) fn add_path(&self, node: NodeId, selector: &Selector, in_item: bool) {
        let first = match selector.steps.first() {
            Some(Step::Key(name)) => Some(name),
            _ => None,
        };
        let part = match (&selector.root, first) {
            (Root::Fact(_), _) => Part::Head,
            (Root::Here, _) if in_item => Part::Head,
            (Root::Meta, Some(name)) => Part::meta(name),
            (Root::Meta, None) => Part::AllMeta,
            (Root::Here | Root::Resource, Some(name)) => Part::property(name),
            (Root::Here | Root::Resource, None) => Part::Properties,
        };
        self.add(node, part);
    }

    /// Which resources of a type there are.
    pub(super) fn add_type(&self, resource_type: &Arc<str>) {
        self.types.borrow_mut().insert(resource_type.clone());
    }

    /// The record: parts of resources, and types.
    pub(super) fn finish(self) -> (Vec<(NodeId, Part)>, BTreeSet<Arc<str>>) {
        (self.parts.into_inner(), self.types.into_inner())
    }
}

impl Ground<'_> {
    /// Records that a resource is looked at.
    pub(super) fn note(&self, node: NodeId) {
        if let Some(reads) = self.reads {
            reads.add(node, Part::Head);
        }
    }

    /// Records that all properties of a resource are.
    pub(super) fn note_properties(&self, node: NodeId) {
        if let Some(reads) = self.reads {
            reads.add(node, Part::Properties);
        }
    }
}
