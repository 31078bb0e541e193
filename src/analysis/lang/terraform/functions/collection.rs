//! Collection functions. What they take out of a collection keeps its origin and its marks.

use super::super::convert::{unify, unify_values};
use super::super::operators::{Lookup, equal};
use super::super::value::Entries;
use super::grapheme::graphemes;
use super::*;

type Context<'a> = FunctionContext<'a>;

pub(super) fn all_true(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    decided(arguments, false)
}

pub(super) fn any_true(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    decided(arguments, true)
}

/// `decisive` if an item is that, its opposite if all items are known, unknown otherwise. A null counts as false.
fn decided(arguments: &[TfValue], decisive: bool) -> Outcome {
    let items = items(arguments, 0)?;
    let is_decisive = |item: &TfValue| match item.as_bool() {
        Some(value) => value == decisive,
        None => item.is_null() && !decisive,
    };
    if items.iter().any(is_decisive) {
        return Ok(TfValue::bool(decisive));
    }
    if items.iter().any(|item| !item.is_known()) {
        return unknown(Type::Bool, arguments);
    }
    Ok(TfValue::bool(!decisive))
}

pub(super) fn chunk(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let element = arguments[0].ty.element().cloned().unwrap_or_default();
    if !arguments.iter().all(TfValue::is_known) {
        return unknown(Type::list(Type::list(element)), arguments);
    }
    let found = items(arguments, 0)?;
    let size =
        usize::try_from(whole(arguments, 1)?).map_err(|_| wrong(1, "the size is not negative"))?;
    let size = if size == 0 { found.len().max(1) } else { size };
    let chunks = found
        .chunks(size)
        .map(|chunk| TfValue::list(element.clone(), chunk.to_vec()));
    Ok(TfValue::list(Type::list(element.clone()), chunks.collect()).with_marks(arguments[0].marks))
}

pub(super) fn coalesce(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let types: Vec<Type> = arguments
        .iter()
        .map(|argument| argument.ty.clone())
        .collect();
    let ty = unify(&types).ok_or("the arguments have no type in common")?;
    let marks = arguments
        .iter()
        .fold(Marks::NONE, |marks, argument| marks.union(argument.marks));
    for (index, argument) in arguments.iter().enumerate() {
        let value = convert(argument, &ty).map_err(|error| wrong(index, error.to_string()))?;
        let value = value.with_marks(marks);
        if let Some(cause) = value.as_unknown() {
            if cause.not_null && ty != Type::String {
                return Ok(value);
            }
            return unknown(ty, std::slice::from_ref(argument)).map(|it| it.with_marks(marks));
        }
        if !value.is_null() && value.as_str() != Some("") {
            return Ok(value);
        }
    }
    Err("all arguments are null or empty".into())
}

pub(super) fn coalesce_list(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    for (index, argument) in arguments.iter().enumerate() {
        if argument.as_unknown().is_some() {
            return unknown(Type::Dynamic, std::slice::from_ref(argument));
        }
        let found = argument
            .as_items()
            .filter(|_| !matches!(argument.ty, Type::Set(_)));
        match found {
            Some([]) => {}
            Some(_) => return Ok(argument.clone()),
            None => return Err(wrong(index, "a list or tuple is required")),
        }
    }
    Err("all arguments are empty".into())
}

pub(super) fn compact(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let kept = items(arguments, 0)?
        .iter()
        .filter(|item| item.as_str().is_some_and(|text| !text.is_empty()));
    Ok(TfValue::list(Type::String, kept.cloned().collect()))
}

