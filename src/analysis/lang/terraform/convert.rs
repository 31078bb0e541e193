//! Conversion and unification of types.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/type-constraints#conversion-of-complex-types>.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::types::{Attribute, Defaults, Type};
use super::value::{Entries, Number, TfKind, TfUnknown, TfValue};

/// Why a value cannot be of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversionError {
    /// Keys and indices to the part that does not fit.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path.trim_start_matches('.'), self.message)
        }
    }
}

type Converted = Result<TfValue, ConversionError>;

fn fail(message: impl Into<String>) -> ConversionError {
    ConversionError {
        path: String::new(),
        message: message.into(),
    }
}

fn inside(step: String) -> impl FnOnce(ConversionError) -> ConversionError {
    move |error| ConversionError {
        path: format!("{step}{}", error.path),
        ..error
    }
}

/// The value as one of type `ty`; marks and origins stay.
pub fn convert(value: &TfValue, ty: &Type) -> Converted {
    if value.ty == *ty || *ty == Type::Dynamic {
        return Ok(value.clone());
    }
    let mut converted = match &value.kind {
        TfKind::Null if !convertible(&value.ty, ty) => return Err(mismatch(&value.ty, ty)),
        TfKind::Null => TfValue::null_of(concrete(ty, &value.ty)),
        TfKind::Unknown(unknown) => convert_unknown(value, unknown, ty)?,
        TfKind::Bool(_) | TfKind::Number(_) | TfKind::String(_) => convert_primitive(value, ty)?,
        TfKind::Sequence(items) => convert_sequence(value, items, ty)?,
        TfKind::Mapping(entries) => convert_mapping(value, entries, ty)?,
    };
    converted.marks = converted.marks.union(value.marks);
    converted.origin = value.origin.clone();
    Ok(converted)
}

/// A constraint without optional marks, where `any` is filled from the type that is converted.
fn concrete(ty: &Type, from: &Type) -> Type {
    match (ty, from) {
        (Type::Dynamic, from) => from.clone(),
        (Type::List(element), from) if element.has_dynamic() => {
            Type::list(concrete(element, &collapsed(from)))
        }
        (Type::Set(element), from) if element.has_dynamic() => {
            Type::set(concrete(element, &collapsed(from)))
        }
        (Type::Map(element), from) if element.has_dynamic() => {
            Type::map(concrete(element, &collapsed(from)))
        }
        (ty, _) => ty.without_optional(),
    }
}

/// The element type a structural type has as a collection.
fn collapsed(ty: &Type) -> Type {
    match ty {
        Type::List(element) | Type::Set(element) | Type::Map(element) => (**element).clone(),
        Type::Tuple(items) => unify(items).unwrap_or_default(),
        Type::Object(attributes) => {
            let types: Vec<Type> = attributes
                .values()
                .map(|attribute| attribute.ty.clone())
                .collect();
            unify(&types).unwrap_or_default()
        }
        _ => Type::Dynamic,
    }
}

fn convert_unknown(value: &TfValue, unknown: &Arc<TfUnknown>, ty: &Type) -> Converted {
    if !convertible(&value.ty, ty) {
        return Err(mismatch(&value.ty, ty));
    }
    let mut unknown = (**unknown).clone();
    unknown
        .candidates
        .retain_mut(|candidate| match convert(&candidate.value, ty) {
            Ok(converted) => {
                candidate.value = converted;
                true
            }
            Err(_) => false,
        });
    Ok(TfValue::of_unknown(concrete(ty, &value.ty), unknown))
}

fn convert_primitive(value: &TfValue, ty: &Type) -> Converted {
    let converted = match (&value.kind, ty) {
        (TfKind::Bool(flag), Type::String) => TfValue::string(if *flag { "true" } else { "false" }),
        (TfKind::Number(number), Type::String) => TfValue::string(number_text(number)),
        (TfKind::String(text), Type::Number) => {
            TfValue::number(Number::parse(&text.text).ok_or_else(|| fail("a number is required"))?)
        }
        (TfKind::String(text), Type::Bool) => TfValue::bool(parse_bool(&text.text)?),
        _ => return Err(mismatch(&value.ty, ty)),
    };
    Ok(converted)
}

/// A number as a string holds it.
pub fn number_text(number: &Number) -> String {
    number.to_string()
}

