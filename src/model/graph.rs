//! Resources joined by labelled, directed edges.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Address, Path, Resource};

/// A resource of a [`Graph`]: its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// `from` names `to` in its property `path`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The resource that holds the reference.
    pub from: NodeId,
    /// The resource it names.
    pub to: NodeId,
    /// What the reference means: `contains`, `encrypts_with`, `assumes`, `routes_to`; `refers_to` where no table says more.
    pub label: Arc<str>,
    /// Where in `from` it is written.
    pub path: Path,
}

/// All resources of one analysis unit, in the order of their addresses, with indices.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    resources: Vec<Arc<Resource>>,
    edges: Vec<Edge>,
    by_type: BTreeMap<Arc<str>, Vec<NodeId>>,
    outgoing: Vec<Vec<u32>>,
    incoming: Vec<Vec<u32>>,
}

impl Graph {
    /// A graph of these resources, without edges. They are sorted by address; of two with the same address both are kept, and
    /// the address finds the first.
    pub fn new(mut resources: Vec<Arc<Resource>>) -> Self {
        resources.sort_by(|a, b| a.address.cmp(&b.address));
        let mut graph = Self {
            outgoing: vec![Vec::new(); resources.len()],
            incoming: vec![Vec::new(); resources.len()],
            ..Self::default()
        };
        for (position, resource) in resources.iter().enumerate() {
            let id = NodeId(position as u32);
            graph
                .by_type
                .entry(resource.resource_type.clone())
                .or_default()
                .push(id);
        }
        graph.resources = resources;
        graph
    }

    /// Adds an edge; one that is there already is not added again.
    pub fn connect(&mut self, edge: Edge) {
        let (from, to) = (edge.from.0 as usize, edge.to.0 as usize);
        // An edge is in the lists of both ends, and of one of them few are.
        let shorter = [&self.outgoing[from], &self.incoming[to]]
            .into_iter()
            .min_by_key(|list| list.len());
        let mut known = shorter.into_iter().flatten();
        if known.any(|&known| self.edges[known as usize] == edge) {
            return;
        }
        let position = self.edges.len() as u32;
        self.outgoing[from].push(position);
        self.incoming[to].push(position);
        self.edges.push(edge);
    }

    /// The resources with their ids, in the order of addresses.
    pub fn resources(&self) -> impl Iterator<Item = (NodeId, &Resource)> {
        self.resources
            .iter()
            .enumerate()
            .map(|(position, resource)| (NodeId(position as u32), &**resource))
    }

    /// One resource.
    pub fn resource(&self, id: NodeId) -> &Resource {
        &self.resources[id.0 as usize]
    }

    /// The same, for who keeps it.
    pub fn shared(&self, id: NodeId) -> &Arc<Resource> {
        &self.resources[id.0 as usize]
    }

    /// How many resources there are.
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// The resource of an address.
    pub fn find(&self, address: &Address) -> Option<NodeId> {
        let position = self
            .resources
            .partition_point(|one| *one.address < *address);
        let found = self.resources.get(position)?;
        (*found.address == *address).then_some(NodeId(position as u32))
    }

    /// The resources of a canonical type.
    pub fn of_type(&self, resource_type: &str) -> &[NodeId] {
        self.by_type.get(resource_type).map_or(&[], Vec::as_slice)
    }

    /// The types that occur, sorted.
    pub fn types(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_type.keys()
    }

    /// The edges that start at a resource.
    pub fn edges_from(&self, id: NodeId) -> impl Iterator<Item = &Edge> {
        self.outgoing[id.0 as usize]
            .iter()
            .map(|&position| &self.edges[position as usize])
    }

    /// The edges that end at a resource.
    pub fn edges_to(&self, id: NodeId) -> impl Iterator<Item = &Edge> {
        self.incoming[id.0 as usize]
            .iter()
            .map(|&position| &self.edges[position as usize])
    }
}
