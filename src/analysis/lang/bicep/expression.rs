//! Expressions to values.
//!
//! What the functions of the template language compute, operators included, is computed by those of `lang/arm`; here is what Bicep
//! adds: names, accesses, laziness, and where each value is written.

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{FrameKind, Kind, Level, Map, Origin, Reason, Span, Value};
use palisade_syntax::TextRange;
use palisade_syntax::bicep::{
    BinaryOperator, Expression, ExpressionKind, For, Item, Member, StringPart, UnaryOperator,
};

use super::super::arm::functions::{self, Argument, CallError, Site};
use super::super::size;
use super::engine::Engine;
use super::instance::{Instance, with_locals};

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) instance: &'s Rc<Instance>,
    pub(super) locals: Option<&'s Local<'s>>,
    /// The resource whose body it stands in: nested ones are known by their own names there.
    pub(super) resource: Option<usize>,
}

/// A name of a lambda, loop or function.
pub(super) struct Local<'s> {
    pub(super) name: &'s str,
    pub(super) value: Value,
    pub(super) next: Option<&'s Local<'s>>,
}

impl<'s> Scope<'s> {
    /// The top of a file.
    pub(super) fn of(instance: &'s Rc<Instance>) -> Self {
        Self {
            instance,
            locals: None,
            resource: None,
        }
    }

    pub(super) fn with<'t>(self, locals: Option<&'t Local<'t>>) -> Scope<'t>
    where
        's: 't,
    {
        Scope {
            instance: self.instance,
            locals,
            resource: self.resource,
        }
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        self.instance.unit.span(range)
    }

    pub(super) fn origin(&self, range: TextRange, entry: TextRange) -> Origin {
        Origin::expression(self.span(range), self.span(entry))
    }

    /// The value of an expression that `entry` holds.
    pub(super) fn evaluate(
        &self,
        engine: &Engine<'_>,
        expression: &Expression,
        entry: TextRange,
    ) -> Value {
        engine
            .tally
            .step(|| self.compute(engine, expression, entry))
            .unwrap_or_else(|limit| Value::new(limit, self.origin(expression.range, entry)))
    }

    fn compute(&self, engine: &Engine<'_>, expression: &Expression, entry: TextRange) -> Value {
        let range = expression.range;
        let literal =
            |kind: Kind| Value::new(kind, Origin::literal(self.span(range), self.span(entry)));
        match &expression.kind {
            ExpressionKind::Null => literal(Kind::Null),
            ExpressionKind::Bool(value) => literal((*value).into()),
            ExpressionKind::Integer(value) => literal(integer(*value)),
            ExpressionKind::String(parts) => self.string(engine, parts, range, entry),
            ExpressionKind::Array(items) => self.array(engine, items, &literal),
            ExpressionKind::Object(members) => {
                let object = self.object(engine, members, &Body::default());
                engine.tally.made(Value {
                    sensitive: object.sensitive,
                    ..literal(object.kind)
                })
            }
            ExpressionKind::Unary(operators, operand) => {
                self.unary(engine, operators, operand, range, entry)
            }
            ExpressionKind::Binary(first, rest) => self.binary(engine, first, rest, range, entry),
            ExpressionKind::Ternary(parts) => self.ternary(engine, parts, range, entry),
            ExpressionKind::For(repeated) => self.repeat(engine, repeated, range, entry),
            ExpressionKind::Name(_) | ExpressionKind::Access(..) | ExpressionKind::Call(..) => {
                let operand = self.operand(engine, expression, entry);
                self.value(engine, operand, range, entry)
            }
            ExpressionKind::If(parts) => self.evaluate(engine, &parts[1], entry),
            ExpressionKind::Lambda(..) => {
                self.wrong(engine, "a lambda can only be an argument", range, entry)
            }
            ExpressionKind::Error => {
                let reason = Reason::Error("the expression cannot be read".into());
                Value::new(reason, self.origin(range, entry))
            }
        }
    }

    /// Reports an error in the expression at `range`, whose value is then not known.
    pub(super) fn wrong(
        &self,
        engine: &Engine<'_>,
        message: impl Into<Arc<str>>,
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        let message = message.into();
        engine.report(Level::Note, &*message, self.span(range));
        Value::new(Reason::Error(message), self.origin(range, entry))
    }

