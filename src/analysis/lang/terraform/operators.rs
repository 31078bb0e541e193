//! Operators: equality, order, arithmetic, logic.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/operators>. `&&` and `||` are decided by one operand
//! where it decides alone. An error is a message; the evaluator makes the diagnostic and the unknown.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::convert::convert;
use super::types::Type;
use super::value::{Marks, Number, TfKind, TfValue};

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// An operator before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// What an equality says: decided, or not for the sake of an unknown.
type Equality = Option<bool>;

/// The result of a binary operator, or what is wrong with its operands.
pub fn binary(
    operator: BinaryOperator,
    left: &TfValue,
    right: &TfValue,
) -> Result<TfValue, String> {
    use BinaryOperator::*;
    match operator {
        Equal | NotEqual => Ok(equality(left, right, operator == NotEqual)),
        And | Or => logic(left, right, operator == Or),
        _ => arithmetic(operator, left, right),
    }
}

/// The result of a unary operator, or what is wrong with its operand.
pub fn unary(operator: UnaryOperator, operand: &TfValue) -> Result<TfValue, String> {
    let ty = if operator == UnaryOperator::Not {
        Type::Bool
    } else {
        Type::Number
    };
    let operand = operand_of(operand, &ty)?;
    let result = match (&operand.kind, operator) {
        (TfKind::Bool(value), _) => TfValue::bool(!value),
        (TfKind::Number(value), _) => TfValue::number(value.negated()),
        _ => TfValue::unknown_like(ty, std::slice::from_ref(&operand)),
    };
    Ok(result.with_marks(operand.marks))
}

/// `==`, and `!=` where `negated`.
fn equality(left: &TfValue, right: &TfValue, negated: bool) -> TfValue {
    let result = match equal(left, right) {
        Some(equal) => TfValue::bool(equal != negated),
        None => TfValue::unknown_like(Type::Bool, &[left.clone(), right.clone()]),
    };
    result.with_marks(left.deep_marks().union(right.deep_marks()))
}

/// Whether two values are equal in type and content; none where an unknown decides.
pub fn equal(left: &TfValue, right: &TfValue) -> Equality {
    match (&left.kind, &right.kind) {
        (TfKind::Null, TfKind::Null) => return Some(true),
        (TfKind::Null, TfKind::Unknown(unknown)) | (TfKind::Unknown(unknown), TfKind::Null) => {
            return unknown.not_null.then_some(false);
        }
        (TfKind::Null, _) | (_, TfKind::Null) => return Some(false),
        (TfKind::Unknown(_), _) | (_, TfKind::Unknown(_)) => return equal_unknown(left, right),
        (TfKind::Bool(a), TfKind::Bool(b)) => return Some(a == b),
        (TfKind::Number(a), TfKind::Number(b)) => return Some(a == b),
        (TfKind::String(a), TfKind::String(b)) => return Some(a.text == b.text),
        _ => {}
    }
    if !may_equal(&left.ty, &right.ty) {
        return Some(false);
    }
    match (&left.kind, &right.kind) {
        (TfKind::Sequence(a), TfKind::Sequence(b)) => {
            let set = matches!(left.ty, Type::Set(_));
            if set && !(left.is_wholly_known() && right.is_wholly_known()) {
                return None;
            }
            if a.len() != b.len() {
                return Some(false);
            }
            all_equal(a.iter().zip(b.iter()))
        }
        (TfKind::Mapping(a), TfKind::Mapping(b)) => {
            if a.len() != b.len() || !a.keys().eq(b.keys()) {
                return Some(false);
            }
            all_equal(a.values().zip(b.values()))
        }
        _ => Some(false),
    }
}

