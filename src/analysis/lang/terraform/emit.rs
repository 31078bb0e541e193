//! Resource blocks and their instances to resources of the model.

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{
    Candidate, Key, Language, Map, Origin, OriginKind, Presence, Resource, Unknown, Value,
};
use palisade_syntax::hcl::Item;

use super::config::{ResourceKey, ResourceMode, Section};
use super::instance::Instance;
use super::providers::{Lock, Providers, Used};
use super::resource::{self, Expansion, Symbol};
use super::scope::Scope;
use super::shared::{Record, What};
use super::types::Type;
use super::value::{TfUnknown, TfValue};
use super::{arguments, declared, expression, reference};

/// The resources of a module and of all it calls, sorted by address.
pub(super) fn resources(root: &Rc<Instance<'_>>, lock: &Lock) -> Vec<Arc<Resource>> {
    let mut made = Vec::new();
    let mut pending = vec![(root.clone(), Inherited::default())];
    while let Some((instance, inherited)) = pending.pop() {
        made.push((
            instance.module_path().clone(),
            of_module(&instance, &inherited, lock),
        ));
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
            // An instance that certainly exists is the same one whatever others there are.
            let record = record.filter(|_| presence.is_some());
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
    made.sort_by(|(one, _), (other, _)| one.cmp(other));
    let blocks = made.into_iter().flat_map(|(_, blocks)| blocks);
    blocks.flat_map(|block| block.to_vec()).collect()
}

/// The resources of a block, sorted by their keys.
pub(super) type Block = Rc<Vec<Arc<Resource>>>;

/// The resources of one module, sorted.
fn of_module(instance: &Rc<Instance<'_>>, inherited: &Inherited, lock: &Lock) -> Vec<Block> {
    let providers = Providers::new(instance, lock);
    let keys = instance.config.resources.keys();
    let mut made: Vec<(&ResourceKey, Block)> = keys
        .filter(|key| key.mode != ResourceMode::Ephemeral)
        .map(|key| (key, of_block(instance, key, inherited, &providers)))
        .collect();
    made.sort_by_key(|(key, _)| *key);
    made.into_iter().map(|(_, block)| block).collect()
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

fn of_block<'i>(
    instance: &'i Rc<Instance<'_>>,
    key: &'i ResourceKey,
    inherited: &Inherited,
    providers: &Providers<'i, '_>,
) -> Block {
    let engine = instance.engine;
    let (block, _) = instance.shared(What::Block(key.clone()), || {
        engine.reuse(inherited.record.as_ref());
        make_block(instance, key, inherited, providers).map_or_else(Rc::default, Rc::new)
    });
    block
}

fn make_block<'i>(
    instance: &'i Rc<Instance<'_>>,
    key: &'i ResourceKey,
    inherited: &Inherited,
    providers: &Providers<'i, '_>,
) -> Option<Vec<Arc<Resource>>> {
    let section = instance.config.resources.get(key)?;
    let expansion = instance.expansion(key)?;
    let used = providers.used(section, &key.resource_type);
    let meta = meta(instance, section, &used);
    let presence = match key.mode {
        ResourceMode::Managed => presence(&expansion)
            .or_else(|| inherited.presence.clone())
            .unwrap_or_default(),
        _ => Presence::External,
    };
    let keys = expansion.keys().into_iter();
    let made = keys.map(|one| {
        let mut resource = of_instance(instance, key, section, one.as_ref(), &used);
        resource.provider = Some(used.provider.clone());
        resource.meta = meta.clone();
        resource.presence = presence.clone();
        Arc::new(resource)
    });
    Some(made.collect())
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
    used: &Used<'_>,
) -> Resource {
    let properties = match key.mode {
        ResourceMode::Managed => Value::new(
            managed(instance, key, section, one, used),
            block_origin(section),
        ),
        _ => declared::map(
            &resource::evaluate(instance, key, one),
            block_origin(section),
        ),
    };
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

/// The arguments of a resource, and the tags of its provider.
fn managed(
    instance: &Rc<Instance<'_>>,
    key: &ResourceKey,
    section: &Section,
    one: Option<&Key>,
    used: &Used<'_>,
) -> Map {
    let repetition = resource::repetition(instance, section, key, one);
    let scope = resource::scope_of(instance, section, key, &repetition);
    let before = instance.before(key, one);
    let written = arguments::written(section);
    let mut made = Map::with_capacity(written.len() + 1);
    let mut all_tags = None;
    for (at, argument) in written.iter().enumerate() {
        let (value, more) = instance.engine.argument(before.as_deref(), at, || {
            let value = argument.evaluate(section, &scope);
            let defaults =
                (&*argument.name == "tags").then(|| used.default_tags(&key.resource_type));
            let all = defaults.flatten().map(|it| merged_tags(&it.value, &value));
            (declared::value(&value), all.as_ref().map(declared::value))
        });
        made.insert(argument.name.clone(), value);
        all_tags = all_tags.or(more);
    }
    if !made.contains_key("tags") {
        let defaults = used.default_tags(&key.resource_type);
        all_tags = defaults.map(|defaults| defaults.declared.clone());
    }
    if let Some(tags) = all_tags
        && !made.contains_key("tags_all")
    {
        made.insert("tags_all".into(), tags);
    }
    made
}

/// `default_tags` of the provider, under the tags of the resource.
fn merged_tags(defaults: &TfValue, tags: &TfValue) -> TfValue {
    if tags.is_null() {
        return defaults.clone();
    }
    match (defaults.as_entries(), tags.as_entries()) {
        (Some(below), Some(above)) => {
            let mut entries = below.clone();
            entries.extend(
                above
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            TfValue::object(entries).with_origin(tags.origin.clone())
        }
        _ => {
            let unknown = defaults.as_unknown().or(tags.as_unknown());
            let reason = unknown.map_or_else(
                || palisade_model::Reason::Error("the tags are no map".into()),
                |unknown| unknown.reason.clone(),
            );
            TfValue::unknown(Type::Dynamic, reason).with_origin(tags.origin.clone())
        }
    }
}

/// What the language says about a resource and its provider does not send.
fn meta(instance: &Rc<Instance<'_>>, section: &Section, used: &Used<'_>) -> Value {
    let mut own = lifecycle(instance, section);
    let common = used.region();
    let common = common.as_deref().map(|region| &region.declared);
    let kind = match common {
        Some(common) if own.is_empty() => common.kind.clone(),
        _ => {
            let common = common.and_then(Value::as_map).into_iter().flatten();
            own.extend(common.map(|(name, value)| (name.clone(), value.clone())));
            own.into()
        }
    };
    Value::new(kind, block_origin(section))
}

/// The arguments of its `lifecycle`.
fn lifecycle(instance: &Rc<Instance<'_>>, section: &Section) -> Map {
    let engine = instance.engine;
    let mut made = Map::new();
    for (file, block) in section.blocks("lifecycle") {
        let scope = Scope::module(instance, file);
        let source = engine.context.sources.file(file);
        for item in &block.body.items {
            let Item::Attribute(attribute) = item else {
                continue;
            };
            let name = &attribute.name.text;
            let entry = scope.span(attribute.range);
            let value = match &**name {
                "ignore_changes" | "replace_triggered_by" => {
                    let words = resource::words(block, name, file, &source.text);
                    let place = scope.span(attribute.value.range);
                    TfValue::tuple(words).with_origin(Origin::literal(place, entry))
                }
                _ => instance.settle(expression::evaluate(&attribute.value, &scope)),
            };
            let mut value = declared::value(&value);
            value.origin.entry = Some(entry);
            made.insert(name.clone(), value);
        }
    }
    made
}
