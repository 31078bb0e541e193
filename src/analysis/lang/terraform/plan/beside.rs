//! A plan beside its configuration: what is planned, at the place where it is written.

use std::collections::HashMap;
use std::sync::Arc;

use palisade_model::{Address, Kind, Origin, OriginKind, Resource, Value};

/// Gives planned resources the places and references of their configuration.
pub(super) fn overlay(planned: &mut [Resource], configured: &[Arc<Resource>]) {
    let exact: HashMap<&Arc<Address>, &Resource> =
        configured.iter().map(|it| (&it.address, &**it)).collect();
    let blocks: HashMap<Address, &Resource> = configured
        .iter()
        .map(|it| (it.address.block(), &**it))
        .collect();
    for resource in planned {
        let found = exact.get(&resource.address).copied();
        let Some(found) = found.or_else(|| blocks.get(&resource.address.block()).copied()) else {
            continue;
        };
        resource.header = found.header;
        resource.origin = found.origin.clone();
        resource.meta = found.meta.clone();
        if let (Some(provider), Some(known)) = (&found.provider, &mut resource.provider) {
            known.alias.clone_from(&provider.alias);
            known.version.clone_from(&provider.version);
        }
        resource.properties = placed(&resource.properties, &found.properties);
    }
}

/// The planned value, at the place of the configured one.
fn placed(planned: &Value, configured: &Value) -> Value {
    let mut made = planned.clone();
    made.origin = configured.origin.clone();
    made.sensitive |= configured.sensitive;
    made.kind = match (&planned.kind, &configured.kind) {
        (
            Kind::Unknown(_),
            Kind::Reference(_) | Kind::Template(_) | Kind::Unknown(_) | Kind::Encoded(_),
        ) => configured.kind.clone(),
        (Kind::Map(planned), Kind::Map(configured)) => {
            let entries = planned.iter().map(|(key, value)| {
                let value = match configured.get(key) {
                    Some(other) => placed(value, other),
                    None => without_place(value, &made.origin),
                };
                (key.clone(), value)
            });
            Kind::Map(Arc::new(entries.collect()))
        }
        (Kind::List(planned), Kind::List(configured)) if planned.len() == configured.len() => {
            let items = planned
                .iter()
                .zip(configured.iter())
                .map(|(a, b)| placed(a, b));
            Kind::List(Arc::new(items.collect()))
        }
        (Kind::Encoded(_), Kind::Encoded(other)) if other.text.is_none() => planned.kind.clone(),
        (_, Kind::Encoded(_))
            if configured.as_str().is_some() && configured.as_str() == planned.as_str() =>
        {
            configured.kind.clone()
        }
        (kind, _) => kind.clone(),
    };
    made
}

/// A value that only the plan knows: what the provider sends when nothing is written.
fn without_place(value: &Value, around: &Origin) -> Value {
    let mut made = value.clone();
    made.origin = Origin {
        kind: OriginKind::LanguageDefault,
        ..around.clone()
    };
    made
}