/// Lists of one type give a list, everything else a tuple.
pub(super) fn concat(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    if arguments.is_empty() {
        return Err("at least one argument is required".into());
    }
    let marks = arguments
        .iter()
        .fold(Marks::NONE, |marks, argument| marks.union(argument.marks));
    for (index, argument) in arguments.iter().enumerate() {
        if !matches!(argument.ty, Type::List(_) | Type::Tuple(_) | Type::Dynamic) {
            return Err(wrong(index, "a list or tuple is required"));
        }
    }
    let types: Vec<Type> = arguments
        .iter()
        .map(|argument| argument.ty.clone())
        .collect();
    let element = match types.iter().all(|ty| matches!(ty, Type::List(_))) {
        true => unify(&types).and_then(|ty| ty.element().cloned()),
        false => None,
    };
    if arguments.iter().any(|argument| !argument.is_known()) {
        let ty = element.map_or(Type::Dynamic, Type::list);
        return unknown(ty, arguments).map(|value| value.with_marks(marks));
    }
    let lists = || arguments.iter().filter_map(TfValue::as_items);
    // Lists that are made of each other are many and long: no room for more than there is.
    let mut items = Vec::with_capacity(lists().map(<[_]>::len).sum());
    let result = match element {
        Some(element) => {
            for item in lists().flatten() {
                items.push(convert(item, &element).map_err(|error| error.to_string())?);
            }
            TfValue::list(element, items)
        }
        None => {
            items.extend(lists().flatten().cloned());
            TfValue::tuple(items)
        }
    };
    Ok(result.with_marks(marks))
}

pub(super) fn contains(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let [collection, wanted] = arguments else {
        return Err("two arguments are required".into());
    };
    if !(collection.ty.is_sequence() || collection.ty == Type::Dynamic) {
        return Err(wrong(0, "a list, set or tuple is required"));
    }
    let Some(found) = collection.as_items() else {
        return unknown(Type::Bool, arguments);
    };
    let mut open = false;
    for item in found {
        match equal(item, wanted) {
            Some(true) => return Ok(TfValue::bool(true)),
            Some(false) => {}
            None => open = true,
        }
    }
    if open {
        unknown(Type::Bool, arguments)
    } else {
        Ok(TfValue::bool(false))
    }
}

pub(super) fn distinct(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let mut seen = Lookup::default();
    let found = items(arguments, 0)?.iter();
    let kept = found.filter(|item| seen.insert(item)).cloned();
    Ok(TfValue::list(
        arguments[0].ty.element().cloned().unwrap_or_default(),
        kept.collect(),
    ))
}

pub(super) fn element(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let list = &arguments[0];
    if !matches!(list.ty, Type::List(_) | Type::Tuple(_) | Type::Dynamic) {
        return Err(wrong(0, "a list or tuple is required"));
    }
    let ty = list.ty.element().cloned().unwrap_or_default();
    let (Some(found), true) = (list.as_items(), arguments[1].is_known()) else {
        return unknown(ty, arguments).map(|value| value.with_marks(list.marks));
    };
    let position = whole(arguments, 1)?;
    if found.is_empty() {
        return Err(wrong(0, "an empty list has no element"));
    }
    let count = found.len() as i64;
    if matches!(list.ty, Type::Tuple(_)) && position % count < 0 {
        return Err(wrong(1, "the index of a tuple is not negative"));
    }
    let position = position.rem_euclid(count) as usize;
    Ok(found[position].clone().with_marks(list.marks))
}

pub(super) fn flatten(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let list = &arguments[0];
    if !(list.ty.is_sequence() || list.ty == Type::Dynamic) {
        return Err(wrong(0, "a list, set or tuple is required"));
    }
    let mut flat = Vec::new();
    let mut marks = list.marks;
    if !list.is_known() || !flatten_into(list, &mut flat, &mut marks) {
        return unknown(Type::Dynamic, arguments).map(|value| value.with_marks(marks));
    }
    Ok(TfValue::tuple(flat).with_marks(marks))
}

