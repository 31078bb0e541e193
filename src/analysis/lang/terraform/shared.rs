//! What evaluations of one root module in several environments share: results that rest on nothing that differs.
//!
//! While a result is made, it is recorded which inputs were read for it (variables of the root module, the workspace) and what was
//! told on the way. It is kept with the classes of those inputs, the same number for the same text at the same place, and holds
//! wherever these are the classes; what was told is told again there. Where a limit is met or something depends on itself, a result
//! also rests on the order of evaluation: such an environment is evaluated alone.
//!
//! A resource that rests on something that differs is made anew, of the arguments that do not ([`Before`]).

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;
use indexmap::IndexMap;
use palisade_model::{DiagnosticCode, FileId, Key, Level, Span, Value};

use super::config::{ModuleConfig, ResourceKey};
use super::inputs::Input;
use super::providers::Common;
use super::settings::Part;

/// A set of inputs.
pub(super) type InputSet = u64;

/// The bit of the workspace.
const WORKSPACE: usize = 63;
/// The bit that all variables share beyond those that have one of their own.
const OTHERS: usize = 62;
/// Where environments declare different things, what each has alone is not worth keeping: so many times the results of the first one
/// are kept, and some more.
const MOST_NODES: (usize, usize) = (4, 1_000);
/// So many results of one kind are kept.
const MOST_RESULTS: usize = 4;

/// A result of an evaluation, by the number of its module instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node(pub(super) u32, pub(super) What);

/// What of a module instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    Variable(Arc<str>),
    Local(Arc<str>),
    Output(Arc<str>),
    Expansion(ResourceKey),
    Call(Arc<str>),
    Attribute((ResourceKey, Option<Key>, Arc<str>)),
    Whole((ResourceKey, Option<Key>)),
    Block(ResourceKey),
    Provider((usize, Common)),
    Settings(Part),
}

/// What making a result read and told.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) reads: InputSet,
    pub(super) events: Vec<Event>,
    pub(super) files: BTreeSet<PathBuf>,
}

/// Something that making a result did beside it.
#[derive(Debug)]
pub(super) enum Event {
    Told(Level, DiagnosticCode, String, Span),
    Instances(u64),
    /// It used another result, which did something.
    Used(Rc<Record>),
}

/// The results so far.
#[derive(Default)]
pub(super) struct Shared {
    classes: RefCell<HashMap<(usize, Given), u32>>,
    instances: RefCell<HashMap<InstanceId, u32>>,
    results: RefCell<HashMap<Node, Vec<Kept<Box<dyn Any>>>>>,
    arguments: RefCell<HashMap<(u32, ResourceKey, Option<Key>), Rc<Before>>>,
    /// The module instances that an evaluation before this one had, too.
    numbered: Cell<u32>,
    /// How many there may be; not known before the first evaluation ends.
    room: Cell<Option<usize>>,
    /// Steps of all evaluations so far.
    steps: Cell<u64>,
    /// Nothing is taken any more.
    is_closed: Cell<bool>,
}

/// The number of the caller, the name of the call, the key, whether it certainly exists, and the folder of the module.
pub(super) type InstanceId = (u32, Arc<str>, Option<Key>, bool, PathBuf);

/// The inputs of one environment, by bit.
pub(super) type Classes = [u32; 64];

/// What tells an input from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Given {
    Nothing,
    Line(FileId, u32, u32),
    Text(Arc<str>),
    Several(Vec<Self>),
}

/// A result, and where it holds.
struct Kept<V> {
    /// The classes of the inputs that were read, by bit.
    classes: Vec<u32>,
    record: Rc<Record>,
    value: V,
}

impl<V> Kept<V> {
    fn new(value: V, record: &Rc<Record>, classes: &Classes) -> Self {
        Self {
            classes: bits(record.reads).map(|bit| classes[bit]).collect(),
            record: record.clone(),
            value,
        }
    }

    fn holds(&self, classes: &Classes) -> bool {
        let read = bits(self.record.reads);
        read.zip(&self.classes)
            .all(|(bit, class)| classes[bit] == *class)
    }
}

/// An argument in the model, and what else follows from it.
pub(super) type Argument = (Value, Option<Value>);

/// What other environments made of the arguments of one instance of a resource, by position: where one of them rests on what differs
/// the others are taken.
#[derive(Default)]
pub(super) struct Before(RefCell<Vec<Vec<Kept<Argument>>>>);

impl Before {
    pub(super) fn find(&self, at: usize, classes: &Classes) -> Option<(Argument, Rc<Record>)> {
        let known = self.0.borrow();
        let kept = known.get(at)?.iter().find(|kept| kept.holds(classes))?;
        Some((kept.value.clone(), kept.record.clone()))
    }

