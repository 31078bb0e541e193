//! Backwards through a table: where and how a canonical property is written in the declared language.

use std::sync::Arc;

use palisade_model::{Kind, Lookup, Map, Origin, Path, Resource, Segment, Span, Value};
use serde_json::Value as Json;

use super::defaults::{SATELLITE_ATTRIBUTES, SATELLITES};
use super::table::{self, Operation, Rule, Table};
use super::{DECLARED, apply, transform};

/// How a property is spelled where the resource is declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The text of the value that is there now; none where the attribute is not written.
    pub replace: Option<Span>,
    /// The block, object or mapping the attribute goes into: braces included, or the mapping of YAML. None where it has no
    /// place in the input.
    pub inside: Option<Span>,
    /// Blocks or objects to be opened in it first, outermost first.
    pub open: Vec<Arc<str>>,
    /// The name of the attribute.
    pub attribute: Arc<str>,
    /// The value in the language's own spelling.
    pub value: Value,
    /// The attribute belongs into a new resource that refers to this one.
    pub new_resource: Option<NewResource>,
}

/// A resource that has to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewResource {
    /// Its type as declared.
    pub resource_type: Arc<str>,
    /// The attribute that names the other resource, and the attribute of that one it takes.
    pub join: (Arc<str>, Arc<str>),
}

/// An item of a list that is known by the value of one of its entries: `Key` is `deletion_protection.enabled`.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedItem {
    /// The entry.
    pub entry: Arc<str>,
    /// Its value.
    pub name: Arc<str>,
}

/// Where a property of a resource is written, or would be; none where its language has no way to say it, or several attributes
/// make it. `item` says which item the path leads into, where it is known by a name.
pub fn backward(
    resource: &Resource,
    path: &Path,
    item: Option<&NamedItem>,
    value: &Value,
) -> Option<Placement> {
    let own = || in_own_words_or_new(&resource.properties, path, item, value);
    if !resource.language.is_terraform() {
        return own();
    }
    let declared = resource.meta.get(DECLARED).unwrap_or(&resource.properties);
    let Some(table) = table::of(&resource.declared_type) else {
        return own();
    };
    if let Some((names, value)) = item.and_then(|item| paired(table, path, item, value)) {
        return Some(at_names(declared, &names, value));
    }
    if item.is_some() && !is_written(&resource.properties, path) {
        return None;
    }
    if let Some(placed) = in_folded(resource, path, value) {
        return Some(placed);
    }
    if let Some((names, value)) = spelled(table, declared, path, value) {
        return Some(at_names(declared, &names, value));
    }
    in_satellite(resource, path, value)
}

/// The attribute that makes an item of a list of pairs, and its value there: `enable_deletion_protection = true`.
fn paired(
    table: &Table,
    path: &Path,
    item: &NamedItem,
    value: &Value,
) -> Option<(Vec<Arc<str>>, Value)> {
    let (content, list) = path.segments().split_last()?;
    table
        .rules()
        .find_map(|(name, rule)| pair_of(name, rule, (list, content), item))
        .map(|names| (names, as_declared(value)))
}

fn pair_of(
    name: &str,
    rule: &Rule,
    (list, content): (&[Segment], &Segment),
    item: &NamedItem,
) -> Option<Vec<Arc<str>>> {
    let own = name.split('.').map(Arc::from);
    let Rule::Operation(operation) = rule else {
        return None;
    };
    if let Some(pair) = &operation.pair {
        let [entry, value] = &pair.names;
        let is_named = **entry == *item.entry && *pair.key == *item.name;
        let to = operation.to.as_ref()?.0.segments();
        let is_there = to.len() == list.len() && to[..to.len() - 1] == list[..list.len() - 1];
        let is_value = *content == Segment::Key(value.as_str().into());
        return (is_named && is_there && is_value).then(|| own.collect());
    }
    let inner = operation
        .fields
        .iter()
        .find_map(|(name, rule)| pair_of(name, rule, (list, content), item))?;
    Some(own.chain(inner).collect())
}

/// A text of a pair as the attribute says it.
fn as_declared(value: &Value) -> Value {
    match value.as_str() {
        Some("true") => Value::bare(true),
        Some("false") => Value::bare(false),
        _ => value.clone(),
    }
}