/// False where an inner list is unknown, so that even the length is.
fn flatten_into(list: &TfValue, flat: &mut Vec<TfValue>, marks: &mut Marks) -> bool {
    let mut known = true;
    for item in list.as_items().unwrap_or_default() {
        match (&item.kind, item.ty.is_sequence()) {
            (TfKind::Sequence(_), _) => {
                *marks = marks.union(item.marks);
                known &= flatten_into(item, flat, marks);
            }
            (TfKind::Unknown(_), true) => known = false,
            (TfKind::Unknown(_), false) if item.ty == Type::Dynamic => known = false,
            _ => flat.push(item.clone()),
        }
    }
    known
}

pub(super) fn index(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    if !matches!(
        arguments[0].ty,
        Type::List(_) | Type::Tuple(_) | Type::Dynamic
    ) {
        return Err(wrong(0, "a list or tuple is required"));
    }
    let Some(found) = arguments[0].as_items() else {
        return unknown(Type::Number, arguments);
    };
    for (position, item) in found.iter().enumerate() {
        match equal(item, &arguments[1]) {
            Some(true) => return Ok(TfValue::length_of(position)),
            Some(false) => {}
            None => return unknown(Type::Number, arguments),
        }
    }
    Err(wrong(1, "the list has no such item"))
}

pub(super) fn keys(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let map = &arguments[0];
    let result = match (&map.ty, map.as_entries()) {
        (Type::Object(attributes), _) => {
            TfValue::tuple(attributes.keys().map(TfValue::string).collect())
        }
        (Type::Map(_), Some(entries)) => {
            TfValue::list(Type::String, entries.keys().map(TfValue::string).collect())
        }
        (Type::Map(_), None) => TfValue::unknown_like(Type::list(Type::String), arguments),
        (Type::Dynamic, _) => TfValue::unknown_like(Type::Dynamic, arguments),
        _ => return Err(wrong(0, "a map or object is required")),
    };
    Ok(result.with_marks(map.marks))
}

pub(super) fn values(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let map = &arguments[0];
    let result = match (&map.ty, map.as_entries()) {
        (Type::Object(_), Some(entries)) => TfValue::tuple(entries.values().cloned().collect()),
        (Type::Map(element), Some(entries)) => {
            TfValue::list((**element).clone(), entries.values().cloned().collect())
        }
        (Type::Object(attributes), None) => TfValue::unknown_like(
            Type::tuple(attributes.values().map(|attribute| attribute.ty.clone())),
            arguments,
        ),
        (Type::Map(element), None) => TfValue::unknown_like(Type::List(element.clone()), arguments),
        (Type::Dynamic, _) => TfValue::unknown_like(Type::Dynamic, arguments),
        _ => return Err(wrong(0, "a map or object is required")),
    };
    Ok(result.with_marks(map.marks))
}

/// In characters of a text, in elements of a collection. Known also where elements are not, but for a set, in which two unknown
/// ones may be equal.
pub(super) fn length(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let value = &arguments[0];
    let count = match (&value.kind, &value.ty) {
        (_, Type::Tuple(types)) => Some(types.len()),
        (_, Type::Object(attributes)) => Some(attributes.len()),
        (TfKind::String(text), _) => Some(graphemes(&text.text).count()),
        (TfKind::Sequence(items), Type::Set(_)) if items.len() > 1 && !value.is_wholly_known() => {
            None
        }
        (TfKind::Sequence(items), _) => Some(items.len()),
        (TfKind::Mapping(entries), _) => Some(entries.len()),
        (TfKind::Unknown(_), ty) if !matches!(ty, Type::Bool | Type::Number) => None,
        _ => return Err(wrong(0, "a text or collection is required")),
    };
    let result = match count {
        Some(count) => TfValue::length_of(count),
        None => TfValue::unknown_like(Type::Number, arguments),
    };
    Ok(result.with_marks(value.marks))
}

