//! Writing values at paths of a tree that grows on the way.

use std::sync::Arc;

use palisade_model::{Kind, Map, Origin, Path, Segment, Value};

/// Writes a value at a path. Objects and lists on the way are made with `origin`, the place of the block the value stands in;
/// a last `[]` adds an item. Two objects at one place are merged, of two other values the later one stays. Below an unknown
/// nothing is written: it may be anything already.
pub(crate) fn set(root: &mut Value, path: &Path, value: Value, origin: &Origin) {
    set_at(root, path.segments(), value, origin);
}

fn set_at(current: &mut Value, segments: &[Segment], value: Value, origin: &Origin) {
    let Some((first, rest)) = segments.split_first() else {
        return merge(current, value, false);
    };
    if current.is_null() {
        current.kind = match first {
            Segment::Key(_) => Map::new().into(),
            Segment::Each | Segment::Index(_) => Vec::new().into(),
        };
        current.origin = origin.clone();
    }
    match (&mut current.kind, first) {
        (Kind::Map(entries), Segment::Key(key)) => {
            let entries = Arc::make_mut(entries);
            let slot = entries.get_or_insert_with(key, Value::null);
            set_at(slot, rest, value, origin);
        }
        (Kind::List(items), Segment::Each) => {
            let items = Arc::make_mut(items);
            let mut item = Value::null();
            set_at(&mut item, rest, value, origin);
            items.push(item);
        }
        (Kind::List(items), Segment::Index(index)) => {
            let items = Arc::make_mut(items);
            while items.len() <= *index {
                items.push(Value::null());
            }
            set_at(&mut items[*index], rest, value, origin);
        }
        _ => {}
    }
}

/// Puts `other` over `base`: objects entry by entry, lists one behind the other where `append` is true.
pub(crate) fn merge(base: &mut Value, other: Value, append: bool) {
    if other.is_null() {
        return;
    }
    match (&mut base.kind, other.kind) {
        (Kind::Map(entries), Kind::Map(new)) => {
            let entries = Arc::make_mut(entries);
            let mut add = |key: Arc<str>, value: Value| match entries.get_mut(&key) {
                Some(slot) => merge(slot, value, append),
                None => {
                    entries.insert(key, value);
                }
            };
            match Arc::try_unwrap(new) {
                Ok(own) => own.into_iter().for_each(|(key, value)| add(key, value)),
                Err(shared) => {
                    let entries = shared.iter();
                    entries.for_each(|(key, value)| add(key.clone(), value.clone()));
                }
            }
        }
        (Kind::List(items), Kind::List(new)) if append => {
            Arc::make_mut(items).extend(Arc::unwrap_or_clone(new));
        }
        // A list that may have more items than are known cannot be told from the unknown.
        (Kind::Unknown(_), _) if append => {}
        (_, kind) => {
            *base = Value {
                kind,
                origin: other.origin,
                sensitive: other.sensitive,
            };
        }
    }
}
