//! Lower: resources as Terraform providers spell them become what the provider's own API calls them.
//!
//! Only Terraform types change, by the tables in `tables/<provider>/<terraform type>.yaml`; the other languages speak the
//! canonical form already. A type without a table stays as it is and is counted. Satellites are lowered to the properties they
//! give their parent; `fold` joins them. Defaults are not written into the tree: [`default_of`] is asked for them.

mod apply;
mod backward;
mod coerce;
pub(crate) mod defaults;
mod document;
mod either;
mod lookup;
pub(crate) mod place;
mod secret;
pub mod table;
mod transform;
pub mod version;

use std::sync::Arc;

use foldhash::HashMap;
use palisade_model::{Kind, Language, Presence, Reference, Resource, Segment, Target, Value};

pub use backward::{NamedItem, NewResource, Placement, backward};
pub use defaults::{Default, default_of, service_defaults};
use table::Table;
use transform::Entries;

use crate::schema;

/// The entry of [`Resource::meta`] that keeps the attributes as Terraform spells them.
pub const DECLARED: &str = "declared";

/// Resources in canonical form.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// In the order given; what one resource stands for or holds follows it.
    pub resources: Vec<Arc<Resource>>,
    /// Declared types without a table, one entry a resource.
    pub unmapped: Vec<Arc<str>>,
}

/// Lowers all resources.
pub fn lower(resources: Vec<Arc<Resource>>) -> Lowered {
    Lowering::default().lower(resources)
}

/// Lowers resources that nobody writes as they stand: no fix is placed in them, so that their attributes as declared are of no use.
pub fn lower_output(mut resources: Vec<Arc<Resource>>) -> Lowered {
    lookup::follow(&mut resources);
    let mut lowered = Lowered::default();
    let mut entries = Entries::default();
    for resource in resources {
        let resource = Arc::unwrap_or_clone(resource);
        lowered.add(one(resource, Attributes::Dropped, &mut entries));
    }
    lowered
}

/// Lowers the resources of several environments: what they share is lowered once, and shared again.
#[derive(Debug, Default)]
pub struct Lowering {
    /// By the place of the declared resource in memory, which is kept for that.
    known: HashMap<*const Resource, (Arc<Resource>, One)>,
    entries: Entries,
}

/// What one resource is lowered to.
#[derive(Clone, Debug, Default)]
struct One {
    resources: Vec<Arc<Resource>>,
    unmapped: Option<Arc<str>>,
}

impl Lowering {
    /// Lowers all resources of one environment.
    pub fn lower(&mut self, mut resources: Vec<Arc<Resource>>) -> Lowered {
        lookup::follow(&mut resources);
        let mut lowered = Lowered::default();
        for resource in resources {
            lowered.add(self.one(resource));
        }
        lowered
    }

    fn one(&mut self, resource: Arc<Resource>) -> One {
        let entries = &mut self.entries;
        if Arc::strong_count(&resource) == 1 {
            return one(Arc::unwrap_or_clone(resource), Attributes::Kept, entries);
        }
        let known = self.known.entry(Arc::as_ptr(&resource));
        let (_, known) = known.or_insert_with(|| {
            let made = one(resource.as_ref().clone(), Attributes::Kept, entries);
            (resource, made)
        });
        known.clone()
    }
}

impl Lowered {
    fn add(&mut self, one: One) {
        self.resources.extend(one.resources);
        self.unmapped.extend(one.unmapped);
    }
}

/// What becomes of the attributes as Terraform spells them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attributes {
    Kept,
    Dropped,
}

fn one(mut resource: Resource, attributes: Attributes, entries: &mut Entries) -> One {
    let is_secret = secret::is_in(&resource.properties);
    if is_secret {
        secret::spread(&mut resource.properties);
    }
    if !resource.language.is_terraform() {
        return One::of(vec![in_canonical_case(resource)]);
    }
    if resource.presence == Presence::External {
        judge_data_source(&mut resource);
    }
    let Some(table) = table::of(&resource.declared_type) else {
        // What only reads has nothing to judge.
        let is_judged = resource.presence != Presence::External;
        return One {
            unmapped: is_judged.then(|| resource.declared_type.clone()),
            ..One::of(vec![resource])
        };
    };
    let applied = either::apply(table, &resource, entries);
    let mut made = lower_one(table, resource, attributes, applied);
    if is_secret {
        for resource in &mut made {
            secret::spread(&mut resource.properties);
        }
    }
    One::of(made)
}

impl One {
    fn of(resources: Vec<Resource>) -> Self {
        Self {
            resources: resources.into_iter().map(Arc::new).collect(),
            unmapped: None,
        }
    }
}

