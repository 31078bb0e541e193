//! References between resources: by symbol at once, by id when all resources are known.

use std::collections::HashMap;
use std::sync::Arc;

use palisade_model::{Address, Kind, Map, Origin, Reason, Reference, Target, Value};

use super::functions::text_key;
use super::resources::{Emitted, Instance};
use super::template::Template;

impl Template<'_> {
    /// The resource of a symbol: `storage`, `storage[2]`.
    pub(super) fn symbol(&self, text: &str) -> Option<(usize, Instance)> {
        if !self.is_symbolic() {
            return None;
        }
        let (name, position) = match text.strip_suffix(']').and_then(|it| it.rsplit_once('[')) {
            Some((name, position)) => (name, Some(position)),
            None => (text, None),
        };
        let index = self
            .declared
            .iter()
            .position(|it| it.symbol() == Some(name))?;
        let instances = self.instances(index);
        let instance = match (position, instances.as_slice()) {
            (_, [any @ Instance::Any(_)]) => any.clone(),
            (Some(position), _) => Instance::At(position.parse().ok()?),
            (None, [Instance::Only]) => Instance::Only,
            (None, _) => return None,
        };
        Some((index, instance))
    }

    /// A deployment that is named by its id or name.
    fn deployment_of(&self, text: &str) -> Option<(usize, Instance)> {
        self.engine.tally.quietly(|| self.find_deployment(text))
    }

    fn find_deployment(&self, text: &str) -> Option<(usize, Instance)> {
        let lower = text.to_lowercase();
        for (index, declared) in self.declared.iter().enumerate() {
            if !declared.is_deployment() {
                continue;
            }
            for instance in self.instances(index) {
                let is_id = || {
                    text_key(&self.id(index, &instance))
                        .is_some_and(|id| id.to_lowercase() == lower)
                };
                let name = text_key(&self.name(index, &instance))
                    .unwrap_or_default()
                    .to_lowercase();
                if name == lower || is_id() {
                    return Some((index, instance));
                }
            }
        }
        None
    }

    /// `references('loop')`: what `reference` gives for each instance.
    pub(super) fn references(&self, target: &Value, full: bool, origin: &Origin) -> Value {
        let loop_name = target.as_str().unwrap_or_default();
        let found = self
            .declared
            .iter()
            .position(|it| it.symbol() == Some(loop_name));
        let Some(index) = found.filter(|_| self.is_symbolic()) else {
            return self.reference(target, full, origin);
        };
        let instances = self.instances(index);
        if let [Instance::Any(unknown)] = instances.as_slice() {
            return Value::new(Kind::Unknown(unknown.clone()), origin.clone());
        }
        let all = (0..instances.len()).map(|position| {
            let one = Value::bare(format!("{loop_name}[{position}]"));
            self.reference(&one, full, origin)
        });
        Value::new(all.collect::<Vec<_>>(), origin.clone())
    }

    /// `reference(target)`: the outputs of a deployment that is here, else an attribute of the resource.
    pub(super) fn reference(&self, target: &Value, full: bool, origin: &Origin) -> Value {
        let Some(text) = text_key(target) else {
            return Value::new(Reason::Computed("reference".into()), origin.clone());
        };
        let template = if self.is_symbolic() {
            self
        } else {
            self.names()
        };
        let found = template
            .symbol(&text)
            .or_else(|| template.deployment_of(&text));
        let attribute = if full { "" } else { "properties" };
        let Some((index, instance)) = found else {
            let target = Target::External(text.into());
            let attribute = attribute.into();
            return Value::new(Reference { target, attribute }, origin.clone());
        };
        if !template.declared[index].is_deployment() {
            let target = Target::Address(template.address(index, &instance));
            // All of an extension's resource is in its properties.
            let whole = template.declared[index].is_of_extension();
            let attribute = if whole { "" } else { attribute }.into();
            return Value::new(Reference { target, attribute }, origin.clone());
        }
        let Some(deployed) = template.deployed(index, &instance) else {
            return Value::new(Reason::MissingModule(text.into()), origin.clone());
        };
        let mut properties = Map::new();
        properties.insert("outputs".into(), Value::bare(deployed.outputs.clone()));
        wrap(properties, full, origin)
    }

    /// `resourceInfo('symbol')`: what is known of a resource before it is deployed.
    pub(super) fn resource_info(&self, symbol: &Value, origin: &Origin) -> Value {
        let found = symbol.as_str().and_then(|text| self.symbol(text));
        let Some((index, instance)) = found else {
            return Value::new(Reason::Undeclared("resource".into()), origin.clone());
        };
        let declared = &self.declared[index];
        let mut info = Map::new();
        info.insert("id".into(), self.id(index, &instance));
        info.insert("name".into(), self.name(index, &instance));
        info.insert("type".into(), Value::bare(&*declared.resource_type));
        if let Some(version) = super::document::text(declared.node, "apiVersion") {
            info.insert("apiVersion".into(), Value::bare(version));
        }
        Value::new(info, origin.clone())
    }
}

