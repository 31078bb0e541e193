use std::path::{Path, PathBuf};

use crate::config::FILE_NAMES;
use crate::system::System;

/// The folders that an analysis of these paths may read: the repository around each, or the folder of a `palisade.toml`, or
/// else the path itself. Canonical, sorted.
pub(super) fn of(system: &dyn System, paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| {
            let is_directory = system.metadata(path).ok()?.is_directory;
            let place = system.canonicalize(path).ok()?;
            let folder = if is_directory {
                place
            } else {
                place.parent()?.to_path_buf()
            };
            Some(enclosing(system, &folder).unwrap_or(folder))
        })
        .collect();
    roots.sort();
    roots.dedup();
    roots
}

fn enclosing(system: &dyn System, folder: &Path) -> Option<PathBuf> {
    let marked = |ancestor: &&Path| {
        std::iter::once(".git")
            .chain(FILE_NAMES)
            .any(|name| system.metadata(&ancestor.join(name)).is_ok())
    };
    folder.ancestors().find(marked).map(Path::to_path_buf)
}
