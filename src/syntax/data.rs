//! The spanned data tree that the YAML and the JSON reader both produce.

use crate::TextRange;

/// One value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub data: Data,
    /// The value's own text: quotes and brackets included, tag and anchor excluded.
    pub range: TextRange,
    /// YAML tag as written, `!Ref` or `!!str`; none in JSON.
    pub tag: Option<Tag>,
}

/// A YAML tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// With its exclamation mark: `!GetAtt`.
    pub name: Box<str>,
    /// Where it is written.
    pub range: TextRange,
}

/// The data of a [`Node`].
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false` (and their YAML 1.1 spellings when they are plain scalars).
    Bool(bool),
    /// The digits as written, so that no precision is lost: `1e3`, `0x1F`, `012`.
    Number(Box<str>),
    /// The text after unescaping.
    String(Box<str>),
    /// `[a, b]`
    Sequence(Vec<Node>),
    /// `{k: v}`, in the order of the text; a duplicate key is an error of the reader and the last one wins on look-up.
    Mapping(Vec<Entry>),
}

/// One key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key; a string in nearly every document.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// From the first byte of the key to the last of the value.
    pub fn range(&self) -> TextRange {
        self.key.range.cover(self.value.range)
    }
}

impl Node {
    /// An untagged node.
    pub fn new(data: Data, range: TextRange) -> Self {
        Self {
            data,
            range,
            tag: None,
        }
    }

    /// The string, where it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The entries, where it is a mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items, where it is a sequence.
    pub fn items(&self) -> &[Node] {
        match &self.data {
            Data::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entry of `key`; of duplicates the last.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()
            .iter()
            .rev()
            .find(|entry| entry.key.as_str() == Some(key))
    }

    /// The value of `key`; of duplicates the last.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }
}
