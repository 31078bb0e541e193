//! `a.b[c][*].d`: attributes, indices and splats.

use std::sync::Arc;

use palisade_model::{Origin, Reference, Span, Taken};
use palisade_syntax::hcl::{Expression, ExpressionKind, Step, StepKind};

use super::expression;
use super::operators;
use super::reference;
use super::scope::{Eval, Failure, Scope, made_at};
use super::types::Type;
use super::value::{TfCandidate, TfKind, TfUnknown, TfValue};

/// The value of a traversal.
pub(super) fn evaluate(
    base: &Expression,
    steps: &[Step],
    place: Span,
    scope: &Scope<'_, '_>,
) -> Eval {
    let (value, rest) = match &base.kind {
        ExpressionKind::Variable(name) => reference::root(name, steps, place, scope)?,
        _ => (expression::evaluate(base, scope)?, steps),
    };
    apply(value, rest, place, scope)
}

/// Takes steps off a value; the result stands at `place`, behind the chain of what it was taken from.
pub(super) fn apply(value: TfValue, steps: &[Step], place: Span, scope: &Scope<'_, '_>) -> Eval {
    let mut value = value;
    for (at, step) in steps.iter().enumerate() {
        let here = scope.span(step.range);
        value = match &step.kind {
            StepKind::Attribute(name) => attribute(&value, name, here)?,
            StepKind::LegacyIndex(index) => {
                taken(&value, &TfValue::length_of(*index as usize), here)?
            }
            StepKind::Index(index) => taken(&value, &expression::evaluate(index, scope)?, here)?,
            StepKind::FullSplat => {
                return splat(value, &steps[at + 1..], &[], place, scope);
            }
            StepKind::AttributeSplat => {
                let rest = &steps[at + 1..];
                let inner = rest
                    .iter()
                    .position(|step| {
                        !matches!(step.kind, StepKind::Attribute(_) | StepKind::LegacyIndex(_))
                    })
                    .unwrap_or(rest.len());
                return splat(value, &rest[..inner], &rest[inner..], place, scope);
            }
        };
    }
    Ok(value)
}

/// Keeps the chain of the value that something is taken from.
fn taken(value: &TfValue, key: &TfValue, here: Span) -> Eval {
    let mut found = index(value, key).map_err(|message| Failure::new(message, here))?;
    let of = found.origin.of.take().or_else(|| part_of(value));
    if let Some(via) = &value.origin.via {
        // The place where the inner value is written stays the first link.
        let link = palisade_model::Frame {
            span: found.origin.mark().unwrap_or(via.span),
            ..(**via).clone()
        };
        let kept = found.origin.via.is_none();
        found.origin = value.origin.clone();
        if kept {
            found.origin.via = Some(Arc::new(link));
        }
    } else if found.origin.span.is_none()
        || value.origin.kind != palisade_model::OriginKind::Literal
    {
        found.origin = value.origin.clone();
    }
    found.origin.of = of;
    Ok(found)
}

/// The resources that a part of a value is taken from.
fn part_of(value: &TfValue) -> Option<Arc<Taken>> {
    let of = value.origin.of.as_deref()?;
    Origin::default().made_of([of], false).of
}

/// `value.name`
pub(super) fn attribute(value: &TfValue, name: &str, here: Span) -> Eval {
    taken(value, &TfValue::string(name), here)
}

