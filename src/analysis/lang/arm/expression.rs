//! Nodes and expressions to values.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{
    DiagnosticCode, Kind, Map, Number, Origin, OriginKind, Reason, Segment, Span, Unknown, Value,
};
use palisade_syntax::arm_expression::{self, Expression, ExpressionKind, TextKind};
use palisade_syntax::data::{Data, Entry, Node};
use palisade_syntax::{TextRange, json};

use super::super::size;
use super::document::{entry, field, text};
use super::functions::{self, Argument, CallError, Lambda, Site, reason_of, text_key};
use super::template::Template;

/// The most times a loop runs, as the service limits it.
const MAXIMUM_COPIES: i64 = 800;

/// Where an expression is computed.
#[derive(Clone, Copy)]
pub(super) struct Environment<'e> {
    pub(super) template: &'e Template<'e>,
    pub(super) copies: Option<&'e Copies<'e>>,
    /// The parameters of lambdas.
    pub(super) locals: Option<&'e Locals<'e>>,
    /// The parameters of a user function, in which nothing else is seen.
    pub(super) parameters: Option<&'e BTreeMap<String, Value>>,
}

/// A loop and its current iteration.
pub(super) struct Copies<'e> {
    pub(super) name: &'e str,
    pub(super) index: Value,
    pub(super) outer: Option<&'e Copies<'e>>,
}

pub(super) struct Locals<'e> {
    names: &'e [Arc<str>],
    values: &'e [Value],
    outer: Option<&'e Locals<'e>>,
}

/// The string an expression stands in.
#[derive(Clone, Copy)]
struct Place<'e> {
    /// Its text between the quotes, as written, without the bracket that escapes it in a template inside a template.
    inner: &'e str,
    /// Where that text starts.
    start: u32,
    span: Span,
    origin: &'e Origin,
}

impl Place<'_> {
    /// The place of a part of the expression.
    fn of(&self, range: TextRange) -> Span {
        let at = |offset: u32| self.start + json::source_offset(self.inner, offset as usize) as u32;
        Span::new(self.span.file, at(range.start), at(range.end))
    }
}

/// How many times a loop runs.
pub(super) enum Count {
    Known(usize),
    Unknown(Arc<Unknown>),
}

impl Template<'_> {
    /// The value of a user function for these arguments.
    pub(super) fn apply(&self, function: &Node, given: &[Value]) -> Value {
        let declared = field(function, "parameters").map_or(&[][..], Node::items);
        let mut parameters = BTreeMap::new();
        for (position, parameter) in declared.iter().enumerate() {
            let name = text(parameter, "name").unwrap_or_default();
            let value = match (given.get(position), entry(parameter, "defaultValue")) {
                (Some(given), _) => given.clone(),
                (None, Some(default)) => self.environment().entry_value(default),
                (None, None) => Value::null(),
            };
            parameters.insert(name.to_ascii_lowercase(), value);
        }
        let inner = Environment {
            template: self,
            copies: None,
            locals: None,
            parameters: Some(&parameters),
        };
        let output = field(function, "output").and_then(|output| entry(output, "value"));
        output.map_or_else(Value::null, |output| {
            size::bounded(inner.entry_value(output))
        })
    }
}

impl<'e> Environment<'e> {
    /// The value of an entry: the finding's mark is the entry with its key.
    pub(super) fn entry_value(self, entry: &Entry) -> Value {
        self.value(&entry.value, entry.range())
    }

    /// The value of a node in an entry.
    pub(super) fn value(self, node: &Node, entry: TextRange) -> Value {
        let engine = self.template.engine;
        engine.step(|| {
            let document = self.template.document;
            let origin = Origin::literal(document.span(node.range), document.span(entry));
            let kind = match &node.data {
                Data::Null => Kind::Null,
                Data::Bool(value) => (*value).into(),
                Data::Number(digits) => Kind::Number(functions::number(digits)),
                Data::String(text) => match arm_expression::classify(text) {
                    TextKind::Literal(text) => text.into(),
                    TextKind::Expression => return self.expression(text, node, origin),
                },
                Data::Sequence(items) => {
                    let items = items.iter();
                    Kind::from(
                        items
                            .map(|item| self.value(item, item.range))
                            .collect::<Vec<_>>(),
                    )
                }
                Data::Mapping(entries) => self.map(entries).into(),
            };
            Value::new(kind, origin)
        })
    }