fn parse_bool(text: &str) -> Result<bool, ConversionError> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        "True" | "TRUE" => Err(fail(
            "a bool is required; to convert from string, use lowercase \"true\"",
        )),
        "False" | "FALSE" => Err(fail(
            "a bool is required; to convert from string, use lowercase \"false\"",
        )),
        _ => Err(fail("a bool is required")),
    }
}

fn convert_sequence(value: &TfValue, items: &[TfValue], ty: &Type) -> Converted {
    match ty {
        Type::List(element) => {
            let (element, items) =
                convert_items(items, element, matches!(value.ty, Type::Tuple(_)))?;
            Ok(TfValue::list(element, items))
        }
        Type::Set(element) => {
            let (element, items) =
                convert_items(items, element, matches!(value.ty, Type::Tuple(_)))?;
            Ok(TfValue::set(element, items))
        }
        Type::Tuple(types)
            if matches!(value.ty, Type::Tuple(_) | Type::List(_)) && types.len() == items.len() =>
        {
            let pairs = items.iter().zip(types.iter()).enumerate();
            let converted = pairs
                .map(|(index, (item, ty))| convert(item, ty).map_err(inside(format!("[{index}]"))));
            Ok(TfValue::tuple(converted.collect::<Result<_, _>>()?))
        }
        _ => Err(mismatch(&value.ty, ty)),
    }
}

/// Converts items to one element type; an element type with `any` in it is found by unification.
fn convert_items(
    items: &[TfValue],
    element: &Type,
    unify_items: bool,
) -> Result<(Type, Vec<TfValue>), ConversionError> {
    let convert_all = |ty: &Type| -> Result<Vec<TfValue>, ConversionError> {
        let convert_one = |(index, item)| convert(item, ty).map_err(inside(format!("[{index}]")));
        items.iter().enumerate().map(convert_one).collect()
    };
    let mut converted = convert_all(element)?;
    let types: Vec<Type> = converted.iter().map(|item| item.ty.clone()).collect();
    let ty = if !element.has_dynamic() || types.is_empty() {
        element.without_optional()
    } else if unify_items || types.windows(2).any(|pair| pair[0] != pair[1]) {
        unify(&types).ok_or_else(|| fail("the elements have no type in common"))?
    } else {
        types[0].clone()
    };
    if converted.iter().any(|item| item.ty != ty) {
        converted = convert_all(&ty)?;
    }
    Ok((ty, converted))
}

fn convert_mapping(value: &TfValue, entries: &Entries, ty: &Type) -> Converted {
    match ty {
        Type::Map(element) => {
            let items: Vec<TfValue> = entries.values().cloned().collect();
            let (element, items) =
                convert_items(&items, element, matches!(value.ty, Type::Object(_)))
                    .map_err(|error| named_path(error, entries))?;
            Ok(TfValue::map(
                element,
                entries.keys().cloned().zip(items).collect(),
            ))
        }
        Type::Object(attributes) => convert_object(entries, attributes),
        _ => Err(mismatch(&value.ty, ty)),
    }
}

/// Turns the leading index of a path into the key of that entry.
fn named_path(error: ConversionError, entries: &Entries) -> ConversionError {
    let named = error.path.strip_prefix('[').and_then(|rest| {
        let (index, rest) = rest.split_once(']')?;
        let key = entries.keys().nth(index.parse().ok()?)?;
        Some(format!("[\"{key}\"]{rest}"))
    });
    ConversionError {
        path: named.unwrap_or(error.path),
        message: error.message,
    }
}

fn convert_object(entries: &Entries, attributes: &BTreeMap<Arc<str>, Attribute>) -> Converted {
    let mut result = Entries::new();
    for (name, attribute) in attributes {
        let converted = match entries.get(name) {
            Some(value) => convert(value, &attribute.ty).map_err(inside(format!(".{name}")))?,
            None if attribute.optional => TfValue::null_of(attribute.ty.without_optional()),
            None => return Err(fail(format!("attribute \"{name}\" is required"))),
        };
        result.insert(name.clone(), converted);
    }
    Ok(TfValue::object(result))
}

fn mismatch(from: &Type, to: &Type) -> ConversionError {
    let article = |name: &str| {
        if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
            "an"
        } else {
            "a"
        }
    };
    let name = to.friendly_name();
    let from = from.friendly_name();
    fail(format!(
        "{} {name} is required, not {} {from}",
        article(&name),
        article(&from)
    ))
}

