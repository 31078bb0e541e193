//! Module calls: what they call, with which arguments, and what comes back.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Frame, FrameKind, Kind, Map, ModuleStep, Reason, Resource, Unknown, Value};
use palisade_syntax::bicep::{self, Declaration, Expression, Safety};

use super::super::arm::functions;
use super::super::size::bounded;
use super::engine::Engine;
use super::expression::Scope;
use super::instance::{Arguments, Instance};
use super::resource::{Slot, inside, slots_of};
use super::template::Template;
use super::unit::body;
use super::{registry, resource, scope};

/// How many calls lie inside each other at most.
const MAXIMUM_DEPTH: usize = 32;

/// One instance of a module.
pub(super) struct Call {
    pub(super) slot: Slot,
    pub(super) callee: Callee,
}

/// What is called.
pub(super) enum Callee {
    /// A Bicep file with its arguments.
    File(Rc<Instance>),
    /// A template in JSON.
    Template(Box<Template>),
    /// Something that is not here.
    Missing(Reason),
}

/// What a reference names.
pub(super) enum Source {
    /// A Bicep file.
    Bicep(PathBuf),
    /// A template in JSON.
    Template(PathBuf),
}

/// The instances of the module of a statement.
pub(super) fn calls(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    statement: usize,
) -> Rc<Vec<Call>> {
    if let Some(known) = instance.modules.borrow().get(&statement) {
        return known.clone();
    }
    // A module that needs its own outputs finds none.
    instance
        .modules
        .borrow_mut()
        .insert(statement, Rc::new(Vec::new()));
    let unit = instance.unit.clone();
    let mut found = Vec::new();
    if let Declaration::Module(declared) = &unit.tree.statements[statement].declaration {
        let at = Scope::of(instance);
        let body = body(&declared.body);
        for slot in slots_of(engine, at, &body) {
            let callee = if slot.is_absent {
                Callee::Missing(Reason::Error(
                    format!("module {} is not deployed", declared.symbol.text).into(),
                ))
            } else {
                inside(at, &body, &slot, &mut |at| {
                    callee(engine, at, (statement, declared), body.object, &slot)
                })
            };
            found.push(Call { slot, callee });
        }
    }
    let found = Rc::new(found);
    instance
        .modules
        .borrow_mut()
        .insert(statement, found.clone());
    found
}

fn callee(
    engine: &Engine<'_>,
    at: Scope<'_>,
    (statement, declared): (usize, &bicep::Module),
    object: &Expression,
    slot: &Slot,
) -> Callee {
    let instance = at.instance;
    if !engine.enter_module() || instance.module.len() >= MAXIMUM_DEPTH {
        return Callee::Missing(Reason::Limit("number of modules".into()));
    }
    let source = match locate(engine, instance, &declared.path) {
        Ok(source) => source,
        Err(reason) => return Callee::Missing(reason),
    };
    let arguments = arguments(engine, at, object);
    let mut deployment = scope::deployment(engine, at, object.property("scope"));
    deployment.name = match object.property("name") {
        Some(name) => at.evaluate(engine, &name.value, name.range),
        None => Value::bare(Reason::NoValue("deployment().name".into())),
    };
    let step = ModuleStep {
        name: (*declared.symbol.text).into(),
        key: slot.key.clone(),
    };
    let module = step.within(&instance.module);
    let place = instance.unit.tree.statements[statement].range;
    let calls = Some(Arc::new(Frame {
        kind: FrameKind::ModuleCall,
        label: format!("module {}", declared.symbol.text).into(),
        span: instance.unit.span(place),
        next: instance.calls.clone(),
    }));
    let presence = instance.presence.and(&slot.existence);
    match source {
        Source::Bicep(path) => match engine.unit(&path) {
            Ok(unit) => {
                let mut called = Instance::new(unit, arguments, deployment);
                called.module = module;
                called.calls = calls;
                called.presence = presence;
                Callee::File(Rc::new(called))
            }
            Err(message) => missing(engine, at, &declared.path, &message),
        },
        Source::Template(path) => {
            let made = Template::new(engine, &path, &arguments, &deployment);
            match made {
                Ok(template) => {
                    let template = template.placed(&module, calls.as_ref(), &presence);
                    Callee::Template(Box::new(template))
                }
                Err(message) => missing(engine, at, &declared.path, &message),
            }
        }
    }
}

fn missing(engine: &Engine<'_>, at: Scope<'_>, path: &Expression, message: &str) -> Callee {
    let written = path.as_text().unwrap_or("").to_owned();
    engine.unresolved(format!("module `{written}` {message}"), at.span(path.range));
    Callee::Missing(Reason::MissingModule(written.into()))
}

/// The `params` of a call.
fn arguments(engine: &Engine<'_>, at: Scope<'_>, object: &Expression) -> Arguments {
    let Some(property) = object.property("params") else {
        return Arguments::default();
    };
    let value = at.evaluate(engine, &property.value, property.range);
    match (&value.kind, value.as_map()) {
        (_, Some(entries)) => Arguments {
            values: entries.clone(),
            kind: Some(FrameKind::ModuleArgument),
            unknown: None,
        },
        (Kind::Null, _) => Arguments::default(),
        (Kind::Unknown(unknown), _) => Arguments {
            unknown: Some(unknown.clone()),
            ..Arguments::default()
        },
        _ => {
            let reason = functions::reason_of(&value);
            let reason = reason.unwrap_or_else(|| Reason::Error("`params` is no object".into()));
            Arguments {
                unknown: Some(Arc::new(Unknown::new(reason))),
                ..Arguments::default()
            }
        }
    }
}