pub(super) fn lookup(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let (map, key) = (&arguments[0], &arguments[1]);
    if arguments.len() > 3 {
        return Err("two or three arguments are required".into());
    }
    if !(map.ty.is_mapping() || map.ty == Type::Dynamic) {
        return Err(wrong(0, "a map or object is required"));
    }
    let fallback = arguments.get(2);
    let element = map.ty.element().cloned();
    let marks = map.marks.union(key.marks);
    let (Some(entries), Some(name)) = (map.as_entries(), key.as_str()) else {
        return unknown(element.unwrap_or_default(), arguments)
            .map(|value| value.with_marks(marks));
    };
    let fallback = match (fallback, &element) {
        (Some(value), Some(element)) => {
            Some(convert(value, element).map_err(|error| wrong(2, error.to_string()))?)
        }
        (value, _) => value.cloned(),
    };
    let found = entries.get(name).cloned().or(fallback);
    found
        .map(|value| value.with_marks(marks))
        .ok_or_else(|| wrong(1, format!("there is no element \"{name}\"")))
}

pub(super) fn match_keys(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let (found, keys, wanted) = (
        items(arguments, 0)?,
        items(arguments, 1)?,
        items(arguments, 2)?,
    );
    if found.len() != keys.len() {
        return Err("values and keys have different lengths".into());
    }
    let element = arguments[0].ty.element().cloned().unwrap_or_default();
    let types = [&arguments[1], &arguments[2]].map(|list| {
        let element = list.ty.element().cloned();
        element.unwrap_or_default()
    });
    let common = unify(&types).unwrap_or_default();
    let wanted: Vec<TfValue> = wanted
        .iter()
        .filter_map(|wanted| convert(wanted, &common).ok())
        .collect();
    let wanted: Lookup = wanted.iter().collect();
    let sought = |key: &TfValue| convert(key, &common).is_ok_and(|key| wanted.has(&key));
    let kept = found
        .iter()
        .zip(keys)
        .filter(|(_, key)| sought(key))
        .map(|(item, _)| item.clone());
    Ok(TfValue::list(element, kept.collect()))
}

/// Maps of one type give a map, everything else an object. A null is left out.
pub(super) fn merge(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let marks = arguments
        .iter()
        .fold(Marks::NONE, |marks, argument| marks.union(argument.marks));
    let mut merged = Entries::new();
    let mut missing = false;
    for (index, argument) in arguments.iter().enumerate() {
        if !(argument.ty.is_mapping() || argument.ty == Type::Dynamic) {
            return Err(wrong(index, "a map or object is required"));
        }
        match argument.as_entries() {
            Some(entries) => merged.extend(
                entries
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone())),
            ),
            None => missing |= !argument.is_known(),
        }
    }
    let typed = arguments
        .iter()
        .filter(|argument| argument.ty != Type::Dynamic || !argument.is_null());
    let types: Vec<Type> = typed.map(|argument| argument.ty.clone()).collect();
    let uniform = types
        .first()
        .filter(|first| types.iter().all(|ty| ty == *first))
        .cloned();
    if missing {
        return unknown(uniform.unwrap_or_default(), arguments)
            .map(|value| value.with_marks(marks));
    }
    let result = match uniform {
        _ if arguments.is_empty() => TfValue::object(merged),
        Some(ty) if arguments.iter().all(TfValue::is_null) => TfValue::null_of(ty),
        Some(Type::Map(element)) => TfValue::map((*element).clone(), merged),
        _ => TfValue::object(merged),
    };
    Ok(result.with_marks(marks))
}

pub(super) fn one(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let list = &arguments[0];
    if !(list.ty.is_sequence() || list.ty == Type::Dynamic) {
        return Err(wrong(0, "a list, set or tuple is required"));
    }
    let ty = list.ty.element().cloned().unwrap_or_default();
    let result = match list.as_items() {
        None => TfValue::unknown_like(ty, arguments),
        Some([]) => TfValue::null_of(ty),
        Some([only]) => only.clone(),
        Some(_) if matches!(list.ty, Type::Set(_)) && !list.is_wholly_known() => {
            TfValue::unknown_like(ty, arguments)
        }
        Some(_) => return Err(wrong(0, "at most one element is allowed")),
    };
    Ok(result.with_marks(list.marks))
}

