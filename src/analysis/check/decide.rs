//! One rule and one resource: fail, pass or undecided, and under which assumptions.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{Candidate, Kind, NodeId, Unknown, Value};

use super::Truth;
use super::compare::Letters;
use super::outcome::{Decided, Leaf, Outcome};
use super::reads::Ground;
use super::resolve::{Choices, DEEPEST, Doubt, Scope};
use crate::lower;
use crate::rules::{Condition, Rule};

/// How many combinations of assumptions are tried for one rule and resource.
const MOST_COMBINATIONS: usize = 64;

/// The verdict of a rule on a resource.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The rule does not judge it.
    NotApplicable,
    Pass,
    Fail {
        outcome: Outcome,
        /// What has to hold for it.
        assumptions: Choices,
    },
    Undecided(Outcome),
}

/// Judges one resource.
pub(crate) fn decide(rule: &Rule, ground: Ground<'_>, node: NodeId) -> Verdict {
    let choices = Choices::default();
    let applies = match &rule.when {
        Some(when) => truth_of(when, ground, node, &choices),
        None => Truth::True,
    };
    if applies == Truth::False {
        return Verdict::NotApplicable;
    }
    let fails = truth_of(&rule.fail_when, ground, node, &choices);
    match applies.and(fails) {
        Truth::False => Verdict::Pass,
        Truth::True => Verdict::Fail {
            outcome: traced(&rule.fail_when, ground, node, &choices),
            assumptions: Choices::default(),
        },
        Truth::Unknown => enumerate(rule, ground, node),
    }
}

fn scope<'a>(ground: Ground<'a>, node: NodeId, choices: &'a Choices, trace: bool) -> Scope<'a> {
    let resource = ground.graph.resource(node);
    Scope {
        graph: ground.graph,
        reads: ground.reads,
        hidden: ground.hidden,
        node,
        resource,
        item: None,
        choices,
        letters: Letters::of_type(&resource.resource_type),
        trace,
    }
}

fn truth_of(condition: &Condition, ground: Ground<'_>, node: NodeId, choices: &Choices) -> Truth {
    scope(ground, node, choices, false)
        .evaluate(condition)
        .truth
}

pub(crate) fn traced(
    condition: &Condition,
    ground: Ground<'_>,
    node: NodeId,
    choices: &Choices,
) -> Outcome {
    scope(ground, node, choices, true).evaluate(condition)
}

/// A combination of assumptions and what follows from it.
struct Trial {
    choices: Choices,
    outcome: Outcome,
    /// `when` does not hold: the rule does not judge it then.
    applies: bool,
}

/// Tries the candidates of the unknowns that the verdict rests on, and only of those.
fn enumerate(rule: &Rule, ground: Ground<'_>, node: NodeId) -> Verdict {
    let mut trials = Vec::new();
    let mut unassuming = None;
    let mut open = vec![Choices::default()];
    let mut budget = MOST_COMBINATIONS;
    while let Some(choices) = open.pop() {
        let (outcome, applies) = judge(rule, ground, node, &choices);
        unassuming.get_or_insert_with(|| outcome.clone());
        let next = if outcome.truth == Truth::Unknown && budget > 0 {
            branches(&outcome, ground, &choices)
        } else {
            Vec::new()
        };
        if next.is_empty() {
            trials.push(Trial {
                choices,
                outcome,
                applies,
            });
        } else {
            budget = budget.saturating_sub(next.len());
            open.extend(next.into_iter().rev());
        }
    }
    match conclude(trials) {
        Verdict::Undecided(outcome) => Verdict::Undecided(unassuming.unwrap_or(outcome)),
        verdict => verdict,
    }
}

fn judge(rule: &Rule, ground: Ground<'_>, node: NodeId, choices: &Choices) -> (Outcome, bool) {
    if let Some(when) = &rule.when {
        let applies = traced(when, ground, node, choices);
        match applies.truth {
            Truth::True => {}
            Truth::False => return (applies, false),
            Truth::Unknown => {
                // Where the rest of the rule passes whatever the answer, the answer does not matter.
                let rest = traced(&rule.fail_when, ground, node, choices);
                let passes = rest.truth == Truth::False;
                return (if passes { rest } else { applies }, true);
            }
        }
    }
    (traced(&rule.fail_when, ground, node, choices), true)
}

/// The choices one step further: one for each candidate of the first unknown that has some.
fn branches(outcome: &Outcome, ground: Ground<'_>, choices: &Choices) -> Vec<Choices> {
    let leaves = outcome.cases.iter().flat_map(|case| &case.leaves);
    for leaf in leaves.clone().filter(|leaf| leaf.path.is_empty()) {
        ground.note_properties(leaf.node);
    }
    for leaf in leaves {
        for (doubt, unknown) in doubts(leaf, ground) {
            let next = branch(doubt, &unknown, choices);
            if !next.is_empty() {
                return next;
            }
        }
    }
    Vec::new()
}

