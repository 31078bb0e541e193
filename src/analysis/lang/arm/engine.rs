//! What all templates of one evaluation share: files, problems, parsed expressions, limits.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use palisade_model::{Diagnostic, DiagnosticCode, Level, Span, Value};
use palisade_syntax::Parse;
use palisade_syntax::arm_expression::{self, Expression};

use super::super::tally::{Limits, Tally};
use super::Context;
use super::document::Document;

const LIMITS: Limits = Limits {
    steps: 3_000_000,
    depth: 300,
    parts: 5_000_000,
};

/// How many deployments inside deployments.
const MAXIMUM_DEPLOYMENTS: u32 = 2_000;

/// How many resources one evaluation gives.
const MAXIMUM_RESOURCES: usize = 20_000;

pub(super) struct Engine<'a> {
    pub(super) context: &'a Context<'a>,
    documents: RefCell<HashMap<PathBuf, Option<Rc<Document>>>>,
    files: RefCell<BTreeSet<PathBuf>>,
    pub(super) tally: Tally,
    expressions: RefCell<HashMap<Span, Rc<Parse<Expression>>>>,
    deployments: Cell<u32>,
    resources: Cell<usize>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self {
            context,
            documents: RefCell::default(),
            files: RefCell::default(),
            tally: Tally::new(LIMITS),
            expressions: RefCell::default(),
            deployments: Cell::new(0),
            resources: Cell::new(0),
        }
    }

    /// A file, read once; none where it cannot be, which is then reported.
    pub(super) fn document(&self, path: &Path) -> Option<Rc<Document>> {
        if let Some(known) = self.documents.borrow().get(path) {
            return known.clone();
        }
        let mut diagnostics = Vec::new();
        let loaded = Document::load(self.context, path, &mut diagnostics);
        let document = match loaded {
            Ok(document) => {
                self.files.borrow_mut().insert(path.to_path_buf());
                Some(Rc::new(document))
            }
            Err(error) => {
                diagnostics.push(error.diagnostic());
                None
            }
        };
        for diagnostic in diagnostics {
            self.tally.add(diagnostic);
        }
        self.documents
            .borrow_mut()
            .insert(path.to_path_buf(), document.clone());
        document
    }

    /// The parsed expression of a string at `span`.
    pub(super) fn expression(&self, text: &str, span: Span) -> Rc<Parse<Expression>> {
        if let Some(known) = self.expressions.borrow().get(&span) {
            return known.clone();
        }
        let parsed = Rc::new(arm_expression::parse(text));
        self.expressions.borrow_mut().insert(span, parsed.clone());
        parsed
    }

    /// Reports something wrong in an expression; nothing while quiet. It degrades that expression only, so it is a warning.
    pub(super) fn report(&self, message: impl Into<String>, span: Span) {
        self.warn(DiagnosticCode::Evaluation, message, span);
    }

    /// Reports a template or file that is not here.
    pub(super) fn unresolved(&self, message: impl Into<String>, span: Span) {
        self.warn(DiagnosticCode::Unresolved, message, span);
    }

    /// Reports that a limit was reached.
    pub(super) fn limit(&self, message: impl Into<String>, span: Span) {
        self.warn(DiagnosticCode::Limit, message, span);
    }

    fn warn(&self, code: DiagnosticCode, message: impl Into<String>, span: Span) {
        self.tally.report(Level::Warning, code, message, span);
    }

    /// Computes one value within the limits.
    pub(super) fn step(&self, compute: impl FnOnce() -> Value) -> Value {
        self.tally.step(compute).unwrap_or_else(Value::bare)
    }

    /// Counts a deployment; false where the limit is reached.
    pub(super) fn enter_deployment(&self) -> bool {
        self.deployments.set(self.deployments.get() + 1);
        self.deployments.get() <= MAXIMUM_DEPLOYMENTS
    }

    /// Counts a resource; false where the limit is reached.
    pub(super) fn enter_resource(&self) -> bool {
        self.resources.set(self.resources.get() + 1);
        self.resources.get() <= MAXIMUM_RESOURCES
    }

    /// Problems in the order met, and the files that were read.
    pub(super) fn finish(self, root: &Path) -> (Vec<Diagnostic>, Vec<PathBuf>) {
        let files = self.files.into_inner().into_iter().collect();
        (self.tally.finish(root), files)
    }
}
