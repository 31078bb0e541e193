//! What all files of one evaluation share: the files themselves, problems, and limits.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{
    Address, Diagnostic, DiagnosticCode, Key, Kind, Level, Resource, Span, Target, Value,
};

use super::super::Context;
use super::super::arm::{Ids, functions};
use super::super::tally::{Limits, Tally};
use super::unit::Unit;
use crate::system::SourceFile;

const LIMITS: Limits = Limits {
    steps: 3_000_000,
    depth: 600,
    parts: 5_000_000,
};

/// How many module calls one evaluation follows.
const MAXIMUM_MODULES: u32 = 10_000;

pub(super) struct Engine<'a> {
    pub(super) context: &'a Context<'a>,
    units: RefCell<HashMap<PathBuf, Rc<Unit>>>,
    files: RefCell<BTreeSet<PathBuf>>,
    pub(super) tally: Tally,
    /// The ids of resources that references name.
    ids: RefCell<HashMap<Address, Value>>,
    modules: Cell<u32>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            units: RefCell::default(),
            files: RefCell::default(),
            tally: Tally::new(LIMITS),
            ids: RefCell::default(),
            modules: Cell::new(0),
        }
    }

    /// The text of a file inside the roots, or why there is none.
    pub(super) fn text(&self, path: &Path) -> Result<Arc<SourceFile>, String> {
        let resolved = self.context.system.canonicalize(path);
        let resolved = resolved.map_err(|_| "does not exist".to_owned())?;
        if !self.is_inside(&resolved) {
            return Err("lies outside the given folders".to_owned());
        }
        let source = self.context.sources.load(self.context.system, path);
        let source = source.map_err(|error| error.message)?;
        self.files.borrow_mut().insert(path.to_path_buf());
        Ok(source)
    }

    /// Whether a canonical path lies inside the roots.
    pub(super) fn is_inside(&self, resolved: &Path) -> bool {
        self.context
            .roots
            .iter()
            .any(|root| resolved.starts_with(root))
    }

    /// A parsed file, read once. Its syntax errors are reported here.
    pub(super) fn unit(&self, path: &Path) -> Result<Rc<Unit>, String> {
        let path = normalized(path);
        if let Some(known) = self.units.borrow().get(&path) {
            return Ok(known.clone());
        }
        let source = self.text(&path)?;
        let unit = Rc::new(Unit::new(&path, source));
        for error in &unit.errors {
            let span = unit.span(error.range);
            let code = DiagnosticCode::Syntax;
            let problem = Diagnostic::at(Level::Error, code, &*error.message, span);
            self.tally.add(problem);
        }
        self.units.borrow_mut().insert(path, unit.clone());
        Ok(unit)
    }

    /// Reports something wrong in an expression; nothing while quiet.
    pub(super) fn report(&self, level: Level, message: impl Into<String>, span: Span) {
        let code = DiagnosticCode::Evaluation;
        self.tally.report(level, code, message, span);
    }

    /// Reports a module or file that is not here.
    pub(super) fn unresolved(&self, message: impl Into<String>, span: Span) {
        let code = DiagnosticCode::Unresolved;
        self.tally.report(Level::Warning, code, message, span);
    }

    /// Keeps the id of a resource that a reference names.
    pub(super) fn remember_id(&self, address: &Address, id: impl FnOnce() -> Value) {
        if !self.ids.borrow().contains_key(address) {
            let id = id();
            self.ids.borrow_mut().insert(address.clone(), id);
        }
    }

    /// Makes texts that are the id of one of these resources, or begin with it, references to it, as templates have it.
    pub(super) fn resolve(&self, resources: &mut [Resource]) {
        let mut ids = Ids::new();
        for resource in resources.iter() {
            let id = self
                .ids
                .borrow()
                .get(&resource.address)
                .and_then(functions::text_key);
            if let Some(id) = id.filter(|_| resource.address.key != Some(Key::Any)) {
                ids.add(&id.to_lowercase(), &resource.address);
            }
        }
        for resource in resources {
            ids.resolve(&mut resource.properties);
            if let Some(scope) = &mut resource.scope {
                ids.resolve(scope);
            }
        }
    }

    /// The value with ids as texts where it refers to resources by their ids: for functions that take texts apart.
    pub(super) fn with_ids(&self, value: Value) -> Value {
        match &value.kind {
            Kind::Reference(reference) if &*reference.attribute == "id" => {
                match &reference.target {
                    Target::Address(address) => match self.ids.borrow().get(address) {
                        Some(id) => Value {
                            kind: id.kind.clone(),
                            ..value
                        },
                        None => value,
                    },
                    Target::External(_) => value,
                }
            }
            Kind::Template(parts) => {
                let parts: Vec<Value> = parts
                    .iter()
                    .map(|part| self.with_ids(part.clone()))
                    .collect();
                Value {
                    kind: functions::concat(&parts),
                    ..value
                }
            }
            _ => value,
        }
    }

    /// Counts a module call; false where the limit is reached.
    pub(super) fn enter_module(&self) -> bool {
        self.modules.set(self.modules.get() + 1);
        self.modules.get() <= MAXIMUM_MODULES
    }

    /// Problems in the order met, and the files that were read.
    pub(super) fn finish(self, root: &Path) -> (Vec<Diagnostic>, Vec<PathBuf>) {
        let files = self.files.into_inner().into_iter().collect();
        (self.tally.finish(root), files)
    }
}

/// The path without `.` and with `..` taken back, so that one file has one path.
pub(super) fn normalized(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(out.components().next_back(), Some(Component::Normal(_))) =>
            {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
