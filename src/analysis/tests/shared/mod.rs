//! Tests over the large corpora that are not in the repository: they need `PALISADE_SHARED=<folder>`.

mod arm;
mod bicep;
mod cloudformation;
mod lower;

use std::path::{Path, PathBuf};

/// The corpus folder `name`; prints why the test does nothing where there is none.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let Some(shared) = std::env::var_os("PALISADE_SHARED") else {
        eprintln!("needs PALISADE_SHARED");
        return None;
    };
    Some(Path::new(&shared).join(name))
}

/// Every file below `folder` that `wanted` tells, sorted.
pub(crate) fn files(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