    fn string(
        &self,
        engine: &Engine<'_>,
        parts: &[StringPart],
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        if let [] | [StringPart::Text(..)] = parts {
            let text = match parts {
                [StringPart::Text(text, _)] => text,
                _ => "",
            };
            return Value::new(text, Origin::literal(self.span(range), self.span(entry)));
        }
        let values: Vec<Value> = parts
            .iter()
            .map(|part| match part {
                StringPart::Text(text, place) => Value::new(
                    &**text,
                    Origin::literal(self.span(*place), self.span(*place)),
                ),
                StringPart::Hole(hole) => self.evaluate(engine, hole, hole.range),
            })
            .collect();
        let origin = self.origin(range, entry);
        let Some(parts) = values.iter().map(size::parts).sum::<Option<u64>>() else {
            return Value::new(size::too_large(), origin);
        };
        if let Err(limit) = engine.tally.work(parts) {
            return Value::new(limit, origin);
        }
        let mut value = engine
            .tally
            .made(Value::new(functions::concat(&values), origin));
        value.sensitive = values.iter().any(|part| part.sensitive);
        value.origin.via = values.iter().find_map(|part| part.origin.via.clone());
        value
    }

    fn array(&self, engine: &Engine<'_>, items: &[Item], literal: &dyn Fn(Kind) -> Value) -> Value {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Item::Value(item) => values.push(self.evaluate(engine, item, item.range)),
                Item::Spread(spread) => {
                    let value = self.evaluate(engine, spread, spread.range);
                    match (&value.kind, value.as_list()) {
                        (_, Some(inner)) => values.extend(inner.iter().map(|it| of(it, &value))),
                        (Kind::Null, _) => {}
                        _ => {
                            let why = "only an array can be spread in an array";
                            return Value {
                                sensitive: value.sensitive,
                                ..literal(not_known(&value, why))
                            };
                        }
                    }
                }
            }
        }
        engine.tally.made(literal(values.into()))
    }

    /// The members of an object, without a place.
    pub(super) fn object(&self, engine: &Engine<'_>, members: &[Member], body: &Body<'_>) -> Value {
        let mut entries = Map::with_capacity(members.len());
        for member in members {
            match member {
                Member::Property(property) => {
                    let plain = property.key.as_text();
                    if plain.is_some_and(|name| body.without.contains(&name)) {
                        continue;
                    }
                    let key = plain.map(str::to_owned).or_else(|| {
                        let key = self.evaluate(engine, &property.key, property.key.range);
                        functions::text_key(&key)
                    });
                    let Some(key) = key else { continue };
                    let value = self.evaluate(engine, &property.value, property.range);
                    entries.insert(key.into(), value);
                }
                Member::Spread(spread) => {
                    let value = self.evaluate(engine, spread, spread.range);
                    match (&value.kind, value.as_map()) {
                        (_, Some(inner)) => {
                            let inner = inner.iter();
                            let inner = inner.filter(|(key, _)| !body.without.contains(&&***key));
                            entries.extend(inner.map(|(key, it)| (key.clone(), of(it, &value))));
                        }
                        (Kind::Null, _) => {}
                        _ => {
                            let why = "only an object can be spread in an object";
                            let unknown = Value {
                                kind: not_known(&value, why),
                                ..value
                            };
                            if body.open.is_empty() {
                                return unknown;
                            }
                            open(&mut entries, body.open, &unknown);
                        }
                    }
                }
                Member::Resource(_) => {}
            }
        }
        Value::bare(entries)
    }

    fn unary(
        &self,
        engine: &Engine<'_>,
        operators: &[UnaryOperator],
        operand: &Expression,
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        if let ([UnaryOperator::Minus], ExpressionKind::Integer(number)) =
            (operators, &operand.kind)
        {
            let kind = Kind::from(0_i64.wrapping_sub_unsigned(*number));
            return Value::new(kind, Origin::literal(self.span(range), self.span(entry)));
        }
        let mut value = self.evaluate(engine, operand, entry);
        for operator in operators.iter().rev() {
            value = match operator {
                UnaryOperator::Not => self.call(engine, "not", vec![value], range, entry),
                UnaryOperator::Minus => {
                    let zero = Value::bare(0_i64);
                    self.call(engine, "sub", vec![zero, value], range, entry)
                }
            };
        }
        value
    }

    fn binary(
        &self,
        engine: &Engine<'_>,
        first: &Expression,
        rest: &[(BinaryOperator, Expression)],
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        let mut left = self.evaluate(engine, first, entry);
        for (operator, operand) in rest {
            left = match operator {
                BinaryOperator::And | BinaryOperator::Or => {
                    let deciding = *operator == BinaryOperator::Or;
                    if left.as_bool() == Some(deciding) {
                        left.origin = self.origin(range, entry);
                        continue;
                    }
                    let right = self.perhaps(engine, &left, operand, entry);
                    let name = if deciding { "or" } else { "and" };
                    self.call(engine, name, vec![left, right], range, entry)
                }
                BinaryOperator::Coalesce => {
                    if !left.is_null() && functions::reason_of(&left).is_none() {
                        continue;
                    }
                    let right = self.perhaps(engine, &left, operand, entry);
                    if left.is_null() {
                        right
                    } else {
                        self.call(engine, "coalesce", vec![left, right], range, entry)
                    }
                }
                operator => {
                    let right = self.evaluate(engine, operand, entry);
                    self.apply(engine, *operator, left, right, (range, entry))
                }
            };
        }
        left
    }

    /// The value of an operand that is computed only if `left` says so: quietly where that is not known.
    fn perhaps(
        &self,
        engine: &Engine<'_>,
        left: &Value,
        operand: &Expression,
        entry: TextRange,
    ) -> Value {
        if functions::reason_of(left).is_some() {
            return engine
                .tally
                .quietly(|| self.evaluate(engine, operand, entry));
        }
        self.evaluate(engine, operand, entry)
    }

    fn apply(
        &self,
        engine: &Engine<'_>,
        operator: BinaryOperator,
        left: Value,
        right: Value,
        (range, entry): (TextRange, TextRange),
    ) -> Value {
        use BinaryOperator::*;
        let call = |name, arguments| self.call(engine, name, arguments, range, entry);
        let name = match operator {
            Multiply => "mul",
            Divide => "div",
            Modulo => "mod",
            Add => "add",
            Subtract => "sub",
            Greater => "greater",
            GreaterOrEqual => "greaterOrEquals",
            Less => "less",
            LessOrEqual => "lessOrEquals",
            Equal | NotEqual | EqualInsensitive | NotEqualInsensitive => "equals",
            And => "and",
            Or => "or",
            Coalesce => "coalesce",
        };
        let (left, right) = match operator {
            EqualInsensitive | NotEqualInsensitive => {
                (call("toLower", vec![left]), call("toLower", vec![right]))
            }
            _ => (left, right),
        };
        let value = call(name, vec![left, right]);
        match operator {
            NotEqual | NotEqualInsensitive => call("not", vec![value]),
            _ => value,
        }
    }

    fn ternary(
        &self,
        engine: &Engine<'_>,
        [condition, then, otherwise]: &[Expression; 3],
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        let decided = self.evaluate(engine, condition, condition.range);
        match decided.as_bool() {
            Some(true) => self.evaluate(engine, then, entry),
            Some(false) => self.evaluate(engine, otherwise, entry),
            None => {
                let (then, otherwise) = engine.tally.quietly(|| {
                    let then = self.evaluate(engine, then, entry);
                    (then, self.evaluate(engine, otherwise, entry))
                });
                self.call(engine, "if", vec![decided, then, otherwise], range, entry)
            }
        }
    }

    /// `[for …]` as a value.
    fn repeat(
        &self,
        engine: &Engine<'_>,
        repeated: &For,
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        let collection = self.evaluate(engine, &repeated.collection, repeated.collection.range);
        let Some(items) = collection.as_list() else {
            let kind = not_known(&collection, "only an array can be gone through");
            return Value::new(kind, self.origin(range, entry));
        };
        let mut values = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            let given = [item.clone(), Value::bare(position as i64)];
            let index = repeated.index.as_ref().map(|name| &*name.text);
            let names: Vec<&str> = std::iter::once(&*repeated.item.text).chain(index).collect();
            values.push(with_locals(self.locals, &names, &given, &mut |locals| {
                let body = &repeated.body;
                self.with(locals).evaluate(engine, body, body.range)
            }));
        }
        let mut value = Value::new(values, self.origin(range, entry));
        value.sensitive = collection.sensitive;
        value
    }

    /// Calls a function of the template language.
    pub(super) fn call(
        &self,
        engine: &Engine<'_>,
        name: &str,
        arguments: Vec<Value>,
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        let arguments = arguments.into_iter().map(Argument::Value).collect();
        self.call_with(engine, name, arguments, range, entry)
    }

    pub(super) fn call_with(
        &self,
        engine: &Engine<'_>,
        name: &str,
        arguments: Vec<Argument<'_>>,
        range: TextRange,
        entry: TextRange,
    ) -> Value {
        let arguments = if takes_texts_apart(name) {
            arguments
                .into_iter()
                .map(|argument| match argument {
                    Argument::Value(value) => Argument::Value(engine.with_ids(value)),
                    lambda @ Argument::Lambda(_) => lambda,
                })
                .collect()
        } else {
            arguments
        };
        let origin = self.origin(range, entry);
        let site = Site {
            origin: &origin,
            deployment: &self.instance.deployment,
        };
        let Some(work) = functions::work(name, &arguments) else {
            return Value::new(size::too_large(), origin);
        };
        if let Err(limit) = engine.tally.work(work) {
            return Value::new(limit, origin);
        }
        match functions::call(name, arguments, site) {
            Ok(value) => engine.tally.made(value),
            Err(CallError::Wrong(message)) => self.wrong(engine, message, range, entry),
            Err(CallError::NoFunction) => {
                let message = format!("there is no function `{name}`");
                engine.report(Level::Warning, message, self.span(range));
                let reason = Reason::Undeclared(format!("function {name}").into());
                Value::new(reason, origin)
            }
        }
    }
}

