//! Data sources that are a function of their arguments: policy documents.
//!
//! Sources: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>,
//! <https://registry.terraform.io/providers/hashicorp/google/latest/docs/data-sources/iam_policy>.

use std::sync::Arc;

use indexmap::IndexMap;
use palisade_model::{Encoding, Origin, Reason};

use super::config::ResourceKey;
use super::document;
use super::types::Type;
use super::value::{Document, Entries, TfKind, TfUnknown, TfValue};

type Arguments = IndexMap<Arc<str>, TfValue>;

/// Whether an attribute of a data source can be computed here.
pub(super) fn is_evaluated(resource_type: &str, attribute: &str) -> bool {
    matches!(
        (resource_type, attribute),
        ("aws_iam_policy_document", "json" | "minified_json")
            | ("google_iam_policy", "policy_data")
    )
}

/// Adds the attributes that can be computed.
pub(super) fn complete(key: &ResourceKey, arguments: &mut Arguments) {
    match &*key.resource_type {
        "aws_iam_policy_document" => {
            let made = text_of(aws_document(arguments));
            arguments.insert("minified_json".into(), made.clone());
            arguments.insert("json".into(), made);
        }
        "google_iam_policy" => {
            let made = text_of(google_policy(arguments));
            arguments.insert("policy_data".into(), made);
        }
        _ => {}
    }
}

/// The JSON text of a document; where a part is not known, the document alone.
pub(super) fn text_of(document: TfValue) -> TfValue {
    let marks = document.deep_marks();
    let value = match document.first_unknown() {
        None => {
            let mut text = String::new();
            write_json(&document, &mut text);
            TfValue::encoded(text, Encoding::Json, document)
        }
        Some(unknown) => {
            let unknown = TfUnknown {
                document: Some(Arc::new(Document {
                    encoding: Encoding::Json,
                    value: document.clone(),
                })),
                not_null: true,
                ..TfUnknown::new(unknown.reason.clone())
            };
            TfValue::of_unknown(Type::String, unknown)
        }
    };
    value.with_marks(marks)
}

fn write_json(value: &TfValue, text: &mut String) {
    match &value.kind {
        TfKind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        TfKind::Number(number) => text.push_str(&number.to_string()),
        TfKind::String(string) => {
            text.push_str(&serde_json::Value::from(&*string.text).to_string());
        }
        TfKind::Sequence(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_json(item, text);
            }
            text.push(']');
        }
        TfKind::Mapping(entries) => {
            text.push('{');
            for (at, (key, item)) in entries.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::Value::from(&**key).to_string());
                text.push(':');
                write_json(item, text);
            }
            text.push('}');
        }
        TfKind::Null | TfKind::Unknown(_) => text.push_str("null"),
    }
}

fn set<'a>(entries: &'a Entries, name: &str) -> Option<&'a TfValue> {
    entries.get(name).filter(|value| !value.is_null())
}

fn argument<'a>(arguments: &'a Arguments, name: &str) -> Option<&'a TfValue> {
    arguments.get(name).filter(|value| !value.is_null())
}

/// Nested blocks; what is not known of them comes as an unknown item.
fn blocks(value: Option<&TfValue>) -> Vec<TfValue> {
    match value {
        None => Vec::new(),
        Some(value) => match value.as_items() {
            Some(items) => items.to_vec(),
            None => vec![value.clone()],
        },
    }
}

/// A list of one text is that text, as the policy language allows and the provider writes.
fn one_or_many(value: &TfValue) -> TfValue {
    match value.as_items() {
        Some([only]) => {
            let mut only = only.clone();
            only.origin.entry = value.origin.entry.or(only.origin.entry);
            only
        }
        _ => value.clone(),
    }
}

fn aws_document(arguments: &Arguments) -> TfValue {
    let mut statements: Vec<TfValue> = Vec::new();
    for name in ["source_json", "source_policy_documents"] {
        merge_documents(argument(arguments, name), &mut statements);
    }
    for block in blocks(argument(arguments, "statement")) {
        let made = match block.as_entries() {
            Some(entries) => aws_statement(entries).with_origin(block.origin.clone()),
            None => block,
        };
        merge(made, &mut statements);
    }
    for name in ["override_json", "override_policy_documents"] {
        merge_documents(argument(arguments, name), &mut statements);
    }
    let mut document = Entries::new();
    let version = argument(arguments, "version").cloned();
    document.insert(
        "Version".into(),
        version.unwrap_or_else(|| TfValue::string("2012-10-17")),
    );
    if let Some(id) = argument(arguments, "policy_id") {
        document.insert("Id".into(), id.clone());
    }
    let origin = argument(arguments, "statement")
        .map(|value| value.origin.clone())
        .unwrap_or_default();
    document.insert(
        "Statement".into(),
        TfValue::tuple(statements).with_origin(origin.clone()),
    );
    TfValue::object(document).with_origin(origin)
}

/// Adds a statement; one with the same `Sid` is replaced.
fn merge(statement: TfValue, statements: &mut Vec<TfValue>) {
    let sid = |value: &TfValue| value.as_entries()?.get("Sid")?.as_str().map(str::to_owned);
    let wanted = sid(&statement).filter(|sid| !sid.is_empty());
    match statements
        .iter_mut()
        .find(|known| wanted.is_some() && sid(known) == wanted)
    {
        Some(known) => *known = statement,
        None => statements.push(statement),
    }
}

