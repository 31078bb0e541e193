//! One file of JSON: its text, its tree, and where things stand in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Diagnostic, DiagnosticCode, Level, Span};
use palisade_syntax::data::{Entry, Node};
use palisade_syntax::{TextRange, json};

use super::Context;
use crate::system::{ReadError, SourceFile};

/// A read file.
pub(super) struct Document {
    pub(super) file: Arc<SourceFile>,
    pub(super) root: Node,
    /// The templates that a template spec packs with it, by path.
    pub(super) packed: BTreeMap<String, Rc<Document>>,
}

impl Document {
    /// Reads a file; the errors of its text become diagnostics.
    pub(super) fn load(
        context: &Context<'_>,
        path: &Path,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Self, ReadError> {
        let file = context.sources.load(context.system, path)?;
        let parse = json::parse(&file.text);
        for error in parse.errors {
            let span = span_of(&file, error.range);
            let level = if error.message.starts_with(json::DUPLICATE_KEY) {
                Level::Warning
            } else {
                Level::Error
            };
            let mut diagnostic = Diagnostic::at(level, DiagnosticCode::Syntax, error.message, span);
            if let Some(related) = error.related {
                diagnostic = diagnostic.with_related(span_of(&file, related), "see also");
            }
            diagnostics.push(diagnostic);
        }
        Ok(Self {
            file,
            root: parse.tree,
            packed: BTreeMap::new(),
        })
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        span_of(&self.file, range)
    }

    /// The file that an address on the web names, where a copy of its folder lies here: the longest end of its path that leads to
    /// another file beside this one.
    pub(super) fn same_as(&self, context: &Context<'_>, address: &str) -> Option<PathBuf> {
        let (_, behind) = address.split_once("://")?;
        let path = behind.split(['?', '#']).next()?;
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        (0..segments.len())
            .filter_map(|skipped| self.beside(context, &segments[skipped..].join("/")))
            .find(|found| *found != self.file.path)
    }

    /// The path of a file named relative to this one. None where it leads out of the given roots or to nothing.
    pub(super) fn beside(&self, context: &Context<'_>, relative: &str) -> Option<PathBuf> {
        let folder = self.file.path.parent().unwrap_or(Path::new(""));
        inside(context, &folder.join(relative))
    }
}

/// The path, where it exists inside the roots. Where none are given there is no limit.
pub(super) fn inside(context: &Context<'_>, path: &Path) -> Option<PathBuf> {
    let metadata = context.system.metadata(path).ok()?;
    if metadata.is_directory {
        return None;
    }
    let canonical = context.system.canonicalize(path).ok()?;
    context
        .roots
        .iter()
        .any(|root| canonical.starts_with(root))
        .then(|| path.to_path_buf())
}

fn span_of(file: &SourceFile, range: TextRange) -> Span {
    Span::new(file.id, range.start, range.end)
}

/// The entry of a name; ARM compares names without regard to case.
pub(super) fn entry<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    node.entry(name).or_else(|| {
        let mut entries = node.entries().iter().rev();
        entries.find(|entry| {
            entry
                .key
                .as_str()
                .is_some_and(|key| key.eq_ignore_ascii_case(name))
        })
    })
}

/// The value of a name.
pub(super) fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    entry(node, name).map(|entry| &entry.value)
}

/// The text of a name.
pub(super) fn text<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    field(node, name)?.as_str()
}