/// Whether a value of type `from` may convert to `to`; parsing of a text can still fail.
pub fn convertible(from: &Type, to: &Type) -> bool {
    possible(from, to, true)
}

/// Whether every value of `from` converts; where `lossy`, whether some do.
fn possible(from: &Type, to: &Type, lossy: bool) -> bool {
    use Type::*;
    if from == to {
        return true;
    }
    match (from, to) {
        (_, Dynamic) | (Dynamic, _) | (Bool | Number, String) => true,
        (String, Bool | Number) => lossy,
        (List(a), List(b)) | (Set(a), List(b) | Set(b)) | (Map(a), Map(b)) => possible(a, b, lossy),
        (List(a), Set(b)) => lossy && possible(a, b, lossy),
        (List(a), Tuple(items)) => lossy && items.iter().all(|item| possible(a, item, lossy)),
        (Tuple(items), List(element) | Set(element)) => all_to(items.iter(), element, lossy),
        (Object(attributes), Map(element)) => all_to(
            attributes.values().map(|attribute| &attribute.ty),
            element,
            lossy,
        ),
        (Tuple(a), Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| possible(a, b, lossy))
        }
        (Map(element), Object(attributes)) => {
            lossy
                && attributes
                    .values()
                    .all(|to| possible(element, &to.ty, lossy))
        }
        (Object(from), Object(to)) => to.iter().all(|(name, to)| match from.get(name) {
            Some(from) => possible(&from.ty, &to.ty, lossy),
            None => to.optional,
        }),
        _ => false,
    }
}

fn all_to<'a>(types: impl Iterator<Item = &'a Type>, element: &Type, lossy: bool) -> bool {
    let types: Vec<Type> = types.cloned().collect();
    if *element == Type::Dynamic {
        return types.is_empty() || unify(&types).is_some();
    }
    types.iter().all(|ty| possible(ty, element, lossy))
}

/// The type that values of all these types convert to: of a conditional's branches, of a list's items. None where there is none.
pub fn unify(types: &[Type]) -> Option<Type> {
    let first = types.first()?;
    if types.iter().all(|ty| ty == first) {
        return Some(first.clone());
    }
    let dynamic = types.contains(&Type::Dynamic);
    let all = |test: fn(&Type) -> bool| types.iter().all(|ty| *ty == Type::Dynamic || test(ty));
    let any = |test: fn(&Type) -> bool| types.iter().any(test);
    if any(|ty| matches!(ty, Type::Map(_))) && all(Type::is_mapping) {
        if let Some(map) = unify_elements(types, dynamic).map(Type::map) {
            return Some(map);
        }
    } else if all(|ty| matches!(ty, Type::List(_))) {
        return if dynamic {
            Some(Type::Dynamic)
        } else {
            unify_elements(types, false).map(Type::list)
        };
    } else if any(|ty| matches!(ty, Type::List(_)))
        && all(|ty| matches!(ty, Type::List(_) | Type::Tuple(_)))
    {
        if let Some(list) = unify_elements(types, dynamic).map(Type::list) {
            return Some(list);
        }
    } else if all(|ty| matches!(ty, Type::Set(_))) {
        return if dynamic {
            Some(Type::Dynamic)
        } else {
            unify_elements(types, false).map(Type::set)
        };
    } else if all(|ty| matches!(ty, Type::Object(_))) {
        return if dynamic {
            Some(Type::Dynamic)
        } else {
            unify_objects(types)
        };
    } else if all(|ty| matches!(ty, Type::Tuple(_))) {
        return if dynamic {
            Some(Type::Dynamic)
        } else {
            unify_tuples(types)
        };
    }
    preferred(types)
}

/// The first of the types, most general first, that all others convert to.
fn preferred(types: &[Type]) -> Option<Type> {
    let rank = |ty: &&Type| match ty {
        Type::String => 0,
        Type::List(_) => 1,
        Type::Set(_) | Type::Map(_) => 2,
        Type::Dynamic => 9,
        _ => 3,
    };
    let mut order: Vec<&Type> = types.iter().collect();
    order.sort_by_key(rank);
    order
        .into_iter()
        .find(|want| types.iter().all(|ty| possible(ty, want, true)))
        .cloned()
}

