//! Documents as the official translator holds them. The logical id of a deployment ends in a digest of how Python prints the API's
//! definition, with the order of a dictionary of Python 2.7; so keys are kept in a table like that one's, and it is known which texts
//! came from the template: those print as `u'…'`.
//!
//! Source: the order of a dictionary is described in <https://github.com/python/cpython/blob/2.7/Objects/dictnotes.txt> and its
//! digest of a text is that of Python 2.7 on 64 bits.

use std::fmt::Write;
use std::sync::Arc;

use palisade_model::{Number, Span};

use super::super::tree::{Data, Field, Fields, Tree};

/// A part of a document.
#[derive(Clone, Debug)]
pub(super) struct Doc {
    pub(super) value: Part,
    pub(super) span: Span,
}

/// What a [`Doc`] is.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    List(Vec<Doc>),
    Map(Dict),
}

/// A text, and whether it is the template's.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: Arc<str>,
    is_given: bool,
}

/// A dictionary.
#[derive(Clone, Debug, Default)]
pub(super) struct Dict {
    slots: Vec<Slot>,
    /// Slots that are or were in use.
    fill: usize,
    used: usize,
}

#[derive(Clone, Debug)]
enum Slot {
    Empty,
    Removed,
    Entry(Box<Entry>),
}

#[derive(Clone, Debug)]
struct Entry {
    key: Text,
    span: Span,
    value: Doc,
}

/// Slots of a new dictionary.
const SMALLEST: usize = 8;

/// The digest of a text in Python 2.7.
fn hash(text: &str) -> i64 {
    let Some(first) = text.chars().next() else {
        return 0;
    };
    let mut digest = i64::from(u32::from(first)) << 7;
    for character in text.chars() {
        digest = digest.wrapping_mul(1_000_003) ^ i64::from(u32::from(character));
    }
    digest ^= text.chars().count() as i64;
    if digest == -1 { -2 } else { digest }
}

impl Dict {
    /// The slot of a key, or the one where it goes.
    fn find(&self, key: &str) -> usize {
        let mask = self.slots.len() - 1;
        let digest = hash(key) as u64;
        let mut at = digest;
        let mut perturbation = digest;
        let mut free = None;
        loop {
            let index = (at as usize) & mask;
            match &self.slots[index] {
                Slot::Empty => return free.unwrap_or(index),
                Slot::Removed => {
                    free.get_or_insert(index);
                }
                Slot::Entry(entry) if &*entry.key.text == key => return index,
                Slot::Entry(_) => {}
            }
            at = at
                .wrapping_mul(5)
                .wrapping_add(perturbation)
                .wrapping_add(1);
            perturbation >>= 5;
        }
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        if self.slots.is_empty() {
            return None;
        }
        match &self.slots[self.find(key)] {
            Slot::Entry(entry) => Some(entry),
            _ => None,
        }
    }

    fn insert(&mut self, key: Text, span: Span, value: Doc) {
        if self.slots.is_empty() {
            self.slots = vec![Slot::Empty; SMALLEST];
        }
        let index = self.find(&key.text);
        match &mut self.slots[index] {
            Slot::Entry(entry) => {
                entry.value = value;
                return;
            }
            Slot::Removed => {}
            Slot::Empty => self.fill += 1,
        }
        self.slots[index] = Slot::Entry(Box::new(Entry { key, span, value }));
        self.used += 1;
        if self.fill * 3 >= self.slots.len() * 2 {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let wanted = self.used * if self.used > 50_000 { 2 } else { 4 };
        let mut size = SMALLEST;
        while size <= wanted {
            size *= 2;
        }
        let old = std::mem::replace(&mut self.slots, vec![Slot::Empty; size]);
        self.fill = self.used;
        for slot in old {
            if let Slot::Entry(entry) = slot {
                let index = self.find(&entry.key.text);
                self.slots[index] = Slot::Entry(entry);
            }
        }
    }

    fn remove(&mut self, key: &str) -> Option<Doc> {
        self.entry(key)?;
        let index = self.find(key);
        self.used -= 1;
        match std::mem::replace(&mut self.slots[index], Slot::Removed) {
            Slot::Entry(entry) => Some(entry.value),
            _ => None,
        }
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Entry(entry) => Some(&**entry),
            _ => None,
        })
    }
}