fn all_equal<'a>(pairs: impl Iterator<Item = (&'a TfValue, &'a TfValue)>) -> Equality {
    let mut result = Some(true);
    for (a, b) in pairs {
        match equal(a, b) {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}

/// Unequal types decide even against an unknown, and so does a different beginning of a text.
fn equal_unknown(left: &TfValue, right: &TfValue) -> Equality {
    if !may_equal(&left.ty, &right.ty) {
        return Some(false);
    }
    match (known_prefix(left), known_prefix(right)) {
        (Some(a), Some(b)) => {
            let shorter = a.len().min(b.len());
            (a.as_bytes()[..shorter] != b.as_bytes()[..shorter]).then_some(false)
        }
        _ => None,
    }
}

/// What a text surely begins with: all of a known one, of a template what stands before its first unknown. The last character
/// before an unknown may still combine with what follows.
pub fn known_prefix(value: &TfValue) -> Option<String> {
    match &value.kind {
        TfKind::String(text) => Some(text.text.to_string()),
        TfKind::Unknown(unknown) => {
            let mut prefix = String::new();
            for part in &unknown.parts {
                match part.as_str() {
                    Some(text) => prefix.push_str(text),
                    None => break,
                }
            }
            prefix.pop();
            (!prefix.is_empty()).then_some(prefix)
        }
        _ => None,
    }
}

/// What a text surely ends with.
pub fn known_suffix(value: &TfValue) -> Option<String> {
    match &value.kind {
        TfKind::String(text) => Some(text.text.to_string()),
        TfKind::Unknown(unknown) => {
            let known = unknown.parts.iter().rev().map_while(TfValue::as_str);
            let mut parts: Vec<&str> = known.collect();
            parts.reverse();
            Some(parts.concat()).filter(|suffix| !suffix.is_empty())
        }
        _ => None,
    }
}

/// Whether values of both types can be equal: the types are equal, or `any` leaves it open.
fn may_equal(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Dynamic, _) | (_, Type::Dynamic) => true,
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => may_equal(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| may_equal(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b.iter())
                    .all(|(a, b)| a.0 == b.0 && may_equal(&a.1.ty, &b.1.ty))
        }
        _ => left == right,
    }
}

fn logic(left: &TfValue, right: &TfValue, or: bool) -> Result<TfValue, String> {
    let left = operand_of(left, &Type::Bool)?;
    let right = operand_of(right, &Type::Bool)?;
    let result = match (left.as_bool(), right.as_bool()) {
        (Some(a), _) if a == or => TfValue::bool(or),
        (_, Some(b)) if b == or => TfValue::bool(or),
        (Some(_), Some(_)) => TfValue::bool(!or),
        _ => TfValue::unknown_like(Type::Bool, &[left.clone(), right.clone()]),
    };
    Ok(result.with_marks(left.marks.union(right.marks)))
}

fn arithmetic(
    operator: BinaryOperator,
    left: &TfValue,
    right: &TfValue,
) -> Result<TfValue, String> {
    use BinaryOperator::*;
    let left = operand_of(left, &Type::Number)?;
    let right = operand_of(right, &Type::Number)?;
    let compares = matches!(operator, Less | LessOrEqual | Greater | GreaterOrEqual);
    let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
        let ty = if compares { Type::Bool } else { Type::Number };
        return Ok(TfValue::unknown_like(ty, &[left.clone(), right.clone()])
            .with_marks(left.marks.union(right.marks)));
    };
    let result = if compares {
        TfValue::bool(compare(operator, a.cmp(b)))
    } else {
        TfValue::number(compute(operator, a, b)?)
    };
    Ok(result.with_marks(left.marks.union(right.marks)))
}