    /// The entries of an object, its loops run (https://learn.microsoft.com/azure/azure-resource-manager/templates/copy-properties).
    pub(super) fn map(self, entries: &[Entry]) -> Map {
        let mut map = Map::with_capacity(entries.len());
        for entry in entries {
            let Some(key) = entry.key.as_str() else {
                continue;
            };
            if key.eq_ignore_ascii_case("copy") && is_property_copy(&entry.value) {
                for declared in entry.value.items() {
                    let name = text(declared, "name").unwrap_or_default();
                    map.insert(name.into(), self.copied(declared, name));
                }
                continue;
            }
            let key = match arm_expression::classify(key) {
                TextKind::Literal(key) => key.into(),
                TextKind::Expression => {
                    let name = self.value(&entry.key, entry.key.range);
                    text_key(&name).unwrap_or_else(|| key.to_owned()).into()
                }
            };
            map.insert(key, self.entry_value(entry));
        }
        map
    }

    /// The array a `{name, count, input}` makes.
    pub(super) fn copied(self, declared: &Node, name: &str) -> Value {
        let document = self.template.document;
        let span = document.span(declared.range);
        let origin = Origin::expression(span, span);
        let input = entry(declared, "input");
        match self.count(declared) {
            Count::Unknown(unknown) => Value::new(Kind::Unknown(unknown), origin),
            Count::Known(count) => {
                let items = (0..count).map(|index| {
                    let copies = Copies {
                        name,
                        index: Value::bare(index as i64),
                        outer: self.copies,
                    };
                    let inner = Environment {
                        copies: Some(&copies),
                        ..self
                    };
                    input.map_or_else(Value::null, |input| inner.entry_value(input))
                });
                Value::new(items.collect::<Vec<_>>(), origin)
            }
        }
    }

    /// How many times a `copy` runs.
    pub(super) fn count(self, copy: &Node) -> Count {
        let Some(count) = entry(copy, "count") else {
            return Count::Known(1);
        };
        let value = self.entry_value(count);
        if let Some(count) = functions::integer_of(&value) {
            return Count::Known(count.clamp(0, MAXIMUM_COPIES) as usize);
        }
        let reason = reason_of(&value).unwrap_or_else(|| Reason::Error("count of a loop".into()));
        Count::Unknown(match value.kind {
            Kind::Unknown(unknown) => unknown,
            _ => Arc::new(Unknown::new(reason)),
        })
    }

    fn expression(self, text: &str, node: &Node, origin: Origin) -> Value {
        let engine = self.template.engine;
        let document = self.template.document;
        let span = document.span(node.range);
        let parsed = engine.expression(text, span);
        let source = document.file.slice(span);
        let origin = Origin {
            kind: OriginKind::Expression,
            ..origin
        };
        let is_escaped = source.get(1..3) == Some("[[");
        let skipped = 1 + usize::from(is_escaped);
        let place = Place {
            inner: source
                .get(skipped..source.len().saturating_sub(1))
                .unwrap_or(""),
            start: span.start + skipped as u32,
            span,
            origin: &origin,
        };
        for error in &parsed.errors {
            engine.tally.add(palisade_model::Diagnostic::at(
                palisade_model::Level::Warning,
                DiagnosticCode::Syntax,
                &*error.message,
                place.of(error.range),
            ));
        }
        let mut value = self.compute(&parsed.tree, place);
        value.origin = Origin {
            via: value.origin.via,
            ..origin.clone()
        };
        value
    }

