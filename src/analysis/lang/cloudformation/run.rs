//! What all stacks of one evaluation share: files, diagnostics, exports.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use palisade_model::{Diagnostic, DiagnosticCode, Level, Span, Value};
use palisade_syntax::data::Node;
use palisade_syntax::{Parse, SyntaxError, json, yaml};

use super::samconfig;
use super::tree::{self, Data, Tree};
use crate::lang::Context;
use crate::system::SourceFile;

/// One evaluation of a project.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context<'a>,
    files: RefCell<BTreeSet<PathBuf>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    reported: RefCell<HashSet<(Option<Span>, String)>>,
    /// The outputs that stacks of this run export, by name.
    pub(super) exports: RefCell<HashMap<Arc<str>, Value>>,
    /// Whether what the other stacks of the analysis export was read.
    knows_others: Cell<bool>,
    /// How many nested stacks were followed.
    pub(super) stacks: Cell<usize>,
}

/// A file read as a tree.
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) file: Arc<SourceFile>,
    pub(super) tree: Tree,
}

impl Loaded {
    /// The folder that paths in it start from.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            files: RefCell::default(),
            diagnostics: RefCell::default(),
            reported: RefCell::default(),
            exports: RefCell::default(),
            knows_others: Cell::new(false),
            stacks: Cell::new(0),
        }
    }

    /// What a stack exports by this name; those of the other templates of the analysis are read when one is first asked for.
    pub(super) fn export(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.exports.borrow().get(name) {
            return Some(value.clone());
        }
        if !self.knows_others.replace(true) {
            self.read_others();
        }
        self.exports.borrow().get(name).cloned()
    }

    /// A value that another stack exports is taken where it is wholly known: a resource of that stack is none of this one.
    fn read_others(&self) {
        for path in self.context.inputs.stacks.iter() {
            let file = self.context.sources.load(self.context.system, path);
            let exports = file.is_ok_and(|file| file.text.contains("Export"));
            if !exports || !self.files.borrow_mut().insert(path.clone()) {
                continue;
            }
            let other = Run::new(self.context);
            other.knows_others.set(true);
            super::evaluate_exports(&other, path);
            let exported = other.exports.into_inner().into_iter();
            let known = exported.filter(|(_, value)| value.is_wholly_known());
            self.exports.borrow_mut().extend(known);
        }
    }

    /// The files read, sorted, and the problems met.
    pub(super) fn finish(self) -> (Vec<PathBuf>, Vec<Diagnostic>) {
        let files = self.files.into_inner().into_iter().collect();
        (files, self.diagnostics.into_inner())
    }

    /// Adds a diagnostic; the same one at the same place only once.
    pub(super) fn report(&self, diagnostic: Diagnostic) {
        let key = (diagnostic.span, diagnostic.message.clone());
        if self.reported.borrow_mut().insert(key) {
            self.diagnostics.borrow_mut().push(diagnostic);
        }
    }

    pub(super) fn error(&self, message: impl Into<String>, span: Span) {
        let code = DiagnosticCode::Evaluation;
        self.report(Diagnostic::at(Level::Error, code, message, span));
    }

    pub(super) fn warning(&self, code: DiagnosticCode, message: impl Into<String>, span: Span) {
        self.report(Diagnostic::at(Level::Warning, code, message, span));
    }

    /// Reads the file of the project itself.
    pub(super) fn load(&self, path: &Path) -> Option<Loaded> {
        let loaded = self.context.sources.load(self.context.system, path);
        match loaded {
            Ok(file) => {
                self.files.borrow_mut().insert(path.to_path_buf());
                Some(self.read(path, file))
            }
            Err(error) => {
                self.report(error.diagnostic());
                None
            }
        }
    }

    /// Reads a file that another one names, where it lies inside the roots. Where it cannot be read, the place that names it is
    /// told why.
    pub(super) fn follow(&self, base: &Path, named: &str, place: Span) -> Option<Loaded> {
        let path = normalize(&base.join(named));
        match self.text(&path) {
            Ok(file) => Some(self.read(&path, file)),
            Err(message) => {
                let message = format!("{named} {message}");
                self.warning(DiagnosticCode::Unresolved, message, place);
                None
            }
        }
    }

    /// The text of a file inside the roots.
    pub(super) fn text(&self, path: &Path) -> Result<Arc<SourceFile>, String> {
        let canonical = self
            .context
            .system
            .canonicalize(path)
            .map_err(|_| "does not exist".to_owned())?;
        let is_inside = |root: &PathBuf| canonical.starts_with(root);
        if !self.context.roots.iter().any(is_inside) {
            return Err("lies outside the given folders".to_owned());
        }
        let loaded = self.context.sources.load(self.context.system, path);
        let file = loaded.map_err(|error| error.message)?;
        self.files.borrow_mut().insert(path.to_path_buf());
        Ok(file)
    }

    /// The tree of a text, its syntax errors reported.
    pub(super) fn read(&self, path: &Path, file: Arc<SourceFile>) -> Loaded {
        let tree = if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let (tree, errors) = samconfig::read(&file.text, file.id);
            for (message, place) in errors {
                let code = DiagnosticCode::Syntax;
                self.report(Diagnostic::at(Level::Error, code, message, place));
            }
            tree
        } else {
            self.read_text(&file)
        };
        Loaded {
            path: path.to_path_buf(),
            file,
            tree,
        }
    }

    fn read_text(&self, file: &SourceFile) -> Tree {
        let (node, errors) = parse(&file.text);
        for error in errors {
            self.report(syntax_diagnostic(&error, file));
        }
        node.map_or_else(
            || Tree::new(Data::Null, Span::new(file.id, 0, 0)),
            |node| tree::from_node(&node, file.id),
        )
    }
}