/// The file a module or import reference names.
pub(super) fn locate(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    path: &Expression,
) -> Result<Source, Reason> {
    let Some(written) = path.as_text() else {
        return Err(Reason::Error("the path of a module is a plain text".into()));
    };
    let span = instance.unit.span(path.range);
    if registry::is_reference(written) {
        return registry::find(engine, &instance.unit.path, written).map_err(|message| {
            engine.unresolved(format!("module `{written}` {message}"), span);
            Reason::MissingModule(written.into())
        });
    }
    let folder = instance.unit.path.parent().unwrap_or(Path::new(""));
    let found = super::engine::normalized(&folder.join(written.replace('\\', "/")));
    let is_template = found.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("json") || extension.eq_ignore_ascii_case("jsonc")
    });
    if is_template {
        return Ok(Source::Template(found));
    }
    match engine.unit(&found) {
        Ok(_) => Ok(Source::Bicep(found)),
        Err(message) => {
            engine.unresolved(format!("`{written}` {message}"), span);
            Err(Reason::MissingModule(written.into()))
        }
    }
}

/// The name of the deployment of a module.
pub(super) fn name(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    statement: usize,
    slot: usize,
) -> Value {
    let unit = instance.unit.clone();
    let Declaration::Module(declared) = &unit.tree.statements[statement].declaration else {
        return Value::null();
    };
    let body = body(&declared.body);
    let calls = calls(engine, instance, statement);
    let property = body.object.property("name");
    let (Some(property), Some(call)) = (property, calls.get(slot)) else {
        let what = format!("name of module {}", declared.symbol.text);
        return Value::bare(Reason::NoValue(what.into()));
    };
    inside(Scope::of(instance), &body, &call.slot, &mut |at| {
        at.evaluate(engine, &property.value, property.range)
    })
}

/// An output of one call.
pub(super) fn output(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    (statement, slot): (usize, usize),
    name: &str,
    safety: Safety,
) -> Value {
    let calls = calls(engine, instance, statement);
    let Some(call) = calls.get(slot) else {
        return Value::bare(Reason::Computed(
            format!("output {name} of a module").into(),
        ));
    };
    if call.slot.is_absent && safety == Safety::Safe {
        return Value::null();
    }
    match &call.callee {
        Callee::Missing(reason) => Value::bare(reason.clone()),
        Callee::Template(template) => template.output(name, safety),
        Callee::File(called) => declared_output(engine, called, name, safety),
    }
}

fn declared_output(
    engine: &Engine<'_>,
    called: &Rc<Instance>,
    name: &str,
    safety: Safety,
) -> Value {
    let unit = called.unit.clone();
    let declared = unit
        .tree
        .statements
        .iter()
        .find_map(|statement| match &statement.declaration {
            Declaration::Output(declared, _, value) if *declared.text == *name => {
                Some((statement, value))
            }
            _ => None,
        });
    let Some((statement, value)) = declared else {
        return match safety {
            Safety::Safe => Value::null(),
            Safety::Strict => Value::bare(Reason::Undeclared(format!("output {name}").into())),
        };
    };
    let computed = engine
        .tally
        .step(|| Scope::of(called).evaluate(engine, value, statement.range));
    let mut computed = computed.unwrap_or_else(Value::bare);
    computed.sensitive |= statement.decorator("secure").is_some();
    bounded(computed)
}

/// All outputs of one call as an object.
pub(super) fn outputs(
    engine: &Engine<'_>,
    instance: &Rc<Instance>,
    statement: usize,
    slot: usize,
) -> Value {
    let calls = calls(engine, instance, statement);
    match calls.get(slot).map(|call| &call.callee) {
        Some(Callee::File(called)) => {
            let statements = called.unit.tree.statements.iter();
            let names = statements.filter_map(|statement| match &statement.declaration {
                Declaration::Output(name, ..) => Some(&*name.text),
                _ => None,
            });
            let entries = names.map(|name| {
                (
                    name.into(),
                    declared_output(engine, called, name, Safety::Strict),
                )
            });
            Value::bare(entries.collect::<Map>())
        }
        Some(Callee::Template(template)) => template.outputs(),
        Some(Callee::Missing(reason)) => Value::bare(reason.clone()),
        None => Value::bare(Reason::Computed("the outputs of a module".into())),
    }
}

/// The resources of a file's use: its own and those of the modules it calls.
pub(super) fn collect(engine: &Engine<'_>, instance: &Rc<Instance>, out: &mut Vec<Resource>) {
    let unit = instance.unit.clone();
    let mut entry = 0;
    for (statement, declared) in unit.tree.statements.iter().enumerate() {
        match &declared.declaration {
            Declaration::Resource(_) => {
                while unit
                    .resources
                    .get(entry)
                    .is_some_and(|it| it.parent.is_some())
                {
                    entry += 1;
                }
                resource::collect(engine, instance, entry, out);
                entry += 1;
            }
            Declaration::Module(_) => {
                for call in calls(engine, instance, statement).iter() {
                    match &call.callee {
                        Callee::File(called) => collect(engine, called, out),
                        Callee::Template(template) => template.collect(out),
                        Callee::Missing(_) => {}
                    }
                }
            }
            Declaration::Assert(name, condition) => {
                let at = Scope::of(instance);
                let holds = at.evaluate(engine, condition, condition.range);
                if holds.as_bool() == Some(false) {
                    let message = format!("assertion `{}` does not hold", name.text);
                    let span = at.span(condition.range);
                    engine.report(palisade_model::Level::Warning, message, span);
                }
            }
            _ => {}
        }
    }
}
