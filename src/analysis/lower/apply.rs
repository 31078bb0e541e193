//! Runs a table over one resource.

use std::borrow::Cow;
use std::slice;
use std::sync::Arc;

use palisade_model::{
    Address, Kind, Map, Origin, OriginKind, Path, Reference, Resource, Segment, Target, Value,
};
use regex::Regex;

use super::place;
use super::table::{Attribute, Destination, Emit, Fan, Operation, Rule, Table};
use super::transform::{self, Entries};

/// How deep blocks of a table may lie in each other.
const DEPTH: usize = 24;

/// What a table makes of a resource: the properties, and resources that were written inside it.
pub(crate) struct Applied {
    /// The canonical properties; several where the resource stands for several.
    pub(crate) properties: Vec<Value>,
    /// The resources inside.
    pub(crate) children: Vec<Child>,
}

/// A resource that Terraform writes inside another.
pub(crate) struct Child {
    pub(crate) resource_type: Arc<str>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) properties: Value,
    pub(crate) origin: Origin,
}

/// Applies a table to the attributes of a resource.
pub(crate) fn apply(table: &Table, resource: &Resource, entries: &mut Entries) -> Applied {
    let source = &*renamed(table, &resource.properties);
    let all_tags = source.get(ALL_TAGS).filter(|all| !all.is_null());
    let mut run = Run {
        address: &resource.address,
        children: Vec::new(),
        depth: 1,
        entries,
    };
    let room = Map::with_capacity(source.as_map().map_or(0, Map::len));
    let mut root = Value::new(
        Kind::Map(Arc::new(room)),
        resource.properties.origin.clone(),
    );
    if let Some(satellite) = &table.satellite
        && !satellite.into.is_empty()
        && !ends_in_each(&satellite.into)
    {
        place::set(
            &mut root,
            &satellite.into,
            Value::new(Map::new(), source.origin.clone()),
            &source.origin,
        );
    }
    for (name, rule) in table.rules() {
        let (value, container) = attribute(source, name);
        let value = all_tags.filter(|_| **name == *TAGS).unwrap_or(value);
        run.rule(rule, value, container, &mut root);
    }
    let properties = if table.fanout.is_empty() {
        vec![root]
    } else {
        run.fan(&table.fanout, source, root)
    };
    Applied {
        properties,
        children: run.children,
    }
}

/// The tags of a resource of AWS, and those with what the configuration of its provider adds: the ones that count.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/resource-tagging>
const TAGS: &str = "tags";
const ALL_TAGS: &str = "tags_all";

/// The attributes under their present names.
fn renamed<'a>(table: &Table, source: &'a Value) -> Cow<'a, Value> {
    let Some(map) = source.as_map() else {
        return Cow::Borrowed(source);
    };
    let is_there = |old: &String| map.contains_key(old.as_str());
    if !table.aliases.keys().any(is_there) {
        return Cow::Borrowed(source);
    }
    let entries: Map = map
        .iter()
        .map(|(key, value)| {
            let name = table
                .aliases
                .get(&**key)
                .filter(|new| map.get(new.as_str()).is_none_or(Value::is_null))
                .map_or_else(|| key.clone(), |new| Arc::from(new.as_str()));
            (name, value.clone())
        })
        .collect();
    Cow::Owned(Value::new(entries, source.origin.clone()))
}

struct Run<'a> {
    address: &'a Address,
    children: Vec<Child>,
    depth: usize,
    entries: &'a mut Entries,
}