impl Doc {
    fn new(value: Part, span: Span) -> Self {
        Self { value, span }
    }

    /// A text that is the translator's own.
    pub(super) fn text(text: impl Into<Arc<str>>, span: Span) -> Self {
        let text = Text {
            text: text.into(),
            is_given: false,
        };
        Self::new(Part::Text(text), span)
    }

    /// A text of the template, or made with one.
    pub(super) fn given(text: impl Into<Arc<str>>, span: Span) -> Self {
        let text = Text {
            text: text.into(),
            is_given: true,
        };
        Self::new(Part::Text(text), span)
    }

    pub(super) fn bool(value: bool, span: Span) -> Self {
        Self::new(Part::Bool(value), span)
    }

    pub(super) fn list(items: Vec<Self>, span: Span) -> Self {
        Self::new(Part::List(items), span)
    }

    pub(super) fn map(span: Span) -> Self {
        Self::new(Part::Map(Dict::default()), span)
    }

    /// A map of the translator's own keys.
    pub(super) fn of<const N: usize>(pairs: [(&str, Self); N], span: Span) -> Self {
        let mut map = Self::map(span);
        for (key, value) in pairs {
            map.set(key, value);
        }
        map
    }

    /// A part of the template.
    pub(super) fn from_tree(tree: &Tree) -> Self {
        let value = match &tree.data {
            Data::Null => Part::Null,
            Data::Bool(value) => Part::Bool(*value),
            Data::Number(number) => Part::Number(*number),
            Data::String(text) => return Self::given(text.clone(), tree.span),
            Data::List(items) => Part::List(items.iter().map(Self::from_tree).collect()),
            Data::Map(fields) => {
                let mut dict = Dict::default();
                for (key, field) in fields.iter() {
                    let key = Text {
                        text: key.clone(),
                        is_given: true,
                    };
                    dict.insert(key, field.key, Self::from_tree(&field.value));
                }
                Part::Map(dict)
            }
        };
        Self::new(value, tree.span)
    }

    /// As a part of a template.
    pub(super) fn to_tree(&self) -> Tree {
        let data = match &self.value {
            Part::Null => Data::Null,
            Part::Bool(value) => Data::Bool(*value),
            Part::Number(number) => Data::Number(*number),
            Part::Text(text) => Data::String(text.text.clone()),
            Part::List(items) => Data::List(Arc::new(items.iter().map(Self::to_tree).collect())),
            Part::Map(dict) => {
                let fields: Fields = dict
                    .entries()
                    .map(|entry| {
                        let field = Field {
                            key: entry.span,
                            value: entry.value.to_tree(),
                        };
                        (entry.key.text.clone(), field)
                    })
                    .collect();
                Data::Map(Arc::new(fields))
            }
        };
        Tree::new(data, self.span)
    }

    /// What a copy of all levels is: every dictionary is filled anew, in its order.
    pub(super) fn copied(&self) -> Self {
        let value = match &self.value {
            Part::List(items) => Part::List(items.iter().map(Self::copied).collect()),
            Part::Map(dict) => {
                let mut copy = Dict::default();
                for entry in dict.entries() {
                    copy.insert(entry.key.clone(), entry.span, entry.value.copied());
                }
                Part::Map(copy)
            }
            other => other.clone(),
        };
        Self::new(value, self.span)
    }

