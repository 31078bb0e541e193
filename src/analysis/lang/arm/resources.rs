//! The resources of a template: loops, conditions, children
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/resource-declaration).

use std::sync::Arc;

use palisade_model::{
    Address, FrameKind, Key, Kind, Language, Map, Mode, Origin, Presence, Reason, Reference,
    Resource, Span, Target, Unknown, Value,
};
use palisade_syntax::data::{Data, Entry, Node};

use super::document::{entry, field, text};
use super::expression::{Copies, Count, Environment};
use super::functions::{DeploymentScope, boolean_of, concat, reason_of, resource_id, text_key};
use super::template::{Template, linked};

/// One resource as it is written, children with their full type.
pub(super) struct Declared<'t> {
    pub(super) node: &'t Node,
    /// Its entry, where resources have symbolic names.
    key: Option<&'t Entry>,
    /// The resource whose `resources` hold it.
    parent: Option<usize>,
    pub(super) resource_type: Arc<str>,
    api_version: Option<Arc<str>>,
}

/// One iteration of a resource's loop.
#[derive(Clone, Debug)]
pub(super) enum Instance {
    /// There is no loop.
    Only,
    /// This one.
    At(usize),
    /// It stands for all, as their number is not known.
    Any(Arc<Unknown>),
}

impl Instance {
    /// To remember results by.
    pub(super) fn key(&self) -> Option<usize> {
        match self {
            Self::Only => None,
            Self::At(index) => Some(*index),
            Self::Any(_) => Some(usize::MAX),
        }
    }
}

/// A resource and its id as a key to find it by.
pub(super) struct Emitted {
    pub(super) resource: Resource,
    pub(super) id: Option<String>,
}

impl Declared<'_> {
    pub(super) fn symbol(&self) -> Option<&str> {
        self.key.and_then(|entry| entry.key.as_str())
    }

    pub(super) fn copy_name(&self) -> Option<&str> {
        field(self.node, "copy").and_then(|copy| text(copy, "name"))
    }

    pub(super) fn is_deployment(&self) -> bool {
        self.resource_type
            .eq_ignore_ascii_case("Microsoft.Resources/deployments")
    }

    /// Whether an extension deploys it, whose resources have no properties of their own but all of them in `properties`.
    pub(super) fn is_of_extension(&self) -> bool {
        ["extension", "import"]
            .iter()
            .any(|key| field(self.node, key).is_some())
    }

    /// From the first byte of the key, where it has one, to the last of the body.
    fn range(&self) -> palisade_syntax::TextRange {
        self.key.map_or(self.node.range, Entry::range)
    }
}

/// All resources of a template, each child behind its parent.
pub(super) fn declared(root: &Node) -> Vec<Declared<'_>> {
    let mut all = Vec::new();
    if let Some(resources) = field(root, "resources") {
        for item in resources.items() {
            declare(item, None, None, &mut all);
        }
        for entry in resources.entries() {
            declare(&entry.value, Some(entry), None, &mut all);
        }
    }
    all
}

fn declare<'t>(
    node: &'t Node,
    key: Option<&'t Entry>,
    parent: Option<usize>,
    all: &mut Vec<Declared<'t>>,
) {
    let Some(written) = text(node, "type") else {
        return;
    };
    let (written, version) = match written.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (written, None),
    };
    let outer = parent.map(|parent: usize| all[parent].resource_type.clone());
    let resource_type: Arc<str> = match outer {
        Some(outer) if !starts_with(written, &outer) => format!("{outer}/{written}").into(),
        _ => written.into(),
    };
    all.push(Declared {
        node,
        key,
        parent,
        resource_type,
        api_version: version.or_else(|| text(node, "apiVersion")).map(Into::into),
    });
    let own = all.len() - 1;
    for child in field(node, "resources").map_or(&[][..], Node::items) {
        declare(child, None, Some(own), all);
    }
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

