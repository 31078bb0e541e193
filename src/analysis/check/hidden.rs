use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use palisade_model::NodeId;

use super::resolve::Scope;
use crate::rules::Relation;

/// The resources that may name any other in the property of a relation, as it is unknown there: searched once for a relation, not
/// once for each resource a rule judges.
///
/// They are those with nothing assumed. An assumption settles unknowns, and what it puts in their place is in the same resources.
#[derive(Default)]
pub(crate) struct Hidden {
    /// By the place of the relation in memory: rules live as long as the run.
    known: RwLock<HashMap<usize, Arc<[NodeId]>>>,
}

impl Hidden {
    /// The resources of a relation's types with an unknown at its path, in the order of types and addresses.
    pub(crate) fn of(&self, relation: &Relation, scope: &Scope<'_>) -> Arc<[NodeId]> {
        let key = std::ptr::from_ref(relation) as usize;
        let known = self.known.read().ok().and_then(|it| it.get(&key).cloned());
        if let Some(known) = known {
            return known;
        }
        let Some(path) = &relation.path else {
            return Arc::default();
        };
        let types = relation.types.iter();
        let found: Arc<[NodeId]> = types
            .flat_map(|resource_type| scope.graph.of_type(resource_type))
            .copied()
            .filter(|node| scope.at(*node).unknown_at(path).is_some())
            .collect();
        if let Ok(mut known) = self.known.write() {
            known.insert(key, found.clone());
        }
        found
    }
}