/// The path without `.` and, where a folder stands before it, `..`.
pub(super) fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(normal.components().next_back(), Some(Component::Normal(_))) =>
            {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// JSON where the text starts as JSON, else YAML; of several documents the first that looks like a template.
fn parse(text: &str) -> (Option<Node>, Vec<SyntaxError>) {
    let body = text.trim_start_matches('\u{feff}').trim_start();
    if !body.starts_with('{') && !body.starts_with("/*") && !body.starts_with("//") {
        return pick(yaml::parse(text));
    }
    let parse = json::parse(text);
    if parse.errors.iter().all(is_duplicate) {
        return (Some(parse.tree), parse.errors);
    }
    // A template in YAML's flow style starts with a brace too.
    let flow = yaml::parse(text);
    if flow.errors.iter().all(is_duplicate) {
        return pick(flow);
    }
    (Some(parse.tree), parse.errors)
}

fn pick(parse: Parse<Vec<Node>>) -> (Option<Node>, Vec<SyntaxError>) {
    let is_template = |node: &Node| node.get("Resources").is_some();
    let position = parse.tree.iter().position(is_template).unwrap_or(0);
    (parse.tree.into_iter().nth(position), parse.errors)
}

fn is_duplicate(error: &SyntaxError) -> bool {
    error.message.starts_with(json::DUPLICATE_KEY)
}

/// A duplicate key is a warning: CloudFormation takes the last one without a word.
fn syntax_diagnostic(error: &SyntaxError, file: &SourceFile) -> Diagnostic {
    let level = if is_duplicate(error) {
        Level::Warning
    } else {
        Level::Error
    };
    let at = |range: palisade_syntax::TextRange| Span::new(file.id, range.start, range.end);
    let diagnostic = Diagnostic::at(
        level,
        DiagnosticCode::Syntax,
        error.message.clone(),
        at(error.range),
    );
    match error.related {
        Some(range) if is_duplicate(error) => diagnostic.with_related(at(range), "first here"),
        Some(range) => diagnostic.with_related(at(range), "because of this"),
        None => diagnostic,
    }
}