impl Template<'_> {
    /// The resource whose loop repeats this one: itself or an ancestor.
    fn repeated(&self, index: usize) -> Option<&Node> {
        let declared = &self.declared[index];
        let own = field(declared.node, "copy").filter(|copy| matches!(copy.data, Data::Mapping(_)));
        own.or_else(|| self.repeated(declared.parent?))
    }

    /// All iterations of a resource.
    pub(super) fn instances(&self, index: usize) -> Vec<Instance> {
        let Some(copy) = self.repeated(index) else {
            return vec![Instance::Only];
        };
        match self.environment().count(copy) {
            Count::Known(count) => (0..count).map(Instance::At).collect(),
            Count::Unknown(unknown) => vec![Instance::Any(unknown)],
        }
    }

    /// Computes something inside an iteration of a resource.
    pub(super) fn within<R>(
        &self,
        index: usize,
        instance: &Instance,
        compute: impl FnOnce(Environment<'_>) -> R,
    ) -> R {
        let environment = self.environment();
        let position = match instance {
            Instance::Only => return compute(environment),
            Instance::At(position) => Value::bare(*position as i64),
            Instance::Any(unknown) => Value::bare(Kind::Unknown(unknown.clone())),
        };
        let copy = self.repeated(index);
        let copies = Copies {
            name: copy.and_then(|copy| text(copy, "name")).unwrap_or_default(),
            index: position,
            outer: environment.copies,
        };
        compute(Environment {
            copies: Some(&copies),
            ..environment
        })
    }

    /// The full name: of a child behind that of its parent.
    pub(super) fn name(&self, index: usize, instance: &Instance) -> Value {
        let declared = &self.declared[index];
        let own = self.within(index, instance, |environment| {
            entry(declared.node, "name").map_or_else(Value::null, |it| environment.entry_value(it))
        });
        let Some(parent) = declared.parent else {
            return own;
        };
        let parent_name = self.name(parent, instance);
        let segments = |text: &str| text.split('/').count();
        let expected = segments(&declared.resource_type) - 1;
        if own.as_str().is_some_and(|text| segments(text) == expected) {
            return own;
        }
        let name = concat([&parent_name, &Value::bare("/"), &own]);
        Value::new(name, own.origin.clone())
    }

    /// The id of what a resource is deployed to.
    pub(super) fn scope_of(&self, index: usize, instance: &Instance) -> Value {
        let declared = &self.declared[index];
        if let Some(parent) = declared.parent {
            return self.scope_of(parent, instance);
        }
        if declared
            .resource_type
            .eq_ignore_ascii_case("Microsoft.Management/managementGroups")
        {
            return Value::bare("");
        }
        let written = |name: &str| {
            self.within(index, instance, |environment| {
                entry(declared.node, name).map(|it| environment.entry_value(it))
            })
        };
        let mut deployment = self.deployment.clone();
        if let Some(scope) = written("scope") {
            return self.absolute_scope(scope);
        }
        if let Some(subscription) = written("subscriptionId") {
            deployment.subscription = subscription;
            deployment.scope = DeploymentScope::Subscription;
        }
        if let Some(group) = written("resourceGroup") {
            deployment.resource_group = group;
            deployment.scope = DeploymentScope::ResourceGroup;
        }
        deployment.scope_id()
    }

    /// A scope written as an id, or as type and name relative to the deployment.
    fn absolute_scope(&self, scope: Value) -> Value {
        let first = match &scope.kind {
            Kind::Template(parts) => parts.first().and_then(Value::as_str).map(str::to_owned),
            _ => scope.as_str().map(str::to_owned),
        };
        match first {
            Some(text) if text == "/" => Value::bare(""),
            Some(text) if !text.starts_with('/') => {
                let prefix = self.deployment.scope_id();
                let whole = concat([&prefix, &Value::bare("/providers/"), &scope]);
                Value::new(whole, scope.origin.clone())
            }
            _ => scope,
        }
    }

    /// The id of a resource.
    pub(super) fn id(&self, index: usize, instance: &Instance) -> Value {
        let names = name_segments(&self.name(index, instance));
        let names: Vec<&Value> = names.iter().collect();
        let scope = self.scope_of(index, instance);
        Value::bare(resource_id(
            &scope,
            &self.declared[index].resource_type,
            &names,
        ))
    }

    pub(super) fn address(&self, index: usize, instance: &Instance) -> Address {
        let declared = &self.declared[index];
        let name = self.engine.tally.quietly(|| self.name(index, instance));
        let known = name.as_str().map(str::to_owned);
        let key = match instance {
            Instance::Any(_) => Some(Key::Any),
            Instance::At(position) if known.is_none() => Some(Key::Index(*position as u64)),
            _ => None,
        };
        let symbol = || declared.symbol().map(str::to_owned);
        let rendered = known.or_else(symbol).or_else(|| text_key(&name));
        Address {
            module: self.module.clone(),
            mode: Mode::Managed,
            resource_type: declared.resource_type.clone(),
            name: rendered.unwrap_or_else(|| "{name}".to_owned()).into(),
            key,
        }
    }

    /// Whether an iteration exists; none where its condition is false.
    pub(super) fn presence(&self, index: usize, instance: &Instance) -> Option<Presence> {
        let declared = &self.declared[index];
        let condition = self.within(index, instance, |environment| {
            entry(declared.node, "condition").map(|it| environment.entry_value(it))
        });
        let truth = condition.as_ref().map(boolean_of);
        if truth == Some(Some(false)) {
            return None;
        }
        let existing = field(declared.node, "existing").map(|it| &it.data);
        if existing == Some(&Data::Bool(true)) {
            return Some(Presence::External);
        }
        if let Instance::Any(unknown) = instance {
            return Some(Presence::Symbolic(unknown.clone()));
        }
        if let (Some(None), Some(condition)) = (truth, &condition) {
            return Some(Presence::Conditional(unknown_of(condition)));
        }
        Some(Presence::Certain)
    }

    /// All resources, those of nested deployments in the place of the deployment.
    pub(super) fn resources(&self) -> Vec<Emitted> {
        let mut all = Vec::new();
        for index in 0..self.declared.len() {
            for instance in self.instances(index) {
                let Some(presence) = self.presence(index, &instance) else {
                    continue;
                };
                if let Some(deployed) = self.deployed(index, &instance) {
                    all.extend(deployed.under(&presence));
                } else if self.engine.enter_resource() {
                    all.push(self.emitted(index, &instance, presence));
                } else {
                    let span = self.document.span(self.declared[index].node.range);
                    self.engine
                        .limit("too many resources: the rest is left out", span);
                    return all;
                }
            }
        }
        all.extend(self.undeployed_specs());
        all
    }

    /// The resource; what is wrong in one that perhaps never exists is not reported.
    fn emitted(&self, index: usize, instance: &Instance, presence: Presence) -> Emitted {
        if matches!(presence, Presence::Certain | Presence::Symbolic(_)) {
            return self.emit(index, instance, presence);
        }
        self.engine
            .tally
            .quietly(|| self.emit(index, instance, presence))
    }

    fn emit(&self, index: usize, instance: &Instance, presence: Presence) -> Emitted {
        let declared = &self.declared[index];
        let whole = self.document.span(declared.range());
        let properties = Value::new(
            self.body(index, instance),
            Origin::literal(self.document.span(declared.node.range), whole),
        );
        let address = self.address(index, instance);
        let mut resource = Resource::new(
            address,
            declared.resource_type.clone(),
            Language::Arm,
            properties,
        );
        resource.meta = Value::bare(self.meta(index, instance));
        resource.api_version.clone_from(&declared.api_version);
        resource.scope = self.within(index, instance, |environment| {
            let written = ["scope", "resourceGroup", "subscriptionId"]
                .iter()
                .find_map(|key| entry(declared.node, key).map(|entry| (*key, entry)));
            written.map(|(key, written)| {
                let value = environment.entry_value(written);
                let is_whole = text_key(&value).is_none_or(|text| text.starts_with('/'));
                if key == "scope" && is_whole {
                    return value;
                }
                self.scope_of(index, instance).with_origin(value.origin)
            })
        });
        resource.presence = presence;
        resource.header = Some(self.header(declared));
        resource.origin = Origin {
            via: self.via.clone(),
            ..resource.properties.origin.clone()
        };
        Emitted {
            resource,
            id: text_key(&self.id(index, instance)).map(|id| id.to_lowercase()),
        }
    }

    /// What a finding about the whole resource underlines.
    fn header(&self, declared: &Declared<'_>) -> Span {
        let range = match (declared.key, entry(declared.node, "type")) {
            (Some(key), _) => key.key.range,
            (None, Some(entry)) => entry.range(),
            (None, None) => declared.node.range,
        };
        self.document.span(range)
    }

    /// The body as it is sent: without what the deployment engine keeps for itself.
    fn body(&self, index: usize, instance: &Instance) -> Map {
        let declared = &self.declared[index];
        self.within(index, instance, |environment| {
            if declared.is_of_extension() {
                let written = field(declared.node, "properties").map_or(&[][..], Node::entries);
                return environment.map(written);
            }
            let mut body = Map::new();
            for entry in declared.node.entries() {
                let Some(key) = entry.key.as_str() else {
                    continue;
                };
                let lower = key.to_ascii_lowercase();
                if lower == "name" {
                    body.insert("name".into(), self.name(index, instance));
                } else if !is_engine_key(&lower) {
                    body.insert(key.into(), environment.entry_value(entry));
                }
            }
            body
        })
    }

    /// What the language says of the resource and the service never sees.
    fn meta(&self, index: usize, instance: &Instance) -> Map {
        let declared = &self.declared[index];
        let mut meta = Map::new();
        if let Some(symbol) = declared.symbol() {
            meta.insert("symbol".into(), Value::bare(symbol));
        }
        self.within(index, instance, |environment| {
            for key in ["comments", "metadata"] {
                if let Some(entry) = entry(declared.node, key) {
                    meta.insert(key.into(), environment.entry_value(entry));
                }
            }
            if let Some(entry) = entry(declared.node, "dependsOn") {
                let mut list = environment.entry_value(entry);
                if let Kind::List(items) = &mut list.kind {
                    let items = Arc::make_mut(items).iter();
                    list.kind = items
                        .flat_map(|item| self.depended(item))
                        .collect::<Vec<_>>()
                        .into();
                }
                meta.insert("dependsOn".into(), list);
            }
        });
        meta
    }

    /// What an entry of `dependsOn` names: a symbol, a loop, an id or a name.
    fn depended(&self, item: &Value) -> Vec<Value> {
        let Some(text) = text_key(item) else {
            return vec![item.clone()];
        };
        let reference = |target: Target| {
            let attribute = "".into();
            Value::new(Reference { target, attribute }, item.origin.clone())
        };
        if let Some((index, instance)) = self.symbol(&text) {
            let address = self.address(index, &instance);
            return vec![reference(Target::Address(address))];
        }
        let of_loop = |declared: &Declared<'_>| {
            declared.symbol() == Some(&*text) || declared.copy_name() == Some(&*text)
        };
        let found = self.declared.iter().position(of_loop);
        match found {
            Some(index) => {
                let instances = self.instances(index).into_iter();
                instances
                    .map(|instance| reference(Target::Address(self.address(index, &instance))))
                    .collect()
            }
            None => vec![reference(Target::External(text.into()))],
        }
    }
}

