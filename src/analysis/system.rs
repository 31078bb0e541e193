//! The only door to files, environment and clock.

mod memory;
mod os;
mod overlay;
mod sources;

pub use memory::MemorySystem;
pub use os::OsSystem;
pub use overlay::OverlaySystem;
pub use sources::{LineColumn, MAXIMUM_FILE_LENGTH, ReadError, SourceFile, Sources};

use std::io;
use std::path::{Path, PathBuf};

/// What an analysis may ask the world. Everything else is a function of its inputs.
///
/// Paths are as the caller gives them, relative to [`System::current_directory`] or absolute.
pub trait System: Send + Sync {
    /// The bytes of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What stands at a path, symbolic links followed. An error where nothing does, or a link leads nowhere.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;

    /// The names in a folder, sorted.
    fn read_directory(&self, path: &Path) -> io::Result<Vec<PathBuf>>;

    /// The path with links and `..` resolved, to tell whether it lies inside the given roots.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;

    /// Below a folder, every file that version control does not ignore, sorted, as paths that start with `root`. Hidden folders
    /// and `.terraform` are left out. What could not be read is told beside the files.
    fn walk(&self, root: &Path) -> Walk;

    /// The folder relative paths start from.
    fn current_directory(&self) -> PathBuf;

    /// An environment variable.
    fn environment(&self, name: &str) -> Option<String>;

    /// Seconds since 1970-01-01 UTC: for expiry dates of suppressions and for `live`, never for results.
    fn now(&self) -> i64;
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// A folder.
    pub is_directory: bool,
    /// In bytes; 0 for folders.
    pub length: u64,
}

/// The files below a folder.
#[derive(Debug, Default)]
pub struct Walk {
    /// Sorted.
    pub files: Vec<PathBuf>,
    /// What could not be read, and why.
    pub errors: Vec<(PathBuf, io::Error)>,
}
