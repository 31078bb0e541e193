//! Suppressions in the `Metadata` of a resource, where comments are not possible.

use palisade_model::{Resource, Value};

use super::{Entry, Kind, Scope};
use crate::config::Selector;

/// Where each scanner looks: the path to a list, and the keys of a rule's id and of the reason in its items. An item may be a
/// bare id as well.
const FORMS: [(&[&str], &str, &str); 5] = [
    (&["palisade", "ignore"], "rule", "reason"),
    (&["checkov", "skip"], "id", "comment"),
    (&["cfn_nag", "rules_to_suppress"], "id", "reason"),
    (&["cfn-lint", "config", "ignore_checks"], "id", "reason"),
    (&["guard", "SuppressedRules"], "id", "reason"),
];

/// The suppressions of a resource itself.
pub(super) fn entries(resource: &Resource) -> Vec<Entry> {
    let Some(metadata) = resource
        .meta
        .get("Metadata")
        .or_else(|| resource.meta.get("metadata"))
    else {
        return Vec::new();
    };
    FORMS
        .iter()
        .flat_map(|(path, id, reason)| {
            let list = path.iter().try_fold(metadata, |value, key| value.get(key));
            let items = list.and_then(Value::as_list).unwrap_or_default();
            items
                .iter()
                .filter_map(|item| entry(item, id, reason))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn entry(item: &Value, id: &str, reason: &str) -> Option<Entry> {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let rule = item.as_str().or_else(|| text(id))?;
    Some(Entry {
        kind: Kind::Metadata,
        own: false,
        rules: vec![Selector::new(rule)],
        reason: text(reason).map(str::to_owned),
        until: text("until").and_then(|until| until.parse().ok()),
        span: None,
        scope: Scope::Globs {
            resource: None,
            path: None,
        },
    })
}