fn merge_documents(value: Option<&TfValue>, statements: &mut Vec<TfValue>) {
    let Some(value) = value else {
        return;
    };
    let texts = value
        .as_items()
        .map_or_else(|| vec![value.clone()], <[_]>::to_vec);
    for text in texts {
        let document = text.document().map(|document| document.value.clone());
        let document = document.or_else(|| document::of_pieces(std::slice::from_ref(&text)));
        let found = document
            .as_ref()
            .and_then(|it| it.as_entries()?.get("Statement").cloned());
        match found {
            Some(found) => match found.as_items() {
                Some(items) => items
                    .iter()
                    .for_each(|item| merge(item.clone(), statements)),
                None => merge(found, statements),
            },
            None if text.as_str() == Some("") || text.is_null() => {}
            None => {
                let reason = text.as_unknown().map(|unknown| unknown.reason.clone());
                let reason = reason
                    .unwrap_or_else(|| Reason::Error("the policy document is no JSON".into()));
                statements
                    .push(TfValue::unknown(Type::Dynamic, reason).with_origin(text.origin.clone()));
            }
        }
    }
}

fn aws_statement(block: &Entries) -> TfValue {
    let mut made = Entries::new();
    if let Some(sid) = set(block, "sid").filter(|sid| sid.as_str() != Some("")) {
        made.insert("Sid".into(), sid.clone());
    }
    let effect = set(block, "effect").cloned();
    made.insert(
        "Effect".into(),
        effect.unwrap_or_else(|| TfValue::string("Allow")),
    );
    let lists = [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ];
    for (name, element) in lists {
        if let Some(value) =
            set(block, name).filter(|it| it.as_items().is_none_or(|items| !items.is_empty()))
        {
            made.insert(element.into(), one_or_many(value));
        }
    }
    for (name, element) in [
        ("principals", "Principal"),
        ("not_principals", "NotPrincipal"),
    ] {
        if let Some(value) = set(block, name) {
            made.insert(element.into(), principals(value));
        }
    }
    if let Some(value) = set(block, "condition") {
        made.insert("Condition".into(), conditions(value));
    }
    TfValue::object(made)
}

fn is_everyone(value: &TfValue) -> bool {
    value
        .as_items()
        .is_some_and(|items| items.len() == 1 && items[0].as_str() == Some("*"))
}

fn principals(value: &TfValue) -> TfValue {
    let mut made = Entries::new();
    for block in blocks(Some(value)) {
        let Some(entries) = block.as_entries() else {
            return block;
        };
        let (Some(kind), Some(identifiers)) = (entries.get("type"), entries.get("identifiers"))
        else {
            continue;
        };
        let Some(name) = kind.as_str() else {
            return kind.clone();
        };
        if name == "*" && is_everyone(identifiers) {
            return TfValue::string("*").with_origin(identifiers.origin.clone());
        }
        append(&mut made, name, identifiers);
    }
    let made = made
        .iter()
        .map(|(name, value)| (name.clone(), one_or_many(value)));
    TfValue::object(made.collect()).with_origin(value.origin.clone())
}

/// Adds items to the list at a name.
fn append(made: &mut Entries, name: &str, value: &TfValue) {
    let joined = match (made.get(name).and_then(TfValue::as_items), value.as_items()) {
        (Some(known), Some(more)) => TfValue::tuple(known.iter().chain(more).cloned().collect())
            .with_origin(value.origin.clone()),
        _ => value.clone(),
    };
    made.insert(name.into(), joined);
}

fn conditions(value: &TfValue) -> TfValue {
    let mut made: Entries = Entries::new();
    for block in blocks(Some(value)) {
        let Some(entries) = block.as_entries() else {
            return block;
        };
        let text = |name: &str| entries.get(name).and_then(TfValue::as_str);
        let (Some(test), Some(variable), Some(values)) =
            (text("test"), text("variable"), entries.get("values"))
        else {
            let unknown = entries.values().find(|value| !value.is_known());
            return unknown
                .cloned()
                .unwrap_or_else(|| TfValue::error("the condition is incomplete"));
        };
        let mut inner = made
            .get(test)
            .and_then(TfValue::as_entries)
            .cloned()
            .unwrap_or_default();
        append(&mut inner, variable, values);
        let inner = inner
            .iter()
            .map(|(name, value)| (name.clone(), one_or_many(value)));
        made.insert(
            test.into(),
            TfValue::object(inner.collect()).with_origin(block.origin.clone()),
        );
    }
    TfValue::object(made).with_origin(value.origin.clone())
}

fn google_policy(arguments: &Arguments) -> TfValue {
    let renamed = |block: &TfValue, names: &[(&str, &str)]| -> TfValue {
        let Some(entries) = block.as_entries() else {
            return block.clone();
        };
        let pick =
            |(from, to): &(&str, &str)| Some((Arc::<str>::from(*to), set(entries, from)?.clone()));
        TfValue::object(names.iter().filter_map(pick).collect()).with_origin(block.origin.clone())
    };
    let list = |name: &str, names: &[(&str, &str)]| {
        let value = argument(arguments, name);
        let items = blocks(value)
            .iter()
            .map(|block| renamed(block, names))
            .collect();
        let origin: Origin = value.map(|value| value.origin.clone()).unwrap_or_default();
        TfValue::tuple(items).with_origin(origin)
    };
    let mut made = Entries::new();
    let names = [
        ("role", "role"),
        ("members", "members"),
        ("condition", "condition"),
    ];
    made.insert("bindings".into(), list("binding", &names));
    if argument(arguments, "audit_config").is_some() {
        let names = [
            ("service", "service"),
            ("audit_log_configs", "auditLogConfigs"),
        ];
        made.insert("auditConfigs".into(), list("audit_config", &names));
    }
    TfValue::object(made)
}
