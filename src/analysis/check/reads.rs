//! What a verdict rests on: the parts of resources that were looked at to reach it.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexSet;
use palisade_model::{Graph, NodeId, Resource, Value};

use super::hidden::Hidden;
use crate::lower::defaults::DEFAULT_NOTES;
use crate::rules::{Fact, Root, Selector, Step};

/// A part of a resource that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// Everything that is neither a property nor in `meta`, and the notes in `meta`.
    Head,
    /// The name in its address.
    Name,
    /// A property, whatever is below it.
    Property(Arc<str>),
    /// All properties, and their order.
    Properties,
    /// An entry of `meta`.
    Meta(Arc<str>),
    /// All of `meta`.
    AllMeta,
    /// An attribute as declared.
    Declared(Arc<str>),
}

/// Entries of `meta` that no rule names and that places, messages and what is accepted rest on.
const UNNAMED: [&str; 4] = ["ConstructPath", "ConstructTrace", "Metadata", "metadata"];

/// The notes in `meta`: what every look at a resource rests on.
pub(super) fn notes(resource: &Resource) -> impl Iterator<Item = (&Arc<str>, &Value)> {
    let entries = resource.meta.as_map().into_iter().flatten();
    entries.filter(|(name, _)| DEFAULT_NOTES.contains(&&***name) || UNNAMED.contains(&&***name))
}

/// A look at something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Read {
    /// A part of a resource.
    Part(NodeId, Part),
    /// The edges from and to a resource, and which resources are at their other ends.
    Edges(NodeId),
    /// Which resources of a type there are.
    Type(Arc<str>),
}

/// A graph, and the record of what of it is looked at, where one is kept.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) reads: Option<&'a Reads>,
    /// What was searched already; not where reads are recorded, as each verdict needs a record of its own.
    pub(crate) hidden: Option<&'a Hidden>,
}

/// The record of one verdict, in the order of the first looks.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    looks: RefCell<IndexSet<Read, RandomState>>,
    rests_on_places: Cell<bool>,
}

impl Reads {
    /// A part of a resource.
    pub(super) fn add(&self, node: NodeId, part: Part) {
        self.looks.borrow_mut().insert(Read::Part(node, part));
    }

    /// What a path starts with. Inside an item that is known already.
    pub(super) fn add_path(&self, node: NodeId, selector: &Selector, in_item: bool) {
        let first = match selector.steps.first() {
            Some(Step::Key(name)) => Some(name.clone()),
            _ => None,
        };
        let part = match (&selector.root, first) {
            (Root::Fact(fact), _) => self.of_fact(*fact),
            (Root::Here, _) if in_item => Part::Head,
            (Root::Meta, Some(name)) => Part::Meta(name),
            (Root::Meta, None) => Part::AllMeta,
            (Root::Here | Root::Resource, Some(name)) => Part::Property(name),
            (Root::Here | Root::Resource, None) => Part::Properties,
        };
        self.add(node, part);
    }

    fn of_fact(&self, fact: Fact) -> Part {
        match fact {
            Fact::Name => Part::Name,
            Fact::Satellite => {
                self.rests_on_places.set(true);
                Part::Head
            }
            _ => Part::Head,
        }
    }

    /// The edges of a resource.
    pub(super) fn add_edges(&self, node: NodeId) {
        self.looks.borrow_mut().insert(Read::Edges(node));
    }

    /// Which resources of a type there are.
    pub(super) fn add_type(&self, resource_type: &Arc<str>) {
        let read = Read::Type(resource_type.clone());
        self.looks.borrow_mut().insert(read);
    }

    /// Whether the truth itself rests on what places tell: the resource that an item is written in.
    pub(super) fn rests_on_places(&self) -> bool {
        self.rests_on_places.get()
    }

    /// The looks.
    pub(super) fn finish(self) -> impl Iterator<Item = Read> {
        self.looks.into_inner().into_iter()
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