    fn compute(self, expression: &Expression, place: Place<'_>) -> Value {
        self.template.engine.step(|| match &expression.kind {
            ExpressionKind::String(text) => Value::new(&**text, place.origin.clone()),
            ExpressionKind::Number(digits) => Value::new(
                Kind::Number(functions::number(digits)),
                place.origin.clone(),
            ),
            ExpressionKind::Missing => Self::error("the expression has a syntax error", place),
            ExpressionKind::Member { object, name, .. } => {
                let object = self.compute(object, place);
                self.access(&object, &Segment::Key((**name).into()), expression, place)
            }
            ExpressionKind::Index { object, index } => {
                let object = self.compute(object, place);
                let index = self.compute(index, place);
                match segment(&object, &index) {
                    Some(segment) => self.access(&object, &segment, expression, place),
                    None => match reason_of(&index) {
                        Some(reason) => Value::new(reason, place.origin.clone()),
                        None => self.wrong("an index is a number or a name", expression, place),
                    },
                }
            }
            ExpressionKind::Call {
                namespace,
                name,
                arguments,
                ..
            } => self.call(namespace.as_deref(), name, arguments, expression, place),
        })
    }

    fn error(message: &str, place: Place<'_>) -> Value {
        Value::new(Reason::Error(message.into()), place.origin.clone())
    }

    /// An error of the template, reported at the part that is wrong.
    fn wrong(self, message: &str, part: &Expression, place: Place<'_>) -> Value {
        self.template.engine.report(message, place.of(part.range));
        Self::error(message, place)
    }

    fn access(
        self,
        object: &Value,
        segment: &Segment,
        part: &Expression,
        place: Place<'_>,
    ) -> Value {
        if let Some(value) = functions::access(object, segment) {
            return value;
        }
        let message = match segment {
            Segment::Key(key) => format!("there is no property `{key}`"),
            Segment::Index(index) => format!("there is no item {index}"),
            Segment::Each => "there are no items".to_owned(),
        };
        self.wrong(&message, part, place)
    }

    fn call(
        self,
        namespace: Option<&str>,
        name: &str,
        arguments: &[Expression],
        part: &Expression,
        place: Place<'_>,
    ) -> Value {
        if let Some(namespace) = namespace {
            return self.user_function(namespace, name, arguments, part, place);
        }
        let lower = name.to_ascii_lowercase();
        let special = match lower.as_str() {
            "parameters" => Some(self.named("parameter", arguments, part, place)),
            "variables" => Some(self.named("variable", arguments, part, place)),
            "lambdavariables" => Some(self.local(arguments, part, place)),
            "copyindex" => Some(self.copy_index(arguments, part, place)),
            "if" if arguments.len() == 3 => self.if_else(arguments, place),
            "and" => self.decided(arguments, false, place),
            "or" => self.decided(arguments, true, place),
            "coalesce" => self.first_set(arguments, place),
            "reference" | "references" => Some(self.reference(&lower, arguments, part, place)),
            "target" => Some(Value::new(
                // The resource itself as it is deployed: what `this` of Bicep compiles to.
                Reason::DataSource("target()".into()),
                place.origin.clone(),
            )),
            "resourceinfo" => Some(self.resource_info(arguments, part, place)),
            _ => None,
        };
        special.unwrap_or_else(|| self.function(name, arguments, part, place))
    }

    fn function(
        self,
        name: &str,
        arguments: &[Expression],
        part: &Expression,
        place: Place<'_>,
    ) -> Value {
        let evaluated: Vec<Argument<'_>> = arguments
            .iter()
            .map(|argument| self.argument(argument, place))
            .collect();
        let names = self.template.names();
        let site = Site {
            origin: place.origin,
            deployment: &names.deployment,
        };
        let tally = &self.template.engine.tally;
        let Some(work) = functions::work(name, &evaluated) else {
            return Value::new(size::too_large(), place.origin.clone());
        };
        if let Err(limit) = tally.work(work) {
            return Value::new(limit, place.origin.clone());
        }
        match functions::call(name, evaluated, site) {
            Ok(value) => tally.made(value),
            Err(CallError::NoFunction) => {
                self.wrong(&format!("there is no function `{name}`"), part, place)
            }
            Err(CallError::Wrong(message)) => self.wrong(&message, part, place),
        }
    }

