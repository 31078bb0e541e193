//! One use of a file: its arguments, and what its names are worth there.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{
    Assumption, Candidate, Frame, FrameKind, Kind, Map, ModuleStep, Presence, Reason, Unknown,
    Value,
};
use palisade_syntax::TextRange;
use palisade_syntax::bicep::{
    Declaration, Expression, ExpressionKind, Item, Name, Statement, Type, TypeKind, TypeStep,
};

use super::super::arm::functions::Deployment;
use super::engine::{Engine, bounded};
use super::expression::{Local, Scope};
use super::module::Call;
use super::resource::Slot;
use super::unit::{Symbol, Unit};

/// A file with arguments: the project itself, or one call of a module.
pub(super) struct Instance {
    pub(super) unit: Rc<Unit>,
    /// The calls that lead here.
    pub(super) module: Vec<ModuleStep>,
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
    imports: RefCell<HashMap<usize, Result<Rc<Instance>, Reason>>>,
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
            module: Vec::new(),
            calls: None,
            arguments,
            deployment,
            presence: Existence::default(),
            values: RefCell::default(),
            slots: RefCell::default(),
            modules: RefCell::default(),
            imports: RefCell::default(),
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
    value.sensitive |= declared.decorator("secure").is_some();
    value
}

fn given_or_default(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    declared: &Statement,
    (name, declared_type, default): (&Name, Option<&Type>, Option<&Expression>),
) -> Value {
    let arguments = &instance.arguments;
    let given = arguments.values.get(&*name.text);
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
    if declared_type.is_some_and(|declared| is_nullable(engine, instance, declared, 0)) {
        return Value::null();
    }
    let subject: Arc<str> = format!("parameter {}", name.text).into();
    Value::bare(Unknown {
        reason: Reason::NoValue(subject.clone()),
        candidates: allowed(engine, instance, declared, declared_type, &subject),
    })
}

/// The values `@allowed` or a union of literals leaves for a parameter.
fn allowed(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    declared: &Statement,
    declared_type: Option<&Type>,
    subject: &Arc<str>,
) -> Vec<Candidate> {
    let mut choices: Vec<&Expression> = Vec::new();
    let decorated = declared.decorator("allowed");
    if let Some(ExpressionKind::Array(items)) = decorated
        .and_then(|it| it.arguments.first())
        .map(|list| &list.kind)
    {
        choices.extend(items.iter().filter_map(|item| match item {
            Item::Value(value) => Some(value),
            Item::Spread(_) => None,
        }));
    } else if let Some(TypeKind::Union(members)) = declared_type.map(|it| &it.kind) {
        for member in members {
            match &member.kind {
                TypeKind::Literal(literal) => choices.push(literal),
                _ => return Vec::new(),
            }
        }
    }
    let scope = Scope::of(instance);
    let candidates = choices.into_iter().map(|choice| {
        let value = scope.evaluate(engine, choice, choice.range);
        let written = instance.unit.source.slice(instance.unit.span(choice.range));
        Candidate {
            when: vec![Assumption {
                subject: subject.clone(),
                value: written.trim_matches('\'').into(),
            }],
            value,
        }
    });
    candidates.collect()
}

/// Whether a type allows null: `?`, a union with `null`, or a name of such a type.
fn is_nullable(engine: &Engine<'_>, instance: &Rc<Instance>, declared: &Type, depth: u32) -> bool {
    if depth > 32 {
        return false;
    }
    match &declared.kind {
        TypeKind::Postfix(base, steps) => match steps.last() {
            Some(TypeStep::Nullable) => true,
            Some(TypeStep::Property(last)) => {
                let own = property_type(base, steps, instance);
                own.is_some_and(|found| is_nullable(engine, instance, found, depth + 1))
                    || exported_by(engine, instance, base).is_some_and(|other| {
                        named_type_is_nullable(engine, &other, &last.text, depth + 1)
                    })
            }
            _ => false,
        },
        TypeKind::Union(members) => members
            .iter()
            .any(|member| is_nullable(engine, instance, member, depth + 1)),
        TypeKind::Literal(literal) => matches!(literal.kind, ExpressionKind::Null),
        TypeKind::Name(name) => named_type_is_nullable(engine, instance, name, depth + 1),
        _ => false,
    }
}

/// The type of `name.property`, where both are written in this file.
fn property_type<'u>(
    base: &Type,
    steps: &[TypeStep],
    instance: &'u Rc<Instance>,
) -> Option<&'u Type> {
    let (TypeKind::Name(name), [TypeStep::Property(property)]) = (&base.kind, steps) else {
        return None;
    };
    let Some(Symbol::Statement(position)) = instance.unit.symbol(name) else {
        return None;
    };
    let Declaration::Type(_, declared) = &instance.unit.tree.statements[position].declaration
    else {
        return None;
    };
    let TypeKind::Object(members) = &declared.kind else {
        return None;
    };
    let found = members.iter().find(|member| {
        member
            .key
            .as_ref()
            .is_some_and(|key| key.text == property.text)
    });
    found.map(|member| &member.member_type)
}

/// The file that `name.type` takes its type from.
fn exported_by(engine: &Engine<'_>, instance: &Rc<Instance>, base: &Type) -> Option<Rc<Instance>> {
    let TypeKind::Name(name) = &base.kind else {
        return None;
    };
    match instance.unit.symbol(name) {
        Some(Symbol::ImportedAll(statement)) => imported_file(engine, instance, statement).ok(),
        _ => None,
    }
}

fn named_type_is_nullable(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    name: &str,
    depth: u32,
) -> bool {
    match instance.unit.symbol(name) {
        Some(Symbol::Statement(position)) => {
            match &instance.unit.tree.statements[position].declaration {
                Declaration::Type(_, declared) => is_nullable(engine, instance, declared, depth),
                _ => false,
            }
        }
        Some(Symbol::Imported(statement, number)) => {
            match imported(engine, instance, statement, number) {
                Ok((other, name)) => named_type_is_nullable(engine, &other, &name, depth),
                Err(_) => false,
            }
        }
        _ => false,
    }
}

/// The file of an import and the name there.
pub(super) fn imported(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    statement: usize,
    number: usize,
) -> Result<(Rc<Instance>, Box<str>), Reason> {
    let unit = instance.unit.clone();
    let Declaration::Import(import) = &unit.tree.statements[statement].declaration else {
        return Err(Reason::Error("no import".into()));
    };
    let palisade_syntax::bicep::Imported::Some(names) = &import.names else {
        return Err(Reason::Error("no such name".into()));
    };
    let other = imported_file(engine, instance, statement)?;
    Ok((other, names[number].0.text.clone()))
}

/// The file an import names, without arguments.
pub(super) fn imported_file(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    statement: usize,
) -> Result<Rc<Instance>, Reason> {
    if let Some(known) = instance.imports.borrow().get(&statement) {
        return known.clone();
    }
    let unit = instance.unit.clone();
    let Declaration::Import(import) = &unit.tree.statements[statement].declaration else {
        return Err(Reason::Error("no import".into()));
    };
    let found = super::module::import(engine, instance, &import.path);
    let mut imports = instance.imports.borrow_mut();
    imports.insert(statement, found.clone());
    found
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
    Some(value)
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