/// Whether the item that holds a property is there.
fn is_written(root: &Value, path: &Path) -> bool {
    let inside = path
        .segments()
        .split_last()
        .map_or(&[][..], |(_, inside)| inside);
    matches!(root.lookup(&Path::new(inside.to_vec())), Lookup::Known(_))
}

/// The property as it is, or with the list of the item it is to be in; none where that list is there and lacks the item.
fn in_own_words_or_new(
    root: &Value,
    path: &Path,
    item: Option<&NamedItem>,
    value: &Value,
) -> Option<Placement> {
    let Some(item) = item else {
        return Some(in_own_words(root, path, value));
    };
    let (content, inside) = path.segments().split_last()?;
    let (_, list) = inside.split_last()?;
    if is_written(root, path) {
        return Some(in_own_words(root, path, value));
    }
    let list = Path::new(list.to_vec());
    let (Segment::Key(content), Lookup::Unset(_)) = (content, root.lookup(&list)) else {
        return None;
    };
    let mut entry = Map::new();
    entry.insert(item.entry.clone(), Value::bare(&*item.name));
    entry.insert(content.clone(), value.clone());
    let items = Value::bare(vec![Value::bare(entry)]);
    Some(in_own_words(root, &list, &items))
}

/// The property in a satellite that is already there and decides it.
fn in_folded(resource: &Resource, path: &Path, value: &Value) -> Option<Placement> {
    let types = resource.meta.get(SATELLITES)?.as_list()?;
    let attributes = resource.meta.get(SATELLITE_ATTRIBUTES)?.as_list()?;
    types
        .iter()
        .zip(attributes)
        .rev()
        .find_map(|(kind, declared)| {
            let table = table::of(kind.as_str()?)?;
            let (names, value) = spelled(table, declared, path, value)?;
            Some(at_names(declared, &names, value))
        })
}

/// The property as it is, below the nearest object that exists.
fn in_own_words(root: &Value, path: &Path, value: &Value) -> Placement {
    let names: Vec<Arc<str>> = path
        .segments()
        .iter()
        .map(|segment| match segment {
            Segment::Key(key) => key.clone(),
            other => Path::new(vec![other.clone()]).to_string().into(),
        })
        .collect();
    let mut inside = root;
    let mut depth = 0;
    for length in 1..path.segments().len() {
        let prefix = Path::new(path.segments()[..length].to_vec());
        match root.lookup(&prefix) {
            Lookup::Known(found) => (inside, depth) = (found, length),
            _ => break,
        }
    }
    let replace = match root.lookup(path) {
        Lookup::Known(found) => found.origin.span,
        _ => None,
    };
    placement(inside, &names[depth..], replace, value.clone())
}

/// The attribute of these names, below the nearest block that exists.
fn at_names(declared: &Value, names: &[Arc<str>], value: Value) -> Placement {
    let mut inside = declared;
    let mut depth = 0;
    for name in &names[..names.len() - 1] {
        let next = inside.get(name).and_then(|value| match &value.kind {
            Kind::List(items) => items.first(),
            Kind::Map(_) => Some(value),
            _ => None,
        });
        match next {
            Some(block) => (inside, depth) = (block, depth + 1),
            None => break,
        }
    }
    let (found, _) = apply::find(declared, &names.join("."));
    let replace = (!found.is_null()).then_some(found.origin.span).flatten();
    placement(inside, &names[depth..], replace, value)
}

fn placement(inside: &Value, names: &[Arc<str>], replace: Option<Span>, value: Value) -> Placement {
    let (attribute, open) = names.split_last().map_or_else(
        || (Arc::from(""), Vec::new()),
        |(last, before)| (last.clone(), before.to_vec()),
    );
    Placement {
        replace,
        inside: inside.origin.span,
        open,
        attribute,
        value,
        new_resource: None,
    }
}

/// The attribute path that makes a property, and its value there. Of several names of one attribute the one that is written.
fn spelled(
    table: &Table,
    declared: &Value,
    path: &Path,
    value: &Value,
) -> Option<(Vec<Arc<str>>, Value)> {
    let all: Vec<_> = table
        .rules()
        .filter_map(|(name, rule)| through(name, rule, path.segments(), value))
        .flat_map(|(names, value)| {
            let old = table
                .aliases
                .iter()
                .filter(|(_, new)| names.first().is_some_and(|name| **name == ***new))
                .map(|(old, _)| {
                    let mut names = names.clone();
                    names[0] = old.as_str().into();
                    (names, value.clone())
                })
                .collect::<Vec<_>>();
            [(names, value)].into_iter().chain(old)
        })
        .collect();
    let written = all
        .iter()
        .find(|(names, _)| !apply::find(declared, &names.join(".")).0.is_null())
        .cloned();
    written.or_else(|| all.into_iter().next())
}