    /// An argument: a lambda, or a value.
    fn argument<'a>(self, argument: &'a Expression, place: Place<'a>) -> Argument<'a>
    where
        'e: 'a,
    {
        let ExpressionKind::Call {
            name, arguments, ..
        } = &argument.kind
        else {
            return Argument::Value(self.compute(argument, place));
        };
        let Some((body, parameters)) = arguments
            .split_last()
            .filter(|_| name.eq_ignore_ascii_case("lambda"))
        else {
            return Argument::Value(self.compute(argument, place));
        };
        let names: Vec<Arc<str>> = parameters
            .iter()
            .map(|parameter| match &parameter.kind {
                ExpressionKind::String(text) => (**text).into(),
                _ => "".into(),
            })
            .collect();
        Argument::Lambda(Lambda {
            parameters: names.len(),
            body: Box::new(move |values| {
                let locals = Locals {
                    names: &names,
                    values,
                    outer: self.locals,
                };
                let inner = Environment {
                    locals: Some(&locals),
                    ..self
                };
                size::bounded(inner.compute(body, place))
            }),
        })
    }

    /// The literal text of the first argument.
    fn name_argument(self, arguments: &[Expression], place: Place<'_>) -> Option<Value> {
        let [argument] = arguments else { return None };
        Some(self.compute(argument, place))
    }

    /// `parameters('x')`, `variables('x')`.
    fn named(
        self,
        what: &str,
        arguments: &[Expression],
        part: &Expression,
        place: Place<'_>,
    ) -> Value {
        let Some(name) = self.name_argument(arguments, place) else {
            return self.wrong(&format!("`{what}s` takes one name"), part, place);
        };
        let Some(name) = name.as_str() else {
            let reason = reason_of(&name).unwrap_or_else(|| Reason::Error(what.into()));
            return Value::new(reason, place.origin.clone());
        };
        let found = match (self.parameters, what) {
            (Some(parameters), "parameter") => parameters.get(&name.to_ascii_lowercase()).cloned(),
            (Some(_), _) => None,
            (None, "parameter") => self.template.names().parameter(name),
            (None, _) => self.template.names().variable(name),
        };
        found.unwrap_or_else(|| {
            let text = format!("{what} {name}");
            let span = place.of(part.range);
            self.template
                .engine
                .report(format!("{text} is not declared"), span);
            Value::new(Reason::Undeclared(text.into()), place.origin.clone())
        })
    }

    fn local(self, arguments: &[Expression], part: &Expression, place: Place<'_>) -> Value {
        let name = self.name_argument(arguments, place);
        let Some(name) = name.as_ref().and_then(Value::as_str) else {
            return self.wrong("`lambdaVariables` takes one name", part, place);
        };
        let mut scope = self.locals;
        while let Some(locals) = scope {
            let position = locals
                .names
                .iter()
                .position(|it| it.eq_ignore_ascii_case(name));
            if let Some(value) = position.and_then(|position| locals.values.get(position)) {
                return value.clone();
            }
            scope = locals.outer;
        }
        self.wrong(
            &format!("lambda variable {name} is not declared"),
            part,
            place,
        )
    }

    /// `copyIndex()`, `copyIndex(1)`, `copyIndex('loop')`, `copyIndex('loop', 1)`.
    fn copy_index(self, arguments: &[Expression], part: &Expression, place: Place<'_>) -> Value {
        let values: Vec<Value> = arguments.iter().map(|it| self.compute(it, place)).collect();
        let name = values.first().and_then(|value| match value.kind {
            Kind::String(_) => value.as_str(),
            _ => None,
        });
        let mut scope = self.copies;
        while let (Some(copies), Some(name)) = (scope, name) {
            if copies.name.eq_ignore_ascii_case(name) {
                break;
            }
            scope = copies.outer;
        }
        let Some(copies) = scope else {
            return self.wrong("`copyIndex` is used outside its loop", part, place);
        };
        let offset = values
            .iter()
            .skip(usize::from(name.is_some()))
            .find_map(functions::integer_of);
        let kind = match (copies.index.as_number().and_then(Number::as_i64), offset) {
            (Some(index), offset) => (index + offset.unwrap_or(0)).into(),
            (None, _) => copies.index.kind.clone(),
        };
        Value::new(kind, place.origin.clone())
    }

