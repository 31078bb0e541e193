//! What was collected, as a file: so that drift and rules can look at an account without asking it again.

use std::fmt;

use palisade_model::{Kind, Map, Origin, OriginKind, Resource, Value};
use serde::{Deserialize, Serialize};

use crate::collect::{self, Collected, Denied, meta};
use crate::fields::plain;

/// A deployed account at one time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Of this format: 1.
    pub version: u32,
    /// What was asked.
    pub scope: Scope,
    /// Types whose list was read to its end.
    pub complete: Vec<String>,
    /// What could not be read.
    pub denied: Vec<Denied>,
    /// Which physical resource each logical id of the named stacks is.
    pub bindings: Vec<Binding>,
    /// Sorted by type and id.
    pub resources: Vec<Observed>,
}

/// Which part of a provider was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// `aws`
    pub provider: String,
    /// The region; global services answer for all.
    pub region: String,
    /// RFC 3339, in UTC.
    pub collected_at: String,
}

/// A logical id of a stack and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The stack's name.
    pub stack: String,
    /// The logical id in its template.
    pub logical_id: String,
    /// The canonical type.
    pub resource_type: String,
    /// The physical id.
    pub id: String,
}

/// One resource of a snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// The canonical type.
    pub resource_type: String,
    /// The physical id.
    pub id: String,
    /// The property a template names it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// The properties the answers tell: one of these that is missing is known not to be set.
    pub told: Vec<String>,
    /// Canonical properties; `{"$unknown": "why"}` for what could not be read.
    pub properties: serde_json::Value,
}

/// A text that is no snapshot.
#[derive(Debug)]
pub struct SnapshotError(String);

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a snapshot of `palisade live collect`: {}", self.0)
    }
}

impl std::error::Error for SnapshotError {}

impl Snapshot {
    /// Of what was collected.
    pub fn new(scope: Scope, collected: Collected, bindings: Vec<Binding>) -> Self {
        let resources = collected.resources.iter().map(observed).collect();
        let Collected {
            complete, denied, ..
        } = collected;
        Self {
            version: 1,
            scope,
            complete,
            denied,
            bindings,
            resources,
        }
    }

    /// Reads what [`Snapshot::print`] wrote.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let snapshot: Self =
            serde_json::from_str(text).map_err(|error| SnapshotError(error.to_string()))?;
        if snapshot.version != 1 {
            return Err(SnapshotError(format!(
                "version {} is not known",
                snapshot.version
            )));
        }
        Ok(snapshot)
    }

    /// As JSON, with a line end.
    pub fn print(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("a snapshot holds texts, numbers, lists and maps with texts as keys");
        text.push('\n');
        text
    }

    /// The resources, for the pipeline from *fold* on.
    pub fn resources(&self) -> Vec<Resource> {
        self.resources.iter().map(Observed::resource).collect()
    }
}

impl Observed {
    fn resource(&self) -> Resource {
        let properties = restore(&plain(&self.properties));
        let meta = meta(self.identifier.as_deref(), self.told.iter());
        collect::observed(&self.resource_type, &self.id, properties, meta)
    }
}

fn observed(resource: &Resource) -> Observed {
    let told = resource
        .meta
        .get("told")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    Observed {
        resource_type: resource.resource_type.to_string(),
        id: resource.address.name.to_string(),
        identifier: resource
            .meta
            .get("identifier")
            .and_then(Value::as_str)
            .map(str::to_owned),
        told: told
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        properties: json(&resource.properties),
    }
}

/// A value as JSON.
fn json(value: &Value) -> serde_json::Value {
    match &value.kind {
        Kind::Null | Kind::Reference(_) | Kind::Template(_) => serde_json::Value::Null,
        Kind::Bool(flag) => (*flag).into(),
        Kind::Number(number) => number
            .as_i64()
            .map_or_else(|| number.as_f64().into(), Into::into),
        Kind::String(text) => (**text).into(),
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.to_string(), json(value)))
            .collect(),
        Kind::Encoded(encoded) => json(&encoded.value),
        Kind::Unknown(unknown) => serde_json::json!({ "$unknown": unknown.reason.to_string() }),
    }
}

/// `{"$unknown": "why"}` as an unknown again, at any depth.
fn restore(value: &Value) -> Value {
    let origin = Origin::of_kind(OriginKind::Observed);
    if let Some(reason) = value.get("$unknown").and_then(Value::as_str) {
        return Value::new(palisade_model::Reason::NotCollected(reason.into()), origin);
    }
    match &value.kind {
        Kind::List(items) => Value::new(items.iter().map(restore).collect::<Vec<_>>(), origin),
        Kind::Map(entries) => Value::new(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), restore(value)))
                .collect::<Map>(),
            origin,
        ),
        _ => value.clone(),
    }
}
