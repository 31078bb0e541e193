//! Resource blocks and their instances to resources of the model.

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{
    Candidate, Key, Language, Map, Origin, OriginKind, Presence, Resource, Unknown, Value,
};
use palisade_syntax::hcl::Item;

use super::config::{ResourceKey, ResourceMode, Section};
use super::instance::Instance;
use super::providers::{self, Lock, Used};
use super::resource::{self, Expansion, Symbol};
use super::scope::Scope;
use super::shared::Record;
use super::types::Type;
use super::value::{TfUnknown, TfValue};
use super::{declared, expression, reference};

/// The resources of a module and of all it calls, sorted by address.
pub(super) fn resources(root: &Rc<Instance<'_>>, lock: &Lock) -> Vec<Arc<Resource>> {
    let mut made = Vec::new();
    let mut pending = vec![(root.clone(), Inherited::default())];
    while let Some((instance, inherited)) = pending.pop() {
        for key in instance.config.resources.keys() {
            if key.mode != ResourceMode::Ephemeral {
                of_block(&instance, key, &inherited, lock, &mut made);
            }
        }
        for name in instance.config.calls.keys() {
            let engine = instance.engine;
            let (expansion, record) = engine.recorded(|| {
                engine.reuse(inherited.record.as_ref());
                instance.call_expansion(name)
            });
            let Some(expansion) = expansion else {
                continue;
            };
            let presence = presence(&expansion).or_else(|| inherited.presence.clone());
            for key in expansion.keys() {
                if let Ok(child) = instance.child(name, key.as_ref()) {
                    let presence = presence.clone();
                    let record = record.clone();
                    pending.push((child, Inherited { presence, record }));
                }
            }
        }
        // Outputs and locals that nothing asks for can be wrong, too.
        for name in instance.config.locals.keys() {
            let (file, attribute) = &instance.config.locals[name];
            instance.local(name, super::config::span(*file, attribute.range));
        }
    }
    made.sort_by(|a, b| a.address.cmp(&b.address));
    made
}

/// What the calls that lead to a module instance say of everything in it.
#[derive(Clone, Default)]
struct Inherited {
    /// Whether it exists; none where that is certain.
    presence: Option<Presence>,
    /// What that rests on.
    record: Option<Rc<Record>>,
}

/// Whether instances of an expansion exist; none where it is certain.
fn presence(expansion: &Expansion) -> Option<Presence> {
    match expansion {
        Expansion::Symbolic(unknown, Symbol::Maybe) => {
            Some(Presence::Conditional(Arc::new(model_unknown(unknown))))
        }
        Expansion::Symbolic(unknown, _) => {
            Some(Presence::Symbolic(Arc::new(model_unknown(unknown))))
        }
        _ => None,
    }
}

fn model_unknown(unknown: &TfUnknown) -> Unknown {
    let candidates = unknown.candidates.iter().map(|candidate| Candidate {
        when: candidate.when.clone(),
        value: declared::value(&candidate.value),
    });
    Unknown {
        reason: unknown.reason.clone(),
        candidates: candidates.collect(),
    }
}

fn of_block(
    instance: &Rc<Instance<'_>>,
    key: &ResourceKey,
    inherited: &Inherited,
    lock: &Lock,
    made: &mut Vec<Arc<Resource>>,
) {
    let engine = instance.engine;
    if engine.sharing.is_none() {
        return make_block(instance, key, inherited, lock, made);
    }
    let shared = instance.once(&instance.blocks, key, Rc::default, || {
        engine.reuse(inherited.record.as_ref());
        let mut made = Vec::new();
        make_block(instance, key, inherited, lock, &mut made);
        Rc::new(made)
    });
    made.extend(shared.iter().cloned());
}

