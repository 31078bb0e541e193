//! Where the source of a module lies: a folder of the tree, or one that `terraform init` fetched.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use palisade_syntax::json;

use super::load;
use crate::lang::Context;

/// `.terraform/modules/modules.json`: dotted names of calls to folders.
#[derive(Debug, Default)]
pub(super) struct Manifest(BTreeMap<String, PathBuf>);

impl Manifest {
    /// Reads the manifest of a root module, where there is one.
    pub(super) fn read(context: &Context<'_>, root: &Path) -> Self {
        let path = root.join(".terraform/modules/modules.json");
        if context.system.metadata(&path).is_err() || !load::inside(context, &path) {
            return Self::default();
        }
        let Ok(source) = context.sources.load(context.system, &path) else {
            return Self::default();
        };
        let parse = json::parse(&source.text);
        let modules = parse
            .tree
            .get("Modules")
            .map_or(&[][..], |modules| modules.items());
        let entry = |module: &palisade_syntax::data::Node| {
            let key = module.get("Key")?.as_str()?.to_owned();
            let directory = module.get("Dir")?.as_str()?;
            Some((key, root.join(directory)))
        };
        Self(modules.iter().filter_map(entry).collect())
    }

    /// The folder of a call, by the names that lead to it.
    pub(super) fn directory(&self, names: &[&str]) -> Option<&Path> {
        self.0.get(&names.join(".")).map(PathBuf::as_path)
    }
}

/// Whether a source is a folder of the tree.
pub(super) fn is_local(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}

/// The path of `to` from the folder `from`, as `path.module` shows it.
pub(super) fn shown(from: &Path, to: &Path) -> String {
    let (from, to) = (crate::discover::clean(from), crate::discover::clean(to));
    let from: Vec<_> = from
        .components()
        .filter(|part| part.as_os_str() != ".")
        .collect();
    let to: Vec<_> = to
        .components()
        .filter(|part| part.as_os_str() != ".")
        .collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    let down = to[shared..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    let path: Vec<String> = up.chain(down).collect();
    if path.is_empty() {
        ".".to_owned()
    } else {
        path.join("/")
    }
}
