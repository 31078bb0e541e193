//! Reads a module folder: which files count, in which order, and what they hold.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/files>; a `.tofu` file takes the place of the `.tf` file of its
//! name (<https://opentofu.org/docs/language/files/>).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{Diagnostic, DiagnosticCode, FileId, Level};
use palisade_syntax::hcl::Item;
use palisade_syntax::{SyntaxError, hcl, json};

use super::config::{ModuleConfig, span};
use super::from_json;
use crate::lang::Context;
use crate::system::SourceFile;

/// A module folder and what was wrong with it.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) config: ModuleConfig,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) files: Vec<PathBuf>,
}

/// The configuration files of a folder in the order in which they count: overrides last. None where the folder has none.
pub(super) fn module_files(context: &Context<'_>, directory: &Path) -> Vec<PathBuf> {
    let names = context.system.read_directory(directory);
    ordered(names.unwrap_or_default())
}

/// The configuration files among these, in the order in which they count.
pub(super) fn ordered(names: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut by_stem: BTreeMap<(bool, String), (u8, PathBuf)> = BTreeMap::new();
    for path in names {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.starts_with(['.', '#']) || name.ends_with('~') {
            continue;
        }
        let Some((stem, rank, kind)) = parts(name) else {
            continue;
        };
        let overriding = is_override(stem);
        let slot = by_stem
            .entry((overriding, format!("{stem}{kind}")))
            .or_insert((rank, path.clone()));
        if rank > slot.0 {
            *slot = (rank, path.clone());
        }
    }
    by_stem.into_values().map(|(_, path)| path).collect()
}

/// The name of a configuration file without its ending, and how much that ending counts against others.
fn parts(name: &str) -> Option<(&str, u8, &'static str)> {
    let kinds = [
        (".tofu.json", 3, ".json"),
        (".tf.json", 1, ".json"),
        (".tofu", 2, ""),
        (".tf", 0, ""),
    ];
    kinds
        .iter()
        .find_map(|(ending, rank, kind)| Some((name.strip_suffix(ending)?, *rank, *kind)))
}

/// Whether a file with this name, without its ending, replaces what others say.
fn is_override(stem: &str) -> bool {
    stem == "override" || stem.ends_with("_override")
}

/// Whether a file of this name is part of a module.
pub(super) fn is_configuration(name: &str) -> bool {
    parts(name).is_some()
}

/// Reads a module folder.
pub(super) fn load(context: &Context<'_>, directory: &Path, paths: &[PathBuf]) -> Loaded {
    let mut loaded = Loaded::default();
    loaded.config.directory = directory.to_path_buf();
    for path in paths {
        if !inside(context, path) {
            let message = format!("{} lies outside the given folders", path.display());
            loaded.diagnostics.push(Diagnostic::about(
                Level::Warning,
                DiagnosticCode::Unreadable,
                message,
                path.to_string_lossy(),
            ));
            continue;
        }
        match context.sources.load(context.system, path) {
            Ok(source) => add_text(&mut loaded, path, &source, &source.text),
            Err(error) => loaded.diagnostics.push(error.diagnostic()),
        }
        loaded.files.push(path.clone());
    }
    for (name, first, second) in &loaded.config.duplicates {
        let message = format!("`{name}` is declared twice");
        loaded.diagnostics.push(
            Diagnostic::at(Level::Warning, DiagnosticCode::Evaluation, message, *second)
                .with_related(*first, "first declared here"),
        );
    }
    loaded
}

/// Adds a file of this name, whose offsets are those of a source.
pub(super) fn add_text(loaded: &mut Loaded, path: &Path, source: &SourceFile, text: &str) {
    let name = path.file_name().and_then(|name| name.to_str());
    let overriding = name.and_then(parts).is_some_and(|it| is_override(it.0));
    let diagnostics = &mut loaded.diagnostics;
    let items = items(path, source, text, from_json::labels, diagnostics);
    loaded.config.add(source.id, items, overriding);
}

/// What a file of either syntax holds. `labels` tells blocks of JSON from attributes.
pub(super) fn items(
    path: &Path,
    source: &SourceFile,
    text: &str,
    labels: from_json::Labels,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Item> {
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    if is_json {
        let parse = json::parse(text);
        report(diagnostics, source.id, parse.errors);
        from_json::body(&parse.tree, text, labels).items
    } else {
        let parse = hcl::parse(text);
        report(diagnostics, source.id, parse.errors);
        parse.tree.items
    }
}

/// Syntax errors as diagnostics.
pub(super) fn report(diagnostics: &mut Vec<Diagnostic>, file: FileId, errors: Vec<SyntaxError>) {
    for error in errors {
        let mut diagnostic = Diagnostic::at(
            Level::Error,
            DiagnosticCode::Syntax,
            error.message,
            span(file, error.range),
        );
        if let Some(related) = error.related {
            diagnostic = diagnostic.with_related(span(file, related), "here");
        }
        diagnostics.push(diagnostic);
    }
}

/// Whether a path lies inside the roots of the analysis.
pub(super) fn inside(context: &Context<'_>, path: &Path) -> bool {
    context
        .system
        .canonicalize(path)
        .is_ok_and(|path| context.roots.iter().any(|root| path.starts_with(root)))
}

/// The attributes of a `.tfvars` or `.tfvars.json` file.
pub(super) fn variables(
    context: &Context<'_>,
    path: &Path,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Arc<SourceFile>, Vec<hcl::Attribute>)> {
    let source = match context.sources.load(context.system, path) {
        Ok(source) => source,
        Err(error) => {
            diagnostics.push(error.diagnostic());
            return None;
        }
    };
    let items = if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let parse = json::parse(&source.text);
        report(diagnostics, source.id, parse.errors);
        from_json::values(&parse.tree, &source.text)
    } else {
        let parse = hcl::parse(&source.text);
        report(diagnostics, source.id, parse.errors);
        parse.tree.items
    };
    let attributes = items.into_iter().filter_map(|item| match item {
        Item::Attribute(attribute) => Some(attribute),
        Item::Block(_) => None,
    });
    Some((source, attributes.collect()))
}
