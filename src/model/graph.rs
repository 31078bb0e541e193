//! Resources joined by labelled, directed edges.

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
    /// By type, sorted.
    types: Vec<(Arc<str>, Vec<NodeId>)>,
    outgoing: Ends,
    incoming: Ends,
}

/// The edges at each resource, by one of their ends.
#[derive(Clone, Debug, Default)]
struct Ends {
    /// Where those of a resource begin; one more, where the last ones end.
    starts: Vec<u32>,
    /// Positions of edges.
    edges: Vec<u32>,
}

impl Ends {
    /// Of so many resources. The edges of each keep their order.
    fn new(count: usize, edges: &[Edge], end: impl Fn(&Edge) -> NodeId) -> Self {
        let mut starts = vec![0; count + 1];
        for edge in edges {
            starts[end(edge).0 as usize + 1] += 1;
        }
        for position in 0..count {
            starts[position + 1] += starts[position];
        }
        let mut next = starts.clone();
        let mut all = vec![0; edges.len()];
        for (position, edge) in (0..).zip(edges) {
            let place = &mut next[end(edge).0 as usize];
            all[*place as usize] = position;
            *place += 1;
        }
        Self { starts, edges: all }
    }

    fn of(&self, id: NodeId) -> &[u32] {
        let at = id.0 as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.edges[start as usize..end as usize],
            _ => &[],
        }
    }
}

impl Graph {
    /// A graph of these resources, without edges. They are sorted by address; of two with the same address both are kept, and
    /// the address finds the first.
    pub fn new(mut resources: Vec<Arc<Resource>>) -> Self {
        resources.sort_by(|a, b| a.address.cmp(&b.address));
        let mut types: Vec<(Arc<str>, Vec<NodeId>)> = Vec::new();
        for (id, resource) in (0..).map(NodeId).zip(&resources) {
            let name = &resource.resource_type;
            match types.binary_search_by(|(known, _)| known.cmp(name)) {
                Ok(position) => types[position].1.push(id),
                Err(position) => types.insert(position, (name.clone(), vec![id])),
            }
        }
        Self {
            resources,
            types,
            ..Self::default()
        }
    }

    /// The same resources with these edges, each of which is there once.
    #[must_use]
    pub fn with(self, edges: Vec<Edge>) -> Self {
        let count = self.resources.len();
        Self {
            outgoing: Ends::new(count, &edges, |edge| edge.from),
            incoming: Ends::new(count, &edges, |edge| edge.to),
            edges,
            ..self
        }
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
        let types = &self.types;
        let found = types.binary_search_by(|(name, _)| (**name).cmp(resource_type));
        found.map_or(&[], |position| &types[position].1)
    }

    /// The types that occur, sorted.
    pub fn types(&self) -> impl Iterator<Item = &Arc<str>> {
        self.types.iter().map(|(name, _)| name)
    }

    /// The edges that start at a resource.
    pub fn edges_from(&self, id: NodeId) -> impl Iterator<Item = &Edge> {
        self.outgoing
            .of(id)
            .iter()
            .map(|&position| &self.edges[position as usize])
    }

    /// The edges that end at a resource.
    pub fn edges_to(&self, id: NodeId) -> impl Iterator<Item = &Edge> {
        self.incoming
            .of(id)
            .iter()
            .map(|&position| &self.edges[position as usize])
    }
}
