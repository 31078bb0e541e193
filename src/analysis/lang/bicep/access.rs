//! Names, and what stands behind them: properties, items, nested resources, outputs, calls.

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{FrameKind, Kind, Level, Number, Reason, Reference, Segment, Target, Value};
use palisade_syntax::TextRange;
use palisade_syntax::bicep::{
    Declaration, Direction, Expression, ExpressionKind, Name, Safety, Step, StepKind,
};

use super::super::arm::functions;
use super::engine::Engine;
use super::expression::{Scope, not_known, used};
use super::import::{self, Exporter};
use super::instance::{Instance, value_of};
use super::unit::Symbol;
use super::{module, resource};

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
    /// `az`, `sys`, an extension
    Namespace,
    /// `this`: the resource in whose body it stands, as it is deployed.
    This,
    /// `import * as name`
    Import(Exporter),
}

/// Where an access stands: its own range and that of the entry that holds it.
pub(super) type Place = (TextRange, TextRange);

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
                match import::named(engine, instance, statement, number) {
                    Ok((exporter, name)) => self.exported(engine, &exporter, &name, place),
                    Err(reason) => self.unknown(reason, place),
                }
            }
            Some(Symbol::ImportedAll(statement)) => {
                match import::exporter(engine, instance, statement) {
                    Ok(exporter) => Operand::Import(exporter),
                    Err(reason) => self.unknown(reason, place),
                }
            }
            None if matches!(name, "az" | "sys") => Operand::Namespace,
            None if name == "this" => Operand::This,
            None if name == "base" && instance.inherited.is_some() => {
                Operand::Value(Value::bare(instance.inherited.clone().unwrap_or_default()))
            }
            None => {
                let message = format!("`{name}` is not declared");
                engine.report(Level::Warning, message, self.span(place.0));
                self.unknown(Reason::Undeclared(name.into()), place)
            }
        }
    }

    /// A name of another file.
    fn exported(
        &self,
        engine: &Engine<'_>,
        exporter: &Exporter,
        name: &str,
        place: Place,
    ) -> Operand {
        match exporter {
            Exporter::File(other) => self.symbol(engine, other, name, place),
            Exporter::Template(exports) => {
                let mut problems = Vec::new();
                let found = exports.variable(name, engine.context, &mut problems);
                engine.tally.pass_on(problems);
                match found {
                    Some(value) => Operand::Value(used(self, value, place, None)),
                    None => self.unknown(Reason::Undeclared(name.into()), place),
                }
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
            Declaration::Extension(_) => return Operand::Namespace,
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
            Operand::Import(exporter) => self.exported(engine, &exporter, &name.text, place),
            Operand::Namespace | Operand::This => {
                self.unknown(Reason::Undeclared((*name.text).into()), place)
            }
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
            Operand::Namespace | Operand::This | Operand::Import(_) => {
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
