//! IAM policy documents: what their statements allow, to whom, and under which conditions.
//!
//! The grammar is that of the "IAM JSON policy elements" reference: one value may stand for a list of one everywhere, actions
//! are the same whatever their case, `*` and `?` are wildcards, and `NotAction`, `NotResource` and `NotPrincipal` mean
//! everything else.

mod document;
mod escalation;
mod groups;
mod names;

use std::sync::Arc;

use palisade_model::{Reason, Resource, Value};
use palisade_syntax::data::{Data, Node};

use super::{Function, Hit, Judgement};
use crate::check::{Truth, render};
use crate::rules::Pattern;
use crate::rules::reader::Reader;
use document::{Document, Statement};
use groups::Wanted;

/// `iam.allows` and `iam.denies`: statements of a document that fulfill every parameter.
#[derive(Debug, Default)]
struct Statements {
    denies: bool,
    /// It grants at least one of these.
    actions: Vec<Wanted>,
    /// One of its action patterns, as written, matches.
    action_matches: Option<Pattern>,
    /// It covers at least one of these.
    resources: Vec<String>,
    resource_matches: Option<Pattern>,
    principal: Option<Who>,
    principal_matches: Option<Pattern>,
    /// It has (or has not) a `NotAction`, `NotResource`, `NotPrincipal`.
    inverted: Vec<(&'static str, bool)>,
    /// Conditions that take a statement out.
    unless: Unless,
    /// Conditions it must have: key and values.
    with: Vec<(String, Vec<Arc<str>>)>,
    /// It must have a condition on one of these keys.
    with_one: Vec<String>,
}

/// Whom a statement names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Everyone: `*`, or everyone but some.
    Public,
    /// An account given by its number.
    CrossAccount,
    /// A service of the provider.
    Service,
    /// An identity provider.
    Federated,
}

/// Conditions that take a statement out of consideration.
#[derive(Debug, Default)]
enum Unless {
    #[default]
    Nothing,
    /// Any condition.
    Conditioned,
    /// A condition that limits who or from where: an account, an organization, a network.
    Restricted,
    /// A condition on one of these keys.
    Keys(Vec<String>),
    /// A condition on one of these keys, wildcards understood, all of whose values match.
    Values(Vec<(String, Pattern)>),
}

const KEYS: [&str; 11] = [
    "actions",
    "action_matches",
    "resources",
    "resource_matches",
    "principal",
    "principal_matches",
    "not_action",
    "not_resource",
    "not_principal",
    "unless",
    "with",
];

pub(super) fn allows(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    Some(Arc::new(statements(node, reader, false)))
}

pub(super) fn denies(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    Some(Arc::new(statements(node, reader, true)))
}

/// `iam.public: true`: somebody outside may do something, and no condition limits who.
pub(super) fn public(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    super::no_parameters(node, reader);
    Some(Arc::new(Statements {
        principal: Some(Who::Public),
        unless: Unless::Restricted,
        ..Statements::default()
    }))
}

pub(super) fn privilege_escalation(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    super::no_parameters(node, reader);
    Some(Arc::new(escalation::Escalation))
}

fn statements(node: &Node, reader: &mut Reader, denies: bool) -> Statements {
    let mut function = Statements {
        denies,
        ..Statements::default()
    };
    if let Data::Bool(_) = node.data {
        return function;
    }
    for (key, entry) in reader.entries(node) {
        let value = &entry.value;
        match key.as_str() {
            "actions" => function.actions = groups::wanted(value, reader),
            "action_matches" => function.action_matches = reader.pattern(value),
            "resources" => {
                function.resources = reader
                    .texts(value)
                    .iter()
                    .map(ToString::to_string)
                    .collect();
            }
            "resource_matches" => function.resource_matches = reader.pattern(value),
            "principal" => {
                let known = [
                    ("public", Who::Public),
                    ("cross_account", Who::CrossAccount),
                    ("service", Who::Service),
                    ("federated", Who::Federated),
                ];
                function.principal = reader.word(value, &known);
            }
            "principal_matches" => function.principal_matches = reader.pattern(value),
            "not_action" => function.inverted.push(("NotAction", reader.flag(value))),
            "not_resource" => function.inverted.push(("NotResource", reader.flag(value))),
            "not_principal" => function.inverted.push(("NotPrincipal", reader.flag(value))),
            "unless" => function.unless = unless(value, reader),
            "with" if matches!(value.data, Data::Sequence(_)) => {
                let keys = reader.texts(value);
                function.with_one = keys.iter().map(|key| key.to_ascii_lowercase()).collect();
            }
            "with" => {
                for (key, entry) in reader.entries(value) {
                    let values = reader.texts(&entry.value);
                    function.with.push((key.to_ascii_lowercase(), values));
                }
            }
            _ => reader.unknown_key(entry, &key, &KEYS),
        }
    }
    function
}