fn make_block(
    instance: &Rc<Instance<'_>>,
    key: &ResourceKey,
    inherited: &Inherited,
    lock: &Lock,
    made: &mut Vec<Arc<Resource>>,
) {
    let (Some(section), Some(expansion)) =
        (instance.config.resources.get(key), instance.expansion(key))
    else {
        return;
    };
    let used = providers::used(instance, section, &key.resource_type, lock);
    let is_managed = key.mode == ResourceMode::Managed;
    let default_tags = is_managed.then(|| used.default_tags(&key.resource_type));
    let default_tags = default_tags.flatten();
    let meta = meta(instance, section, &used);
    let presence = match key.mode {
        ResourceMode::Managed => presence(&expansion)
            .or_else(|| inherited.presence.clone())
            .unwrap_or_default(),
        _ => Presence::External,
    };
    for one in expansion.keys() {
        let mut resource = of_instance(instance, key, section, one.as_ref(), default_tags.as_ref());
        resource.provider = Some(used.provider.clone());
        resource.meta = meta.clone();
        resource.presence = presence.clone();
        made.push(Arc::new(resource));
    }
}

fn block_origin(section: &Section) -> Origin {
    Origin {
        span: Some(section.body),
        entry: Some(section.range),
        ..Origin::of_kind(OriginKind::Literal)
    }
}

fn of_instance(
    instance: &Rc<Instance<'_>>,
    key: &ResourceKey,
    section: &Section,
    one: Option<&Key>,
    default_tags: Option<&TfValue>,
) -> Resource {
    let mut arguments = resource::evaluate(instance, key, one);
    if let Some(defaults) = default_tags {
        let tags = arguments.get("tags").cloned();
        arguments
            .entry("tags_all".into())
            .or_insert_with(|| merged_tags(defaults, tags));
    }
    let properties = declared::map(arguments, block_origin(section));
    let address = reference::address(instance.module_path(), key, one);
    let mut resource = Resource::new(
        address,
        key.resource_type.clone(),
        Language::Terraform,
        properties,
    );
    resource.header = Some(section.header);
    resource.origin = Origin {
        span: Some(section.range),
        via: instance.call_frames(),
        ..block_origin(section)
    };
    resource
}

/// `default_tags` of the provider, under the tags of the resource.
fn merged_tags(defaults: &TfValue, tags: Option<TfValue>) -> TfValue {
    let Some(tags) = tags.filter(|tags| !tags.is_null()) else {
        return defaults.clone();
    };
    match (defaults.as_entries(), tags.as_entries()) {
        (Some(below), Some(above)) => {
            let mut entries = below.clone();
            entries.extend(
                above
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            TfValue::object(entries).with_origin(tags.origin)
        }
        _ => {
            let unknown = defaults.as_unknown().or(tags.as_unknown());
            let reason = unknown.map_or_else(
                || palisade_model::Reason::Error("the tags are no map".into()),
                |unknown| unknown.reason.clone(),
            );
            TfValue::unknown(Type::Dynamic, reason).with_origin(tags.origin)
        }
    }
}

/// What the language says about a resource and its provider does not send.
fn meta(instance: &Rc<Instance<'_>>, section: &Section, used: &Used<'_>) -> Value {
    let engine = instance.engine;
    let mut meta = Map::new();
    for (file, block) in section.blocks("lifecycle") {
        let scope = Scope::module(instance, file);
        let source = engine.context.sources.file(file);
        for item in &block.body.items {
            let Item::Attribute(attribute) = item else {
                continue;
            };
            let name = &*attribute.name.text;
            let entry = scope.span(attribute.range);
            let value = match name {
                "ignore_changes" | "replace_triggered_by" => {
                    let words = resource::words(block, name, file, &source.text);
                    let place = scope.span(attribute.value.range);
                    TfValue::tuple(words).with_origin(Origin::literal(place, entry))
                }
                _ => instance.settle(expression::evaluate(&attribute.value, &scope)),
            };
            let mut value = declared::value(&value);
            value.origin.entry = Some(entry);
            meta.insert(name.into(), value);
        }
    }
    if let Some(region) = used.argument("region") {
        meta.insert("region".into(), declared::value(&region));
    }
    Value::new(meta, block_origin(section))
}
