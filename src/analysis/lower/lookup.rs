//! Keys that are looked up: what `data.aws_kms_alias` and `data.aws_kms_key` find is a key of a service, or one declared beside them.
//!
//! Sources: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/kms_alias>,
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/kms_key>; that the aliases of services begin
//! with `alias/aws/`: <https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html>.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{Address, Kind, Map, Presence, Reference, Resource, Target, Value};

/// What a look-up finds.
#[derive(Clone)]
struct Found {
    /// The alias.
    alias: Kind,
    /// The key behind it.
    key: Kind,
}

/// Puts what look-ups of keys find in the place of the references to them.
pub(super) fn follow(resources: &mut [Arc<Resource>]) {
    let found = found(resources);
    if found.is_empty() {
        return;
    }
    for resource in resources {
        if holds(&resource.properties, &found) {
            replace(&mut Arc::make_mut(resource).properties, &found);
        }
    }
}

/// Whether a value refers to what is found.
fn holds(value: &Value, found: &BTreeMap<Arc<Address>, Found>) -> bool {
    match &value.kind {
        Kind::Reference(reference) => matches!(
            &reference.target,
            Target::Address(address) if found.contains_key(address)
        ),
        Kind::List(items) => items.iter().any(|item| holds(item, found)),
        Kind::Map(map) => map.values().any(|inner| holds(inner, found)),
        _ => false,
    }
}

fn found(resources: &[Arc<Resource>]) -> BTreeMap<Arc<Address>, Found> {
    let mut found = BTreeMap::new();
    for data in resources {
        let argument = match &*data.declared_type {
            _ if data.presence != Presence::External => continue,
            "aws_kms_alias" => "name",
            "aws_kms_key" => "key_id",
            _ => continue,
        };
        let named = data.properties.get(argument);
        if let Some(one) = named.and_then(|named| find(named, resources)) {
            found.insert(data.address.clone(), one);
        }
    }
    found
}

/// The key that a value names: by its alias, or as the attribute of a resource.
fn find(named: &Value, resources: &[Arc<Resource>]) -> Option<Found> {
    if named.as_reference().is_some() {
        return Some(Found {
            alias: named.kind.clone(),
            key: named.kind.clone(),
        });
    }
    let name = named.as_str()?;
    // The rest of the ARN, region and account, says nothing more about the key.
    if name.starts_with("alias/aws/") {
        return Some(Found {
            alias: named.kind.clone(),
            key: named.kind.clone(),
        });
    }
    let mut declared = resources.iter().filter(|alias| {
        &*alias.declared_type == "aws_kms_alias"
            && alias.presence != Presence::External
            && alias.properties.get("name").and_then(Value::as_str) == Some(name)
    });
    let (Some(alias), None) = (declared.next(), declared.next()) else {
        return None;
    };
    let reference = Reference {
        target: Target::Address((*alias.address).clone()),
        attribute: "arn".into(),
    };
    Some(Found {
        alias: Kind::Reference(Arc::new(reference)),
        key: alias.properties.get("target_key_id")?.kind.clone(),
    })
}

fn replace(value: &mut Value, found: &BTreeMap<Arc<Address>, Found>) {
    match &mut value.kind {
        Kind::Reference(reference) => {
            if let Target::Address(address) = &reference.target
                && let Some(found) = found.get(address)
            {
                match &*reference.attribute {
                    "target_key_arn" | "target_key_id" => value.kind = found.key.clone(),
                    "arn" | "id" | "name" | "key_id" => value.kind = found.alias.clone(),
                    _ => {}
                }
            }
        }
        Kind::List(items) if items.iter().any(may_hold) => {
            for item in Arc::make_mut(items) {
                replace(item, found);
            }
        }
        Kind::Map(map) if map.values().any(may_hold) => {
            let map: &mut Map = Arc::make_mut(map);
            for inner in map.values_mut() {
                replace(inner, found);
            }
        }
        _ => {}
    }
}

fn may_hold(value: &Value) -> bool {
    matches!(
        value.kind,
        Kind::Reference(_) | Kind::List(_) | Kind::Map(_)
    )
}
