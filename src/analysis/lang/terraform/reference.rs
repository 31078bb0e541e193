//! Names to values: `var.x`, `local.x`, `module.m.o`, `aws_vpc.main.id`, `each.key`, `path.module`.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/references>.

use std::sync::Arc;

use palisade_model::{Address, FrameKind, Key, Mode, Reason, Reference, Span, Target};
use palisade_syntax::hcl::{Step, StepKind};

use super::config::{ResourceKey, ResourceMode};
use super::expression;
use super::resource::{self, Expansion};
use super::scope::{Eval, Failure, Scope, made_at, referred};
use super::types::Type;
use super::value::{Entries, TfCandidate, TfKind, TfUnknown, TfValue};

type Found<'s> = Result<(TfValue, &'s [Step]), Failure>;

/// The value of a name and of the steps that belong to it, and the steps that are left.
pub(super) fn root<'s>(
    name: &str,
    steps: &'s [Step],
    place: Span,
    scope: &Scope<'_, '_>,
) -> Found<'s> {
    if let Some(bound) = scope.binding(name) {
        let mut value = bound.clone();
        value.origin.span = Some(place);
        value.origin.entry = Some(place);
        value.origin.kind = palisade_model::OriginKind::Expression;
        return Ok((value, steps));
    }
    if scope.closed.is_some() {
        return Err(Failure::new(
            format!("`{name}` is not among the variables of the template"),
            place,
        ));
    }
    if let Some(found) = of_dialect(name, steps, place, scope) {
        return found;
    }
    match name {
        "var" | "local" | "module" | "path" | "terraform" | "tofu" | "each" | "count" | "self" => {
            named(name, steps, place, scope)
        }
        "data" | "resource" | "ephemeral" => {
            let mode = match name {
                "data" => ResourceMode::Data,
                "resource" => ResourceMode::Managed,
                _ => ResourceMode::Ephemeral,
            };
            let (Some(ty), Some(label)) = (attribute_at(steps, 0), attribute_at(steps, 1)) else {
                return Err(Failure::new(
                    format!("`{name}` needs a type and a name"),
                    place,
                ));
            };
            of_resource(ResourceKey::new(mode, ty, label), &steps[2..], place, scope)
        }
        ty => match attribute_at(steps, 0) {
            Some(label) => of_resource(
                ResourceKey::new(ResourceMode::Managed, ty, label),
                &steps[1..],
                place,
                scope,
            ),
            None => Err(Failure::new(
                format!("`{ty}` is not a name that is known here"),
                place,
            )),
        },
    }
}

/// A name that only a dialect of the language has.
fn of_dialect<'s>(
    name: &str,
    steps: &'s [Step],
    place: Span,
    scope: &Scope<'_, '_>,
) -> Option<Found<'s>> {
    let dialect = scope.instance.engine.dialect?;
    let attributes: Vec<&str> = (0..steps.len())
        .map_while(|at| attribute_at(steps, at))
        .collect();
    let (value, taken) = dialect.name(name, &attributes, place)?;
    Some(value.map(|value| (value, &steps[taken..])))
}

fn attribute_at(steps: &[Step], at: usize) -> Option<&str> {
    match &steps.get(at)?.kind {
        StepKind::Attribute(name) => Some(name),
        // `module["x"]` and the like
        StepKind::Index(index) => index.as_word(),
        _ => None,
    }
}

/// Names that take one attribute behind them.
fn named<'s>(name: &str, steps: &'s [Step], place: Span, scope: &Scope<'_, '_>) -> Found<'s> {
    if name == "self" {
        let value = match scope.this {
            Some(key) => {
                let instance = scope.repetition.and_then(|it| it.key.clone());
                resource::whole(scope.instance, key, instance.as_ref(), place)?
            }
            None => return Err(Failure::new("`self` has no meaning here", place)),
        };
        return Ok((value, steps));
    }
    let Some(label) = attribute_at(steps, 0) else {
        return Err(Failure::new(
            format!("`{name}` needs a name behind it"),
            place,
        ));
    };
    let rest = &steps[1..];
    let value = match name {
        "var" => scope.instance.variable(label, place).used_at(place),
        "local" => scope.instance.local(label, place).used_at(place),
        "module" => return of_module(label, rest, place, scope),
        "path" => made_at(path(label, place, scope)?, place),
        "terraform" | "tofu" => match label {
            "workspace" => made_at(TfValue::string(scope.instance.engine.workspace()), place),
            "applying" => made_at(TfValue::bool(false), place),
            _ => {
                return Err(Failure::new(
                    format!("`terraform.{label}` does not exist"),
                    place,
                ));
            }
        },
        _ => repeated(name, label, place, scope)?,
    };
    Ok((value, rest))
}

