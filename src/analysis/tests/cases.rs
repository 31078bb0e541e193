//! Folders of cases.

use std::path::{Path, PathBuf};

/// The folders of an area of the test data, a case each, in order.
pub(crate) fn folders(area: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata");
    let listed = std::fs::read_dir(root.join(area)).expect("the area");
    let mut found: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}