impl Run<'_> {
    fn rules<'r>(
        &mut self,
        rules: impl Iterator<Item = (&'r Attribute, &'r Rule)>,
        source: &Value,
        root: &mut Value,
    ) {
        self.depth += 1;
        if self.depth < DEPTH {
            for (name, rule) in rules {
                let (value, container) = attribute(source, name);
                self.rule(rule, value, container, root);
            }
        }
        self.depth -= 1;
    }

    fn rule(&mut self, rule: &Rule, value: &Value, container: &Value, root: &mut Value) {
        match rule {
            Rule::To(to) => {
                if !value.is_null() {
                    write(to, value.clone(), &container.origin, root);
                }
            }
            Rule::Many(rules) => {
                for rule in rules {
                    self.rule(rule, value, container, root);
                }
            }
            Rule::Operation(operation) => {
                // Only a format can do something without the attribute.
                let is_used = !value.is_null() || operation.format.is_some();
                if is_used && holds(operation, container) {
                    self.operation(operation, value, container, root);
                }
            }
        }
    }

    fn operation(
        &mut self,
        operation: &Operation,
        value: &Value,
        container: &Value,
        root: &mut Value,
    ) {
        if let Some(format) = &operation.format {
            let formatted = formatted(format, value, container);
            return target(operation, formatted, container, root);
        }
        if let Some(present) = &operation.presence {
            let there = value.as_list().is_none_or(|items| !items.is_empty());
            if there {
                let kept = if value.as_unknown().is_some() {
                    value.clone()
                } else {
                    transform::constant(present, &value.origin)
                };
                target(operation, kept, container, root);
            }
            return;
        }
        if let Some(constant) = &operation.constant {
            let constant = transform::constant(constant, &value.origin);
            return target(operation, constant, container, root);
        }
        if let Some(emit) = &operation.emit {
            return self.emit(emit, operation, value, container);
        }
        if let Some(key) = &operation.key_by {
            return self.key_by(key, operation, value, root);
        }
        if !operation.fields.is_empty() || !operation.fanout.is_empty() {
            return self.blocks(operation, value, container, root);
        }
        if let Some(capture) = &operation.capture {
            return captured(
                &capture.pattern,
                &capture.to,
                value,
                &container.origin,
                root,
            );
        }
        let value = transform::apply(operation, value.clone(), self.entries);
        target(operation, value, container, root);
    }

    /// Blocks with fields: each becomes an object. Without `to` the fields go where the attribute would.
    fn blocks(
        &mut self,
        operation: &Operation,
        value: &Value,
        container: &Value,
        root: &mut Value,
    ) {
        let Some(to) = &operation.to else {
            return match first(value) {
                Some(block) => self.rules(operation.fields.iter(), block, root),
                None => self.unknown_fields(operation, value, root),
            };
        };
        let items = items(value);
        if ends_in_each(&to.0) && items.is_empty() {
            return;
        }
        for item in items {
            if item.as_map().is_none() {
                write(to, item.clone(), &container.origin, root);
                continue;
            }
            let kind: Kind = if operation.makes_list() {
                Vec::new().into()
            } else {
                Map::new().into()
            };
            let mut object = Value::new(kind, item.origin.clone());
            self.rules(operation.fields.iter(), item, &mut object);
            if operation.fanout.is_empty() {
                place::set(root, &to.0, object, &container.origin);
            } else {
                for object in self.fan(&operation.fanout, item, object) {
                    place::set(root, &to.0, object, &container.origin);
                }
            }
            if !ends_in_each(&to.0) {
                break;
            }
        }
    }

    /// An unknown block without a property of its own: each of its fields is unknown.
    fn unknown_fields(&mut self, operation: &Operation, value: &Value, root: &mut Value) {
        if value.as_unknown().is_some() {
            self.rules(operation.fields.iter(), value, root);
        }
    }

    /// One object for each item of the lists; the object itself where there is none.
    fn fan(&mut self, fans: &[Fan], source: &Value, object: Value) -> Vec<Value> {
        let mut made = Vec::new();
        for fan in fans {
            let (value, _) = find(source, &fan.from);
            if value.is_null() || fan.itself.is_some() && transform::boolean(value) == Some(false) {
                continue;
            }
            let items = items(value);
            let alone = items.len() == 1;
            for item in items {
                let mut item = used_here(item.clone(), &value.origin);
                // The attribute as a whole says the only item; of several each says itself.
                if alone
                    && item
                        .origin
                        .entry
                        .is_none_or(|entry| Some(entry) == item.origin.span)
                {
                    item.origin.entry = value.origin.entry;
                }
                let item = match &fan.itself {
                    Some(attribute) if item.as_unknown().is_none() => Value::new(
                        Kind::from(Reference {
                            target: Target::Address(self.address.clone()),
                            attribute: attribute.as_str().into(),
                        }),
                        item.origin.clone(),
                    ),
                    _ => item,
                };
                let mut copy = object.clone();
                place::set(&mut copy, &fan.to.0, item, &object.origin);
                made.push(copy);
            }
        }
        if made.is_empty() { vec![object] } else { made }
    }

    fn key_by(&mut self, key: &str, operation: &Operation, value: &Value, root: &mut Value) {
        let Some(to) = &operation.to else { return };
        let Some(items) = value.as_list() else {
            return write(to, value.clone(), &value.origin, root);
        };
        // Where one item could be under any key, it is not known what is under the others.
        if let Some(open) = items.iter().find_map(|item| transform::open_key(item, key)) {
            return write(to, open, &value.origin, root);
        }
        for item in items {
            let name = item.get(key).and_then(transform::scalar_text);
            let Some(name) = name else { continue };
            let mut object = Value::new(Map::new(), item.origin.clone());
            self.rules(operation.fields.iter(), item, &mut object);
            let path = to.0.join(Segment::Key(name.into()));
            place::set(root, &path, object, &value.origin);
        }
    }

    /// A resource of its own for a block, or one for each of several blocks with names.
    fn emit(&mut self, emit: &Emit, operation: &Operation, value: &Value, container: &Value) {
        for block in items(value) {
            let name = emit
                .name
                .as_ref()
                .map(|format| formatted(format, block, block));
            let name: Option<Arc<str>> = name
                .as_ref()
                .and_then(transform::scalar_text)
                .map(Arc::from);
            let mut properties = self.take_child(&emit.resource_type, name.as_ref(), block);
            for (path, constant) in &emit.set {
                put(
                    &mut properties,
                    path,
                    transform::constant(constant, &block.origin),
                );
            }
            for (path, attribute) in &emit.parent {
                let reference = Reference {
                    target: Target::Address(self.address.clone()),
                    attribute: attribute.as_str().into(),
                };
                put(
                    &mut properties,
                    path,
                    Value::new(reference, container.origin.clone()),
                );
            }
            if operation.fields.is_empty() {
                let kept = transform::apply(operation, block.clone(), self.entries);
                if let Some(to) = &operation.to {
                    write(to, kept, &container.origin, &mut properties);
                }
            } else {
                self.rules(operation.fields.iter(), block, &mut properties);
            }
            self.children.push(Child {
                resource_type: emit.resource_type.clone(),
                name,
                properties,
                origin: block.origin.clone(),
            });
        }
    }

    /// The properties of a child that another attribute has begun, or new ones.
    fn take_child(&mut self, resource_type: &str, name: Option<&Arc<str>>, block: &Value) -> Value {
        let found = self.children.iter().position(|child| {
            &*child.resource_type == resource_type && child.name.as_ref() == name
        });
        match found {
            Some(position) => self.children.remove(position).properties,
            None => Value::new(Map::new(), block.origin.clone()),
        }
    }
}