pub(super) fn reverse(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let list = &arguments[0];
    let reversed = |types: &Arc<[Type]>| Type::tuple(types.iter().rev().cloned());
    let ty = match &list.ty {
        Type::Tuple(types) => reversed(types),
        Type::List(element) | Type::Set(element) => Type::List(element.clone()),
        Type::Dynamic => Type::Dynamic,
        _ => return Err(wrong(0, "a list, set or tuple is required")),
    };
    let result = match list.as_items() {
        Some(found) => TfValue::of(
            TfKind::Sequence(Arc::new(found.iter().rev().cloned().collect())),
            ty,
        ),
        None => TfValue::unknown_like(ty, arguments),
    };
    Ok(result.with_marks(list.marks))
}

pub(super) fn slice(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let list = &arguments[0];
    if !matches!(list.ty, Type::List(_) | Type::Tuple(_) | Type::Dynamic) {
        return Err(wrong(0, "a list or tuple is required"));
    }
    let (start, end) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let Some(found) = list.as_items() else {
        return unknown(
            list.ty
                .element()
                .map_or(Type::Dynamic, |element| Type::list(element.clone())),
            arguments,
        );
    };
    if start < 0 || start > end || end > found.len() as i64 {
        return Err(wrong(2, "the indices are not inside the list"));
    }
    let part = found[start as usize..end as usize].to_vec();
    let result = match &list.ty {
        Type::List(element) => TfValue::list((**element).clone(), part),
        _ => TfValue::tuple(part),
    };
    Ok(result.with_marks(list.marks))
}

/// Sets of one type; an empty one of unclear type takes the type of the others.
fn sets(arguments: &[TfValue]) -> Result<(Type, Vec<TfValue>), CallError> {
    let typed: Vec<Type> = arguments
        .iter()
        .map(|set| set.ty.clone())
        .filter(|ty| ty.element() != Some(&Type::Dynamic))
        .collect();
    if typed.is_empty() {
        return Ok((Type::Dynamic, arguments.to_vec()));
    }
    let ty = unify(&typed).ok_or("the sets have no type in common")?;
    let converted = arguments
        .iter()
        .map(|set| convert(set, &ty).map_err(|error| error.to_string()));
    Ok((
        ty.element().cloned().unwrap_or_default(),
        converted.collect::<Result<_, _>>()?,
    ))
}

pub(super) fn set_union(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let (element, sets) = sets(arguments)?;
    if !sets.iter().all(TfValue::is_known) {
        return unknown(Type::set(element), arguments);
    }
    Ok(TfValue::set(
        element,
        sets.iter()
            .filter_map(TfValue::as_items)
            .flatten()
            .cloned()
            .collect(),
    ))
}

pub(super) fn set_intersection(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    combine(arguments, true)
}

pub(super) fn set_subtract(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    combine(arguments, false)
}

/// Items of the first set that are in all the others, or in none.
fn combine(arguments: &[TfValue], shared: bool) -> Outcome {
    let (element, sets) = sets(arguments)?;
    if !sets.iter().all(TfValue::is_wholly_known) {
        return unknown(Type::set(element), arguments);
    }
    let others = sets[1..]
        .iter()
        .map(|set| set.as_items().unwrap_or_default().iter().collect());
    let others: Vec<Lookup> = others.collect();
    let kept = items(&sets, 0)?
        .iter()
        .filter(|item| others.iter().all(|set| set.has(item) == shared));
    Ok(TfValue::set(element, kept.cloned().collect()))
}

/// The most combinations `setproduct` gives.
const PRODUCT_LIMIT: usize = 100_000;