fn through(
    name: &str,
    rule: &Rule,
    path: &[Segment],
    value: &Value,
) -> Option<(Vec<Arc<str>>, Value)> {
    let names = || name.split('.').map(Arc::from).collect::<Vec<Arc<str>>>();
    match rule {
        Rule::To(to) => matches(to.0.segments(), path).then(|| (names(), value.clone())),
        Rule::Many(rules) => rules
            .iter()
            .find_map(|rule| through(name, rule, path, value)),
        Rule::Operation(operation) => {
            if operation.emit.is_some() || operation.format.is_some() {
                return None;
            }
            let to = operation.to.as_ref().map_or(&[][..], |to| to.0.segments());
            if operation.fields.is_empty() {
                let undone = undo(operation, value)?;
                return matches(to, path).then(|| (names(), undone));
            }
            let rest = prefix(to, path)?;
            let (inner, value) = operation
                .fields
                .iter()
                .find_map(|(name, rule)| through(name, rule, rest, value))?;
            Some((names().into_iter().chain(inner).collect(), value))
        }
    }
}

fn matches(to: &[Segment], path: &[Segment]) -> bool {
    prefix(to, path).is_some_and(<[Segment]>::is_empty)
}

/// What remains of a path behind a destination. Only the first item of a list can be meant, as blocks have no positions.
fn prefix<'a>(to: &[Segment], path: &'a [Segment]) -> Option<&'a [Segment]> {
    if to.len() > path.len() {
        return None;
    }
    let same = to.iter().zip(path).all(|(to, step)| match (to, step) {
        (Segment::Each, Segment::Index(0) | Segment::Each) => true,
        (a, b) => a == b,
    });
    same.then(|| &path[to.len()..])
}

/// The value before the operation. None where that cannot be told.
fn undo(operation: &Operation, value: &Value) -> Option<Value> {
    let structural = operation.json
        || operation.yaml
        || operation.capture.is_some()
        || operation.presence.is_some()
        || operation.constant.is_some()
        || operation.wrap.is_some()
        || operation.key_by.is_some()
        || operation.entries.is_some()
        || operation.pair.is_some()
        || operation.join.is_some()
        || operation.split.is_some()
        || operation.item
        || operation.list
        || !operation.fanout.is_empty();
    if structural {
        return None;
    }
    let same = |json: &Json| transform::constant(json, &Origin::default()).same(value);
    if let Some([yes, no]) = &operation.bool_enum {
        return match (same(yes), same(no)) {
            (true, _) => Some(Value::bare(true)),
            (_, true) => Some(Value::bare(false)),
            _ => None,
        };
    }
    if operation.not {
        return value.as_bool().map(|known| Value::bare(!known));
    }
    if let Some((spelling, _)) = operation.lookup.iter().find(|(_, other)| same(other)) {
        return Some(Value::bare(spelling.as_str()));
    }
    Some(value.clone())
}

/// A satellite that can hold the property, as a new resource.
fn in_satellite(resource: &Resource, path: &Path, value: &Value) -> Option<Placement> {
    let (provider, _) = resource.declared_type.split_once('_')?;
    let (kind, table, names, value) = table::types()
        .filter(|name| name.starts_with(&*resource.declared_type) && name.starts_with(provider))
        .find_map(|name| {
            let table = table::of(name)?;
            let satellite = table.satellite.as_ref()?;
            (satellite.of == resource.resource_type).then_some(())?;
            let (names, value) = spelled(table, &Value::null(), path, value)?;
            Some((name, table, names, value))
        })?;
    let join = table.satellite.as_ref()?.join.as_str();
    let mut placement = placement(&Value::null(), &names, None, value);
    placement.new_resource = Some(NewResource {
        resource_type: kind.into(),
        join: (join.into(), "id".into()),
    });
    Some(placement)
}