/// An item of a list that is written elsewhere (`cidr_blocks = var.cidrs`) is marked where the list is used; the place of the
/// item is the first link behind it.
fn used_here(mut item: Value, list: &Origin) -> Value {
    let (Some(behind), Some(place), Some(entry)) = (&list.via, list.span, list.entry) else {
        return item;
    };
    let Some(written) = item.origin.mark() else {
        return item;
    };
    if place.file == written.file && place.start <= written.start && written.end <= place.end {
        return item;
    }
    let link = (behind.kind, behind.label.clone(), written);
    let next = behind.next.clone();
    item.origin = Origin {
        via: next,
        ..item.origin
    }
    .used_at(place, entry, Some(link));
    item
}

fn target(operation: &Operation, value: Value, container: &Value, root: &mut Value) {
    if let Some(to) = &operation.to {
        write(to, value, &container.origin, root);
    }
}

fn put(properties: &mut Value, path: &str, value: Value) {
    if let Ok(path) = path.parse::<Path>() {
        let origin = value.origin.clone();
        place::set(properties, &path, value, &origin);
    }
}

/// Writes a value that is not null. A list goes item by item where the path asks for one.
fn write(to: &Destination, value: Value, origin: &Origin, root: &mut Value) {
    if value.is_null() {
        return;
    }
    if !ends_in_each(&to.0) {
        return place::set(root, &to.0, value, origin);
    }
    match value.kind {
        Kind::List(items) => {
            for item in Arc::unwrap_or_clone(items) {
                place::set(root, &to.0, item, &value.origin);
            }
        }
        // How many items an unknown has is unknown as well: the list is.
        Kind::Unknown(_) => {
            let list = Path::new(to.0.segments()[..to.0.segments().len() - 1].to_vec());
            place::set(root, &list, value, origin);
        }
        _ => place::set(root, &to.0, value, origin),
    }
}

pub(crate) fn ends_in_each(path: &Path) -> bool {
    path.segments().last() == Some(&Segment::Each)
}