/// The unknowns that a value rests on.
fn doubts(leaf: &Leaf, ground: Ground<'_>) -> Vec<(Doubt, Arc<Unknown>)> {
    let held = |value| unknowns(value).into_iter();
    let named = |unknown: Arc<Unknown>| (Doubt::of(&unknown), unknown);
    match &leaf.decided {
        Decided::Value(value) => held(value).map(named).collect(),
        Decided::Unknown { value, .. } => {
            let default = lower::default_of(ground.graph.resource(leaf.node), &leaf.path);
            let default = default.and_then(|default| match default.kind {
                Kind::Unknown(unknown) => Some(unknown),
                _ => None,
            });
            let default = default.map(|it| (Doubt::Default(leaf.node, leaf.path.clone()), it));
            held(value).map(named).chain(default).collect()
        }
        Decided::Resource | Decided::Absent { .. } => Vec::new(),
    }
}

/// The unknowns with candidates at a value and inside of it.
fn unknowns(value: &Value) -> Vec<Arc<Unknown>> {
    let mut found = Vec::new();
    collect(value, 0, &mut found);
    found
}

fn collect(value: &Value, depth: usize, found: &mut Vec<Arc<Unknown>>) {
    if depth > DEEPEST {
        return;
    }
    match &value.kind {
        Kind::Unknown(unknown) => found.push(unknown.clone()),
        Kind::List(items) | Kind::Template(items) => {
            for item in items.iter() {
                collect(item, depth + 1, found);
            }
        }
        Kind::Map(entries) => {
            for item in entries.values() {
                collect(item, depth + 1, found);
            }
        }
        Kind::Encoded(encoded) => collect(&encoded.value, depth + 1, found),
        _ => {}
    }
}

fn branch(doubt: Doubt, unknown: &Unknown, choices: &Choices) -> Vec<Choices> {
    let mut next: Vec<Choices> = Vec::new();
    if let Some(candidate) = choices.pick_as(|| doubt.clone(), unknown) {
        return unknowns(&candidate.value)
            .into_iter()
            .map(|unknown| branch(Doubt::of(&unknown), &unknown, choices))
            .find(|next| !next.is_empty())
            .unwrap_or_default();
    }
    for (index, candidate) in unknown.candidates.iter().enumerate() {
        if !choices.allow(candidate) {
            continue;
        }
        let chosen = assume(choices, &doubt, candidate, index);
        let known =
            |other: &Choices| other.named == chosen.named && other.unnamed == chosen.unnamed;
        if !next.iter().any(known) {
            next.push(chosen);
        }
    }
    next
}

fn assume(choices: &Choices, doubt: &Doubt, candidate: &Candidate, index: usize) -> Choices {
    let mut choices = choices.clone();
    for assumption in &candidate.when {
        choices
            .named
            .insert(assumption.subject.clone(), assumption.value.clone());
    }
    if candidate.when.is_empty() {
        choices.unnamed.insert(doubt.clone(), index);
    }
    choices
}

/// All combinations fail: fail. Some do: fail under the assumptions of the first. None does and all are decided: pass.
fn conclude(trials: Vec<Trial>) -> Verdict {
    let fails = |trial: &Trial| trial.applies && trial.outcome.truth == Truth::True;
    let is_open = |trial: &Trial| trial.outcome.truth == Truth::Unknown;
    if !trials.iter().any(is_open) {
        if !trials.iter().any(fails) {
            return Verdict::Pass;
        }
        if trials.iter().all(fails) {
            return fail(trials, 0, Choices::default());
        }
    }
    let named = |trial: &Trial| fails(trial) && trial.choices.unnamed.is_empty();
    if let Some(position) = trials.iter().position(named) {
        let assumptions = Choices {
            named: needed(&trials, position, &fails),
            ..Choices::default()
        };
        return fail(trials, position, assumptions);
    }
    let open = trials
        .into_iter()
        .find(|trial| is_open(trial) || trial.outcome.truth == Truth::True);
    open.map_or(Verdict::Pass, |trial| Verdict::Undecided(trial.outcome))
}

fn fail(mut trials: Vec<Trial>, position: usize, assumptions: Choices) -> Verdict {
    Verdict::Fail {
        outcome: trials.swap_remove(position).outcome,
        assumptions,
    }
}

/// The assumptions of a failing combination without those whose other values fail as well.
fn needed(
    trials: &[Trial],
    position: usize,
    fails: &dyn Fn(&Trial) -> bool,
) -> BTreeMap<Arc<str>, Arc<str>> {
    let mut needed = trials[position].choices.named.clone();
    for subject in trials[position].choices.named.keys() {
        let mut fewer = needed.clone();
        fewer.remove(subject);
        let agrees = |trial: &&Trial| {
            fewer.iter().all(|(subject, value)| {
                trial
                    .choices
                    .named
                    .get(subject)
                    .is_none_or(|other| other == value)
            })
        };
        if trials.iter().filter(agrees).all(fails) {
            needed = fewer;
        }
    }
    needed
}
