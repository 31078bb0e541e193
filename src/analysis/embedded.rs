//! The data files of the product inside the binary: rules, frameworks, Terraform tables, defaults, folds, identities.
//!
//! `build.rs` turns the YAML files of the tree into compact JSON; nothing is parsed before somebody asks for it. A run therefore
//! pays for the types that occur in its input, not for the size of the catalogue.

use std::sync::{LazyLock, RwLock};

use foldhash::HashMap;
use serde::de::DeserializeOwned;

/// The files of one folder, sorted by path.
pub struct Area {
    text: &'static str,
    files: &'static [(&'static str, usize, usize, usize)],
    keys: &'static [(&'static str, usize)],
}

/// One file of an [`Area`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the folder, `/`-separated, without extension: `aws/s3/bucket-public-acl`.
    pub path: &'static str,
    /// The content as JSON, without its cold entries.
    pub json: &'static str,
    /// The entries few commands need (`examples` of a rule, `tests` of a table), as a JSON object.
    pub cold: &'static str,
}

impl Area {
    /// All files, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = File> + '_ {
        (0..self.files.len()).map(|position| self.file(position))
    }

    /// How many files there are.
    pub const fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file of a path (`aws/s3/bucket-public-acl`).
    pub fn at(&self, path: &str) -> Option<File> {
        let position = self.files.binary_search_by(|file| file.0.cmp(path)).ok()?;
        Some(self.file(position))
    }

    /// The files of a key: rules by canonical type, tables by Terraform type.
    pub fn of(&self, key: &str) -> impl Iterator<Item = File> + '_ {
        let start = self.keys.partition_point(|entry| entry.0 < key);
        let end = self.keys.partition_point(|entry| entry.0 <= key);
        self.keys[start..end]
            .iter()
            .map(|&(_, position)| self.file(position))
    }

    /// The keys that occur, sorted, each once.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.keys
            .iter()
            .enumerate()
            .filter(|&(position, entry)| position == 0 || self.keys[position - 1].0 != entry.0)
            .map(|(_, entry)| entry.0)
    }

    fn file(&self, position: usize) -> File {
        let (path, start, middle, end) = self.files[position];
        File {
            path,
            json: &self.text[start..middle],
            cold: &self.text[middle..end],
        }
    }
}

impl File {
    /// The content as a typed value; the message of an error names the file.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_str(self.json).map_err(|error| format!("{}: {error}", self.path))
    }

    /// The cold entries as a typed value.
    pub fn read_cold<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_str(self.cold).map_err(|error| format!("{}: {error}", self.path))
    }
}

/// What is made of a name, once for the rest of the process.
pub(crate) struct Made<T>(LazyLock<RwLock<HashMap<String, T>>>);

impl<T: Clone> Made<T> {
    pub(crate) const fn new() -> Self {
        Self(LazyLock::new(RwLock::default))
    }

    /// What is known of a name, or else made.
    pub(crate) fn of(&self, name: &str, make: impl FnOnce() -> T) -> T {
        let known = self.0.read().ok().and_then(|it| it.get(name).cloned());
        known.unwrap_or_else(|| {
            let made = make();
            let Ok(mut known) = self.0.write() else {
                return made;
            };
            known.entry(name.to_owned()).or_insert(made).clone()
        })
    }
}

pub use data::*;

/// Written by `build.rs`.
#[expect(clippy::unreadable_literal, reason = "offsets of a generated index")]
mod data {
    use super::Area;

    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}
