//! Named values in the order of the source.

use std::collections::HashMap;
use std::fmt;
use std::iter::Zip;
use std::slice;
use std::sync::Arc;

use crate::Value;

/// Up to this many entries are searched one by one: nearly all maps of templates are smaller, and an index of each would be
/// larger than what it points to.
const FEW: usize = 16;

/// The entries of an object or map, in the order of the source. A name is there once.
#[derive(Clone, Default)]
pub struct Map {
    /// By themselves, as a search that passes values by is slower than an index.
    names: Vec<Arc<str>>,
    /// In the same order.
    values: Vec<Value>,
    /// Where each name stands; none of few.
    #[expect(
        clippy::box_collection,
        reason = "nearly no map has one, and it is larger than the rest of the map"
    )]
    index: Option<Box<HashMap<Arc<str>, usize>>>,
}

impl Map {
    /// Without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Without entries, and with room for this many.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            names: Vec::with_capacity(capacity),
            values: Vec::with_capacity(capacity),
            index: None,
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self.names.iter().position(|name| **name == *key),
        }
    }

    /// Whether a name has a value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    /// The value of a name.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let position = self.position(key)?;
        Some(&self.values[position])
    }

    /// The entry at a 0-based position.
    pub fn get_index(&self, position: usize) -> Option<(&Arc<str>, &Value)> {
        Some((self.names.get(position)?, self.values.get(position)?))
    }

    /// The value of a name, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let position = self.position(key)?;
        Some(&mut self.values[position])
    }

    /// The value of a name; where it has none, this one comes behind all others.
    pub fn get_or_insert_with(
        &mut self,
        key: &Arc<str>,
        make: impl FnOnce() -> Value,
    ) -> &mut Value {
        let position = self.position(key).unwrap_or_else(|| {
            self.push(key.clone(), make());
            self.names.len() - 1
        });
        &mut self.values[position]
    }

    /// Gives a name its value, at its old place where it has one, else behind all others. The old value is returned.
    pub fn insert(&mut self, key: Arc<str>, value: Value) -> Option<Value> {
        if let Some(position) = self.position(&key) {
            return Some(std::mem::replace(&mut self.values[position], value));
        }
        self.push(key, value);
        None
    }

    /// Adds an entry of a new name.
    fn push(&mut self, key: Arc<str>, value: Value) {
        let count = self.names.len();
        if count == self.values.capacity() {
            // One entry is the most frequent number of all; doubling would begin with room for four.
            self.reserve(count / 4 + 1);
        }
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), count);
        }
        self.names.push(key);
        self.values.push(value);
        if self.index.is_none() && count == FEW {
            self.number();
        }
    }

    fn reserve(&mut self, more: usize) {
        self.names.reserve_exact(more);
        self.values.reserve_exact(more);
    }

    /// Makes the index anew.
    fn number(&mut self) {
        let names = self.names.iter().cloned();
        let is_large = self.names.len() > FEW;
        self.index = is_large.then(|| Box::new(names.zip(0..).collect()));
    }

    /// Takes an entry out; the others keep their order.
    pub fn shift_remove(&mut self, key: &str) -> Option<Value> {
        let position = self.position(key)?;
        self.names.remove(position);
        let value = self.values.remove(position);
        self.number();
        Some(value)
    }

    /// Keeps what is told to.
    pub fn retain(&mut self, mut keeps: impl FnMut(&Arc<str>, &mut Value) -> bool) {
        let entries = std::mem::take(self).into_iter();
        self.extend(entries.filter_map(|(name, mut value)| {
            let kept = keeps(&name, &mut value);
            kept.then_some((name, value))
        }));
    }

    /// The entries.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.names.iter().zip(&self.values))
    }

    /// The entries, their values to be changed.
    pub fn iter_mut(&mut self) -> IterMut<'_> {
        IterMut(self.names.iter().zip(&mut self.values))
    }

    /// The names.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Arc<str>> + ExactSizeIterator + Clone {
        self.names.iter()
    }

    /// The values.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator + Clone {
        self.values.iter()
    }

    /// The values, to be changed.
    pub fn values_mut(
        &mut self,
    ) -> impl DoubleEndedIterator<Item = &mut Value> + ExactSizeIterator {
        self.values.iter_mut()
    }
}

/// Equal where the same names have equal values, in whatever order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        let mut entries = self.iter();
        self.len() == other.len() && entries.all(|(name, value)| other.get(name) == Some(value))
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

/// Of names that occur twice the later value stays, at the place of the earlier one.
impl Extend<(Arc<str>, Value)> for Map {
    fn extend<I: IntoIterator<Item = (Arc<str>, Value)>>(&mut self, entries: I) {
        let entries = entries.into_iter();
        if self.is_empty() {
            self.reserve(entries.size_hint().0);
        }
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl FromIterator<(Arc<str>, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Value)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

/// The entries of a [`Map`].
#[derive(Clone, Debug)]
pub struct Iter<'m>(Zip<slice::Iter<'m, Arc<str>>, slice::Iter<'m, Value>>);

/// The entries of a [`Map`], their values to be changed.
#[derive(Debug)]
pub struct IterMut<'m>(Zip<slice::Iter<'m, Arc<str>>, slice::IterMut<'m, Value>>);

impl<'m> Iterator for Iter<'m> {
    type Item = (&'m Arc<str>, &'m Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<'m> Iterator for IterMut<'m> {
    type Item = (&'m Arc<str>, &'m mut Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back()
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl ExactSizeIterator for IterMut<'_> {}

impl<'m> IntoIterator for &'m Map {
    type Item = (&'m Arc<str>, &'m Value);
    type IntoIter = Iter<'m>;

    fn into_iter(self) -> Iter<'m> {
        self.iter()
    }
}

impl<'m> IntoIterator for &'m mut Map {
    type Item = (&'m Arc<str>, &'m mut Value);
    type IntoIter = IterMut<'m>;

    fn into_iter(self) -> IterMut<'m> {
        self.iter_mut()
    }
}

impl IntoIterator for Map {
    type Item = (Arc<str>, Value);
    type IntoIter = Zip<std::vec::IntoIter<Arc<str>>, std::vec::IntoIter<Value>>;

    fn into_iter(self) -> Self::IntoIter {
        self.names.into_iter().zip(self.values)
    }
}
