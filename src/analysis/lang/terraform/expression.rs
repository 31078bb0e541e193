//! Expressions to values.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions>. A wrong expression is a [`Failure`], which costs the
//! attribute that holds it; an unknown operand makes only what depends on it unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{Assumption, FrameKind, Reason};
use palisade_syntax::hcl::{
    BinaryOperator, Conditional, Expression, ExpressionKind, For, ObjectEntry, ObjectKey,
    UnaryOperator,
};

use super::apply;
use super::convert;
use super::operators;
use super::reference;
use super::scope::{Binding, Eval, Failure, Scope, made_at, written_at};
use super::template;
use super::traversal;
use super::types::Type;
use super::value::{Entries, Marks, Number, TfCandidate, TfKind, TfUnknown, TfValue};

/// The value of an expression.
pub(super) fn evaluate(expression: &Expression, scope: &Scope<'_, '_>) -> Eval {
    let place = scope.span(expression.range);
    let engine = scope.instance.engine;
    let _depth = engine.step(place)?;
    let value = match &expression.kind {
        ExpressionKind::Missing => {
            return Ok(made_at(
                TfValue::error("the expression cannot be read"),
                place,
            ));
        }
        ExpressionKind::Null => written_at(TfValue::null(), place),
        ExpressionKind::Bool(value) => written_at(TfValue::bool(*value), place),
        ExpressionKind::Number(digits) => {
            let number = Number::parse(digits)
                .ok_or_else(|| Failure::new(format!("`{digits}` is too large a number"), place))?;
            written_at(TfValue::number(number), place)
        }
        ExpressionKind::String(text) => written_at(TfValue::text(text), place),
        ExpressionKind::Template(parts) => template::evaluate(parts, place, scope)?,
        ExpressionKind::Tuple(items) => {
            let items = items
                .iter()
                .map(|item| evaluate(item, scope))
                .collect::<Result<_, _>>()?;
            written_at(TfValue::tuple(items), place)
        }
        ExpressionKind::Object(entries) => object(entries, expression, scope)?,
        ExpressionKind::Parenthesis(inner) => evaluate(inner, scope)?,
        ExpressionKind::Variable(name) => reference::root(name, &[], place, scope)?.0,
        ExpressionKind::Traversal(base, steps) => traversal::evaluate(base, steps, place, scope)?,
        ExpressionKind::Conditional(conditional) => condition(conditional, expression, scope)?,
        ExpressionKind::Call(call) => apply::call(call, place, scope)?,
        ExpressionKind::Unary(operator, operand) => unary(*operator, operand, scope)?,
        ExpressionKind::Binary(operator, operands) => {
            binary(*operator, &operands.0, &operands.1, scope)?
        }
        ExpressionKind::For(expression) => for_each(expression, scope)?,
    };
    Ok(match expression.kind {
        ExpressionKind::Call(_)
        | ExpressionKind::Unary(..)
        | ExpressionKind::Binary(..)
        | ExpressionKind::For(_)
        | ExpressionKind::Conditional(_) => made_at(value, place),
        _ => value,
    })
}

fn object(entries: &[ObjectEntry], expression: &Expression, scope: &Scope<'_, '_>) -> Eval {
    let place = scope.span(expression.range);
    let mut made = Entries::new();
    let mut marks = Marks::NONE;
    for entry in entries {
        let key = match &entry.key {
            ObjectKey::Name(name) => TfValue::text(&name.text),
            ObjectKey::Expression(key) => evaluate(key, scope)?,
        };
        let mut value = evaluate(&entry.value, scope)?;
        value.origin.entry = Some(scope.span(entry.range));
        marks = marks.union(key.marks);
        if let TfKind::String(key) = &key.kind {
            made.insert(key.text.clone(), value);
            continue;
        }
        let key_place = scope.span(entry.key.range());
        let key = apply::to_type(&key, &Type::String).map_err(|message| {
            Failure::new(format!("a key must be a string: {message}"), key_place)
        })?;
        if let Some(unknown) = key.as_unknown() {
            let unknown = TfValue::unknown(Type::Dynamic, unknown.reason.clone()).with_marks(marks);
            return Ok(made_at(unknown, place));
        }
        let text = key
            .as_str()
            .ok_or_else(|| Failure::new("a key cannot be null", key_place))?;
        made.insert(text.into(), value);
    }
    Ok(written_at(TfValue::object(made), place).with_marks(marks))
}