fn compare(operator: BinaryOperator, order: Ordering) -> bool {
    match operator {
        BinaryOperator::Less => order.is_lt(),
        BinaryOperator::LessOrEqual => order.is_le(),
        BinaryOperator::Greater => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn compute(operator: BinaryOperator, a: &Number, b: &Number) -> Result<Number, String> {
    let result = match operator {
        BinaryOperator::Add => a.add(b),
        BinaryOperator::Subtract => a.subtract(b),
        BinaryOperator::Multiply => a.multiply(b),
        BinaryOperator::Divide => a.divide(b),
        _ => a.modulo(b),
    };
    result.ok_or_else(|| match operator {
        BinaryOperator::Divide => {
            "zero cannot be divided by zero, nor infinity by infinity".to_owned()
        }
        _ => "the operation has no result for infinity".to_owned(),
    })
}

/// An operand in the type its operator wants.
fn operand_of(value: &TfValue, ty: &Type) -> Result<TfValue, String> {
    if value.is_null() {
        return Err("an operand is null".to_owned());
    }
    convert(value, ty).map_err(|error| error.to_string())
}

/// Sorts the items of a set and removes duplicates.
pub(super) fn sort_set(items: &mut Vec<TfValue>) {
    items.sort_by_cached_key(Place::of);
    items.dedup_by(|a, b| identical(a, b));
}

/// Equal with nothing unknown about it.
pub fn identical(a: &TfValue, b: &TfValue) -> bool {
    equal(a, b) == Some(true)
}

/// Values among which equal ones are found without a look at each.
#[derive(Default)]
pub(super) struct Lookup(HashMap<String, Vec<TfValue>>);

impl Lookup {
    /// Adds a value; false where it is there.
    pub(super) fn insert(&mut self, value: &TfValue) -> bool {
        let alike = self.0.entry(spelling(value)).or_default();
        let is_new = !alike.iter().any(|known| identical(known, value));
        if is_new {
            alike.push(value.clone());
        }
        is_new
    }

    pub(super) fn has(&self, value: &TfValue) -> bool {
        let alike = self.0.get(&spelling(value)).into_iter().flatten();
        { alike }.any(|known| identical(known, value))
    }
}

impl<'a> FromIterator<&'a TfValue> for Lookup {
    fn from_iter<T: IntoIterator<Item = &'a TfValue>>(values: T) -> Self {
        let mut made = Self::default();
        for value in values {
            made.insert(value);
        }
        made
    }
}

/// The order in which a set is iterated: texts by code point, numbers by size, `false` first, everything else by a canonical
/// spelling; nulls last, unknowns before them.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Other(String),
    Unknown,
    Null,
}

impl Place {
    fn of(value: &TfValue) -> Self {
        match &value.kind {
            TfKind::Null => Self::Null,
            TfKind::Unknown(_) => Self::Unknown,
            TfKind::Bool(value) => Self::Bool(*value),
            TfKind::Number(number) => Self::Number(number.clone()),
            TfKind::String(text) => Self::String(text.text.clone()),
            TfKind::Sequence(_) | TfKind::Mapping(_) => Self::Other(spelling(value)),
        }
    }
}

/// The spelling by which sets of collections are ordered.
fn spelling(value: &TfValue) -> String {
    let mut text = String::new();
    spell(value, &mut text);
    text
}

fn spell(value: &TfValue, text: &mut String) {
    match &value.kind {
        TfKind::Unknown(_) => text.push('?'),
        TfKind::Null => text.push('~'),
        TfKind::Bool(value) => text.push(if *value { 'T' } else { 'F' }),
        TfKind::Number(number) => {
            let (digits, point) = number.significant_digits(10);
            let sign = if number.is_negative() { "-" } else { "" };
            let _ = write!(text, "{sign}{}", general(&digits, point));
        }
        TfKind::String(value) => {
            let _ = write!(text, "{:?}", value.text);
        }
        TfKind::Sequence(items) => {
            let tuple = matches!(value.ty, Type::Tuple(_));
            text.push(if tuple { '<' } else { '[' });
            for item in items.iter() {
                spell(item, text);
                text.push(';');
            }
            text.push(if tuple { '>' } else { ']' });
        }
        TfKind::Mapping(entries) => {
            let object = matches!(value.ty, Type::Object(_));
            text.push(if object { '<' } else { '{' });
            for (key, item) in entries.iter() {
                if !object {
                    let _ = write!(text, "{key:?}:");
                }
                spell(item, text);
                text.push(';');
            }
            text.push(if object { '>' } else { '}' });
        }
    }
}

/// `%.10g`
fn general(digits: &str, point: i64) -> String {
    if digits.is_empty() {
        return "0".to_owned();
    }
    let exponent = point - 1;
    if (-4..10).contains(&exponent) {
        return super::number::positional(digits, point);
    }
    let (first, rest) = digits.split_at(1);
    let fraction = if rest.is_empty() {
        String::new()
    } else {
        format!(".{rest}")
    };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{fraction}e{sign}{:02}", exponent.abs())
}

