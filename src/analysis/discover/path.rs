//! Paths as people write them.

use std::path::{Component, Path, PathBuf};

/// The path without `.` and without `x/..`; `.` where nothing is left. Links are not followed.
pub fn clean(path: impl AsRef<Path>) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.as_ref().components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match clean.components().next_back() {
                Some(Component::Normal(_)) => {
                    clean.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => clean.push(".."),
            },
            other => clean.push(other),
        }
    }
    if clean.as_os_str().is_empty() {
        clean.push(".");
    }
    clean
}

/// The path as outputs print it: cleaned, `/`-separated.
pub fn display(path: &Path) -> String {
    clean(path).to_string_lossy().replace('\\', "/")
}