/// The value at a key. A resource that is known only in part gives what its configuration says.
fn index(value: &TfValue, key: &TfValue) -> Result<TfValue, String> {
    let Some(unknown) = value
        .as_unknown()
        .filter(|unknown| !unknown.candidates.is_empty())
    else {
        return operators::index(value, key);
    };
    let whole_resource = unknown
        .reference
        .as_ref()
        .is_some_and(|it| it.attribute.is_empty());
    if let (true, [configured]) = (whole_resource, unknown.candidates.as_slice()) {
        let known = operators::index(&configured.value, key)
            .ok()
            .filter(|found| !found.is_null());
        return Ok(match known {
            Some(known) => configured_child(known, unknown, key),
            None => computed_child(unknown, key),
        });
    }
    let mut made = TfUnknown::new(unknown.reason.clone());
    let mut types = Vec::new();
    for candidate in &unknown.candidates {
        let found = operators::index(&candidate.value, key)?;
        types.push(found.ty.clone());
        if found.is_wholly_known()
            || found
                .as_unknown()
                .is_some_and(|inner| inner.reference.is_some())
        {
            made.candidates.push(TfCandidate {
                when: candidate.when.clone(),
                value: found,
            });
        }
    }
    if made.candidates.len() < unknown.candidates.len() {
        made.candidates.clear();
    }
    let ty = super::convert::unify(&types).unwrap_or_default();
    Ok(TfValue::of_unknown(ty, made).with_marks(value.marks))
}

/// An attribute of a resource that its configuration gives.
fn configured_child(mut known: TfValue, unknown: &TfUnknown, key: &TfValue) -> TfValue {
    if let (Some(whole), Some(name)) = (&unknown.reference, key.as_str()) {
        known.origin = known.origin.taken_from(Reference {
            target: whole.target.clone(),
            attribute: name.into(),
        });
    }
    known
}

/// An attribute of a resource that its configuration does not give.
fn computed_child(unknown: &TfUnknown, key: &TfValue) -> TfValue {
    let name = key.as_str().map_or_else(|| "?".into(), Arc::<str>::from);
    let Some(reference) = &unknown.reference else {
        return TfValue::unknown(Type::Dynamic, unknown.reason.clone());
    };
    let target = Reference {
        target: reference.target.clone(),
        attribute: name.clone(),
    };
    TfValue::computed(
        Type::Dynamic,
        target,
        reference::longer(&unknown.reason, &name),
    )
}

/// A list where the items have one type, as those of a list have.
fn of_one_type(items: Vec<TfValue>) -> TfValue {
    let ty = items.first().map_or(Type::Dynamic, |item| item.ty.clone());
    match items.iter().all(|item| item.ty == ty) {
        true => TfValue::list(ty, items),
        false => TfValue::tuple(items),
    }
}

fn splat(
    value: TfValue,
    inner: &[Step],
    rest: &[Step],
    place: Span,
    scope: &Scope<'_, '_>,
) -> Eval {
    let marks = value.marks;
    let listed = matches!(value.ty, Type::List(_) | Type::Set(_));
    let items = match (&value.kind, &value.ty) {
        (TfKind::Null, Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
            return Err(Failure::new(
                "a list that is null has no items to take",
                place,
            ));
        }
        (TfKind::Null, _) => Vec::new(),
        (TfKind::Unknown(unknown), ty) => {
            let sequence = !ty.is_primitive() && *ty != Type::Dynamic
                || (*ty == Type::Dynamic && unknown.reference.is_none());
            if sequence || unknown.candidates.len() > 1 {
                let whole = inner.is_empty() && rest.is_empty();
                let ty = match ty.element() {
                    Some(element) if listed && whole => Type::list(element.clone()),
                    _ => Type::Dynamic,
                };
                let made = TfValue::unknown(ty, unknown.reason.clone());
                return Ok(made_at(made, place).with_marks(marks));
            }
            if reference::is_symbolic(unknown) {
                // One reference stands for those of all instances.
                let found = apply(value, inner, place, scope)?;
                return apply(found, rest, place, scope);
            }
            vec![value]
        }
        (TfKind::Sequence(items), _) => items.to_vec(),
        _ => vec![value],
    };
    let mut made = Vec::with_capacity(items.len());
    for item in items {
        scope.instance.engine.step(place)?;
        made.push(apply(item, inner, place, scope)?);
    }
    let made = match listed {
        true => of_one_type(made),
        false => TfValue::tuple(made),
    };
    let made = made_at(made, place).with_marks(marks);
    apply(made, rest, place, scope)
}