fn unless(node: &Node, reader: &mut Reader) -> Unless {
    match &node.data {
        Data::String(text) if &**text == "conditioned" => Unless::Conditioned,
        Data::String(text) if &**text == "restricted" => Unless::Restricted,
        Data::Mapping(_) => {
            let entries = reader.entries(node).into_iter();
            let patterns = entries.filter_map(|(key, entry)| {
                Some((key.to_ascii_lowercase(), reader.pattern(&entry.value)?))
            });
            Unless::Values(patterns.collect())
        }
        _ => {
            let keys = reader.texts(node);
            Unless::Keys(keys.iter().map(|key| key.to_ascii_lowercase()).collect())
        }
    }
}

impl Function for Statements {
    fn looks_at(&self, properties: &Value) -> Option<&'static [&'static str]> {
        Document::looks_at(properties)
    }

    fn judge(&self, value: &Value, resource: &Resource) -> Judgement {
        let document = Document::of(value, resource);
        let mut hits = Vec::new();
        let mut reason = document.reason.clone();
        for statement in &document.statements {
            match self.fits(statement) {
                Truth::False => {}
                Truth::Unknown => reason = reason.or_else(|| Some(statement.reason())),
                Truth::True => hits.push(Hit {
                    path: statement.path.clone(),
                    value: statement.value.clone(),
                    note: Some(self.note(statement)),
                    excerpt: None,
                    is_item: !statement.path.is_empty(),
                }),
            }
        }
        Judgement::of_hits(hits, reason)
    }
}

impl Statements {
    fn fits(&self, statement: &Statement) -> Truth {
        let mut truth = statement.has_effect(if self.denies { "Deny" } else { "Allow" });
        for (name, wanted) in &self.inverted {
            let has = statement.has(name);
            truth = truth.and(if *wanted { has } else { !has });
        }
        if !self.actions.is_empty() {
            truth = truth.and(any(&self.actions, |wanted| statement.grants(wanted)));
        }
        if let Some(regex) = &self.action_matches {
            truth = truth.and(statement.written("Action", regex));
        }
        if !self.resources.is_empty() {
            truth = truth.and(any(&self.resources, |wanted| {
                statement.covers_resource(wanted)
            }));
        }
        if let Some(regex) = &self.resource_matches {
            truth = truth.and(statement.written("Resource", regex));
        }
        if let Some(who) = self.principal {
            truth = truth.and(statement.names(who));
        }
        if let Some(regex) = &self.principal_matches {
            truth = truth.and(statement.names_one_that(regex));
        }
        for (key, values) in &self.with {
            truth = truth.and(statement.has_condition(key, values));
        }
        if !self.with_one.is_empty() {
            truth = truth.and(any(&self.with_one, |key| statement.has_condition(key, &[])));
        }
        truth.and(!self.excused(statement))
    }

    fn excused(&self, statement: &Statement) -> Truth {
        match &self.unless {
            Unless::Nothing => Truth::False,
            Unless::Conditioned => statement.is_conditioned(),
            Unless::Restricted => statement.is_restricted(),
            Unless::Keys(keys) => any(keys, |key| statement.has_condition(key, &[])),
            Unless::Values(patterns) => any(patterns, |(key, regex)| {
                statement.has_condition_that(key, regex)
            }),
        }
    }

    /// What `{note}` says: the actions granted.
    fn note(&self, statement: &Statement) -> String {
        if statement.value.sensitive {
            return render::value(&statement.value);
        }
        let inverted = statement.has("NotAction") == Truth::True;
        let written = statement.texts(if inverted { "NotAction" } else { "Action" });
        let granted = |action: &&str| {
            self.actions.is_empty()
                || self
                    .actions
                    .iter()
                    .any(|wanted| wanted.is_granted_by(action))
        };
        let shown: Vec<&str> = written.iter().copied().filter(granted).take(3).collect();
        let shown = if shown.is_empty() { written } else { shown };
        let list = shown.into_iter().take(3).collect::<Vec<_>>().join(", ");
        if inverted {
            format!("everything but {list}")
        } else {
            list
        }
    }
}

fn any<T>(items: &[T], test: impl Fn(&T) -> Truth) -> Truth {
    items.iter().map(test).fold(Truth::False, Truth::or)
}

/// The reason of a statement that could not be judged.
fn unknown_part() -> Reason {
    Reason::Computed("a part of the policy".into())
}