fn wrap(properties: Map, full: bool, origin: &Origin) -> Value {
    let properties = Value::new(properties, origin.clone());
    if !full {
        return properties;
    }
    let mut whole = Map::new();
    whole.insert("properties".into(), properties);
    Value::new(whole, origin.clone())
}

/// Ids to addresses.
pub(crate) struct Ids(HashMap<String, Option<Address>>);

/// Ids and addresses of declared resources, then every id and reference that means one of them.
pub(super) fn resolve(emitted: &mut [Emitted]) {
    let mut ids = Ids::new();
    for one in emitted.iter() {
        if let Some(id) = &one.id {
            ids.add(id, &one.resource.address);
        }
        if let Some(name) = one.resource.properties.get("name").and_then(text_key) {
            ids.add(&name.to_lowercase(), &one.resource.address);
            let typed = format!("{}/{name}", one.resource.resource_type);
            ids.add(&typed.to_lowercase(), &one.resource.address);
        }
    }
    for one in emitted {
        ids.resolve(&mut one.resource.properties);
        ids.resolve(&mut one.resource.meta);
        if let Some(scope) = &mut one.resource.scope {
            ids.resolve(scope);
        }
    }
}

impl Ids {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Of two resources with one id, which are alternatives of each other, the first is meant; where the id has unknown parts
    /// they may as well be two, and neither is.
    pub(crate) fn add(&mut self, id: &str, address: &Address) {
        let symbolic = id.contains('{');
        self.0
            .entry(id.to_owned())
            .and_modify(|known| {
                if symbolic && known.as_ref() != Some(address) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(address.clone()));
    }

    fn get(&self, text: &str) -> Option<&Address> {
        self.0.get(&text.to_lowercase())?.as_ref()
    }

    /// Puts references in the place of ids.
    pub(crate) fn resolve(&self, value: &mut Value) {
        if let Some(kind) = self.resolved(value) {
            value.kind = kind;
        }
    }

    /// The kind with references; none where nothing changes.
    fn resolved(&self, value: &Value) -> Option<Kind> {
        match &value.kind {
            Kind::List(items) => self.resolved_list(items).map(Kind::from),
            Kind::Map(entries) => {
                let mut changed: Option<Map> = None;
                for (key, entry) in entries.iter() {
                    if let Some(kind) = self.resolved(entry) {
                        let map = changed.get_or_insert_with(|| (**entries).clone());
                        if let Some(changed) = map.get_mut(key) {
                            changed.kind = kind;
                        }
                    }
                }
                changed.map(Kind::from)
            }
            Kind::Encoded(encoded) => {
                let kind = self.resolved(&encoded.value)?;
                let mut changed = (**encoded).clone();
                changed.value.kind = kind;
                Some(Kind::Encoded(Arc::new(changed)))
            }
            Kind::String(text)
                if text.contains("/providers/") || text.contains("/resourceGroups/") =>
            {
                self.of_id(text)
            }
            Kind::Template(parts) => {
                let key = text_key(value)?;
                let is_id = key.contains("/providers/") || key.contains("/resourceGroups/");
                if let Some(kind) = is_id.then(|| self.of_id(&key)).flatten() {
                    return Some(kind);
                }
                self.resolved_list(parts)
                    .map(|parts| Kind::Template(Arc::new(parts)))
            }
            Kind::Reference(reference) => {
                let Target::External(id) = &reference.target else {
                    return None;
                };
                let target = Target::Address(self.get(id)?.clone());
                let attribute = reference.attribute.clone();
                Some(Reference { target, attribute }.into())
            }
            _ => None,
        }
    }

    fn resolved_list(&self, items: &[Value]) -> Option<Vec<Value>> {
        let mut changed: Option<Vec<Value>> = None;
        for (position, item) in items.iter().enumerate() {
            if let Some(kind) = self.resolved(item) {
                changed.get_or_insert_with(|| items.to_vec())[position].kind = kind;
            }
        }
        changed
    }

    /// The resource of an id, or of its longest beginning, with the rest behind it.
    fn of_id(&self, text: &str) -> Option<Kind> {
        let reference = |address: &Address| -> Kind {
            Reference {
                target: Target::Address(address.clone()),
                attribute: "id".into(),
            }
            .into()
        };
        if let Some(address) = self.get(text) {
            return Some(reference(address));
        }
        let slashes = text.rmatch_indices('/').map(|(offset, _)| offset);
        for offset in slashes {
            let (head, rest) = text.split_at(offset);
            if rest.contains('{') {
                return None;
            }
            if !head.contains("/providers/") {
                return None;
            }
            if let Some(address) = self.get(head) {
                let parts = vec![Value::bare(reference(address)), Value::bare(rest)];
                return Some(Kind::Template(Arc::new(parts)));
            }
        }
        None
    }
}
