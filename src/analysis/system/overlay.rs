use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Metadata, System, Walk};

/// Another system under the unsaved buffers of an editor.
#[derive(Clone)]
pub struct OverlaySystem {
    below: Arc<dyn System>,
    buffers: BTreeMap<PathBuf, Arc<str>>,
}

impl OverlaySystem {
    /// `below`, seen through these buffers. Their paths are absolute.
    pub fn new(below: Arc<dyn System>, buffers: BTreeMap<PathBuf, Arc<str>>) -> Self {
        Self { below, buffers }
    }

    fn buffer(&self, path: &Path) -> Option<&Arc<str>> {
        self.buffers
            .get(path)
            .or_else(|| self.buffers.get(&self.below.current_directory().join(path)))
    }
}

impl System for OverlaySystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.buffer(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.below.read(path),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        match self.buffer(path) {
            Some(text) => Ok(Metadata {
                is_directory: false,
                length: text.len() as u64,
            }),
            None => self.below.metadata(path),
        }
    }

    fn read_directory(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths = self.below.read_directory(path).or_else(|error| {
            if self
                .buffers
                .keys()
                .any(|buffer| buffer.parent() == Some(path))
            {
                Ok(Vec::new())
            } else {
                Err(error)
            }
        })?;
        let absolute = self.below.current_directory().join(path);
        for buffer in self
            .buffers
            .keys()
            .filter(|buffer| buffer.parent() == Some(absolute.as_path()))
        {
            paths.extend(buffer.file_name().map(|name| path.join(name)));
        }
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        match self.buffer(path) {
            Some(_) => self
                .below
                .canonicalize(path)
                .or_else(|_| Ok(self.below.current_directory().join(path))),
            None => self.below.canonicalize(path),
        }
    }

    fn walk(&self, root: &Path) -> Walk {
        let mut found = self.below.walk(root);
        let absolute = self.below.current_directory().join(root);
        for buffer in self.buffers.keys() {
            found
                .files
                .extend(buffer.strip_prefix(&absolute).map(|below| root.join(below)));
        }
        found.files.sort();
        found.files.dedup();
        found
    }

    fn current_directory(&self) -> PathBuf {
        self.below.current_directory()
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.below.environment(name)
    }

    fn now(&self) -> i64 {
        self.below.now()
    }
}