fn unify_elements(types: &[Type], _dynamic: bool) -> Option<Type> {
    let mut elements = Vec::new();
    for ty in types {
        match ty {
            Type::Object(attributes) => {
                elements.extend(attributes.values().map(|attribute| attribute.ty.clone()));
            }
            Type::Tuple(items) => elements.extend(items.iter().cloned()),
            other => elements.extend(other.element().cloned()),
        }
    }
    unify(&elements)
}

fn unify_objects(types: &[Type]) -> Option<Type> {
    let objects: Vec<&BTreeMap<Arc<str>, Attribute>> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Object(attributes) => Some(&**attributes),
            _ => None,
        })
        .collect();
    let first = objects.first()?;
    let same_names = objects.iter().all(|object| object.keys().eq(first.keys()));
    let unified = same_names
        .then(|| unify_attributes(&objects, first))
        .flatten();
    unified.or_else(|| unify_elements(types, false).map(Type::map))
}

fn unify_attributes(
    objects: &[&BTreeMap<Arc<str>, Attribute>],
    first: &BTreeMap<Arc<str>, Attribute>,
) -> Option<Type> {
    let unify_one = |name: &Arc<str>| {
        let types: Vec<Type> = objects
            .iter()
            .map(|object| object[name].ty.clone())
            .collect();
        Some((name.clone(), unify(&types)?))
    };
    Some(Type::object(
        first.keys().map(unify_one).collect::<Option<Vec<_>>>()?,
    ))
}

fn unify_tuples(types: &[Type]) -> Option<Type> {
    let tuples: Vec<&Arc<[Type]>> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Tuple(items) => Some(items),
            _ => None,
        })
        .collect();
    let length = tuples.first()?.len();
    let unified = tuples.iter().all(|tuple| tuple.len() == length).then(|| {
        let column = |index: usize| {
            tuples
                .iter()
                .map(|tuple| tuple[index].clone())
                .collect::<Vec<_>>()
        };
        (0..length)
            .map(|index| unify(&column(index)))
            .collect::<Option<Vec<_>>>()
    });
    match unified.flatten() {
        Some(items) => Some(Type::tuple(items)),
        None => unify_elements(types, false).map(Type::list),
    }
}

/// Converts all values to the type they have in common.
pub fn unify_values(values: &[TfValue]) -> Option<(Type, Vec<TfValue>)> {
    let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
    let ty = unify(&types)?;
    let converted: Option<Vec<TfValue>> = values
        .iter()
        .map(|value| convert(value, &ty).ok())
        .collect();
    Some((ty, converted?))
}

impl Defaults {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.children.values().all(Self::is_empty)
    }

    /// Puts defaults where an optional attribute is absent or null. Done before conversion.
    pub fn apply(&self, value: &TfValue) -> TfValue {
        if self.is_empty() {
            return value.clone();
        }
        let mut result = value.clone();
        match &value.kind {
            TfKind::Sequence(items) => {
                let apply_one = |(index, item): (usize, &TfValue)| {
                    self.child(&index.to_string())
                        .map_or_else(|| item.clone(), |child| child.apply(item))
                };
                let items: Vec<TfValue> = items.iter().enumerate().map(apply_one).collect();
                result = self.rebuilt(value, items);
            }
            TfKind::Mapping(entries) => {
                let mut entries: Entries = entries
                    .iter()
                    .map(|(name, item)| {
                        (
                            name.clone(),
                            self.child(name)
                                .map_or_else(|| item.clone(), |child| child.apply(item)),
                        )
                    })
                    .collect();
                for (name, default) in &self.values {
                    if entries.get(name).is_none_or(TfValue::is_null) {
                        entries.insert(
                            name.clone(),
                            self.child(name)
                                .map_or_else(|| default.clone(), |child| child.apply(default)),
                        );
                    }
                }
                result.kind = TfKind::Mapping(Arc::new(entries.clone()));
                result.ty = TfValue::object(entries).ty;
            }
            _ => {}
        }
        result
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.get(name).or_else(|| self.children.get(""))
    }

    /// The items again as what `value` was; a set or list of different objects becomes a tuple until it is converted.
    fn rebuilt(&self, value: &TfValue, items: Vec<TfValue>) -> TfValue {
        let mut result = TfValue::tuple(items);
        result.marks = value.marks;
        result.origin = value.origin.clone();
        result
    }
}
