//! What one evaluation shares: files, modules, limits, diagnostics.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use palisade_model::{Diagnostic, DiagnosticCode, Level, Reason, Span};

use super::config::ModuleConfig;
use super::load;
use super::modules::Manifest;
use super::resource::Expansion;
use super::scope::{Eval, Failure};
use super::shared::{self, Argument, Before, Classes, Event, InputSet, Node, Record, Shared};
use super::types::Type;
use super::value::{TfKind, TfValue};
use crate::discover::clean;
use crate::lang::Context;

/// Nested evaluations; what goes deeper is not known.
const MAXIMUM_DEPTH: u32 = 12_000;
/// Expressions evaluated for one project.
const MAXIMUM_STEPS: u64 = 3_000_000;
/// Parts of one value: shared parts count as often as they occur.
const MAXIMUM_PARTS: u64 = 500_000;
/// Instances of resources and modules of one project.
const MAXIMUM_INSTANCES: u64 = 50_000;

/// What a configuration that is no module adds to the language.
pub(super) trait Dialect {
    /// The value of a name and of attributes behind it, and how many of them it takes; none where the name is Terraform's.
    fn name(&self, name: &str, attributes: &[&str], place: Span) -> Option<(Eval, usize)>;

    /// The result of a function; none where it is Terraform's.
    fn call(&self, name: &str, arguments: &[TfValue], place: Span) -> Option<Eval>;
}

pub(super) struct Engine<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) dialect: Option<&'a dyn Dialect>,
    /// The folder of the root module.
    pub(super) root: PathBuf,
    pub(super) manifest: Manifest,
    configs: RefCell<HashMap<PathBuf, Option<Arc<ModuleConfig>>>>,
    diagnostics: RefCell<Vec<Diagnostic>>,
    told: RefCell<HashSet<(String, Span)>>,
    pub(super) files: RefCell<BTreeSet<PathBuf>>,
    /// The instances of what is not repeated.
    pub(super) single: Rc<Expansion>,
    /// How many templates the evaluation is inside of.
    pub(super) template_depth: Cell<usize>,
    depth: Cell<u32>,
    steps: Cell<u64>,
    instances: Cell<u64>,
    limited: Cell<bool>,
    /// What evaluations of other environments have in common with this one.
    pub(super) sharing: Option<Sharing<'a>>,
}

/// How one evaluation takes part in what several share.
pub(super) struct Sharing<'a> {
    pub(super) results: &'a Shared,
    pub(super) inputs: Classes,
    /// What the result being made has read and told so far.
    record: RefCell<Record>,
    /// Records that were told again.
    repeated: RefCell<HashSet<*const Record>>,
    /// A limit was met, or something depends on itself: results rest on the order of evaluation.
    is_irregular: Cell<bool>,
}

/// One level of evaluation; leaving it gives it back.
pub(super) struct Depth<'a>(&'a Cell<u32>);

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Whether a value has no more parts than are left.
fn fits(value: &TfValue, left: &mut u64) -> bool {
    *left = left.saturating_sub(1);
    *left > 0
        && match &value.kind {
            TfKind::Sequence(items) => items.iter().all(|item| fits(item, left)),
            TfKind::Mapping(entries) => entries.values().all(|item| fits(item, left)),
            TfKind::Unknown(unknown) => {
                unknown.parts.iter().all(|part| fits(part, left))
                    && unknown
                        .candidates
                        .iter()
                        .all(|candidate| fits(&candidate.value, left))
            }
            _ => true,
        }
}

impl<'a> Engine<'a> {
    pub(super) fn new(context: &'a Context<'a>, root: &Path) -> Self {
        Self::of(context, root, Manifest::read(context, root), None)
    }

    /// For a file in a folder that is no module.
    pub(super) fn with_dialect(
        context: &'a Context<'a>,
        folder: &Path,
        dialect: &'a dyn Dialect,
    ) -> Self {
        Self::of(context, folder, Manifest::default(), Some(dialect))
    }

    fn of(
        context: &'a Context<'a>,
        root: &Path,
        manifest: Manifest,
        dialect: Option<&'a dyn Dialect>,
    ) -> Self {
        Self {
            context,
            dialect,
            root: root.to_path_buf(),
            manifest,
            configs: RefCell::default(),
            diagnostics: RefCell::default(),
            told: RefCell::default(),
            files: RefCell::default(),
            single: Rc::new(Expansion::Single),
            template_depth: Cell::new(0),
            depth: Cell::new(0),
            steps: Cell::new(0),
            instances: Cell::new(0),
            limited: Cell::new(false),
            sharing: None,
        }
    }

