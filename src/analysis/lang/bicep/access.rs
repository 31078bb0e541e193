//! Names, and what stands behind them: properties, items, nested resources, outputs, calls.

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{FrameKind, Kind, Level, Number, Reason, Reference, Segment, Target, Value};
use palisade_syntax::TextRange;
use palisade_syntax::bicep::{
    Declaration, Direction, Expression, ExpressionKind, Name, Safety, Step, StepKind,
};

use super::super::arm::functions::{self, Argument, Lambda};
use super::engine::Engine;
use super::expression::{Scope, not_known, used};
use super::instance::{Instance, call_function, imported, imported_file, value_of, with_locals};
use super::unit::Symbol;
use super::{load, module, resource};

/// What a name or an access stands for before it is a value.
pub(super) enum Operand {
    /// A value.
    Value(Value),
    /// An instance of a resource.
    Resource(Rc<Instance>, usize, usize),
    /// A resource in a loop.
    Resources(Rc<Instance>, usize),
    /// An instance of a module.
    Module(Rc<Instance>, usize, usize),
    /// A module in a loop.
    Modules(Rc<Instance>, usize),
    /// The outputs of a module.
    Outputs(Rc<Instance>, usize, usize),
    /// `az`, `sys`
    Namespace,
    /// `import * as name`
    Import(Rc<Instance>),
}

/// Where an access stands: its own range and that of the entry that holds it.
type Place = (TextRange, TextRange);

