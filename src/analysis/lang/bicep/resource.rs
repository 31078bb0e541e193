//! Resources: their instances, names and addresses, and what they declare.

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{
    Address, Key, Kind, Language, Mode, Origin, Presence, Reason, Resource, Span, Unknown, Value,
};
use palisade_syntax::bicep::{self, Expression};

use super::super::arm::functions;
use super::access::Operand;
use super::engine::Engine;
use super::expression::{self, Local, Scope, not_known};
use super::instance::{Existence, Instance, with_locals};
use super::scope;
use super::unit::{Body, body};

/// One instance of a resource or module.
pub(super) struct Slot {
    /// In a loop.
    pub(super) key: Option<Key>,
    /// The item and its position, in a loop.
    pub(super) item: Option<[Value; 2]>,
    pub(super) existence: Existence,
    /// Whether its condition is known to be false.
    pub(super) is_absent: bool,
}

/// Which instance: the file's use, the resource, the slot.
type Instanced<'i> = (&'i Rc<Instance>, usize, usize);

/// The instances of a body in a loop, under a condition; one where it has neither.
pub(super) fn slots_of(engine: &Engine<'_>, at: Scope<'_>, body: &Body<'_>) -> Vec<Slot> {
    let Some(repeated) = body.repeated else {
        return vec![slot(engine, at, body, None, None)];
    };
    let collection = at.evaluate(engine, &repeated.collection, repeated.collection.range);
    if let Some(items) = collection.as_list() {
        let slots = items.iter().enumerate().map(|(position, item)| {
            let key = Key::Index(position as u64);
            let given = [item.clone(), Value::bare(position as i64)];
            slot(engine, at, body, Some(key), Some(given))
        });
        return slots.collect();
    }
    let kind = not_known(&collection, "only an array can be gone through");
    let item = Value::new(kind.clone(), collection.origin.clone());
    let index = Value::bare(Reason::NoValue("the position in a loop".into()));
    let mut slot = slot(engine, at, body, Some(Key::Any), Some([item, index]));
    if let Kind::Unknown(unknown) = kind {
        slot.existence.number = Some(unknown);
    }
    vec![slot]
}

fn slot(
    engine: &Engine<'_>,
    at: Scope<'_>,
    body: &Body<'_>,
    key: Option<Key>,
    item: Option<[Value; 2]>,
) -> Slot {
    let mut slot = Slot {
        key,
        item,
        existence: Existence::default(),
        is_absent: false,
    };
    if let Some(condition) = body.condition {
        let decided = inside(at, body, &slot, &mut |at| {
            at.evaluate(engine, condition, condition.range)
        });
        if let Some(holds) = decided.as_bool() {
            slot.is_absent = !holds;
        } else {
            let text = at.instance.unit.source.slice(at.span(condition.range));
            slot.existence.condition = Some(unknown_condition(&decided, text));
        }
    }
    slot
}

/// Why a condition is not known.
fn unknown_condition(decided: &Value, text: &str) -> Arc<Unknown> {
    match &decided.kind {
        Kind::Unknown(unknown) => unknown.clone(),
        _ => Arc::new(Unknown::new(
            functions::reason_of(decided).unwrap_or_else(|| Reason::Condition(text.into())),
        )),
    }
}