    pub(super) fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.value {
            Part::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Part::List(items) => items,
            _ => &[],
        }
    }

    fn dict(&self) -> Option<&Dict> {
        match &self.value {
            Part::Map(dict) => Some(dict),
            _ => None,
        }
    }

    /// The keys of a map, in its order.
    pub(super) fn keys(&self) -> Vec<Arc<str>> {
        let entries = self.dict().into_iter().flat_map(Dict::entries);
        entries.map(|entry| entry.key.text.clone()).collect()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.dict()?.entry(key).map(|entry| &entry.value)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Part::Map(dict) = &mut self.value else {
            return None;
        };
        dict.entry(key)?;
        let index = dict.find(key);
        match &mut dict.slots[index] {
            Slot::Entry(entry) => Some(&mut entry.value),
            _ => None,
        }
    }

    /// The value of a key, a new empty map where there is none.
    pub(super) fn entry_mut(&mut self, key: &str, is_given: bool) -> &mut Self {
        let span = self.span;
        if self.get(key).is_none() {
            self.put(key, is_given, Self::map(span));
        }
        match &mut self.value {
            Part::Map(dict) => {
                let index = dict.find(key);
                match &mut dict.slots[index] {
                    Slot::Entry(entry) => &mut entry.value,
                    _ => unreachable!("the entry was put there"),
                }
            }
            _ => unreachable!("putting an entry makes a map"),
        }
    }

    /// Sets an entry with a key of the translator's own.
    pub(super) fn set(&mut self, key: &str, value: Self) {
        self.put(key, false, value);
    }

    /// Sets an entry with a key of the template.
    pub(super) fn set_given(&mut self, key: &str, value: Self) {
        self.put(key, true, value);
    }

    fn put(&mut self, key: &str, is_given: bool, value: Self) {
        if !matches!(self.value, Part::Map(_)) {
            self.value = Part::Map(Dict::default());
        }
        if let Part::Map(dict) = &mut self.value {
            let text = Text {
                text: key.into(),
                is_given,
            };
            let span = value.span;
            dict.insert(text, span, value);
        }
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Self> {
        match &mut self.value {
            Part::Map(dict) => dict.remove(key),
            _ => None,
        }
    }

    /// As Python 2.7 prints it.
    pub(super) fn printed(&self) -> String {
        let mut out = String::new();
        self.print(&mut out);
        out
    }

    fn print(&self, out: &mut String) {
        match &self.value {
            Part::Null => out.push_str("None"),
            Part::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
            Part::Number(number) => out.push_str(&number.to_string()),
            Part::Text(text) => print_text(text, out),
            Part::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.print(out);
                }
                out.push(']');
            }
            Part::Map(dict) => {
                out.push('{');
                for (index, entry) in dict.entries().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    print_text(&entry.key, out);
                    out.push_str(": ");
                    entry.value.print(out);
                }
                out.push('}');
            }
        }
    }

    /// In JSON with spaces, in its order.
    pub(super) fn json(&self) -> String {
        match &self.value {
            Part::List(items) => {
                let items: Vec<_> = items.iter().map(Self::json).collect();
                format!("[{}]", items.join(", "))
            }
            Part::Map(dict) => {
                let pair = |entry: &Entry| {
                    format!(
                        "{}: {}",
                        super::make::quoted(&entry.key.text),
                        entry.value.json()
                    )
                };
                let pairs: Vec<_> = dict.entries().map(pair).collect();
                format!("{{{}}}", pairs.join(", "))
            }
            _ => self.to_tree().to_json(super::super::tree::KeyOrder::Sorted),
        }
    }
}

/// A text in quotes; double ones where it has single ones alone.
fn print_text(text: &Text, out: &mut String) {
    let plain = &*text.text;
    let quote = if plain.contains('\'') && !plain.contains('"') {
        '"'
    } else {
        '\''
    };
    if text.is_given {
        out.push('u');
    }
    out.push(quote);
    for character in plain.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            ' '..='~' => out.push(character),
            _ => {
                let code = u32::from(character);
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
}
