//! Link: references to edges.

use palisade_model::{Graph, Resource};

/// Links.
pub fn link(resources: Vec<Resource>) -> Graph {
    Graph::new(resources)
}