/// How the members of an object are taken.
#[derive(Default)]
pub(super) struct Body<'b> {
    /// Names that are left out.
    pub(super) without: &'b [&'b str],
    /// Names that any object here may have. Where some are given, an unknown spread leaves these unknown, and not the whole.
    pub(super) open: &'b [&'b str],
}

/// A part of a value: as secret as the whole.
fn of(part: &Value, whole: &Value) -> Value {
    let mut part = part.clone();
    part.sensitive |= whole.sensitive;
    part
}

/// Makes everything unknown that an unknown spread may give anew.
fn open(entries: &mut Map, names: &[&str], unknown: &Value) {
    for name in names {
        entries.insert((*name).into(), unknown.clone());
    }
    for value in entries.values_mut() {
        *value = unknown.clone();
    }
}

/// Functions whose result depends on the characters of a text.
fn takes_texts_apart(name: &str) -> bool {
    matches!(
        name,
        "base64"
            | "contains"
            | "endsWith"
            | "equals"
            | "guid"
            | "indexOf"
            | "lastIndexOf"
            | "length"
            | "like"
            | "replace"
            | "skip"
            | "split"
            | "startsWith"
            | "substring"
            | "take"
            | "toLower"
            | "toUpper"
            | "trim"
            | "uniqueString"
            | "uri"
            | "uriComponent"
    )
}

/// The value used at another place, with a link to where it comes from.
pub(super) fn used(
    scope: &Scope<'_>,
    value: Value,
    (range, entry): (TextRange, TextRange),
    link: Option<(FrameKind, Arc<str>, Span)>,
) -> Value {
    let origin = value
        .origin
        .used_at(scope.span(range), scope.span(entry), link);
    value.with_origin(origin)
}

/// The kind of what needs a value that is not known, or is of the wrong kind.
pub(super) fn not_known(value: &Value, wrong: &str) -> Kind {
    if let Kind::Unknown(_) = &value.kind {
        return value.kind.clone();
    }
    functions::reason_of(value)
        .unwrap_or_else(|| Reason::Error(wrong.into()))
        .into()
}

fn integer(number: u64) -> Kind {
    i64::try_from(number).map_or_else(|_| Kind::from(number as f64), Kind::from)
}
