//! What the evaluation of one unit shares: files, diagnostics, limits, and where paths lead.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Diagnostic, DiagnosticCode, Level, Reason, Resource, Span};

use super::super::modules;
use super::super::value::TfValue;
use super::dependency::Outputs;
use super::read::{self, Config, Place};
use super::stack::Member;
use crate::discover::clean;
use crate::lang::{Context, Evaluation};

/// Files read for one unit, those of the units it depends on included.
const MAXIMUM_READS: u32 = 5_000;
/// Files that read each other, units that depend on each other.
const MAXIMUM_DEPTH: u32 = 64;

pub(super) struct Session<'a> {
    pub(super) context: &'a Context<'a>,
    /// Whether outputs of other units are evaluated; otherwise they are unknown.
    pub(super) follows: bool,
    /// The folder of the project, as it was named and in full.
    root: PathBuf,
    absolute: PathBuf,
    reads: Cell<u32>,
    depth: Cell<u32>,
    told: RefCell<HashSet<(String, Option<Span>)>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    files: RefCell<BTreeSet<PathBuf>>,
    /// By the folder of a unit; none while they are being evaluated.
    pub(super) outputs: RefCell<HashMap<PathBuf, Option<Rc<Outputs>>>>,
}

impl<'a> Session<'a> {
    pub(super) fn new(context: &'a Context<'a>, root: &Path, follows: bool) -> Self {
        Self {
            context,
            follows,
            root: root.to_path_buf(),
            absolute: clean(context.system.current_directory().join(root)),
            reads: Cell::new(0),
            depth: Cell::new(0),
            told: RefCell::default(),
            diagnostics: RefCell::default(),
            files: RefCell::default(),
            outputs: RefCell::default(),
        }
    }

    /// A path in full.
    pub(super) fn absolute(&self, path: &Path) -> PathBuf {
        clean(self.context.system.current_directory().join(path))
    }

    /// A path as the files of the run are named: from the working directory, or in full where the project is named in full.
    pub(super) fn named(&self, path: &Path) -> PathBuf {
        let relative = modules::shown(&self.absolute, &self.absolute(path));
        clean(self.root.join(relative))
    }

    /// Whether something stands at a path that may be read.
    pub(super) fn exists(&self, path: &Path) -> bool {
        self.context.system.metadata(path).is_ok() && self.is_inside(path)
    }

    /// The file of the unit in a folder.
    pub(super) fn unit(&self, folder: &Path) -> PathBuf {
        let named = super::UNITS.map(|name| folder.join(name));
        let found = named.iter().find(|path| self.exists(path));
        found.unwrap_or(&named[0]).clone()
    }

    pub(super) fn is_unit(&self, folder: &Path) -> bool {
        self.exists(&self.unit(folder))
    }

    pub(super) fn is_inside(&self, path: &Path) -> bool {
        super::super::load::inside(self.context, path)
    }

    /// The root of the repository around a folder, in full: that of version control, or else the given folder.
    pub(super) fn repository(&self, folder: &Path) -> Option<PathBuf> {
        let folder = self.absolute(folder);
        let system = self.context.system;
        let marked = |above: &&Path| system.metadata(&above.join(".git")).is_ok();
        let found = folder.ancestors().find(marked).map(Path::to_path_buf);
        let given = || {
            let roots = self.context.roots.iter();
            let around = roots.filter(|root| folder.starts_with(root));
            around.min_by_key(|root| root.as_os_str().len()).cloned()
        };
        found.or_else(given)
    }

    /// One level deeper; none where it gets too deep or too much. [`Session::leave`] goes back.
    fn enter(&self) -> Result<(), Reason> {
        let (depth, reads) = (self.depth.get() + 1, self.reads.get() + 1);
        if depth > MAXIMUM_DEPTH || reads > MAXIMUM_READS {
            let limit = "Terragrunt files that need each other";
            return Err(Reason::Limit(limit.into()));
        }
        self.depth.set(depth);
        self.reads.set(reads);
        Ok(())
    }

    /// Reads a file of Terragrunt; the reason where that is not possible.
    pub(super) fn read(&self, place: Place, known: Option<&TfValue>) -> Result<Config, Reason> {
        self.enter()?;
        let config = read::read(self, place, known);
        self.depth.set(self.depth.get() - 1);
        config
    }

    /// The configuration of a unit; none where it cannot be read, which is told.
    pub(super) fn read_unit(&self, member: &Member) -> Option<Config> {
        let place = Place::of_unit(self, member);
        let path = place.file.clone();
        match self.read(place, None) {
            Ok(config) => Some(config),
            Err(reason) => {
                let path = crate::discover::display(&path);
                self.tell(Diagnostic::about(
                    Level::Error,
                    DiagnosticCode::Unreadable,
                    format!("{path}: {reason}"),
                    path,
                ));
                None
            }
        }
    }

    pub(super) fn tell(&self, diagnostic: Diagnostic) {
        let key = (diagnostic.message.clone(), diagnostic.span);
        if self.told.borrow_mut().insert(key) {
            self.diagnostics.borrow_mut().push(diagnostic);
        }
    }

    pub(super) fn warn(&self, message: String, place: Span) {
        let code = DiagnosticCode::Evaluation;
        self.tell(Diagnostic::at(Level::Warning, code, message, place));
    }

    pub(super) fn used(&self, path: &Path) {
        self.files.borrow_mut().insert(path.to_path_buf());
    }

    /// Takes over what an engine met.
    pub(super) fn absorb(&self, engine: super::super::engine::Engine<'_>) {
        let (diagnostics, files) = engine.finish();
        for one in diagnostics {
            self.tell(one);
        }
        self.files.borrow_mut().extend(files);
    }

    pub(super) fn take_diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics.take()
    }

    pub(super) fn finish(self, resources: Vec<Arc<Resource>>) -> Evaluation {
        Evaluation {
            resources,
            settings: Vec::new(),
            diagnostics: self.diagnostics.into_inner(),
            files: self.files.into_inner().into_iter().collect(),
        }
    }
}