/// The value at an index or key, as `collection[key]` and `collection.key` give it.
pub fn index(collection: &TfValue, key: &TfValue) -> Result<TfValue, String> {
    if collection.is_null() {
        return Err("this value is null, so it has no elements".to_owned());
    }
    if key.is_null() {
        return Err("the index is null".to_owned());
    }
    let marks = collection.marks.union(key.marks);
    if !collection.is_known() {
        let element = element_type(&collection.ty, key);
        return match collection.ty {
            ref ty if ty.is_primitive() => Err("this value has no elements".to_owned()),
            _ => Ok(child_of_unknown(collection, element, key).with_marks(marks)),
        };
    }
    let found = match &collection.kind {
        TfKind::Sequence(_) if matches!(collection.ty, Type::Set(_)) => Err(
            "elements of a set have no key; convert it to a list, or iterate over it".to_owned(),
        ),
        TfKind::Sequence(items) => index_sequence(collection, items, key),
        TfKind::Mapping(_) => index_mapping(collection, key),
        _ => Err("this value has no elements".to_owned()),
    };
    found.map(|value| value.with_marks(marks))
}

fn index_sequence(
    collection: &TfValue,
    items: &Arc<Vec<TfValue>>,
    key: &TfValue,
) -> Result<TfValue, String> {
    let key =
        convert(key, &Type::Number).map_err(|_| "the index of a list is a number".to_owned())?;
    let Some(number) = key.as_number() else {
        let element = collection.ty.element().cloned().unwrap_or_default();
        return Ok(TfValue::unknown_like(element, std::slice::from_ref(&key)));
    };
    if number.is_negative() {
        return Err(
            "the index of a list is not negative; for an element from the end, use length()"
                .to_owned(),
        );
    }
    let index = number
        .as_usize()
        .ok_or_else(|| "the index of a list is a whole number".to_owned())?;
    let count = items.len();
    items
        .get(index)
        .cloned()
        .ok_or_else(|| format!("there is no element {index} among {count}"))
}

fn index_mapping(collection: &TfValue, key: &TfValue) -> Result<TfValue, String> {
    let key = convert(key, &Type::String).map_err(|_| "the key of a map is a string".to_owned())?;
    let entries = collection
        .as_entries()
        .ok_or("this value has no elements")?;
    let Some(name) = key.as_str() else {
        let element = collection.ty.element().cloned().unwrap_or_default();
        return Ok(TfValue::unknown_like(element, std::slice::from_ref(&key)));
    };
    entries
        .get(name)
        .cloned()
        .ok_or_else(|| match collection.ty {
            Type::Object(_) => format!("the object has no attribute \"{name}\""),
            _ => format!("the map has no element \"{name}\""),
        })
}

fn element_type(ty: &Type, key: &TfValue) -> Type {
    match ty {
        Type::List(element) | Type::Set(element) | Type::Map(element) => (**element).clone(),
        Type::Tuple(items) => {
            let index = key.as_number().and_then(Number::as_usize);
            index
                .and_then(|index| items.get(index))
                .cloned()
                .unwrap_or_default()
        }
        Type::Object(attributes) => {
            let name = key.as_str().and_then(|name| attributes.get(name));
            name.map(|attribute| attribute.ty.clone())
                .unwrap_or_default()
        }
        _ => Type::Dynamic,
    }
}

/// An element of something unknown: unknown for the same reason; of a resource's attribute, a longer attribute.
fn child_of_unknown(collection: &TfValue, ty: Type, key: &TfValue) -> TfValue {
    let mut child = TfValue::unknown_like(ty, std::slice::from_ref(collection));
    let (Some(parent), TfKind::Unknown(unknown)) = (collection.as_unknown(), &mut child.kind)
    else {
        return child;
    };
    let unknown = Arc::make_mut(unknown);
    unknown.not_null = false;
    let step = match &key.kind {
        TfKind::String(text) => Some(format!(".{}", text.text)),
        TfKind::Number(number) => Some(format!("[{number}]")),
        _ => None,
    };
    if let (Some(reference), Some(step)) = (&parent.reference, step) {
        let mut longer = (**reference).clone();
        longer.attribute = format!("{}{step}", reference.attribute)
            .trim_start_matches('.')
            .into();
        unknown.reference = Some(Arc::new(longer));
    }
    child
}

/// The marks of all values together.
pub fn marks_of(values: &[TfValue]) -> Marks {
    values
        .iter()
        .map(TfValue::deep_marks)
        .fold(Marks::NONE, Marks::union)
}
