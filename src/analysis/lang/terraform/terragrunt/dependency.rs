//! `dependency`: the outputs of another unit, evaluated where its module is here, or else what stands for them.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#dependency>. Terragrunt reads outputs of the state; before
//! anything is deployed it takes `mock_outputs`. An output that the other unit's configuration decides is that; one that exists
//! only after deployment is its mock, or unknown where it has none.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Frame, FrameKind, Reason};

use super::super::types::Type;
use super::super::value::{Entries, TfKind, TfUnknown, TfValue};
use super::read::Place;
use super::session::Session;
use super::stack;
use super::unit::Module;

/// The outputs of a unit, or why there are none.
pub(super) type Outputs = Result<Entries, Reason>;

/// What `dependency.NAME.outputs` is.
pub(super) struct Found {
    pub(super) value: TfValue,
    /// Why outputs that it does not hold are unknown; none where it holds all.
    pub(super) missing: Option<Reason>,
}

/// An output that is not known.
pub(super) fn unknown(reason: &Reason) -> TfValue {
    TfValue::unknown(Type::Dynamic, reason.clone())
}

/// The outputs of a dependency with this label and these arguments.
pub(super) fn outputs(
    session: &Session<'_>,
    place: &Place,
    label: &Arc<str>,
    block: &TfValue,
) -> Found {
    let argument = |name: &str| block.as_entries().and_then(|it| it.get(name));
    let flag = |name: &str| argument(name).and_then(TfValue::as_bool);
    let mocks = argument("mock_outputs").and_then(TfValue::as_entries);
    let mocks = mocks.map(|mocks| marked(mocks, label));
    let skipped = flag("skip_outputs") == Some(true) || flag("enabled") == Some(false);
    let real = match argument("config_path").map(|path| (path, path.as_str())) {
        _ if skipped => Ok(Entries::new()),
        Some((_, Some(path))) => {
            let folder = session.named(&place.unit.join(path));
            of_unit(session, &folder).as_ref().clone()
        }
        Some((path, None)) => Err(path.as_unknown().map_or_else(
            || Reason::NoValue(format!("dependency.{label}.config_path").into()),
            |unknown| unknown.reason.clone(),
        )),
        None => Err(Reason::NoValue(
            format!("dependency.{label}.config_path").into(),
        )),
    };
    match real {
        Ok(real) => Found {
            value: TfValue::object(over_mocks(real, mocks, label)),
            missing: None,
        },
        Err(reason) => {
            if let (Reason::Error(message), Some(at)) = (&reason, block.origin.mark()) {
                session.warn(message.to_string(), at);
            }
            let value = match mocks {
                Some(mocks) => TfValue::object(mocks),
                None => unknown(&reason),
            };
            Found {
                value,
                missing: Some(reason),
            }
        }
    }
}

/// Mocks, with a link that says what they are.
fn marked(mocks: &Entries, label: &str) -> Entries {
    let mark = |(name, value): (&Arc<str>, &TfValue)| {
        let mut value = value.clone();
        if let Some(span) = value.origin.mark() {
            value.origin.via = Some(Arc::new(Frame {
                kind: FrameKind::Include,
                label: format!("mock_outputs of dependency.{label}").into(),
                span,
                next: value.origin.via.take(),
            }));
        }
        (name.clone(), value)
    };
    mocks.iter().map(mark).collect()
}

/// Outputs that are known, mocks of those that are not.
fn over_mocks(real: Entries, mocks: Option<Entries>, label: &str) -> Entries {
    let mut made = mocks.unwrap_or_default();
    for (name, value) in real {
        if value.is_known() || !made.contains_key(&name) {
            let path = format!("dependency.{label}.outputs.{name}");
            made.insert(name, outside(value, &path));
        }
    }
    made
}

/// A value of one root module as another sees it: resources of the first are none of the second.
fn outside(mut value: TfValue, path: &str) -> TfValue {
    value.kind = match value.kind {
        TfKind::Unknown(unknown) => {
            let computed = unknown.reference.is_some() || !unknown.parts.is_empty();
            let reason = if computed {
                Reason::Computed(path.into())
            } else {
                unknown.reason.clone()
            };
            TfKind::Unknown(Arc::new(TfUnknown {
                not_null: unknown.not_null,
                ..TfUnknown::new(reason)
            }))
        }
        TfKind::Sequence(items) => {
            let items = items.iter().map(|item| outside(item.clone(), path));
            TfKind::Sequence(Arc::new(items.collect()))
        }
        TfKind::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(name, item)| (name.clone(), outside(item.clone(), path)));
            TfKind::Mapping(Arc::new(entries.collect()))
        }
        TfKind::String(mut text) => {
            text.document = None;
            TfKind::String(text)
        }
        other => other,
    };
    value
}

/// The outputs of the unit in a folder, evaluated once.
fn of_unit(session: &Session<'_>, folder: &Path) -> Rc<Outputs> {
    let shown = crate::discover::display(folder);
    if !session.follows {
        let reason = Reason::Computed(format!("outputs of {shown}").into());
        return Rc::new(Err(reason));
    }
    match session.outputs.borrow().get(folder) {
        Some(Some(known)) => return known.clone(),
        Some(None) => {
            let message = format!("the unit {shown} depends on itself");
            return Rc::new(Err(Reason::Error(message.into())));
        }
        None => {}
    }
    session
        .outputs
        .borrow_mut()
        .insert(folder.to_path_buf(), None);
    let made = Rc::new(evaluate(session, folder));
    session
        .outputs
        .borrow_mut()
        .insert(folder.to_path_buf(), Some(made.clone()));
    made
}

fn evaluate(session: &Session<'_>, folder: &Path) -> Outputs {
    let member = stack::member(session, folder);
    let config = session.read(Place::of_unit(session, &member), None)?;
    Module::find(session, &member, &config).outputs(session, &member, &config)
}
