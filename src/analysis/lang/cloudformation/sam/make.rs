//! Trees made by the transform.

use std::fmt::Write;

use palisade_model::Span;
use serde_json::{Value as Json, json};
use sha1::{Digest, Sha1};

use super::super::tree::{Data, Field, KeyOrder, Tree, quote};

/// Copies an entry under a name, with its place; nothing where there is none.
pub(super) fn copy(source: &Tree, from: &str, to: &str, into: &mut Tree) {
    let field = source.fields().and_then(|fields| fields.get(from));
    if let Some(field) = field.filter(|field| !field.value.is_null()) {
        into.set_field(to, field.clone());
    }
}

pub(super) fn copy_all(source: &Tree, names: &[&str], into: &mut Tree) {
    for name in names {
        copy(source, name, name, into);
    }
}

/// The tree of a constant.
pub(super) fn tree(json: &Json, span: Span) -> Tree {
    match json {
        Json::Null => Tree::new(Data::Null, span),
        Json::Bool(value) => Tree::bool(*value, span),
        Json::Number(number) => Tree::integer(number.as_i64().unwrap_or_default(), span),
        Json::String(text) => Tree::string(text.as_str(), span),
        Json::Array(items) => Tree::list(items.iter().map(|item| tree(item, span)).collect(), span),
        Json::Object(entries) => Tree::map(
            entries
                .iter()
                .map(|(key, value)| (key.as_str(), tree(value, span))),
            span,
        ),
    }
}

/// The tree of a constant in which a text of a hole, `$name`, stands for a part of the template.
pub(super) fn fill(json: &Json, holes: &[(&str, &Tree)], span: Span) -> Tree {
    match json {
        Json::String(text) => {
            let hole = holes.iter().find(|(name, _)| name == text);
            hole.map_or_else(
                || Tree::string(text.as_str(), span),
                |(_, part)| (*part).clone(),
            )
        }
        Json::Array(items) => {
            let items = items.iter().map(|item| fill(item, holes, span));
            Tree::list(items.collect(), span)
        }
        Json::Object(entries) => Tree::map(
            entries
                .iter()
                .map(|(key, value)| (key.as_str(), fill(value, holes, span))),
            span,
        ),
        _ => tree(json, span),
    }
}

/// A map with no entries.
pub(super) fn empty(span: Span) -> Tree {
    Tree::map::<&str>([], span)
}

/// A map of tags as a list; none where it is empty.
pub(super) fn map_tags(tags: &Tree, span: Span) -> Option<Tree> {
    tag_list(Some(tags), None, span)
}

/// A list of policies' statements as a document without a version.
pub(super) fn document(statements: Vec<Tree>, span: Span) -> Tree {
    Tree::map([("Statement", Tree::list(statements, span))], span)
}

/// `Ref: id`
pub(super) fn reference(id: &str, span: Span) -> Tree {
    tree(&json!({ "Ref": id }), span)
}

/// `Fn::GetAtt: [id, attribute]`
pub(super) fn attribute(id: &str, attribute: &str, span: Span) -> Tree {
    tree(&json!({ "Fn::GetAtt": [id, attribute] }), span)
}

/// The ten digits that a logical id ends in when it changes with its content.
pub(super) fn digest(text: &str) -> String {
    let mut digits = whole_digest(text);
    digits.truncate(10);
    digits
}

/// All digits of it.
pub(super) fn whole_digest(text: &str) -> String {
    let bytes = Sha1::digest(text.as_bytes());
    let mut digits = String::with_capacity(40);
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The same of a tree.
pub(super) fn tree_digest(tree: &Tree) -> String {
    digest(&tree.to_json(KeyOrder::Sorted))
}

/// A map of tags as a list, behind the tag that SAM adds.
pub(super) fn tag_list(tags: Option<&Tree>, created_by: Option<&str>, span: Span) -> Option<Tree> {
    let mut items = Vec::new();
    if let Some(key) = created_by {
        items.push(tree(&json!({"Key": key, "Value": "SAM"}), span));
    }
    for (key, field) in tags.and_then(Tree::fields).into_iter().flatten() {
        let mut item = tree(&json!({ "Key": &**key }), field.key);
        item.span = field.entry();
        item.set_field("Value", field.clone());
        items.push(item);
    }
    (!items.is_empty()).then(|| Tree::list(items, span))
}

/// An address in S3, `s3://bucket/key` or a map, with the names that the target gives its parts.
pub(super) fn s3_location(location: &Tree, names: [&str; 3]) -> Tree {
    if let Some(text) = location.as_str() {
        let rest = text.strip_prefix("s3://").unwrap_or(text);
        let (path, version) = match rest.split_once("?versionId=") {
            Some((path, version)) => (path, Some(version)),
            None => (rest, None),
        };
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let mut parts = vec![(names[0], bucket), (names[1], key)];
        parts.extend(version.map(|version| (names[2], version)));
        let parts = parts
            .into_iter()
            .map(|(name, part)| (name, Tree::string(part, location.span)));
        return Tree::map(parts, location.span);
    }
    let mut parts = Tree::map::<&str>([], location.span);
    for (from, to) in [
        ("Bucket", names[0]),
        ("Key", names[1]),
        ("Version", names[2]),
    ] {
        copy(location, from, to, &mut parts);
    }
    parts
}

/// Puts properties where the source's were.
pub(super) fn set_properties(resource: &mut Tree, source: &Tree, mut properties: Tree) {
    let old = source.fields().and_then(|fields| fields.get("Properties"));
    match old {
        Some(old) => {
            properties.span = old.value.span;
            let key = old.key;
            resource.set_field(
                "Properties",
                Field {
                    key,
                    value: properties,
                },
            );
        }
        None => resource.set("Properties", properties),
    }
}

/// A text in JSON.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out);
    out
}
