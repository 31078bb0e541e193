//! Calls: functions of the language, of the file, of what it imports, of resources.

use std::rc::Rc;

use palisade_model::{Reason, Value};
use palisade_syntax::bicep::{Expression, ExpressionKind, Name, StepKind};

use super::super::arm::functions::{Argument, Lambda};
use super::super::size::bounded;
use super::access::{Operand, Place};
use super::engine::Engine;
use super::expression::{Scope, used};
use super::import::{self, Exporter};
use super::instance::{Instance, call_function, with_locals};
use super::load;
use super::unit::Symbol;

impl Scope<'_> {
    /// `base.name(arguments)`: functions of namespaces and imports, and those of resources.
    pub(super) fn method(
        &self,
        engine: &Engine<'_>,
        base: Operand,
        name: &Name,
        arguments: &[Expression],
        place: Place,
    ) -> Operand {
        Operand::Value(match base {
            Operand::Namespace => self.built_in(engine, &name.text, arguments, place),
            Operand::Import(exporter) => {
                self.exported_function(engine, &exporter, &name.text, arguments, place)
            }
            Operand::This => {
                // https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-this
                let what = format!("this.{}()", name.text);
                Value::new(
                    Reason::DataSource(what.into()),
                    self.origin(place.0, place.1),
                )
            }
            _ => {
                // `getSecret`, `listKeys` and their like: only the cloud can tell.
                let reason = Reason::Impure((*name.text).into());
                let mut value = Value::new(reason, self.origin(place.0, place.1));
                value.sensitive = true;
                value
            }
        })
    }

    /// `name(arguments)`
    pub(super) fn function(
        &self,
        engine: &Engine<'_>,
        name: &Name,
        arguments: &[Expression],
        place: Place,
    ) -> Value {
        match self.instance.unit.symbol(&name.text) {
            Some(Symbol::Statement(statement)) => {
                self.user_function(engine, self.instance, statement, arguments, place)
            }
            Some(Symbol::Imported(statement, number)) => {
                match import::named(engine, self.instance, statement, number) {
                    Ok((exporter, exported)) => {
                        self.exported_function(engine, &exporter, &exported, arguments, place)
                    }
                    Err(reason) => Value::new(reason, self.origin(place.0, place.1)),
                }
            }
            _ => self.built_in(engine, &name.text, arguments, place),
        }
    }

    /// A function of another file.
    fn exported_function(
        &self,
        engine: &Engine<'_>,
        exporter: &Exporter,
        name: &str,
        arguments: &[Expression],
        place: Place,
    ) -> Value {
        let undeclared = || {
            let reason = Reason::Undeclared(format!("function {name}").into());
            Value::new(reason, self.origin(place.0, place.1))
        };
        match exporter {
            Exporter::File(other) => match other.unit.symbol(name) {
                Some(Symbol::Statement(statement)) => {
                    self.user_function(engine, other, statement, arguments, place)
                }
                _ => undeclared(),
            },
            Exporter::Template(exports) => {
                let values = self.values(engine, arguments);
                let mut problems = Vec::new();
                let found = exports.call((name, &values), engine.context, &mut problems);
                engine.tally.pass_on(problems);
                found.map_or_else(undeclared, |value| used(self, value, place, None))
            }
        }
    }

    fn values(&self, engine: &Engine<'_>, arguments: &[Expression]) -> Vec<Value> {
        arguments
            .iter()
            .map(|argument| self.evaluate(engine, argument, argument.range))
            .collect()
    }

    fn user_function(
        &self,
        engine: &Engine<'_>,
        instance: &Rc<Instance>,
        statement: usize,
        arguments: &[Expression],
        place: Place,
    ) -> Value {
        let values = self.values(engine, arguments);
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
                                bounded(self.with(locals).evaluate(engine, body, body.range))
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
        let named = |what: &str| {
            let name = arguments.first().and_then(Expression::as_text);
            Reason::NoValue(format!("{what} {}", name.unwrap_or("")).into())
        };
        match name {
            "any" => Some(self.evaluate(engine, arguments.first()?, place.1)),
            "nameof" => Some(Value::new(last_name(arguments.first()?)?, origin())),
            "reference" => unknown(Reason::Computed("reference()".into())),
            "fail" => {
                let message = self.evaluate(engine, arguments.first()?, place.0);
                let text = message.as_str().unwrap_or("the template says so");
                unknown(Reason::Error(format!("fails: {text}").into()))
            }
            "readEnvironmentVariable" => match arguments {
                [_, default] => Some(self.evaluate(engine, default, place.1)),
                _ => unknown(named("environment variable")),
            },
            "readEnvVar" => unknown(named("environment variable")),
            "readCliArg" => unknown(named("command-line argument")),
            "loadTextContent"
            | "loadJsonContent"
            | "loadYamlContent"
            | "loadFileAsBase64"
            | "loadDirectoryFileInfo" => Some(load::call(self, engine, name, arguments, place)),
            _ => None,
        }
    }
}

/// The last name of `a.b.c`, `a::b` or `a['b']`.
fn last_name(expression: &Expression) -> Option<&str> {
    match &expression.kind {
        ExpressionKind::Name(name) => Some(name),
        ExpressionKind::Access(_, steps) => match &steps.last()?.kind {
            StepKind::Property(name, _) | StepKind::Nested(name) => Some(&name.text),
            StepKind::Index(index, ..) => index.as_text(),
            _ => None,
        },
        _ => None,
    }
}