/// The value of what is not there.
static ABSENT: Value = Value {
    kind: Kind::Null,
    origin: Origin {
        kind: OriginKind::Expression,
        span: None,
        entry: None,
        via: None,
        of: None,
    },
    sensitive: false,
};

/// What [`find`] finds, for which a name needs no search for its parts.
fn attribute<'a>(source: &'a Value, name: &Attribute) -> (&'a Value, &'a Value) {
    match &source.kind {
        Kind::Map(map) if !name.is_path() => (map.get(name).unwrap_or(&ABSENT), source),
        _ => find(source, name),
    }
}

/// The value at a dotted attribute path, and the block it stands in. The way goes through blocks that appear once; below an
/// unknown everything is that unknown.
pub(crate) fn find<'a>(source: &'a Value, name: &str) -> (&'a Value, &'a Value) {
    if name == "." {
        return (source, source);
    }
    let mut container = source;
    let mut current = source;
    for part in name.split('.') {
        if let Kind::List(items) = &current.kind {
            match items.first() {
                Some(only) => current = only,
                None => return (&ABSENT, container),
            }
        }
        if current.as_unknown().is_some() {
            return (current, container);
        }
        container = current;
        match current.get(part) {
            Some(value) => current = value,
            None => return (&ABSENT, container),
        }
    }
    (current, container)
}

/// The items of a list; of another value itself.
fn items(value: &Value) -> &[Value] {
    match &value.kind {
        Kind::List(items) => items,
        _ => slice::from_ref(value),
    }
}

/// The only block of a value.
fn first(value: &Value) -> Option<&Value> {
    match &value.kind {
        Kind::Map(_) => Some(value),
        Kind::List(items) => items.first().filter(|item| item.as_map().is_some()),
        _ => None,
    }
}

/// Whether the other attributes are as the operation wants them. One that is unknown may be.
fn holds(operation: &Operation, container: &Value) -> bool {
    operation.when.iter().all(|(name, wanted)| {
        let (value, _) = find(container, name);
        let wanted = match wanted {
            serde_json::Value::Array(several) => several,
            one => slice::from_ref(one),
        };
        value.as_unknown().is_some()
            || wanted.iter().any(|one| match one {
                serde_json::Value::Null => value.is_null(),
                serde_json::Value::Bool(known) => transform::boolean(value) == Some(*known),
                other => {
                    transform::scalar_text(value).as_deref() == Some(json_text(other).as_str())
                }
            })
    })
}

fn json_text(json: &serde_json::Value) -> String {
    json.as_str()
        .map_or_else(|| json.to_string(), str::to_owned)
}

/// A text from a format. Nothing where an attribute it needs is not set.
fn formatted(format: &str, value: &Value, container: &Value) -> Value {
    let mut parts = Vec::new();
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, after)) = behind.split_once('}') else {
            break;
        };
        if !before.is_empty() {
            parts.push(Value::new(before, container.origin.clone()));
        }
        let (name, otherwise) = match name.split_once('|') {
            Some((name, otherwise)) => (name, Some(otherwise)),
            None => (name, None),
        };
        let part = if name.is_empty() {
            value.clone()
        } else {
            find(container, name).0.clone()
        };
        match (part.is_null(), otherwise) {
            (false, _) => parts.push(part),
            (true, Some(text)) => {
                let mut origin = container.origin.clone();
                origin.kind = OriginKind::LanguageDefault;
                parts.push(Value::new(text, origin));
            }
            (true, None) => return Value::null(),
        }
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Value::new(rest, container.origin.clone()));
    }
    let origin = if value.is_null() || format.contains('{') && !format.contains("{}") {
        parts
            .iter()
            .find(|part| part.origin != container.origin)
            .map_or_else(|| container.origin.clone(), |part| part.origin.clone())
    } else {
        value.origin.clone()
    };
    transform::text_of(parts, &origin)
}

/// The groups of a text, each to its property. What is no text goes to all of them.
fn captured(
    pattern: &Regex,
    to: &indexmap::IndexMap<String, Destination>,
    value: &Value,
    origin: &Origin,
    root: &mut Value,
) {
    let Some(text) = value.as_str() else {
        for destination in to.values() {
            write(destination, value.clone(), origin, root);
        }
        return;
    };
    if let Some(groups) = pattern.captures(text) {
        for (name, destination) in to {
            if let Some(group) = groups.name(name) {
                let part = Value {
                    kind: group.as_str().into(),
                    ..value.clone()
                };
                write(destination, part, origin, root);
            }
        }
    }
}