fn repeated(name: &str, label: &str, place: Span, scope: &Scope<'_, '_>) -> Eval {
    let repetition = scope.repetition;
    let own_key = repetition.is_some_and(|it| matches!(it.key, Some(Key::Name(_))));
    // The key of an instance is the same whatever others there are.
    if !(label == "key" && own_key) {
        let record = repetition.and_then(|it| it.record.as_ref());
        scope.instance.engine.reuse(record);
    }
    let each = repetition.and_then(|it| it.each.as_ref());
    let found = match (name, label) {
        ("each", "key") => each.map(|(key, _)| key.clone()),
        ("each", "value") => each.map(|(_, value)| value.clone()),
        ("count", "index") => repetition.and_then(|it| it.count.clone()),
        _ => None,
    };
    let value = found
        .ok_or_else(|| Failure::new(format!("`{name}.{label}` has no meaning here"), place))?;
    if value.origin.mark().is_none() {
        return Ok(made_at(value, place));
    }
    let label = format!("{name}.{label}");
    Ok(referred(value, place, FrameKind::Loop, label, None))
}

fn path(label: &str, place: Span, scope: &Scope<'_, '_>) -> Eval {
    match label {
        "module" => Ok(TfValue::string(&scope.instance.shown_path)),
        "root" => Ok(TfValue::string(".")),
        "cwd" => Ok(TfValue::unknown(
            Type::String,
            Reason::Impure("path.cwd".into()),
        )),
        _ => Err(Failure::new(
            format!("`path.{label}` does not exist"),
            place,
        )),
    }
}

/// A module call, its instances and their outputs.
fn of_module<'s>(name: &str, steps: &'s [Step], place: Span, scope: &Scope<'_, '_>) -> Found<'s> {
    let Some(expansion) = scope.instance.call_expansion(name) else {
        let reason = Reason::Undeclared(format!("module.{name}").into());
        scope
            .instance
            .engine
            .warn(format!("module `{name}` is not declared"), place);
        return Ok((made_at(TfValue::unknown(Type::Dynamic, reason), place), &[]));
    };
    let all = |place| -> Eval {
        let mut made = Vec::new();
        for key in expansion.keys() {
            made.push((
                key.clone(),
                scope
                    .instance
                    .call_outputs(name, key.as_ref(), None, place)?,
            ));
        }
        Ok(gather(&expansion, made))
    };
    if let (Expansion::Single, Some(output)) = (&*expansion, attribute_at(steps, 0)) {
        let value = scope
            .instance
            .call_outputs(name, None, Some(output), place)?;
        return Ok((made_at(value, place), &steps[1..]));
    }
    if let (
        Some(Step {
            kind: StepKind::Index(index),
            ..
        }),
        Some(output),
    ) = (steps.first(), attribute_at(steps, 1))
    {
        let index = expression::evaluate(index, scope)?;
        if let Some(key) = expansion.key(&index) {
            let value = scope
                .instance
                .call_outputs(name, key.as_ref(), Some(output), place)?;
            return Ok((made_at(value, place), &steps[2..]));
        }
    }
    if let Expansion::Symbolic(unknown, _) = &*expansion {
        let rest = if steps.is_empty() {
            steps
        } else {
            &steps[steps.len()..]
        };
        let made = TfValue::unknown(Type::Dynamic, unknown.reason.clone());
        return Ok((made_at(made, place), rest));
    }
    Ok((made_at(all(place)?, place), steps))
}

/// The values of all instances as one: itself, a list, or an object by key.
fn gather(expansion: &Expansion, made: Vec<(Option<Key>, TfValue)>) -> TfValue {
    match expansion {
        Expansion::Single => made
            .into_iter()
            .next()
            .map_or_else(TfValue::null, |(_, value)| value),
        Expansion::Count(_) => TfValue::tuple(made.into_iter().map(|(_, value)| value).collect()),
        Expansion::Each(_) => {
            let entries = made.into_iter().filter_map(|(key, value)| match key {
                Some(Key::Name(name)) => Some((name, value)),
                _ => None,
            });
            TfValue::object(entries.collect::<Entries>())
        }
        Expansion::Symbolic(unknown, _) => TfValue::unknown(Type::Dynamic, unknown.reason.clone()),
    }
}

/// A resource: one attribute of one instance where the steps say which, else all of it.
fn of_resource<'s>(
    key: ResourceKey,
    steps: &'s [Step],
    place: Span,
    scope: &Scope<'_, '_>,
) -> Found<'s> {
    let instance = scope.instance;
    let Some(expansion) = instance.expansion(&key) else {
        return undeclared(&key, steps, place, scope);
    };
    if let (Expansion::Single, Some(attribute)) = (&*expansion, attribute_at(steps, 0)) {
        let value = resource::attribute(instance, &key, None, attribute, place)?;
        return Ok((made_at(value, place), &steps[1..]));
    }
    if let Some(step) = steps.first() {
        let index = match &step.kind {
            StepKind::Index(index) => Some(expression::evaluate(index, scope)?),
            StepKind::LegacyIndex(index) => Some(TfValue::length_of(*index as usize)),
            _ => None,
        };
        if let Some(found) = index.and_then(|index| expansion.key(&index)) {
            return match attribute_at(steps, 1) {
                Some(attribute) => {
                    let value =
                        resource::attribute(instance, &key, found.as_ref(), attribute, place)?;
                    Ok((made_at(value, place), &steps[2..]))
                }
                None => {
                    let value = resource::whole(instance, &key, found.as_ref(), place)?;
                    Ok((made_at(value, place), &steps[1..]))
                }
            };
        }
        if let Some(value) = splat(&key, &expansion, steps, place, scope)? {
            return Ok((made_at(value, place), &steps[2..]));
        }
    }
    if let Expansion::Symbolic(..) = &*expansion {
        let value = resource::whole(instance, &key, Some(&Key::Any), place)?;
        return Ok((made_at(value, place), steps));
    }
    let mut made = Vec::new();
    for one in expansion.keys() {
        let value = resource::whole(instance, &key, one.as_ref(), place)?;
        made.push((one, value));
    }
    Ok((made_at(gather(&expansion, made), place), steps))
}

