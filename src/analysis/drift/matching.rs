//! Which observed resource is which declared one.

use std::collections::BTreeSet;
use std::sync::Arc;

use palisade_model::{Graph, Language, NodeId, Path, Presence, Resource, Value};

use super::{Drift, DriftKind};

/// What was read of a deployed account.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Canonical, folded, with their properties as deployed.
    pub resources: &'a [Arc<Resource>],
    /// Canonical types whose list was read to its end.
    pub complete: &'a [String],
    /// What each declared resource is, where the provider or a state file says so.
    pub bindings: &'a [Binding],
    /// Whether the declaration claims to be all there is: then what nobody declared is reported.
    pub managed: bool,
}

/// A declared resource and its physical id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name within the stack: the logical id.
    pub name: Arc<str>,
    /// Canonical.
    pub resource_type: Arc<str>,
    /// The provider's id.
    pub id: Arc<str>,
}

/// A declared resource and its counterpart.
#[derive(Clone, Debug)]
pub struct Match<'a> {
    /// The declared one.
    pub declared: NodeId,
    /// The deployed one, where there is one.
    pub observed: Option<&'a Resource>,
    /// Its physical id, where that is known.
    pub id: Option<Arc<str>>,
    /// The provider says it was deployed once: without a counterpart it is gone, not yet to come.
    pub was_deployed: bool,
}

impl Observed<'_> {
    /// Whether what is not among the resources of a type does not exist.
    pub fn is_complete(&self, resource_type: &str) -> bool {
        self.complete
            .iter()
            .any(|complete| complete == resource_type)
    }
}

/// Finds the counterpart of every declared resource of a type that was read: by binding, then by the literal name that a template
/// gives it.
pub fn match_resources<'a>(declared: &Graph, observed: &Observed<'a>) -> Vec<Match<'a>> {
    let read = |resource: &Resource| {
        let seen = observed
            .resources
            .iter()
            .any(|found| found.resource_type == resource.resource_type);
        resource.language != Language::Live
            && resource.presence != Presence::External
            && (seen || observed.is_complete(&resource.resource_type))
    };
    declared
        .resources()
        .filter(|(_, resource)| read(resource))
        .map(|(node, resource)| match_one(node, resource, observed))
        .collect()
}

fn match_one<'a>(node: NodeId, resource: &Resource, observed: &Observed<'a>) -> Match<'a> {
    let same_type = |found: &&Arc<Resource>| found.resource_type == resource.resource_type;
    let bound = observed.bindings.iter().find(|binding| {
        binding.name == resource.address.name && binding.resource_type == resource.resource_type
    });
    if let Some(binding) = bound {
        let found = observed
            .resources
            .iter()
            .filter(same_type)
            .find(|found| found.address.name == binding.id);
        return Match {
            declared: node,
            observed: found.map(Arc::as_ref),
            id: Some(binding.id.clone()),
            was_deployed: true,
        };
    }
    let named = observed
        .resources
        .iter()
        .filter(same_type)
        .find(|found| has_same_name(resource, found));
    let id = named.map(|found| found.address.name.clone());
    Match {
        declared: node,
        observed: named.map(Arc::as_ref),
        id,
        was_deployed: false,
    }
}

/// Whether both have the same literal text in the property that names resources of their type.
fn has_same_name(declared: &Resource, observed: &Resource) -> bool {
    let Some(identifier) = observed.meta.get("identifier").and_then(Value::as_str) else {
        return false;
    };
    let name = |resource: &Resource| {
        resource
            .properties
            .get(identifier)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    name(declared).is_some_and(|text| name(observed) == Some(text))
}

/// Deployed resources that nothing declares, where the declaration claims to be whole.
pub(super) fn unmanaged(
    declared: &Graph,
    observed: &Observed<'_>,
    matches: &[Match<'_>],
) -> Vec<Drift> {
    if !observed.managed {
        return Vec::new();
    }
    let known: BTreeSet<_> = matches
        .iter()
        .filter_map(|found| found.observed)
        .map(|found| (&found.resource_type, &found.address.name))
        .collect();
    observed
        .resources
        .iter()
        .filter(|found| {
            !declared.of_type(&found.resource_type).is_empty() && !is_made_by_provider(found)
        })
        .filter(|found| !known.contains(&(&found.resource_type, &found.address.name)))
        .map(|found| Drift {
            kind: DriftKind::Unmanaged,
            address: found.address.clone(),
            resource_type: found.resource_type.clone(),
            id: Some(found.address.name.clone()),
            span: None,
            path: Path::default(),
            declared: None,
            observed: None,
            default: None,
        })
        .collect()
}

/// What the provider makes in every account, or another stack owns.
fn is_made_by_provider(resource: &Resource) -> bool {
    let text = |name: &str| resource.properties.get(name).and_then(Value::as_str);
    let tags = resource
        .properties
        .get("Tags")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    let stack = |tag: &Value| {
        tag.get("Key").and_then(Value::as_str) == Some("aws:cloudformation:stack-name")
    };
    let default_group = &*resource.resource_type == "AWS::EC2::SecurityGroup"
        && text("GroupName") == Some("default");
    default_group || tags.iter().any(stack)
}