    pub(super) fn keep(&self, at: usize, made: Argument, record: &Rc<Record>, classes: &Classes) {
        let mut known = self.0.borrow_mut();
        if known.len() <= at {
            known.resize_with(at + 1, Vec::new);
        }
        if known[at].len() < MOST_RESULTS {
            known[at].push(Kept::new(made, record, classes));
        }
    }
}

impl Record {
    /// Whether it did nothing that has to be done again.
    pub(super) fn is_quiet(&self) -> bool {
        self.events.is_empty() && self.files.is_empty()
    }
}

impl Shared {
    /// The classes of the inputs of an environment.
    pub(super) fn classes(
        &self,
        config: &ModuleConfig,
        inputs: &IndexMap<Arc<str>, Input>,
        workspace: &str,
    ) -> Option<Classes> {
        let mut classes = [0; 64];
        let mut others = Vec::new();
        for (at, name) in config.variables.keys().enumerate() {
            let given = match inputs.get(name) {
                None => Given::Nothing,
                Some(Input::Line(file, line, _)) => {
                    Given::Line(*file, line.range.start, line.range.end)
                }
                Some(Input::Text(text)) => Given::Text(text.clone()),
                // Given by a caller that is no file: nothing says that it is the same.
                Some(Input::Value(..)) => return None,
            };
            if at < OTHERS {
                classes[at] = self.class(at, given);
            } else {
                others.push(given);
            }
        }
        classes[OTHERS] = self.class(OTHERS, Given::Several(others));
        classes[WORKSPACE] = self.class(WORKSPACE, Given::Text(workspace.into()));
        Some(classes)
    }

    fn class(&self, bit: usize, given: Given) -> u32 {
        let mut known = self.classes.borrow_mut();
        let next = known.len() as u32;
        *known.entry((bit, given)).or_insert(next)
    }

    /// The number of an instance of a call.
    pub(super) fn instance(&self, id: InstanceId) -> u32 {
        let mut known = self.instances.borrow_mut();
        let next = known.len() as u32 + 1;
        *known.entry(id).or_insert(next)
    }

    /// A result that holds for these inputs.
    pub(super) fn find<V: Clone + 'static>(
        &self,
        node: &Node,
        classes: &Classes,
    ) -> Option<(V, Rc<Record>)> {
        let results = self.results.borrow();
        let kept = results.get(node)?.iter().find(|kept| kept.holds(classes))?;
        Some((kept.value.downcast_ref::<V>()?.clone(), kept.record.clone()))
    }

    /// Whether no evaluation before this one had a module instance. Perhaps none has it again: what is made in it is kept from the second
    /// time on. In the first evaluation nothing is new.
    pub(super) fn is_new(&self, instance: u32) -> bool {
        self.room.get().is_some() && instance > self.numbered.get()
    }

    /// Keeps a result.
    pub(super) fn keep<V: 'static>(
        &self,
        node: Node,
        value: V,
        record: &Rc<Record>,
        classes: &Classes,
    ) {
        let mut results = self.results.borrow_mut();
        let is_full = self.room.get().is_some_and(|room| results.len() >= room);
        if is_full && !results.contains_key(&node) {
            return;
        }
        let known = results.entry(node).or_default();
        if known.len() < MOST_RESULTS {
            known.push(Kept::new(Box::new(value), record, classes));
        }
    }

    /// What is known of the arguments of an instance of a resource; none where there is no room for it.
    pub(super) fn before(&self, id: (u32, ResourceKey, Option<Key>)) -> Option<Rc<Before>> {
        if self.is_new(id.0) {
            return None;
        }
        let mut arguments = self.arguments.borrow_mut();
        if let Some(known) = arguments.get(&id) {
            return Some(known.clone());
        }
        let is_full = self.room.get().is_some_and(|room| arguments.len() >= room);
        (!is_full).then(|| arguments.entry(id).or_default().clone())
    }

    /// Whether an evaluation met something that cannot be shared.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// An evaluation met something that cannot be shared: nothing it made may be taken.
    pub(super) fn close(&self) {
        self.is_closed.set(true);
    }

    /// An evaluation ends: adds its steps. All of them together.
    pub(super) fn spend(&self, steps: u64) -> u64 {
        if self.room.get().is_none() {
            let (times, more) = MOST_NODES;
            self.room
                .set(Some(times * self.results.borrow().len() + more));
        }
        self.numbered.set(self.instances.borrow().len() as u32);
        self.steps.set(self.steps.get().saturating_add(steps));
        self.steps.get()
    }
}

/// The input that a variable of the root module is, by its position.
pub(super) fn variable(position: usize) -> InputSet {
    1 << position.min(OTHERS)
}

/// The workspace.
pub(super) const fn workspace() -> InputSet {
    1 << WORKSPACE
}

/// The positions of the bits that are set.
fn bits(set: InputSet) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(set), |rest| Some(rest & rest.wrapping_sub(1)))
        .take_while(|rest| *rest != 0)
        .map(|rest| rest.trailing_zeros() as usize)
}
