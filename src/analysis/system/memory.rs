use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{Metadata, System, Walk};

/// Files held in memory, for tests and embedding. The clock stands at 0, the environment is what it is given.
#[derive(Clone, Debug, Default)]
pub struct MemorySystem {
    files: BTreeMap<PathBuf, Vec<u8>>,
    environment: BTreeMap<String, String>,
}

impl MemorySystem {
    /// The files of `(path, text)` pairs; paths are relative to `/`, the current directory.
    pub fn new<P: AsRef<Path>, T: AsRef<[u8]>>(files: impl IntoIterator<Item = (P, T)>) -> Self {
        let files = files
            .into_iter()
            .map(|(path, text)| (normalize(path.as_ref()), text.as_ref().to_vec()))
            .collect();
        Self {
            files,
            environment: BTreeMap::new(),
        }
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn with_environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn is_directory(&self, path: &Path) -> bool {
        path.as_os_str().is_empty()
            || self
                .files
                .keys()
                .any(|file| file != path && file.starts_with(path))
    }
}

/// The path without root, `.` and `..`.
fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => normal.push(name),
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    normal
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl System for MemorySystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files
            .get(&normalize(path))
            .cloned()
            .ok_or_else(not_found)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let path = normalize(path);
        match self.files.get(&path) {
            Some(bytes) => Ok(Metadata {
                is_directory: false,
                length: bytes.len() as u64,
            }),
            None if self.is_directory(&path) => Ok(Metadata {
                is_directory: true,
                length: 0,
            }),
            None => Err(not_found()),
        }
    }

    fn read_directory(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let normal = normalize(path);
        if !self.is_directory(&normal) {
            return Err(not_found());
        }
        let names: BTreeSet<PathBuf> = self
            .files
            .keys()
            .filter_map(|file| {
                file.strip_prefix(&normal)
                    .ok()?
                    .components()
                    .next()
                    .map(|name| path.join(name))
            })
            .collect();
        Ok(names.into_iter().collect())
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.metadata(path)?;
        Ok(Path::new("/").join(normalize(path)))
    }

    fn walk(&self, root: &Path) -> Walk {
        let normal = normalize(root);
        let hidden = |path: &Path| {
            path.components()
                .any(|name| name.as_os_str().to_string_lossy().starts_with('.'))
        };
        let files = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(&normal).ok())
            .filter(|below| !hidden(below))
            .map(|below| {
                if below.as_os_str().is_empty() {
                    root.to_path_buf()
                } else {
                    root.join(below)
                }
            })
            .collect();
        Walk {
            files,
            errors: Vec::new(),
        }
    }

    fn current_directory(&self) -> PathBuf {
        PathBuf::from("/")
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    fn now(&self) -> i64 {
        0
    }
}
