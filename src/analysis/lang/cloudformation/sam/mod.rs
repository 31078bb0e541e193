//! The SAM transform: `AWS::Serverless::…` resources to what CloudFormation deploys, as the official translator makes them: the same
//! logical ids, types and properties. It works on the template as written, before anything is evaluated.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html>; checked
//! against the translator by `testdata/cloudformation/sam`.

mod function;
mod globals;
mod policies;
mod simple;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use palisade_model::{DiagnosticCode, Span};
use serde_json::{Value as Json, json};
use sha1::{Digest, Sha1};

use super::stack::Stack;
use super::tree::{Data, Field, Fields, KeyOrder, Tree};

/// The name of the transform.
pub(super) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// Attributes of a SAM resource that what is made of it has too.
const SHARED_ATTRIBUTES: [&str; 3] = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

/// Whether a template asks for the transform.
pub(super) fn is_sam(tree: &Tree) -> bool {
    let Some(transform) = tree.get("Transform") else {
        return false;
    };
    let calls = transform.items().unwrap_or(std::slice::from_ref(transform));
    calls
        .iter()
        .any(|call| call.as_str().or_else(|| call.str_of("Name")) == Some(TRANSFORM))
}

/// The template without SAM resources.
pub(super) fn transform(stack: &Stack<'_>, tree: &Tree) -> Tree {
    let mut sam = Sam {
        stack,
        made: Fields::new(),
        conditions: Fields::new(),
        renamed: HashMap::new(),
        members: HashMap::new(),
    };
    sam.resources(&globals::applied(tree));
    let (mut made, conditions, names) = (
        std::mem::take(&mut sam.made),
        std::mem::take(&mut sam.conditions),
        Names {
            renamed: std::mem::take(&mut sam.renamed),
            members: std::mem::take(&mut sam.members),
        },
    );
    for field in made.values_mut() {
        field.value = names.replaced(&field.value);
    }
    let mut transformed = tree.clone();
    let place = tree.get("Resources").map_or(tree.span, |tree| tree.span);
    let resources = Tree::new(Data::Map(Arc::new(made)), place);
    transformed.set_field(
        "Resources",
        Field {
            key: place,
            value: resources,
        },
    );
    if let Some(outputs) = tree.get("Outputs") {
        transformed.set("Outputs", names.replaced(outputs));
    }
    if !conditions.is_empty() {
        let mut all = tree
            .get("Conditions")
            .cloned()
            .unwrap_or_else(|| Tree::map::<&str>([], place));
        for (name, field) in conditions {
            all.set_field(name, field);
        }
        transformed.set("Conditions", all);
    }
    transformed
}

/// The transform of one template.
struct Sam<'s, 'a> {
    stack: &'s Stack<'a>,
    made: Fields,
    conditions: Fields,
    /// Resources that got another logical id: layers.
    renamed: HashMap<Arc<str>, Arc<str>>,
    /// What `Name.Member` stands for: `Function.Alias`.
    members: HashMap<(Arc<str>, &'static str), Arc<str>>,
}

/// A SAM resource.
struct Source<'t> {
    id: &'t Arc<str>,
    /// The key of the logical id.
    key: Span,
    tree: &'t Tree,
    properties: Tree,
}

impl Source<'_> {
    fn property(&self, name: &str) -> Option<&Tree> {
        self.properties.get(name).filter(|value| !value.is_null())
    }

    fn span(&self) -> Span {
        self.tree.span
    }

    /// Copies a property under a name, with its place.
    fn copy(&self, from: &str, to: &str, into: &mut Tree) {
        copy(&self.properties, from, to, into);
    }

    fn copy_all(&self, names: &[&str], into: &mut Tree) {
        for name in names {
            self.copy(name, name, into);
        }
    }
}

/// Copies an entry under a name, with its place; nothing where there is none.
fn copy(source: &Tree, from: &str, to: &str, into: &mut Tree) {
    let field = source.fields().and_then(|fields| fields.get(from));
    if let Some(field) = field.filter(|field| !field.value.is_null()) {
        into.set_field(to, field.clone());
    }
}

fn copy_all(source: &Tree, names: &[&str], into: &mut Tree) {
    for name in names {
        copy(source, name, name, into);
    }
}

