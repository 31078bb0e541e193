//! The source tree, for tests that read it.

use std::path::{Path, PathBuf};

/// The top of the tree.
pub(crate) fn top() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("this crate is two folders below the top")
        .to_path_buf()
}

/// Every file below a folder, sorted; build output and hidden folders left out.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(folder) = pending.pop() {
        let entries = std::fs::read_dir(&folder).expect("the tree can be read");
        for path in entries.map(|entry| entry.expect("the tree can be read").path()) {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let is_ours = !name.starts_with('.') && name != "target";
            match path.is_dir() {
                true if is_ours => pending.push(path),
                false if is_ours => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Every Rust file below a folder.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