    /// `if` with a known condition: the other branch is not computed.
    fn if_else(self, arguments: &[Expression], place: Place<'_>) -> Option<Value> {
        let condition = self.compute(&arguments[0], place);
        if let Some(truth) = functions::boolean_of(&condition) {
            return Some(self.compute(&arguments[if truth { 1 } else { 2 }], place));
        }
        let engine = self.template.engine;
        let site = Site {
            origin: place.origin,
            deployment: &self.template.deployment,
        };
        let branches = engine
            .tally
            .quietly(|| [1, 2].map(|it| self.compute(&arguments[it], place)));
        let [then, otherwise] = branches.map(Argument::Value);
        functions::call(
            "if",
            vec![Argument::Value(condition), then, otherwise],
            site,
        )
        .ok()
    }

    /// `and` and `or` up to the argument that decides.
    fn decided(self, arguments: &[Expression], deciding: bool, place: Place<'_>) -> Option<Value> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let unsure = values.iter().any(|it| functions::boolean_of(it).is_none());
            let value = if unsure {
                self.template
                    .engine
                    .tally
                    .quietly(|| self.compute(argument, place))
            } else {
                self.compute(argument, place)
            };
            if functions::boolean_of(&value) == Some(deciding) {
                return Some(Value::new(deciding, place.origin.clone()));
            }
            values.push(value);
        }
        let site = Site {
            origin: place.origin,
            deployment: &self.template.deployment,
        };
        let name = if deciding { "or" } else { "and" };
        functions::call(
            name,
            values.into_iter().map(Argument::Value).collect(),
            site,
        )
        .ok()
    }

    /// `coalesce` up to the first value that is set.
    fn first_set(self, arguments: &[Expression], place: Place<'_>) -> Option<Value> {
        let (last, before) = arguments.split_last()?;
        for argument in before {
            let value = self.compute(argument, place);
            if matches!(value.kind, Kind::Unknown(_)) {
                let rest = self
                    .template
                    .engine
                    .tally
                    .quietly(|| self.compute(last, place));
                let site = Site {
                    origin: place.origin,
                    deployment: &self.template.deployment,
                };
                return functions::call(
                    "coalesce",
                    vec![Argument::Value(value), Argument::Value(rest)],
                    site,
                )
                .ok();
            }
            if !value.is_null() {
                return Some(value);
            }
        }
        Some(self.compute(last, place))
    }

    /// A call of a function the template declares.
    fn user_function(
        self,
        namespace: &str,
        name: &str,
        arguments: &[Expression],
        part: &Expression,
        place: Place<'_>,
    ) -> Value {
        let names = self.template.names();
        let Some(function) = names.user_function(namespace, name) else {
            let message = format!("there is no function `{namespace}.{name}`");
            return self.wrong(&message, part, place);
        };
        let given: Vec<Value> = arguments.iter().map(|it| self.compute(it, place)).collect();
        names.apply(function, &given)
    }

    fn reference(
        self,
        name: &str,
        arguments: &[Expression],
        part: &Expression,
        place: Place<'_>,
    ) -> Value {
        let Some(first) = arguments.first() else {
            return self.wrong(&format!("`{name}` needs a name or an id"), part, place);
        };
        let target = self.compute(first, place);
        let full = arguments.iter().skip(1).any(|it| {
            matches!(&it.kind, ExpressionKind::String(text) if text.eq_ignore_ascii_case("full"))
        });
        if name == "references" {
            return self.template.references(&target, full, place.origin);
        }
        self.template.reference(&target, full, place.origin)
    }

    fn resource_info(self, arguments: &[Expression], part: &Expression, place: Place<'_>) -> Value {
        let Some(name) = self.name_argument(arguments, place) else {
            return self.wrong("`resourceInfo` takes one symbolic name", part, place);
        };
        self.template.resource_info(&name, place.origin)
    }
}

/// Whether a `copy` of an object is a list of loops, and no property of that name.
fn is_property_copy(node: &Node) -> bool {
    !node.items().is_empty()
        && node
            .items()
            .iter()
            .all(|item| field(item, "name").is_some() && field(item, "count").is_some())
}

/// What `object[index]` reads.
fn segment(object: &Value, index: &Value) -> Option<Segment> {
    match functions::integer_of(index) {
        Some(position) if object.as_map().is_none() => {
            usize::try_from(position).ok().map(Segment::Index)
        }
        _ => Some(Segment::Key(match index.as_number() {
            Some(number) => number.to_string().into(),
            None => index.as_str()?.into(),
        })),
    }
}
