//! Data sources that are a function of their arguments: policy documents.
//!
//! Sources: <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>,
//! <https://registry.terraform.io/providers/hashicorp/google/latest/docs/data-sources/iam_policy>.

use std::sync::Arc;

use palisade_model::{Encoding, Origin, Reason};

use super::arguments::Arguments;
use super::config::ResourceKey;
use super::document;
use super::types::Type;
use super::value::{Document, Entries, TfKind, TfUnknown, TfValue};

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
                document: Some(Arc::new(Document::new(Encoding::Json, document.clone()))),
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

/// Documents that are merged: sources, then the arguments themselves, then what overrides them.
#[derive(Default)]
struct Merged {
    version: Option<TfValue>,
    id: Option<TfValue>,
    statements: Vec<TfValue>,
}

fn aws_document(arguments: &Arguments) -> TfValue {
    let mut merged = Merged::default();
    for name in ["source_json", "source_policy_documents"] {
        merged.add_texts(argument(arguments, name));
    }
    let version = argument(arguments, "version").cloned();
    merged.adopt(
        Some(version.unwrap_or_else(|| TfValue::string("2012-10-17"))),
        argument(arguments, "policy_id").cloned(),
    );
    let made = |block: TfValue| match block.as_entries() {
        Some(entries) => aws_statement(entries).with_origin(block.origin.clone()),
        None => block,
    };
    let own = blocks(argument(arguments, "statement"));
    merged.add(own.into_iter().map(made).collect());
    for name in ["override_policy_documents", "override_json"] {
        merged.add_texts(argument(arguments, name));
    }
    let origin = argument(arguments, "statement")
        .map(|value| value.origin.clone())
        .unwrap_or_default();
    let statements = TfValue::tuple(merged.statements).with_origin(origin.clone());
    let entries = [
        ("Version", merged.version),
        ("Id", merged.id),
        ("Statement", Some(statements)),
    ];
    let entries = entries
        .into_iter()
        .filter_map(|(name, value)| Some((name.into(), value?)));
    TfValue::object(entries.collect()).with_origin(origin)
}

/// What a statement says of its `Sid`.
enum Sid<'v> {
    Blank,
    Known(&'v str),
    Unknown(Reason),
}

fn sid(statement: &TfValue) -> Sid<'_> {
    let sid = match (statement.as_unknown(), statement.as_entries()) {
        (Some(_), _) => statement,
        (None, entries) => match entries.and_then(|it| it.get("Sid")) {
            Some(sid) => sid,
            None => return Sid::Blank,
        },
    };
    match (sid.as_unknown(), sid.as_str()) {
        (Some(unknown), _) => Sid::Unknown(unknown.reason.clone()),
        (None, Some("") | None) => Sid::Blank,
        (None, Some(text)) => Sid::Known(text),
    }
}

impl Merged {
    /// A later `Id` counts; a version is only raised.
    fn adopt(&mut self, version: Option<TfValue>, id: Option<TfValue>) {
        let raises = |version: &TfValue| match (&self.version, version.as_str()) {
            (Some(known), Some(text)) => known.as_str().is_some_and(|known| text > known),
            (Some(_), None) => false,
            (None, _) => true,
        };
        if version.as_ref().is_some_and(raises) {
            self.version = version;
        }
        if id.as_ref().is_some_and(|id| id.as_str() != Some("")) {
            self.id = id;
        }
    }

    /// Adds the statements of one document: one takes the place of an earlier one with the same `Sid`. Where it cannot be known
    /// whether it does, the earlier one is not known.
    fn add(&mut self, statements: Vec<TfValue>) {
        let before = self.statements.len();
        for statement in statements {
            let mut same = None;
            for (at, earlier) in self.statements.iter_mut().enumerate() {
                let reason = match (sid(&statement), sid(earlier)) {
                    (Sid::Blank, _) | (_, Sid::Blank) => continue,
                    (Sid::Known(sid), Sid::Known(known)) if sid == known => {
                        same = same.or(Some(at));
                        continue;
                    }
                    (Sid::Known(_), Sid::Known(_)) => continue,
                    (Sid::Unknown(reason), _) | (_, Sid::Unknown(reason)) => reason,
                };
                if at < before {
                    let origin = earlier.origin.clone();
                    *earlier = TfValue::unknown(Type::Dynamic, reason).with_origin(origin);
                }
            }
            match same {
                Some(at) => self.statements[at] = statement,
                None => self.statements.push(statement),
            }
        }
    }

    /// Adds the documents of an argument.
    fn add_texts(&mut self, value: Option<&TfValue>) {
        let Some(value) = value else {
            return;
        };
        let one = std::slice::from_ref(value);
        for text in value.as_items().unwrap_or(one) {
            self.add_text(text);
        }
    }

    fn add_text(&mut self, text: &TfValue) {
        let document = text.document().map(|document| document.value.clone());
        let document = document.or_else(|| document::of_pieces(std::slice::from_ref(text)));
        let entries = document.as_ref().and_then(TfValue::as_entries);
        let part = |name: &str| entries.and_then(|it| set(it, name)).cloned();
        match part("Statement") {
            Some(found) => {
                self.adopt(part("Version"), part("Id"));
                let items = found.as_items().map(<[_]>::to_vec);
                self.add(items.unwrap_or_else(|| vec![found]));
            }
            None if text.as_str() == Some("") || text.is_null() => {}
            None => {
                let missing = TfValue::unknown(Type::Dynamic, document::missing(text));
                self.add(vec![missing.with_origin(text.origin.clone())]);
            }
        }
    }
}

/// `&{…}` stands for a variable of the policy language, where `${…}` would be one of Terraform's.
fn with_variables(value: &TfValue) -> TfValue {
    let replaced = |text: &str| text.contains("&{").then(|| text.replace("&{", "${"));
    if let Some(text) = value.as_str().and_then(replaced) {
        return TfValue::string(&text).with_origin(value.origin.clone());
    }
    match value.as_items() {
        Some(items)
            if items
                .iter()
                .any(|it| it.as_str().and_then(replaced).is_some()) =>
        {
            let items = items.iter().map(with_variables).collect();
            TfValue::tuple(items).with_origin(value.origin.clone())
        }
        _ => value.clone(),
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
            made.insert(element.into(), one_or_many(&with_variables(value)));
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
        append(&mut made, name, &with_variables(identifiers));
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
        append(&mut inner, variable, &with_variables(values));
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