    /// The same evaluation, that takes what it can from others and gives them what it makes.
    pub(super) fn sharing(mut self, results: &'a Shared, inputs: Classes) -> Self {
        self.sharing = Some(Sharing {
            results,
            inputs,
            record: RefCell::default(),
            repeated: RefCell::default(),
            is_irregular: Cell::new(false),
        });
        self
    }

    /// Whether all that was shared is what this evaluation alone would have made.
    pub(super) fn is_regular(&self) -> bool {
        self.sharing.as_ref().is_none_or(|sharing| {
            let steps = sharing.results.spend(self.steps.get());
            !sharing.is_irregular.get() && !self.limited.get() && steps <= MAXIMUM_STEPS
        })
    }

    /// What the result being made reads.
    pub(super) fn read(&self, inputs: InputSet) {
        if let Some(sharing) = &self.sharing {
            sharing.record.borrow_mut().reads |= inputs;
        }
    }

    /// The result being made uses one that is made.
    pub(super) fn reuse(&self, record: Option<&Rc<Record>>) {
        if let (Some(sharing), Some(record)) = (&self.sharing, record) {
            let mut own = sharing.record.borrow_mut();
            own.reads |= record.reads;
            if !record.is_quiet() {
                own.events.push(Event::Used(record.clone()));
            }
        }
    }

    /// Makes something with a record of its own, which is no part of the one at hand.
    pub(super) fn recorded<T>(&self, make: impl FnOnce() -> T) -> (T, Option<Rc<Record>>) {
        let Some(sharing) = &self.sharing else {
            return (make(), None);
        };
        let files = self.files.take();
        let outer = sharing.record.take();
        let made = make();
        let mut record = sharing.record.replace(outer);
        record.files = self.files.replace(files);
        self.files.borrow_mut().extend(record.files.iter().cloned());
        (made, Some(Rc::new(record)))
    }

    /// What the order of evaluation decides cannot be shared.
    pub(super) fn irregular(&self) {
        if let Some(sharing) = &self.sharing {
            sharing.is_irregular.set(true);
        }
    }