pub(super) fn set_product(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    if arguments.len() < 2 {
        return Err("at least two arguments are required".into());
    }
    let ordered = !arguments
        .iter()
        .any(|argument| matches!(argument.ty, Type::Set(_)));
    let marks = arguments
        .iter()
        .fold(Marks::NONE, |marks, argument| marks.union(argument.marks));
    let mut columns: Vec<(Type, Vec<TfValue>)> = Vec::new();
    for index in 0..arguments.len() {
        let found = items(arguments, index)?;
        let column = match arguments[index].ty.element() {
            Some(element) => (element.clone(), found.to_vec()),
            None if found.is_empty() => (Type::Dynamic, Vec::new()),
            None => unify_values(found)
                .ok_or_else(|| wrong(index, "the elements have no type in common"))?,
        };
        columns.push(column);
    }
    let count = columns
        .iter()
        .try_fold(1usize, |count, column| count.checked_mul(column.1.len()));
    if count.is_none_or(|count| count > PRODUCT_LIMIT) {
        return Err(limit(format!("more than {PRODUCT_LIMIT} combinations")));
    }
    let element = Type::tuple(columns.iter().map(|column| column.0.clone()));
    let mut rows: Vec<Vec<TfValue>> = vec![Vec::new()];
    for (_, column) in &columns {
        let extend = |row: &Vec<TfValue>| {
            let row = row.clone();
            column
                .iter()
                .map(move |item| row.iter().cloned().chain([item.clone()]).collect())
        };
        rows = rows.iter().flat_map(extend).collect();
    }
    let rows: Vec<TfValue> = rows.into_iter().map(TfValue::tuple).collect();
    let made = match ordered {
        true => TfValue::list(element, rows),
        false => TfValue::set(element, rows),
    };
    Ok(made.with_marks(marks))
}

pub(super) fn sort(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let strings = Type::list(Type::String);
    let Some(found) = arguments[0].as_items() else {
        return unknown(strings, arguments);
    };
    let mut sorted = found.to_vec();
    if sorted.iter().any(TfValue::is_null) {
        return Err(wrong(0, "an element is null"));
    }
    if !sorted.iter().all(TfValue::is_known) {
        // How many there are is known, and nothing of their order.
        let one = TfValue::unknown_like(Type::String, arguments);
        return Ok(TfValue::list(Type::String, vec![one; sorted.len()]));
    }
    sorted.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(TfValue::list(Type::String, sorted))
}

pub(super) fn transpose(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let mut turned: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for (key, list) in arguments[0].as_entries().into_iter().flatten() {
        if list.is_null() {
            return Err(wrong(0, "a list is null"));
        }
        for item in list.as_items().unwrap_or_default() {
            let name = item
                .as_str()
                .ok_or_else(|| wrong(0, "an element is null"))?;
            turned.entry(name.into()).or_default().push(key.clone());
        }
    }
    let list = |names: Vec<Arc<str>>| {
        TfValue::list(
            Type::String,
            names.into_iter().map(TfValue::string).collect(),
        )
    };
    let entries = turned
        .into_iter()
        .map(|(key, names)| (key, list(names)))
        .collect();
    Ok(TfValue::map(Type::list(Type::String), entries))
}

pub(super) fn zip_map(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let list = &arguments[1];
    if !matches!(list.ty, Type::List(_) | Type::Tuple(_) | Type::Dynamic) {
        return Err(wrong(1, "a list or tuple is required"));
    }
    let names = items(arguments, 0)?;
    let Some(found) = list.as_items() else {
        return unknown(
            list.ty
                .element()
                .map_or(Type::Dynamic, |element| Type::map(element.clone())),
            arguments,
        );
    };
    if names.len() != found.len() {
        return Err("keys and values have different lengths".into());
    }
    let mut entries = Entries::new();
    for (name, value) in names.iter().zip(found) {
        let name = name.as_str().ok_or_else(|| wrong(0, "a key is null"))?;
        entries.insert(name.into(), value.clone());
    }
    let result = match &list.ty {
        Type::List(element) => TfValue::map((**element).clone(), entries),
        _ => TfValue::object(entries),
    };
    Ok(result.with_marks(list.marks))
}