/// Runs `inner` where the names of the loop stand for the slot's item and position.
pub(super) fn inside<T>(
    at: Scope<'_>,
    body: &Body<'_>,
    slot: &Slot,
    inner: &mut dyn FnMut(Scope<'_>) -> T,
) -> T {
    let (Some(repeated), Some(values)) = (body.repeated, &slot.item) else {
        return inner(at);
    };
    let index = repeated.index.as_ref().map(|name| &*name.text);
    let names: Vec<&str> = std::iter::once(&*repeated.item.text).chain(index).collect();
    with_locals(at.locals, &names, values, &mut |locals: Option<
        &Local<'_>,
    >| {
        inner(at.with(locals))
    })
}

/// The instances of a resource. A nested one exists only if the one around it does.
pub(super) fn slots(engine: &Engine<'_>, instance: &Rc<Instance>, entry: usize) -> Rc<Vec<Slot>> {
    if let Some(known) = instance.slots.borrow().get(&entry) {
        return known.clone();
    }
    // A loop over itself finds no instance.
    instance
        .slots
        .borrow_mut()
        .insert(entry, Rc::new(Vec::new()));
    let unit = instance.unit.clone();
    let mut found = Vec::new();
    if let Some(declared) = unit.resource(entry) {
        let at = Scope {
            instance,
            locals: None,
            resource: unit.resources[entry].parent,
        };
        found = slots_of(engine, at, &body(&declared.body));
    }
    if let Some(parent) = unit.resources[entry].parent
        && let Some(holder) = slots(engine, instance, parent).first()
    {
        for slot in &mut found {
            slot.is_absent |= holder.is_absent;
            slot.existence = slot.existence.and(&holder.existence);
        }
    }
    let found = Rc::new(found);
    instance.slots.borrow_mut().insert(entry, found.clone());
    found
}

/// Runs `inner` in the body of one instance of a resource.
pub(super) fn in_body<T>(
    engine: &Engine<'_>,
    (instance, entry, slot): Instanced<'_>,
    mut inner: impl FnMut(Scope<'_>, &Expression) -> T,
) -> Option<T> {
    let unit = instance.unit.clone();
    let declared = unit.resource(entry)?;
    let body = body(&declared.body);
    let slots = slots(engine, instance, entry);
    let at = Scope {
        instance,
        locals: None,
        resource: Some(entry),
    };
    let slot = slots.get(slot)?;
    Some(inside(at, &body, slot, &mut |at| inner(at, body.object)))
}

/// The resource that a resource's `parent` names, or whose body holds it.
fn parent(engine: &Engine<'_>, at: Instanced<'_>) -> Option<(Rc<Instance>, usize, usize)> {
    let (instance, entry, _) = at;
    if let Some(parent) = instance.unit.resources[entry].parent {
        return Some((instance.clone(), parent, 0));
    }
    let named = in_body(engine, at, |at, object| {
        let property = object.property("parent")?;
        match at.operand(engine, &property.value, property.range) {
            Operand::Resource(instance, entry, slot) => Some((instance, entry, slot)),
            _ => None,
        }
    });
    named.flatten()
}

/// The `name` of a resource as written: of a child the last segment.
pub(super) fn name(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    entry: usize,
    slot: usize,
) -> Value {
    let written = in_body(engine, (instance, entry, slot), |at, object| {
        let property = object.property("name")?;
        let evaluate = || at.evaluate(engine, &property.value, property.range);
        let value = engine.tally.step(evaluate);
        Some(value.unwrap_or_else(|limit| {
            Value::new(limit, at.origin(property.value.range, property.range))
        }))
    });
    written.flatten().unwrap_or_else(|| {
        let symbol = &instance.unit.resources[entry].symbol;
        Value::bare(Reason::NoValue(format!("name of {symbol}").into()))
    })
}

/// The names of a resource and those it is a child of, outermost first.
pub(super) fn names(engine: &Engine<'_>, at: Instanced<'_>) -> Vec<Value> {
    let mut names = vec![name(engine, at.0, at.1, at.2)];
    let mut current = (at.0.clone(), at.1, at.2);
    // A resource that is its own ancestor ends somewhere.
    for _ in 0..16 {
        let Some(above) = parent(engine, (&current.0, current.1, current.2)) else {
            break;
        };
        names.push(name(engine, &above.0, above.1, above.2));
        current = above;
    }
    names.reverse();
    names
}

/// The full name: `account/default`.
fn full_name(engine: &Engine<'_>, at: Instanced<'_>) -> Value {
    let names = names(engine, at);
    let [own] = names.as_slice() else {
        let slash = Value::bare("/");
        let mut parts = Vec::new();
        for name in &names {
            if !parts.is_empty() {
                parts.push(&slash);
            }
            parts.push(name);
        }
        let origin = names.last().map(|own| own.origin.clone());
        return Value::new(functions::concat(parts), origin.unwrap_or_default());
    };
    own.clone()
}

/// The address of one instance; `[*]` where nobody can tell which.
pub(super) fn address(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    entry: usize,
    slot: usize,
) -> Address {
    let declared = &instance.unit.resources[entry];
    let existing = instance
        .unit
        .resource(entry)
        .is_some_and(|resource| resource.existing.is_some());
    let slots = slots(engine, instance, entry);
    Address {
        module: instance.module.clone(),
        mode: if existing { Mode::Data } else { Mode::Managed },
        resource_type: declared.resource_type.clone(),
        name: declared.symbol.clone(),
        key: match slots.get(slot) {
            Some(slot) => slot.key.clone(),
            None => Some(Key::Any),
        },
    }
}

/// Whether an instance is known not to exist.
pub(super) fn is_absent(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    entry: usize,
    slot: usize,
) -> bool {
    slots(engine, instance, entry)
        .get(slot)
        .is_some_and(|slot| slot.is_absent)
}

/// The id of a resource as a text.
pub(super) fn id(engine: &Engine<'_>, at: Instanced<'_>) -> Value {
    let names = names(engine, at);
    let names: Vec<&Value> = names.iter().collect();
    let scope = scope_of(engine, at);
    let scope = match scope {
        Some(scope) if scope.as_str() == Some("/") => Value::bare(""),
        Some(scope) => scope,
        None => at.0.deployment.scope_id(),
    };
    let resource_type = &at.0.unit.resources[at.1].resource_type;
    Value::bare(functions::resource_id(&scope, resource_type, &names))
}

/// What a resource is deployed to, where it says so: its own `scope`, or that of the resource it is a child of.
fn scope_of(engine: &Engine<'_>, at: Instanced<'_>) -> Option<Value> {
    let mut current = (at.0.clone(), at.1, at.2);
    for _ in 0..16 {
        let written = in_body(engine, (&current.0, current.1, current.2), |at, object| {
            let property = object.property("scope")?;
            scope::value(engine, at, property)
        });
        if let Some(found) = written.flatten() {
            return Some(found);
        }
        current = parent(engine, (&current.0, current.1, current.2))?;
    }
    None
}

/// What is no part of the resource itself, and what the body of any resource may hold
/// (<https://learn.microsoft.com/azure/templates/>).
const BODY: expression::Body<'static> = expression::Body {
    without: &["dependsOn", "parent", "scope"],
    open: &[
        "location",
        "tags",
        "sku",
        "kind",
        "plan",
        "identity",
        "zones",
        "managedBy",
        "extendedLocation",
        "properties",
    ],
};

/// The instances of a resource that exist, or may, and those nested in it.
pub(super) fn collect(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    entry: usize,
    out: &mut Vec<Resource>,
) {
    let slots = slots(engine, instance, entry);
    for (number, slot) in slots.iter().enumerate() {
        if !slot.is_absent
            && let Some(made) = make(engine, (instance, entry, number), slot)
        {
            out.push(made);
        }
    }
    let nested: Vec<usize> = instance.unit.nested(entry).collect();
    for child in nested {
        collect(engine, instance, child, out);
    }
}

fn make(engine: &Engine<'_>, at: Instanced<'_>, slot: &Slot) -> Option<Resource> {
    let (instance, entry, number) = at;
    let unit = instance.unit.clone();
    let declared = &unit.resources[entry];
    let statement = unit.resource_statement(entry)?;
    let resource = unit.resource(entry)?;
    let properties = properties(engine, at)?;
    let address = address(engine, instance, entry, number);
    engine.remember_id(&address, || engine.tally.quietly(|| id(engine, at)));
    let resource_type = declared.resource_type.clone();
    let mut made = Resource::new(address, resource_type, Language::Bicep, properties);
    made.api_version.clone_from(&declared.api_version);
    made.scope = scope_of(engine, at);
    made.presence = if resource.existing.is_some() {
        Presence::External
    } else {
        instance.presence.and(&slot.existence).presence()
    };
    let end = resource
        .existing
        .map_or(resource.resource_type.range.end, |existing| existing.end);
    made.header = Some(Span::new(unit.file(), statement.range.start, end));
    let place = unit.span(statement.range);
    made.origin = Origin {
        via: instance.calls.clone(),
        ..Origin::literal(place, place)
    };
    Some(made)
}

/// The body with the full name.
fn properties(engine: &Engine<'_>, at: Instanced<'_>) -> Option<Value> {
    let full_name = full_name(engine, at);
    in_body(engine, at, |at, object| {
        let value = match &object.kind {
            bicep::ExpressionKind::Object(members) => at.object(engine, members, &BODY),
            _ => at.evaluate(engine, object, object.range),
        };
        let mut kind = value.kind;
        if let Kind::Map(entries) = &mut kind
            && let Some(name) = Arc::make_mut(entries).get_mut("name")
        {
            *name = full_name.clone();
        }
        let span = at.span(object.range);
        Value::new(kind, Origin::literal(span, span))
    })
}