/// The tree of a constant.
fn tree(json: &Json, span: Span) -> Tree {
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

/// `Ref: id`
fn reference(id: &str, span: Span) -> Tree {
    tree(&json!({ "Ref": id }), span)
}

/// `Fn::GetAtt: [id, attribute]`
fn attribute(id: &str, attribute: &str, span: Span) -> Tree {
    tree(&json!({ "Fn::GetAtt": [id, attribute] }), span)
}

/// The ten digits that a logical id ends in when it changes with its content.
fn digest(text: &str) -> String {
    let bytes = Sha1::digest(text.as_bytes());
    let mut digits = String::with_capacity(10);
    for byte in bytes.iter().take(5) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// The same of a tree.
fn tree_digest(tree: &Tree) -> String {
    digest(&tree.to_json(KeyOrder::Sorted))
}

/// A map of tags as a list, behind the tag that SAM adds.
fn tag_list(tags: Option<&Tree>, created_by: Option<&str>, span: Span) -> Option<Tree> {
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
fn s3_location(location: &Tree, names: [&str; 3]) -> Tree {
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

/// What names mean after the transform.
struct Names {
    renamed: HashMap<Arc<str>, Arc<str>>,
    members: HashMap<(Arc<str>, &'static str), Arc<str>>,
}

impl Names {
    /// The tree with `Ref: Function.Alias` and the like replaced.
    fn replaced(&self, tree: &Tree) -> Tree {
        if self.renamed.is_empty() && self.members.is_empty() {
            return tree.clone();
        }
        match (tree.function(), &tree.data) {
            (Some(("Ref", argument)), _) => {
                match argument.as_str().and_then(|name| self.target(name)) {
                    Some(name) => reference(&name, tree.span),
                    None => tree.clone(),
                }
            }
            (Some(("Fn::GetAtt", argument)), _) => self.replaced_attribute(argument, tree),
            (_, Data::List(items)) => Tree::list(
                items.iter().map(|item| self.replaced(item)).collect(),
                tree.span,
            ),
            (_, Data::Map(fields)) => {
                let fields = fields.iter().map(|(key, field)| {
                    let value = self.replaced(&field.value);
                    (
                        key.clone(),
                        Field {
                            key: field.key,
                            value,
                        },
                    )
                });
                Tree::new(Data::Map(Arc::new(fields.collect())), tree.span)
            }
            _ => tree.clone(),
        }
    }

    fn replaced_attribute(&self, argument: &Tree, whole: &Tree) -> Tree {
        let Some([name, member]) = argument.items() else {
            return whole.clone();
        };
        let (Some(name), Some(member)) = (name.as_str(), member.as_str()) else {
            return whole.clone();
        };
        if let Some(renamed) = self.renamed.get(name) {
            return attribute(renamed, member, whole.span);
        }
        let split = member.split_once('.');
        match split.and_then(|(first, rest)| Some((self.member(name, first)?, rest))) {
            Some((target, rest)) => attribute(&target, rest, whole.span),
            None => whole.clone(),
        }
    }

    fn target(&self, name: &str) -> Option<Arc<str>> {
        match name.split_once('.') {
            Some((name, member)) => self.member(name, member),
            None => self.renamed.get(name).cloned(),
        }
    }

    fn member(&self, name: &str, member: &str) -> Option<Arc<str>> {
        let found = self
            .members
            .iter()
            .find(|((owner, known), _)| &**owner == name && *known == member);
        found.map(|(_, target)| target.clone())
    }
}

impl Sam<'_, '_> {
    fn resources(&mut self, declared: &Fields) {
        let is_sam = |field: &Field| {
            field
                .value
                .str_of("Type")
                .is_some_and(|kind| kind.starts_with("AWS::Serverless::"))
        };
        for (id, field) in declared {
            if !is_sam(field) {
                self.made.insert(id.clone(), field.clone());
            }
        }
        for (id, field) in declared.iter().filter(|(_, field)| is_sam(field)) {
            let empty = || Tree::map::<&str>([], field.value.span);
            let source = Source {
                id,
                key: field.key,
                tree: &field.value,
                properties: field.value.get("Properties").cloned().unwrap_or_else(empty),
            };
            self.resource(&source);
        }
    }

    fn resource(&mut self, source: &Source<'_>) {
        match source.tree.str_of("Type") {
            Some("AWS::Serverless::Function") => function::expand(self, source),
            Some("AWS::Serverless::SimpleTable") => simple::table(self, source),
            Some("AWS::Serverless::LayerVersion") => simple::layer(self, source),
            Some("AWS::Serverless::Application") => simple::application(self, source),
            kind => {
                self.not_expanded(kind.unwrap_or_default(), source.key);
                let field = Field {
                    key: source.key,
                    value: source.tree.clone(),
                };
                self.made.insert(source.id.clone(), field);
            }
        }
    }

    /// Says that a part of the template stays as it is.
    fn not_expanded(&self, what: &str, place: Span) {
        let message = format!("`{what}` is not expanded");
        let code = DiagnosticCode::Unresolved;
        self.stack.run.warning(code, message, place);
    }

    /// Adds the resource that stands for the SAM resource itself: it keeps every attribute.
    fn add_main(&mut self, source: &Source<'_>, id: &str, kind: &str, properties: Tree) {
        let mut resource = source.tree.clone();
        resource.take("Connectors");
        resource.set("Type", Tree::string(kind, source.span()));
        set_properties(&mut resource, source.tree, properties);
        self.made.insert(
            id.into(),
            Field {
                key: source.key,
                value: resource,
            },
        );
    }

    /// Adds another resource made of a SAM resource.
    fn add(&mut self, source: &Source<'_>, id: impl Into<Arc<str>>, kind: &str, properties: Tree) {
        let mut resource = tree(&json!({ "Type": kind }), source.span());
        for name in SHARED_ATTRIBUTES {
            copy(source.tree, name, name, &mut resource);
        }
        resource.set("Properties", properties);
        self.made.insert(
            id.into(),
            Field {
                key: source.key,
                value: resource,
            },
        );
    }

    /// Sets an attribute of a resource made before.
    fn set_attribute(&mut self, id: &str, name: &str, value: Tree) {
        if let Some(field) = self.made.get_mut(id) {
            field.value.set(name, value);
        }
    }

    /// The text of a value where it is a text, or a parameter whose value is one.
    fn text(&self, value: &Tree) -> Option<Arc<str>> {
        match value
            .as_ref()
            .and_then(|name| self.stack.parameters.get(name))
        {
            Some(parameter) => parameter.as_str().map(Arc::from),
            None => value.scalar_text(),
        }
    }
}

/// Puts properties where the source's were.
fn set_properties(resource: &mut Tree, source: &Tree, mut properties: Tree) {
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