impl Scope<'_> {
    /// What an expression stands for.
    pub(super) fn operand(
        &self,
        engine: &Engine<'_>,
        expression: &Expression,
        entry: TextRange,
    ) -> Operand {
        match &expression.kind {
            ExpressionKind::Name(name) => self.name(engine, name, (expression.range, entry)),
            ExpressionKind::Call(name, arguments) => {
                Operand::Value(self.function(engine, name, arguments, (expression.range, entry)))
            }
            ExpressionKind::Access(base, steps) => {
                let base = self.operand(engine, base, base.range);
                self.steps(engine, base, steps, (expression.range, entry))
            }
            _ => Operand::Value(self.evaluate(engine, expression, entry)),
        }
    }

    fn name(&self, engine: &Engine<'_>, name: &str, place: Place) -> Operand {
        let local =
            std::iter::successors(self.locals, |local| local.next).find(|local| local.name == name);
        if let Some(local) = local {
            return Operand::Value(used(self, local.value.clone(), place, None));
        }
        let mut holder = self.resource;
        while let Some(resource) = holder {
            if let Some(nested) = self.instance.unit.nested_named(resource, name) {
                return resource_operand(self.instance, nested);
            }
            holder = self.instance.unit.resources[resource].parent;
        }
        self.symbol(engine, self.instance, name, place)
    }

    /// A name at the top of a file.
    fn symbol(
        &self,
        engine: &Engine<'_>,
        instance: &Rc<Instance>,
        name: &str,
        place: Place,
    ) -> Operand {
        match instance.unit.symbol(name) {
            Some(Symbol::Resource(entry)) => resource_operand(instance, entry),
            Some(Symbol::Statement(statement)) => self.declared(engine, instance, statement, place),
            Some(Symbol::Imported(statement, number)) => {
                match imported(engine, instance, statement, number) {
                    Ok((other, name)) => self.symbol(engine, &other, &name, place),
                    Err(reason) => self.unknown(reason, place),
                }
            }
            Some(Symbol::ImportedAll(statement)) => {
                match imported_file(engine, instance, statement) {
                    Ok(other) => Operand::Import(other),
                    Err(reason) => self.unknown(reason, place),
                }
            }
            None if matches!(name, "az" | "sys") => Operand::Namespace,
            None => {
                let message = format!("`{name}` is not declared");
                engine.report(Level::Warning, message, self.span(place.0));
                self.unknown(Reason::Undeclared(name.into()), place)
            }
        }
    }

    fn unknown(&self, reason: Reason, (range, entry): Place) -> Operand {
        Operand::Value(Value::new(reason, self.origin(range, entry)))
    }

    fn declared(
        &self,
        engine: &Engine<'_>,
        instance: &Rc<Instance>,
        statement: usize,
        place: Place,
    ) -> Operand {
        let unit = &instance.unit;
        let declared = &unit.tree.statements[statement];
        let (kind, name) = match &declared.declaration {
            Declaration::Parameter(name, ..) => (FrameKind::Variable, name),
            Declaration::Variable(name, ..) => (FrameKind::Local, name),
            Declaration::Module(called) => {
                let is_repeated = matches!(called.body.kind, ExpressionKind::For(_));
                let instance = instance.clone();
                return if is_repeated {
                    Operand::Modules(instance, statement)
                } else {
                    Operand::Module(instance, statement, 0)
                };
            }
            _ => return self.unknown(Reason::Error("the name is no value".into()), place),
        };
        let value = value_of(engine, instance, statement);
        let link = (kind, (*name.text).into(), unit.span(declared.range));
        Operand::Value(used(self, value, place, Some(link)))
    }

    fn steps(&self, engine: &Engine<'_>, base: Operand, steps: &[Step], place: Place) -> Operand {
        let mut current = base;
        // Behind a safe access the rest of the chain is safe too, up to a `!`.
        let mut safety = Safety::Strict;
        for step in steps {
            match &step.kind {
                StepKind::NonNull => safety = Safety::Strict,
                StepKind::Property(_, Safety::Safe) | StepKind::Index(_, Safety::Safe, _) => {
                    safety = Safety::Safe;
                }
                _ => {}
            }
            current = self.step(engine, current, step, safety, place);
        }
        current
    }

    fn step(
        &self,
        engine: &Engine<'_>,
        base: Operand,
        step: &Step,
        safety: Safety,
        place: Place,
    ) -> Operand {
        match &step.kind {
            StepKind::NonNull => base,
            StepKind::Property(name, _) => self.property(engine, base, name, safety, place),
            StepKind::Nested(name) => match &base {
                Operand::Resource(instance, entry, _) => {
                    match instance.unit.nested_named(*entry, &name.text) {
                        Some(nested) => resource_operand(instance, nested),
                        None => self.unknown(Reason::Undeclared((*name.text).into()), place),
                    }
                }
                _ => self.unknown(Reason::Undeclared((*name.text).into()), place),
            },
            StepKind::Method(name, arguments) => self.method(engine, base, name, arguments, place),
            StepKind::Index(index, _, direction) => {
                let index = self.evaluate(engine, index, index.range);
                self.index(engine, base, &index, (*direction, safety), place)
            }
        }
    }

    fn property(
        &self,
        engine: &Engine<'_>,
        base: Operand,
        name: &Name,
        safety: Safety,
        place: Place,
    ) -> Operand {
        match base {
            Operand::Resource(instance, entry, slot) => Operand::Value(self.resource_property(
                engine,
                (&instance, entry, slot),
                &name.text,
                place,
            )),
            Operand::Module(instance, statement, slot) => match &*name.text {
                "outputs" => Operand::Outputs(instance, statement, slot),
                "name" => Operand::Value(module::name(engine, &instance, statement, slot)),
                _ => {
                    let value = self.value(
                        engine,
                        Operand::Module(instance, statement, slot),
                        place.0,
                        place.1,
                    );
                    self.value_property(engine, &value, &name.text, safety, place)
                }
            },
            Operand::Outputs(instance, statement, slot) => {
                let value =
                    module::output(engine, &instance, (statement, slot), &name.text, safety);
                let label = format!("output {}", name.text);
                let link = value
                    .origin
                    .mark()
                    .map(|span| (FrameKind::Local, label.into(), span));
                Operand::Value(used(self, value, place, link))
            }
            Operand::Import(other) => self.symbol(engine, &other, &name.text, place),
            Operand::Namespace => self.unknown(Reason::Undeclared((*name.text).into()), place),
            other => {
                let value = self.value(engine, other, place.0, place.1);
                self.value_property(engine, &value, &name.text, safety, place)
            }
        }
    }

    fn value_property(
        &self,
        engine: &Engine<'_>,
        value: &Value,
        name: &str,
        safety: Safety,
        place: Place,
    ) -> Operand {
        self.part(engine, value, &Segment::Key(name.into()), safety, place)
    }

    /// The part of a value, or null or an error where it is not there.
    fn part(
        &self,
        engine: &Engine<'_>,
        value: &Value,
        segment: &Segment,
        safety: Safety,
        place: Place,
    ) -> Operand {
        let found = functions::access(value, segment);
        if let Some(found) = found {
            return Operand::Value(used(self, found, place, None));
        }
        if safety == Safety::Safe {
            return Operand::Value(Value::new(Kind::Null, self.origin(place.0, place.1)));
        }
        let what = match segment {
            Segment::Key(key) => format!("there is no property `{key}`"),
            Segment::Index(index) => format!("there is no item {index}"),
            Segment::Each => String::new(),
        };
        Operand::Value(self.wrong(engine, what, place.0, place.1))
    }

    fn resource_property(
        &self,
        engine: &Engine<'_>,
        (instance, entry, slot): (&Rc<Instance>, usize, usize),
        name: &str,
        place: Place,
    ) -> Value {
        let declared = &instance.unit.resources[entry];
        match name {
            "type" => Value::new(&*declared.resource_type, self.origin(place.0, place.1)),
            "apiVersion" => {
                let version = declared.api_version.as_deref().unwrap_or("");
                Value::new(version, self.origin(place.0, place.1))
            }
            "name" => {
                let value = resource::name(engine, instance, entry, slot);
                used(self, value, place, None)
            }
            "id" if resource::is_absent(engine, instance, entry, slot) => {
                // Nothing has this id, but it is a text like any other.
                let id = resource::id(engine, (instance, entry, slot));
                id.with_origin(self.origin(place.0, place.1))
            }
            _ => {
                let address = resource::address(engine, instance, entry, slot);
                if name == "id" {
                    let id = || resource::id(engine, (instance, entry, slot));
                    engine.remember_id(&address, id);
                }
                let reference = Reference {
                    target: Target::Address(address),
                    attribute: name.into(),
                };
                Value::new(reference, self.origin(place.0, place.1))
            }
        }
    }

    fn index(
        &self,
        engine: &Engine<'_>,
        base: Operand,
        index: &Value,
        (direction, safety): (Direction, Safety),
        place: Place,
    ) -> Operand {
        let number = index.as_number().and_then(Number::as_i64);
        match base {
            Operand::Resources(instance, entry) => {
                let slot = number.and_then(|number| usize::try_from(number).ok());
                let slots = resource::slots(engine, &instance, entry);
                match slot {
                    Some(slot) if slot < slots.len() => Operand::Resource(instance, entry, slot),
                    _ => Operand::Resource(instance, entry, usize::MAX),
                }
            }
            Operand::Modules(instance, statement) => match number {
                Some(number) => {
                    let slot = usize::try_from(number).unwrap_or(usize::MAX);
                    Operand::Module(instance, statement, slot)
                }
                None => Operand::Module(instance, statement, usize::MAX),
            },
            other => {
                let value = self.value(engine, other, place.0, place.1);
                self.value_index(engine, &value, index, (direction, safety), place)
            }
        }
    }

    fn value_index(
        &self,
        engine: &Engine<'_>,
        value: &Value,
        index: &Value,
        (direction, safety): (Direction, Safety),
        place: Place,
    ) -> Operand {
        if let Some(key) = index.as_str() {
            return self.value_property(engine, value, key, safety, place);
        }
        let Some(number) = index.as_number().and_then(Number::as_i64) else {
            let kind = not_known(index, "an index is a number or a name");
            return Operand::Value(Value::new(kind, self.origin(place.0, place.1)));
        };
        let position = match (direction, value.as_list()) {
            (Direction::End, Some(items)) => items.len() as i64 - number,
            (Direction::End, None) if functions::reason_of(value).is_some() => {
                let kind = not_known(value, "");
                return Operand::Value(Value::new(kind, self.origin(place.0, place.1)));
            }
            _ => number,
        };
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        self.part(engine, value, &Segment::Index(position), safety, place)
    }

    /// `base.name(arguments)`: functions of namespaces and imports, and those of resources.
    fn method(
        &self,
        engine: &Engine<'_>,
        base: Operand,
        name: &Name,
        arguments: &[Expression],
        place: Place,
    ) -> Operand {
        match base {
            Operand::Namespace => {
                Operand::Value(self.built_in(engine, &name.text, arguments, place))
            }
            Operand::Import(other) => match other.unit.symbol(&name.text) {
                Some(Symbol::Statement(statement)) => {
                    Operand::Value(self.user_function(engine, &other, statement, arguments, place))
                }
                _ => self.unknown(Reason::Undeclared((*name.text).into()), place),
            },
            _ => {
                // `getSecret`, `listKeys` and their like: only the cloud can tell.
                let reason = Reason::Impure((*name.text).into());
                let mut value = Value::new(reason, self.origin(place.0, place.1));
                value.sensitive = true;
                Operand::Value(value)
            }
        }
    }

    fn function(
        &self,
        engine: &Engine<'_>,
        name: &Name,
        arguments: &[Expression],
        place: Place,
    ) -> Value {
        match self.instance.unit.symbol(&name.text) {
            Some(Symbol::Statement(statement)) => {
                let instance = self.instance;
                self.user_function(engine, instance, statement, arguments, place)
            }
            Some(Symbol::Imported(statement, number)) => {
                match imported(engine, self.instance, statement, number) {
                    Ok((other, exported)) => {
                        if let Some(Symbol::Statement(statement)) = other.unit.symbol(&exported) {
                            return self.user_function(engine, &other, statement, arguments, place);
                        }
                        let reason = Reason::Undeclared((*exported).into());
                        Value::new(reason, self.origin(place.0, place.1))
                    }
                    Err(reason) => Value::new(reason, self.origin(place.0, place.1)),
                }
            }
            _ => self.built_in(engine, &name.text, arguments, place),
        }
    }

    fn user_function(
        &self,
        engine: &Engine<'_>,
        instance: &Rc<Instance>,
        statement: usize,
        arguments: &[Expression],
        place: Place,
    ) -> Value {
        let values: Vec<Value> = arguments
            .iter()
            .map(|argument| self.evaluate(engine, argument, argument.range))
            .collect();
        match call_function(engine, instance, statement, &values, place.0) {
            Some(value) => used(self, value, place, None),
            None => self.wrong(engine, "the name is no function", place.0, place.1),
        }
    }

    /// A function of the language.
    fn built_in(
        &self,
        engine: &Engine<'_>,
        name: &str,
        arguments: &[Expression],
        place: Place,
    ) -> Value {
        if let Some(value) = self.own_function(engine, name, arguments, place) {
            return value;
        }
        let evaluated = arguments
            .iter()
            .map(|argument| match &argument.kind {
                ExpressionKind::Lambda(parameters, body) => {
                    let names: Vec<&str> = parameters.iter().map(|it| &*it.name.text).collect();
                    Argument::Lambda(Lambda {
                        parameters: names.len(),
                        body: Box::new(move |values: &[Value]| {
                            with_locals(self.locals, &names, values, &mut |locals| {
                                self.with(locals).evaluate(engine, body, body.range)
                            })
                        }),
                    })
                }
                _ => Argument::Value(self.evaluate(engine, argument, argument.range)),
            })
            .collect();
        self.call_with(engine, name, evaluated, place.0, place.1)
    }

    /// Functions that templates do not have, or that need more than values.
    fn own_function(
        &self,
        engine: &Engine<'_>,
        name: &str,
        arguments: &[Expression],
        place: Place,
    ) -> Option<Value> {
        let origin = || self.origin(place.0, place.1);
        let unknown = |reason: Reason| Some(Value::new(reason, origin()));
        match name {
            "any" => Some(self.evaluate(engine, arguments.first()?, place.1)),
            "nameof" => Some(Value::new(last_name(arguments.first()?)?, origin())),
            "reference" => unknown(Reason::Computed("reference()".into())),
            "fail" => {
                let message = self.evaluate(engine, arguments.first()?, place.0);
                let text = message.as_str().unwrap_or("the template says so");
                unknown(Reason::Error(format!("fails: {text}").into()))
            }
            "readEnvironmentVariable" => {
                if let [_, default] = arguments {
                    return Some(self.evaluate(engine, default, place.1));
                }
                let name = arguments.first().and_then(Expression::as_text);
                let what = format!("environment variable {}", name.unwrap_or(""));
                unknown(Reason::NoValue(what.into()))
            }
            "loadTextContent"
            | "loadJsonContent"
            | "loadYamlContent"
            | "loadFileAsBase64"
            | "loadDirectoryFileInfo" => Some(load::call(self, engine, name, arguments, place)),
            _ => None,
        }
    }

    /// The operand as a value.
    pub(super) fn value(
        &self,
        engine: &Engine<'_>,
        operand: Operand,
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        let reference = |address| {
            let reference = Reference {
                target: Target::Address(address),
                attribute: "".into(),
            };
            Value::new(reference, self.origin(range, entry))
        };
        match operand {
            Operand::Value(value) => value,
            Operand::Resource(instance, resource, slot) => {
                reference(resource::address(engine, &instance, resource, slot))
            }
            Operand::Resources(instance, resource) => {
                let slots = resource::slots(engine, &instance, resource);
                let items = (0..slots.len())
                    .map(|slot| reference(resource::address(engine, &instance, resource, slot)));
                let unknown = slots.iter().find_map(|slot| slot.existence.number.clone());
                match unknown {
                    Some(unknown) => Value::new(Kind::Unknown(unknown), self.origin(range, entry)),
                    None => Value::new(items.collect::<Vec<_>>(), self.origin(range, entry)),
                }
            }
            Operand::Module(..) | Operand::Modules(..) => {
                let what: Arc<str> = "the deployment of a module".into();
                Value::new(Reason::Computed(what), self.origin(range, entry))
            }
            Operand::Outputs(instance, statement, slot) => {
                let value = module::outputs(engine, &instance, statement, slot);
                used(self, value, (range, entry), None)
            }
            Operand::Namespace | Operand::Import(_) => {
                self.wrong(engine, "a namespace is no value", range, entry)
            }
        }
    }
}

fn resource_operand(instance: &Rc<Instance>, entry: usize) -> Operand {
    let repeated = instance
        .unit
        .resource(entry)
        .is_some_and(|declared| matches!(declared.body.kind, ExpressionKind::For(_)));
    if repeated {
        Operand::Resources(instance.clone(), entry)
    } else {
        Operand::Resource(instance.clone(), entry, 0)
    }
}

/// The last name of `a.b.c`.
fn last_name(expression: &Expression) -> Option<&str> {
    match &expression.kind {
        ExpressionKind::Name(name) => Some(name),
        ExpressionKind::Access(_, steps) => match &steps.last()?.kind {
            StepKind::Property(name, _) | StepKind::Nested(name) => Some(&name.text),
            _ => None,
        },
        _ => None,
    }
}
