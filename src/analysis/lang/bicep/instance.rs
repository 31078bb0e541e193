//! One use of a file: its arguments, and what its names are worth there.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Frame, FrameKind, Kind, Map, ModuleStep, Presence, Reason, Unknown, Value};
use palisade_syntax::TextRange;
use palisade_syntax::bicep::{Declaration, Expression, Name, Statement, Type};

use super::super::arm::functions::Deployment;
use super::super::size::bounded;
use super::engine::Engine;
use super::expression::{Local, Scope};
use super::import::Exporter;
use super::module::Call;
use super::resource::Slot;
use super::types;
use super::unit::Unit;

/// A file with arguments: the project itself, or one call of a module.
pub(super) struct Instance {
    pub(super) unit: Rc<Unit>,
    /// The calls that lead here.
    pub(super) module: Arc<[ModuleStep]>,
    /// The same as a chain of places, nearest first.
    pub(super) calls: Option<Arc<Frame>>,
    /// By name; the origin's entry is where each is written.
    pub(super) arguments: Arguments,
    pub(super) deployment: Deployment,
    /// Why it perhaps does not exist, or exists an unknown number of times.
    pub(super) presence: Existence,
    values: RefCell<HashMap<Box<str>, Option<Value>>>,
    pub(super) slots: RefCell<HashMap<usize, Rc<Vec<Slot>>>>,
    pub(super) modules: RefCell<HashMap<usize, Rc<Vec<Call>>>>,
    pub(super) imports: RefCell<HashMap<usize, Result<Exporter, Reason>>>,
    /// What `base` stands for in a parameter file that extends others.
    pub(super) inherited: Option<Map>,
}

/// Values from outside.
#[derive(Clone, Default)]
pub(super) struct Arguments {
    pub(super) values: Map,
    /// What kind of place they come from.
    pub(super) kind: Option<FrameKind>,
    /// Set where the arguments are not known as a whole: nobody can tell which are given.
    pub(super) unknown: Option<Arc<Unknown>>,
}

/// How certain it is that something exists.
#[derive(Clone, Default)]
pub(super) struct Existence {
    pub(super) condition: Option<Arc<Unknown>>,
    pub(super) number: Option<Arc<Unknown>>,
}

impl Existence {
    /// The presence of a resource that exists so.
    pub(super) fn presence(&self) -> Presence {
        match (&self.number, &self.condition) {
            (Some(unknown), _) => Presence::Symbolic(unknown.clone()),
            (None, Some(unknown)) => Presence::Conditional(unknown.clone()),
            (None, None) => Presence::Certain,
        }
    }

    /// What exists if both do.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            condition: self.condition.clone().or_else(|| other.condition.clone()),
            number: self.number.clone().or_else(|| other.number.clone()),
        }
    }
}

impl Instance {
    pub(super) fn new(unit: Rc<Unit>, arguments: Arguments, deployment: Deployment) -> Self {
        Self {
            unit,
            module: Arc::default(),
            calls: None,
            arguments,
            deployment,
            presence: Existence::default(),
            values: RefCell::default(),
            slots: RefCell::default(),
            modules: RefCell::default(),
            imports: RefCell::default(),
            inherited: None,
        }
    }
}

/// The value of a parameter or variable, computed once.
pub(super) fn value_of(engine: &Engine<'_>, instance: &Rc<Instance>, statement: usize) -> Value {
    let unit = instance.unit.clone();
    let Some(declared) = unit.tree.statements.get(statement) else {
        return Value::null();
    };
    let (Declaration::Parameter(name, ..) | Declaration::Variable(name, ..)) =
        &declared.declaration
    else {
        return Value::bare(Reason::Error("no value".into()));
    };
    if let Some(known) = instance.values.borrow().get(&name.text) {
        return known.clone().unwrap_or_else(|| {
            let message = format!("`{}` is defined by itself", name.text);
            Value::bare(Reason::Error(message.into()))
        });
    }
    instance.values.borrow_mut().insert(name.text.clone(), None);
    let value = match &declared.declaration {
        Declaration::Variable(_, _, value) => {
            Scope::of(instance).evaluate(engine, value, declared.range)
        }
        _ => parameter(engine, instance, declared),
    };
    let value = bounded(value);
    let mut values = instance.values.borrow_mut();
    values.insert(name.text.clone(), Some(value.clone()));
    value
}

/// The argument of a parameter, else its default, else null where its type allows it.
fn parameter(engine: &Engine<'_>, instance: &Rc<Instance>, declared: &Statement) -> Value {
    let Declaration::Parameter(name, declared_type, default) = &declared.declaration else {
        return Value::null();
    };
    let mut value = given_or_default(
        engine,
        instance,
        declared,
        (name, declared_type.as_ref(), default.as_ref()),
    );
    let typed = || {
        declared_type
            .as_ref()
            .is_some_and(|it| types::is_secure(engine, instance, it))
    };
    value.sensitive |= declared.decorator("secure").is_some() || typed();
    value
}

fn given_or_default(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    declared: &Statement,
    (name, declared_type, default): (&Name, Option<&Type>, Option<&Expression>),
) -> Value {
    let arguments = &instance.arguments;
    let given = arguments.values.get(&name.text);
    // Null stands for "not given": https://learn.microsoft.com/azure/azure-resource-manager/bicep/parameters
    if let Some(given) = given
        && !given.is_null()
    {
        let kind = arguments.kind.unwrap_or(FrameKind::ModuleArgument);
        let mut value = given.clone();
        if let Some(place) = value.origin.entry.or(value.origin.span) {
            value.origin.via = Some(Arc::new(Frame {
                kind,
                label: (*name.text).into(),
                span: place,
                next: value.origin.via.take(),
            }));
        }
        return value;
    }
    if let Some(unknown) = &arguments.unknown {
        return Value::bare(Kind::Unknown(unknown.clone()));
    }
    if let Some(default) = default {
        return Scope::of(instance).evaluate(engine, default, declared.range);
    }
    if declared_type.is_some_and(|declared| types::is_nullable(engine, instance, declared)) {
        return Value::null();
    }
    let subject: Arc<str> = format!("parameter {}", name.text).into();
    Value::bare(Unknown {
        reason: Reason::NoValue(subject.clone()),
        candidates: types::allowed(engine, instance, declared, declared_type, &subject),
    })
}

/// Calls a function of a file with these arguments.
pub(super) fn call_function(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    statement: usize,
    arguments: &[Value],
    range: TextRange,
) -> Option<Value> {
    let unit = instance.unit.clone();
    let Declaration::Function(function) = &unit.tree.statements.get(statement)?.declaration else {
        return None;
    };
    let names: Vec<&str> = function
        .parameters
        .iter()
        .map(|it| &*it.name.text)
        .collect();
    let scope = Scope::of(instance);
    let value = with_locals(None, &names, arguments, &mut |locals| {
        scope.with(locals).evaluate(engine, &function.body, range)
    });
    Some(bounded(value))
}

/// Runs `inner` where each name stands for the value of its position.
pub(super) fn with_locals<T>(
    outer: Option<&Local<'_>>,
    names: &[&str],
    values: &[Value],
    inner: &mut dyn FnMut(Option<&Local<'_>>) -> T,
) -> T {
    let (Some((name, names)), Some((value, values))) = (names.split_first(), values.split_first())
    else {
        return inner(outer);
    };
    let local = Local {
        name,
        value: value.clone(),
        next: outer,
    };
    with_locals(Some(&local), names, values, inner)
}
