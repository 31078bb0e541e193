//! Maps keep the order of the source and find every name, few or many.

use std::sync::Arc;

use palisade_model::{Map, Value};
use proptest::prelude::*;

/// What is done to a map.
#[derive(Clone, Debug)]
enum Step {
    Insert(u8, i64),
    Keep(u8, i64),
    Remove(u8),
    Retain(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..60_u8, any::<i64>()).prop_map(|(key, value)| Step::Insert(key, value)),
        4 => (0..60_u8, any::<i64>()).prop_map(|(key, value)| Step::Keep(key, value)),
        2 => (0..60_u8).prop_map(Step::Remove),
        1 => (2..9_u8).prop_map(Step::Retain),
    ]
}

fn name(key: u8) -> Arc<str> {
    format!("key{key}").into()
}

/// The same in a list.
fn done(list: &mut Vec<(u8, i64)>, step: &Step) {
    match *step {
        Step::Insert(key, value) => match list.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => list.push((key, value)),
        },
        Step::Keep(key, value) => {
            if list.iter().all(|(known, _)| *known != key) {
                list.push((key, value));
            }
        }
        Step::Remove(key) => list.retain(|(known, _)| *known != key),
        Step::Retain(of) => list.retain(|(known, _)| !known.is_multiple_of(of)),
    }
}

fn doing(map: &mut Map, step: &Step) {
    match *step {
        Step::Insert(key, value) => {
            map.insert(name(key), Value::bare(value));
        }
        Step::Keep(key, value) => {
            map.get_or_insert_with(&name(key), || Value::bare(value));
        }
        Step::Remove(key) => {
            map.shift_remove(&name(key));
        }
        Step::Retain(of) => map.retain(|key, _| {
            let key: u8 = key[3..].parse().expect("names are made of numbers");
            !key.is_multiple_of(of)
        }),
    }
}

proptest! {
    #[test]
    fn a_map_is_a_list_without_a_name_twice(steps in prop::collection::vec(step(), 0..150)) {
        let (mut map, mut list) = (Map::new(), Vec::new());
        for step in &steps {
            doing(&mut map, step);
            done(&mut list, step);
        }
        let written: Vec<_> = list.iter().map(|(key, value)| (name(*key), Value::bare(*value))).collect();
        let read: Vec<_> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        prop_assert_eq!(&read, &written);
        for key in 0..60 {
            let value = list.iter().find(|(known, _)| *known == key).map(|(_, value)| Value::bare(*value));
            prop_assert_eq!(map.get(&name(key)), value.as_ref());
        }
        let other: Map = written.into_iter().rev().collect();
        prop_assert_eq!(map, other);
    }
}
