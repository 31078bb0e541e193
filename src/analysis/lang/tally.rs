//! What one evaluation keeps count of: problems, each told once, and how much it has computed.

use std::cell::{Cell, RefCell};
use std::path::Path;

use palisade_model::{Diagnostic, DiagnosticCode, Level, Reason, Span, Value};

use super::size;

/// How many diagnostics are kept.
const MAXIMUM_DIAGNOSTICS: usize = 1_000;

/// How many parts of values a function goes through in the time of one expression.
const WORK: u64 = 16;

/// The problems and the work of one evaluation.
pub(super) struct Tally {
    diagnostics: RefCell<Vec<Diagnostic>>,
    /// Above zero while something is computed that perhaps never is.
    quiet: Cell<u32>,
    steps: Cell<u64>,
    depth: Cell<u32>,
    parts: Cell<u64>,
    limits: Limits,
    /// Which limit was reached, for the one diagnostic about it.
    reached: Cell<Option<&'static str>>,
}

/// How much one evaluation computes.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// How many expressions, the bodies of loops each time.
    pub(super) steps: u64,
    /// How deep expressions, and the declarations they name, lie inside each other.
    pub(super) depth: u32,
    /// How many parts all values that are made have together.
    pub(super) parts: u64,
}

impl Tally {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            diagnostics: RefCell::default(),
            quiet: Cell::new(0),
            steps: Cell::new(0),
            depth: Cell::new(0),
            parts: Cell::new(0),
            limits,
            reached: Cell::new(None),
        }
    }

    /// Reports something wrong at a place; nothing while quiet.
    pub(super) fn report(
        &self,
        level: Level,
        code: DiagnosticCode,
        message: impl Into<String>,
        span: Span,
    ) {
        if self.quiet.get() == 0 {
            self.add(Diagnostic::at(level, code, message, span));
        }
    }

    /// Keeps a diagnostic, once, whether quiet or not.
    pub(super) fn add(&self, diagnostic: Diagnostic) {
        let mut all = self.diagnostics.borrow_mut();
        if all.len() < MAXIMUM_DIAGNOSTICS && !all.contains(&diagnostic) {
            all.push(diagnostic);
        }
    }

    /// Keeps the problems of something that was evaluated apart; nothing while quiet.
    pub(super) fn pass_on(&self, diagnostics: Vec<Diagnostic>) {
        if self.quiet.get() == 0 {
            for diagnostic in diagnostics {
                self.add(diagnostic);
            }
        }
    }

    /// Computes something that perhaps never is computed, so that its problems are none.
    pub(super) fn quietly<T>(&self, compute: impl FnOnce() -> T) -> T {
        self.quiet.set(self.quiet.get() + 1);
        let result = compute();
        self.quiet.set(self.quiet.get() - 1);
        result
    }

    /// Computes one expression within the limits.
    pub(super) fn step<T>(&self, compute: impl FnOnce() -> T) -> Result<T, Reason> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > self.limits.steps {
            return Err(self.stopped("number of expressions"));
        }
        if self.depth.get() >= self.limits.depth {
            return Err(self.stopped("depth of expressions"));
        }
        self.depth.set(self.depth.get() + 1);
        let result = compute();
        self.depth.set(self.depth.get() - 1);
        Ok(result)
    }

    /// Counts work that one expression does beside itself, before it does. Says why it must not where that is too much.
    pub(super) fn work(&self, parts: u64) -> Result<(), Reason> {
        let steps = self.steps.get().saturating_add(parts / WORK);
        self.steps.set(steps);
        if steps > self.limits.steps {
            return Err(self.stopped("number of expressions"));
        }
        Ok(())
    }

    /// Counts what was made with a value. Gives it, or an unknown where all values together have grown beyond the limit.
    pub(super) fn made(&self, value: Value) -> Value {
        let parts = self.parts.get().saturating_add(size::made(&value));
        self.parts.set(parts);
        if parts <= self.limits.parts {
            return value;
        }
        Value::new(self.stopped("size of all values"), value.origin)
    }

    fn stopped(&self, limit: &'static str) -> Reason {
        self.reached.set(Some(self.reached.get().unwrap_or(limit)));
        Reason::Limit(limit.into())
    }

    /// The problems in the order met, and at the end which limit the evaluation of the file `root` reached.
    pub(super) fn finish(self, root: &Path) -> Vec<Diagnostic> {
        let mut all = self.diagnostics.into_inner();
        if let Some(limit) = self.reached.get() {
            let shown = root.to_string_lossy().replace('\\', "/");
            let message = format!("{limit}: limit reached, what lies behind it is not known");
            let code = DiagnosticCode::Limit;
            all.push(Diagnostic::about(Level::Warning, code, message, shown));
        }
        all
    }
}