    /// A result that another evaluation made, told again.
    pub(super) fn taken<V: Clone + 'static>(&self, node: &Node) -> Option<(V, Rc<Record>)> {
        let sharing = self.sharing.as_ref()?;
        let (value, record) = sharing.results.find(node, &sharing.inputs)?;
        self.repeat(&record, sharing);
        Some((value, record))
    }

    /// An argument of a resource: as it was before, or else made.
    pub(super) fn argument(
        &self,
        before: Option<&Before>,
        at: usize,
        make: impl FnOnce() -> Argument,
    ) -> Argument {
        let (Some(sharing), Some(before)) = (&self.sharing, before) else {
            return make();
        };
        if let Some((known, record)) = before.find(at, &sharing.inputs) {
            self.repeat(&record, sharing);
            self.reuse(Some(&record));
            return known;
        }
        let (made, record) = self.recorded(make);
        if let Some(record) = &record {
            before.keep(at, made.clone(), record, &sharing.inputs);
        }
        self.reuse(record.as_ref());
        made
    }

    fn repeat(&self, record: &Rc<Record>, sharing: &Sharing<'_>) {
        if record.is_quiet() || !sharing.repeated.borrow_mut().insert(Rc::as_ptr(record)) {
            return;
        }
        self.files.borrow_mut().extend(record.files.iter().cloned());
        for event in &record.events {
            match event {
                Event::Told(level, code, message, place) => {
                    self.tell_once(*level, *code, message.clone(), *place);
                }
                Event::Instances(count) => {
                    let total = self.instances.get() + count;
                    self.instances.set(total);
                    if total > MAXIMUM_INSTANCES {
                        sharing.is_irregular.set(true);
                    }
                }
                Event::Used(record) => self.repeat(record, sharing),
            }
        }
    }

    fn note(&self, event: impl FnOnce() -> Event) {
        if let Some(sharing) = &self.sharing {
            sharing.record.borrow_mut().events.push(event());
        }
    }

    /// Enters one level of evaluation, within the limits.
    pub(super) fn step(&self, place: Span) -> Result<Depth<'_>, Failure> {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAXIMUM_STEPS {
            self.limit(
                format!("evaluation stops after {MAXIMUM_STEPS} expressions"),
                place,
            );
            return Err(Failure::limit("evaluated expressions", place));
        }
        if self.depth.get() >= MAXIMUM_DEPTH {
            self.limit(
                format!("expressions depend on each other more than {MAXIMUM_DEPTH} deep"),
                place,
            );
            return Err(Failure::limit("nested expressions", place));
        }
        self.depth.set(self.depth.get() + 1);
        Ok(Depth(&self.depth))
    }

    /// Counts further work of the expression at `place`.
    pub(super) fn work(&self, steps: u64) {
        self.steps.set(self.steps.get().saturating_add(steps));
    }

    /// The value, unless it is so large that walking it would never end: then it is not known.
    pub(super) fn weighed(&self, value: TfValue, place: Span) -> TfValue {
        let mut left = MAXIMUM_PARTS;
        if fits(&value, &mut left) {
            self.work((MAXIMUM_PARTS - left) / 16);
            return value;
        }
        self.work(MAXIMUM_PARTS / 16);
        let message = format!("the value has more than {MAXIMUM_PARTS} parts");
        self.limit(message.clone(), place);
        TfValue::unknown(Type::Dynamic, Reason::Limit(message.into())).with_origin(value.origin)
    }

    /// Counts instances; false where there are too many.
    pub(super) fn take_instances(&self, count: u64, place: Span) -> bool {
        let total = self.instances.get().saturating_add(count);
        if total > MAXIMUM_INSTANCES {
            self.tell(
                Level::Warning,
                DiagnosticCode::Limit,
                format!(
                    "more than {MAXIMUM_INSTANCES} instances: one stands for all {count} of these"
                ),
                place,
            );
            return false;
        }
        self.instances.set(total);
        self.note(|| Event::Instances(count));
        true
    }

    fn limit(&self, message: String, place: Span) {
        if !self.limited.replace(true) {
            self.tell(Level::Warning, DiagnosticCode::Limit, message, place);
        }
    }

    /// Something is wrong with the configuration.
    pub(super) fn warn(&self, message: String, place: Span) {
        self.tell(Level::Warning, DiagnosticCode::Evaluation, message, place);
    }

    pub(super) fn fail(&self, failure: &Failure) {
        let code = if failure.is_limit() {
            DiagnosticCode::Limit
        } else {
            DiagnosticCode::Evaluation
        };
        if !self.limited.get() {
            let message = failure.message().to_owned();
            self.tell(Level::Warning, code, message, failure.span());
        }
    }

    /// A diagnostic, told once a place.
    pub(super) fn tell(&self, level: Level, code: DiagnosticCode, message: String, place: Span) {
        if code == DiagnosticCode::Limit {
            self.irregular();
        }
        self.note(|| Event::Told(level, code, message.clone(), place));
        self.tell_once(level, code, message, place);
    }

    fn tell_once(&self, level: Level, code: DiagnosticCode, message: String, place: Span) {
        if self.told.borrow_mut().insert((message.clone(), place)) {
            self.diagnostics
                .borrow_mut()
                .push(Diagnostic::at(level, code, message, place));
        }
    }

    pub(super) fn push(&self, diagnostics: Vec<Diagnostic>) {
        self.diagnostics.borrow_mut().extend(diagnostics);
    }

    pub(super) fn used(&self, path: &Path) {
        self.files.borrow_mut().insert(path.to_path_buf());
    }

    /// `terraform.workspace`
    pub(super) fn workspace(&self) -> &'a str {
        self.read(shared::workspace());
        self.context
            .inputs
            .workspace
            .as_deref()
            .unwrap_or("default")
    }

    /// The configuration of a folder, read once; none where it holds none.
    pub(super) fn config(&self, directory: &Path) -> Option<Arc<ModuleConfig>> {
        let directory = clean(directory);
        if let Some(known) = self.configs.borrow().get(&directory) {
            return known.clone();
        }
        let loaded = self.context.sources.shared(&directory, || {
            let paths = load::module_files(self.context, &directory);
            let loaded = (!paths.is_empty()).then(|| load::load(self.context, &directory, &paths));
            loaded.map(|loaded| (Arc::new(loaded.config), loaded.diagnostics, loaded.files))
        });
        let config = loaded.as_ref().as_ref().map(|(config, problems, files)| {
            self.push(problems.clone());
            self.files.borrow_mut().extend(files.iter().cloned());
            config.clone()
        });
        self.configs.borrow_mut().insert(directory, config.clone());
        config
    }

    /// What was met, in a stable order.
    pub(super) fn finish(self) -> (Vec<Diagnostic>, Vec<PathBuf>) {
        let mut diagnostics = self.diagnostics.into_inner();
        let mut paths = BTreeMap::new();
        for span in diagnostics.iter().filter_map(|diagnostic| diagnostic.span) {
            paths
                .entry(span.file)
                .or_insert_with(|| self.context.sources.file(span.file).path.clone());
        }
        diagnostics.sort_by(|a, b| {
            let key = |it: &Diagnostic| {
                let span = it
                    .span
                    .map(|span| (paths.get(&span.file).cloned(), span.start, span.end));
                (span, it.path.clone(), it.message.clone())
            };
            key(a).cmp(&key(b))
        });
        (diagnostics, self.files.into_inner().into_iter().collect())
    }
}