/// A data source with a table of its own (`data.aws_ami`) makes or chooses something here, not in the cloud: rules judge it.
fn judge_data_source(resource: &mut Resource) {
    let own = format!("data.{}", resource.declared_type);
    if table::of(&own).is_some() {
        resource.declared_type = own.into();
        resource.presence = Presence::Certain;
    }
}

/// ARM types are not case-sensitive; everything behind this stage may be.
fn in_canonical_case(mut resource: Resource) -> Resource {
    if matches!(
        resource.language,
        Language::Arm | Language::Bicep | Language::Live
    ) && resource
        .resource_type
        .starts_with(|first: char| first.eq_ignore_ascii_case(&'m'))
        && let Some(schema) = schema::lookup(&resource.resource_type)
        && *resource.resource_type != *schema.resource_type
    {
        resource.resource_type = schema.resource_type.into();
    }
    resource
}

fn lower_one(
    table: &Table,
    resource: Resource,
    attributes: Attributes,
    applied: apply::Applied,
) -> Vec<Resource> {
    let resource_type = canonical_type(table, &resource);
    let mut main = resource;
    let mut properties = applied.properties.into_iter();
    match (attributes, &table.satellite) {
        // A reference links, also in an attribute that no property answers to.
        _ if attributes == Attributes::Kept || holds_reference(&main.properties) => {
            keep_declared(&mut main, None);
        }
        // What names its parent is still looked at.
        (_, Some(satellite)) => keep_declared(&mut main, Some(&satellite.join)),
        (_, None) => {}
    }
    main.resource_type = resource_type;
    main.properties = properties
        .next()
        .unwrap_or_else(|| Value::bare(palisade_model::Map::new()));
    let of = table.satellite.as_ref().map(|satellite| &satellite.of);
    let of = of.unwrap_or(&main.resource_type).clone();
    coerce::coerce(&mut main.properties, &of);
    let name = main.properties.get("name").cloned();
    let mut made = Vec::with_capacity(1 + properties.len() + applied.children.len());
    made.push(main);
    for mut properties in properties {
        coerce::coerce(&mut properties, &of);
        made.push(Resource {
            properties,
            ..made[0].clone()
        });
    }
    for child in applied.children {
        made.push(child_resource(&made[0], name.as_ref(), child));
    }
    made
}

/// The attributes as declared, or one of them, stay with the resource: fixes are placed by them.
fn keep_declared(resource: &mut Resource, only: Option<&str>) {
    let mut kept = resource.properties.clone();
    if let Some(only) = only {
        let entry = kept.get(only).map(|value| (only.into(), value.clone()));
        kept.kind = entry.into_iter().collect::<palisade_model::Map>().into();
    }
    defaults::note(resource, DECLARED, kept);
}

/// The canonical type; that of the parent for a satellite; the Terraform type where the deciding attribute is not known.
fn canonical_type(table: &Table, resource: &Resource) -> Arc<str> {
    if let Some(choice) = &table.discriminate {
        let (value, _) = apply::find(&resource.properties, &choice.by);
        return value
            .as_str()
            .and_then(|value| choice.types.get(value))
            .unwrap_or(&resource.declared_type)
            .clone();
    }
    match &table.satellite {
        Some(_) => resource.declared_type.clone(),
        None => table
            .resource_type
            .clone()
            .unwrap_or_else(|| resource.declared_type.clone()),
    }
}

fn holds_reference(value: &Value) -> bool {
    match &value.kind {
        Kind::Reference(_) => true,
        Kind::List(items) | Kind::Template(items) => items.iter().any(holds_reference),
        Kind::Map(entries) => entries.values().any(holds_reference),
        Kind::Encoded(encoded) => holds_reference(&encoded.value),
        _ => value.origin.of.is_some(),
    }
}

/// A resource that was written inside another has its address; in ARM its name begins with the parent's.
fn child_resource(parent: &Resource, name: Option<&Value>, child: apply::Child) -> Resource {
    let mut properties = child.properties;
    if let Some(own) = child.name {
        let tail = Value::new(format!("/{own}"), child.origin.clone());
        let parts: Vec<_> = name.cloned().into_iter().chain([tail]).collect();
        let full = transform::text_of(parts, &child.origin);
        let path = palisade_model::Path::new(vec![Segment::Key("name".into())]);
        place::set(&mut properties, &path, full, &child.origin);
    }
    coerce::coerce(&mut properties, &child.resource_type);
    let itself = Reference {
        target: Target::Address((*parent.address).clone()),
        attribute: "id".into(),
    };
    Resource {
        resource_type: child.resource_type,
        properties,
        scope: Some(Value::new(Kind::from(itself), child.origin.clone())),
        origin: child.origin,
        ..parent.clone()
    }
}