/// The text of an expression on one line, for messages.
pub(super) fn text_of(expression: &Expression, scope: &Scope<'_, '_>) -> String {
    let source = scope.instance.engine.context.sources.file(scope.file);
    let text = expression.range.slice(&source.text);
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn condition(conditional: &Conditional, whole: &Expression, scope: &Scope<'_, '_>) -> Eval {
    let place = scope.span(conditional.condition.range);
    let decided = evaluate(&conditional.condition, scope)?;
    let decided = apply::to_type(&decided, &Type::Bool).map_err(|message| {
        Failure::new(
            format!("a condition must be true or false: {message}"),
            place,
        )
    })?;
    let then = evaluate(&conditional.then, scope);
    let otherwise = evaluate(&conditional.otherwise, scope);
    match &decided.kind {
        TfKind::Null => Err(Failure::new("a condition cannot be null", place)),
        TfKind::Unknown(unknown) => {
            let (then, otherwise) = (then?, otherwise?);
            let marks = decided.marks.union(then.marks).union(otherwise.marks);
            common_type(&then, &otherwise)
                .map_err(|it| Failure::new(it, scope.span(whole.range)))?;
            Ok(either(unknown, conditional, then, otherwise, scope).with_marks(marks))
        }
        kind => {
            let (taken, other) = if matches!(kind, TfKind::Bool(true)) {
                (then?, otherwise)
            } else {
                (otherwise?, then)
            };
            one_of(taken, other, scope.span(whole.range)).map(|it| it.with_marks(decided.marks))
        }
    }
}

/// The branch that is taken. The other one only decides about the type and the marks.
fn one_of(taken: TfValue, other: Eval, place: palisade_model::Span) -> Eval {
    let Ok(other) = other else {
        return Ok(taken);
    };
    let ty = common_type(&taken, &other).map_err(|message| Failure::new(message, place))?;
    let origin = taken.origin.clone();
    let converted = apply::to_type(&taken, &ty).map_err(|message| Failure::new(message, place))?;
    Ok(converted.with_origin(origin).with_marks(other.marks))
}

/// The type of a conditional of two branches; any where one of them is of a type not known.
fn common_type(one: &TfValue, other: &TfValue) -> Result<Type, String> {
    let open = |value: &TfValue| value.ty == Type::Dynamic;
    match (one, other) {
        (one, other) if open(one) && !one.is_null() || open(other) && !other.is_null() => {
            Ok(Type::Dynamic)
        }
        (one, other) if open(one) => Ok(other.ty.clone()),
        (one, other) if open(other) => Ok(one.ty.clone()),
        (one, other) => convert::unify(&[one.ty.clone(), other.ty.clone()]).ok_or_else(|| {
            let (one, other) = (one.ty.friendly_name(), other.ty.friendly_name());
            format!("the branches of a condition have no type in common: {one} and {other}")
        }),
    }
}

/// One of two values: which, a condition decides that is not known.
fn either(
    unknown: &Arc<TfUnknown>,
    conditional: &Conditional,
    then: TfValue,
    otherwise: TfValue,
    scope: &Scope<'_, '_>,
) -> TfValue {
    if then.is_wholly_known()
        && otherwise.is_wholly_known()
        && operators::identical(&then, &otherwise)
    {
        return then;
    }
    let ty = common_type(&then, &otherwise).unwrap_or_default();
    let subject: Arc<str> = text_of(&conditional.condition, scope).into();
    let mut made = TfUnknown::new(unknown.reason.clone());
    let mut complete = true;
    for (value, holds) in [(then, "true"), (otherwise, "false")] {
        let when = Assumption {
            subject: subject.clone(),
            value: holds.into(),
        };
        match value.as_unknown() {
            Some(inner) if inner.candidates.is_empty() && inner.reference.is_none() => {
                complete = false;
            }
            Some(inner) if !inner.candidates.is_empty() => {
                for candidate in &inner.candidates {
                    let mut candidate = candidate.clone();
                    candidate.when.insert(0, when.clone());
                    made.candidates.push(candidate);
                }
            }
            _ => made.candidates.push(TfCandidate {
                when: vec![when],
                value,
            }),
        }
    }
    if !complete || made.candidates.len() > 64 {
        made.candidates.clear();
    }
    TfValue::of_unknown(ty, made)
}

fn unary(operator: UnaryOperator, operand: &Expression, scope: &Scope<'_, '_>) -> Eval {
    let value = evaluate(operand, scope)?;
    let operator = match operator {
        UnaryOperator::Negate => operators::UnaryOperator::Negate,
        UnaryOperator::Not => operators::UnaryOperator::Not,
    };
    operators::unary(operator, &value)
        .map_err(|message| Failure::new(message, scope.span(operand.range)))
}

fn operand_of(value: &TfValue, ty: &Type, place: palisade_model::Span) -> Eval {
    let converted = apply::to_type(value, ty).map_err(|message| Failure::new(message, place))?;
    if converted.is_null() {
        return Err(Failure::new("an operand cannot be null", place));
    }
    Ok(converted)
}

fn binary(
    operator: BinaryOperator,
    left: &Expression,
    right: &Expression,
    scope: &Scope<'_, '_>,
) -> Eval {
    use operators::BinaryOperator as O;
    let place = scope.span(left.range.cover(right.range));
    let operator = match operator {
        BinaryOperator::And => return logic(true, left, right, scope),
        BinaryOperator::Or => return logic(false, left, right, scope),
        BinaryOperator::Equal => O::Equal,
        BinaryOperator::NotEqual => O::NotEqual,
        BinaryOperator::Less => O::Less,
        BinaryOperator::LessEqual => O::LessOrEqual,
        BinaryOperator::Greater => O::Greater,
        BinaryOperator::GreaterEqual => O::GreaterOrEqual,
        BinaryOperator::Add => O::Add,
        BinaryOperator::Subtract => O::Subtract,
        BinaryOperator::Multiply => O::Multiply,
        BinaryOperator::Divide => O::Divide,
        BinaryOperator::Remainder => O::Modulo,
    };
    let (left, right) = (evaluate(left, scope)?, evaluate(right, scope)?);
    operators::binary(operator, &left, &right).map_err(|message| Failure::new(message, place))
}

/// `&&` and `||` in three values: one operand that decides is enough.
fn logic(and: bool, left: &Expression, right: &Expression, scope: &Scope<'_, '_>) -> Eval {
    let decides = |value: &TfValue| value.as_bool() == Some(!and);
    let first = operand_of(&evaluate(left, scope)?, &Type::Bool, scope.span(left.range))?;
    if decides(&first) {
        return Ok(first);
    }
    let second = operand_of(
        &evaluate(right, scope)?,
        &Type::Bool,
        scope.span(right.range),
    )?;
    let marks = first.marks.union(second.marks);
    if decides(&second) || first.is_known() {
        return Ok(second.with_marks(marks));
    }
    if second.is_known() {
        return Ok(first.with_marks(marks));
    }
    Ok(TfValue::unknown_like(Type::Bool, &[first, second]).with_marks(marks))
}

/// The items of a collection as keys and values; none where it cannot be walked.
pub(super) fn pairs(value: &TfValue) -> Option<Vec<(TfValue, TfValue)>> {
    match (&value.kind, &value.ty) {
        (TfKind::Sequence(items), Type::Set(_)) => Some(
            items
                .iter()
                .map(|item| (item.clone(), item.clone()))
                .collect(),
        ),
        (TfKind::Sequence(items), _) => Some(
            items
                .iter()
                .enumerate()
                .map(|(at, item)| (TfValue::length_of(at), item.clone()))
                .collect(),
        ),
        (TfKind::Mapping(entries), _) => Some(
            entries
                .iter()
                .map(|(key, item)| (TfValue::string(key), item.clone()))
                .collect(),
        ),
        _ => None,
    }
}

fn for_each(expression: &For, scope: &Scope<'_, '_>) -> Eval {
    let place = scope.span(expression.collection.range);
    let collection = evaluate(&expression.collection, scope)?;
    let marks = collection.marks;
    if let Some(unknown) = collection.as_unknown() {
        let ty = Type::Dynamic;
        return Ok(TfValue::unknown(ty, unknown.reason.clone()).with_marks(marks));
    }
    let Some(pairs) = pairs(&collection) else {
        let what = if collection.is_null() { "null" } else { "this" };
        return Err(Failure::new(format!("{what} cannot be walked"), place));
    };
    let mut made = Turns::default();
    for (key, item) in pairs {
        turn(expression, key, item, place, scope, &mut made)?;
    }
    let marks = marks.union(made.marks);
    if let Some(reason) = made.unknown {
        return Ok(TfValue::unknown(Type::Dynamic, reason).with_marks(marks));
    }
    let value = match &expression.key {
        None => TfValue::tuple(made.items),
        Some(_) if expression.grouped => {
            let grouped = made
                .grouped
                .into_iter()
                .map(|(key, items)| (key, TfValue::tuple(items)));
            TfValue::object(grouped.collect())
        }
        Some(_) => TfValue::object(made.entries),
    };
    Ok(value.with_marks(marks))
}

/// What the turns of a `for` made so far.
#[derive(Default)]
struct Turns {
    items: Vec<TfValue>,
    entries: Entries,
    grouped: BTreeMap<Arc<str>, Vec<TfValue>>,
    /// Why it is not known which items there are.
    unknown: Option<Reason>,
    marks: Marks,
}

fn turn(
    expression: &For,
    key: TfValue,
    item: TfValue,
    place: palisade_model::Span,
    scope: &Scope<'_, '_>,
    made: &mut Turns,
) -> Result<(), Failure> {
    let item = match item.origin.mark() {
        Some(written) => super::scope::referred(item, place, FrameKind::Loop, "for", Some(written)),
        None => item,
    };
    let engine = scope.instance.engine;
    engine.work(2);
    let _depth = engine.step(place)?;
    let value_binding = Binding {
        name: &expression.value_name.text,
        value: engine.weighed(item, place),
        next: scope.bindings,
    };
    let value_name = &expression.value_name.text;
    let key_name = expression.key_name.as_ref();
    let key_binding = key_name
        .filter(|it| it.text != *value_name)
        .map(|name| Binding {
            name: &name.text,
            value: key,
            next: Some(&value_binding),
        });
    let scope = Scope {
        bindings: Some(key_binding.as_ref().unwrap_or(&value_binding)),
        ..*scope
    };
    if let Some(condition) = &expression.condition {
        let place = scope.span(condition.range);
        let included = operand_of(&evaluate(condition, &scope)?, &Type::Bool, place)?;
        made.marks = made.marks.union(included.marks);
        match &included.kind {
            TfKind::Unknown(unknown) => {
                made.unknown.get_or_insert_with(|| unknown.reason.clone());
                return Ok(());
            }
            TfKind::Bool(false) => return Ok(()),
            _ => {}
        }
    }
    let Some(key_expression) = &expression.key else {
        made.items.push(evaluate(&expression.value, &scope)?);
        return Ok(());
    };
    let key_place = scope.span(key_expression.range);
    let key = operand_of(&evaluate(key_expression, &scope)?, &Type::String, key_place)?;
    let value = evaluate(&expression.value, &scope)?;
    made.enter(expression.grouped, &key, value, key_place)
}

impl Turns {
    /// Puts an item under its key.
    fn enter(
        &mut self,
        grouped: bool,
        key: &TfValue,
        value: TfValue,
        place: palisade_model::Span,
    ) -> Result<(), Failure> {
        self.marks = self.marks.union(key.marks);
        match (&key.kind, key.as_str()) {
            (TfKind::Unknown(unknown), _) => {
                self.unknown.get_or_insert_with(|| unknown.reason.clone());
            }
            (_, Some(text)) if grouped => {
                self.grouped.entry(text.into()).or_default().push(value);
            }
            (_, Some(text)) if self.entries.insert(text.into(), value).is_some() => {
                let message = format!("two items have the key \"{text}\"; `...` would group them");
                return Err(Failure::new(message, place));
            }
            _ => {}
        }
        Ok(())
    }
}
