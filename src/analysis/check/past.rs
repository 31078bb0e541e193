//! Verdicts of earlier environments of a project, used again where what they rest on is the same.
//!
//! What was looked at to reach a verdict (`reads.rs`) is kept in a tree (`tree.rs`), each look with the class of what was seen. That a
//! resource passes rests on contents alone, so that it holds for any resource that looks like this, in this environment and in others.
//! What is said of one that fails shows places and addresses, and these count as well.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;
use palisade_model::{Graph, NodeId};

use super::reads::Reads;
use super::run::Said;
use super::sight::{Known, View};
use super::tree::Trees;
use crate::rules::{Rule, RuleSet};

/// What is known from the environments judged so far.
#[derive(Default)]
pub struct Past {
    types: HashMap<Arc<str>, Rc<[Planted]>>,
    account_wide: Option<Rc<[Planted]>>,
    /// By the rule's place in memory: the rules of a run stay where they are, and those above hold them.
    roots: HashMap<*const Rule, Roots>,
    trees: Trees,
    known: Known,
    /// The number of the environment at hand.
    environment: u32,
}

/// A rule and its trees.
pub(super) struct Planted {
    pub(super) rule: Arc<Rule>,
    roots: Roots,
    record: Cell<Record>,
}

/// How often what a rule says was known, since the second environment.
#[derive(Clone, Copy, Default)]
struct Record {
    environment: u32,
    hits: u32,
    misses: u32,
    /// How many environments in succession there were in which it hardly ever was.
    strikes: u32,
}

/// After so many of these what a rule says is no longer kept: it rests on what each environment has alone.
const STRIKES: u32 = 3;

impl Planted {
    /// Whether what the rule says is not worth keeping.
    pub(super) fn is_fleeting(&self) -> bool {
        self.record.get().strikes >= STRIKES
    }

    /// Notes whether it was known.
    fn note(&self, environment: u32, is_known: bool) {
        let mut record = self.record.get();
        if record.environment != environment {
            let is_strike = record.misses > 4 * record.hits;
            record = Record {
                environment,
                strikes: if is_strike { record.strikes + 1 } else { 0 },
                ..Record::default()
            };
        }
        record.hits += u32::from(is_known);
        record.misses += u32::from(!is_known && environment > 1);
        self.record.set(record);
    }
}

#[derive(Clone, Copy)]
struct Roots {
    /// Of what is said wherever contents are the same.
    content: u32,
    /// Of what is said where places are the same, too.
    exact: u32,
}

impl Past {
    /// The rules of a type, looked up once.
    pub(super) fn of_type(&mut self, rules: &RuleSet, kind: &Arc<str>) -> Rc<[Planted]> {
        if let Some(known) = self.types.get(kind) {
            return known.clone();
        }
        let planted = self.plant(&rules.of_type(kind));
        self.types.insert(kind.clone(), planted.clone());
        planted
    }

    /// The rules about an account as a whole, looked up once.
    pub(super) fn account_wide(&mut self, rules: &RuleSet) -> Rc<[Planted]> {
        if let Some(known) = &self.account_wide {
            return known.clone();
        }
        let planted = self.plant(rules.account_wide());
        self.account_wide.insert(planted).clone()
    }

    fn plant(&mut self, rules: &[Arc<Rule>]) -> Rc<[Planted]> {
        let planted = rules.iter().map(|rule| {
            let roots = self.roots.entry(Arc::as_ptr(rule));
            let roots = *roots.or_insert_with(|| Roots {
                content: self.trees.plant(),
                exact: self.trees.plant(),
            });
            Planted {
                rule: rule.clone(),
                roots,
                record: Cell::default(),
            }
        });
        planted.collect()
    }

    /// The next environment.
    pub(super) fn enter<'g>(&mut self, graph: &'g Graph) -> View<'g> {
        self.environment += 1;
        View::of(graph, &mut self.known)
    }

    /// The environment at hand was judged.
    pub(super) fn leave(&mut self) {
        self.known.room.close();
    }

    /// What a rule said of a resource when all it rests on was as it is now.
    pub(super) fn verdict(
        &mut self,
        rule: &Planted,
        node: NodeId,
        view: &mut View<'_>,
    ) -> Option<Said> {
        let (trees, known) = (&self.trees, &mut self.known);
        let mut find = |root, is_exact| {
            view.look_from(node, is_exact);
            trees.find(root, |look| known.class(look, view))
        };
        let said = find(rule.roots.content, false).or_else(|| find(rule.roots.exact, true));
        rule.note(self.environment, said.is_some());
        said.cloned()
    }

    /// Keeps a verdict.
    pub(super) fn keep(
        &mut self,
        (rule, node): (&Planted, NodeId),
        said: &Said,
        reads: Reads,
        view: &mut View<'_>,
    ) {
        let passes = matches!(said, Said::Nothing | Said::Passed);
        let is_exact = !passes || reads.rests_on_places();
        let root = match is_exact {
            true => rule.roots.exact,
            false => rule.roots.content,
        };
        view.look_from(node, is_exact);
        if let Some(looks) = self.known.looks(reads, view) {
            let room = &mut self.known.room;
            self.trees.keep(root, looks, said.clone(), room);
        }
    }
}