/// `r[*].a`, without evaluating more of each instance than `a`.
fn splat(
    key: &ResourceKey,
    expansion: &Expansion,
    steps: &[Step],
    place: Span,
    scope: &Scope<'_, '_>,
) -> Result<Option<TfValue>, Failure> {
    let is_splat = matches!(
        steps[0].kind,
        StepKind::FullSplat | StepKind::AttributeSplat
    );
    let last = steps.len() == 2
        || matches!(steps.get(2).map(|it| &it.kind), Some(StepKind::Index(_)))
            && matches!(steps[0].kind, StepKind::AttributeSplat);
    let (true, true, Some(attribute)) = (is_splat, last, attribute_at(steps, 1)) else {
        return Ok(None);
    };
    if !matches!(expansion, Expansion::Count(_) | Expansion::Single) {
        return Ok(None);
    }
    let mut made = Vec::new();
    for one in expansion.keys() {
        made.push(resource::attribute(
            scope.instance,
            key,
            one.as_ref(),
            attribute,
            place,
        )?);
    }
    Ok(Some(TfValue::tuple(made)))
}

/// A resource that the module does not declare: still something that has a value.
fn undeclared<'s>(
    key: &ResourceKey,
    steps: &'s [Step],
    place: Span,
    scope: &Scope<'_, '_>,
) -> Found<'s> {
    scope
        .instance
        .engine
        .warn(format!("`{key}` is not declared"), place);
    let mut rest = steps;
    let mut attribute = String::new();
    while let Some(step) = rest.first() {
        match &step.kind {
            StepKind::Attribute(name) => {
                attribute = if attribute.is_empty() {
                    name.to_string()
                } else {
                    format!("{attribute}.{name}")
                };
            }
            StepKind::Index(_) | StepKind::LegacyIndex(_) if attribute.is_empty() => {}
            _ => break,
        }
        rest = &rest[1..];
    }
    let reference = Reference {
        target: Target::Address(address(scope.instance.module_path(), key, None)),
        attribute: attribute.into(),
    };
    let reason = Reason::Undeclared(key.to_string().into());
    Ok((
        made_at(TfValue::computed(Type::Dynamic, reference, reason), place),
        rest,
    ))
}

/// The address of a resource instance.
pub(super) fn address(
    module: &Arc<[palisade_model::ModuleStep]>,
    key: &ResourceKey,
    instance: Option<&Key>,
) -> Address {
    Address {
        module: module.clone(),
        mode: match key.mode {
            ResourceMode::Managed => Mode::Managed,
            ResourceMode::Data | ResourceMode::Ephemeral => Mode::Data,
        },
        resource_type: key.resource_type.clone(),
        name: key.name.clone(),
        key: instance.cloned(),
    }
}

/// The reason for an attribute of something that is not known.
pub(super) fn longer(reason: &Reason, attribute: &str) -> Reason {
    match reason {
        Reason::Computed(what) => Reason::Computed(format!("{what}.{attribute}").into()),
        Reason::DataSource(what) => Reason::DataSource(format!("{what}.{attribute}").into()),
        other => other.clone(),
    }
}

/// Whether an unknown stands for all instances of a resource.
pub(super) fn is_symbolic(unknown: &TfUnknown) -> bool {
    unknown
        .reference
        .as_ref()
        .is_some_and(|reference| match &reference.target {
            Target::Address(address) => address.key == Some(Key::Any),
            Target::External(_) => false,
        })
}

/// A resource of which the configuration tells a part.
pub(super) fn partly_known(address: Address, reason: Reason, configured: Entries) -> TfValue {
    let reference = Reference {
        target: Target::Address(address),
        attribute: "".into(),
    };
    let unknown = TfUnknown {
        reference: Some(Arc::new(reference)),
        candidates: vec![TfCandidate {
            when: Vec::new(),
            value: TfValue::object(configured),
        }],
        not_null: true,
        ..TfUnknown::new(reason)
    };
    TfValue::of(TfKind::Unknown(Arc::new(unknown)), Type::Dynamic)
}