/// Keys of a resource that the deployment engine reads and the service does not.
fn is_engine_key(lower: &str) -> bool {
    matches!(
        lower,
        "type"
            | "apiversion"
            | "condition"
            | "copy"
            | "dependson"
            | "scope"
            | "comments"
            | "metadata"
            | "resources"
            | "existing"
            | "import"
            | "extension"
            | "asserts"
            | "subscriptionid"
            | "resourcegroup"
            | "@options"
    )
}

/// The parts of a name between slashes. An unknown part is one name.
pub(super) fn name_segments(name: &Value) -> Vec<Value> {
    let Kind::Template(parts) = &name.kind else {
        return match name.as_str() {
            Some(text) => text.split('/').map(Value::bare).collect(),
            None => vec![name.clone()],
        };
    };
    let mut segments: Vec<Vec<Value>> = vec![Vec::new()];
    for part in parts.iter() {
        let Some(text) = part.as_str() else {
            segments
                .last_mut()
                .expect("it starts with one")
                .push(part.clone());
            continue;
        };
        for (position, piece) in text.split('/').enumerate() {
            if position > 0 {
                segments.push(Vec::new());
            }
            segments
                .last_mut()
                .expect("it starts with one")
                .push(Value::bare(piece));
        }
    }
    segments
        .iter()
        .map(|parts| Value::bare(concat(parts)))
        .collect()
}

/// Why a value is not known, with its candidates.
pub(super) fn unknown_of(value: &Value) -> Arc<Unknown> {
    if let Kind::Unknown(unknown) = &value.kind {
        return unknown.clone();
    }
    let wrong = || Reason::Error("the condition is no boolean".into());
    Arc::new(Unknown::new(reason_of(value).unwrap_or_else(wrong)))
}

/// A link of the chain through which resources of a nested deployment come.
pub(super) fn call_frame(value: Value, label: &str, span: Span) -> Value {
    linked(value, FrameKind::ModuleCall, &label.into(), span)
}
