//! From an outcome to findings.

use std::fmt::Write as _;
use std::sync::Arc;

use palisade_model::{
    Address, FrameKind, Graph, Lookup, NodeId, Path, Presence, Resource, Severity,
};
use thin_vec::{ThinVec, thin_vec};

use super::compare::Letters;
use super::finding::{AssumedDefault, Finding, Undecided};
use super::outcome::{Case, Decided, Leaf, Outcome};
use super::reads::Ground;
use super::resolve::{Choices, Scope};
use super::run::Options;
use super::{mark, render};
use crate::lower;
use crate::rules::{MessagePart, Root, Rule, Selector};

/// One finding an item, or one.
pub(crate) fn findings(
    rule: &Rule,
    ground: Ground<'_>,
    node: NodeId,
    (outcome, assumptions): (Outcome, Choices),
    options: &Options<'_>,
) -> Vec<Finding> {
    let mut cases = outcome.cases;
    if cases.is_empty() {
        cases.push(Case::default());
    }
    let mut findings: Vec<Finding> = Vec::new();
    for case in cases {
        let found = finding(rule, ground, node, case, &assumptions, options);
        let twice = |known: &Finding| known.span == found.span && known.message == found.message;
        match findings.iter().position(twice) {
            Some(known) => findings[known].join(&found.instances, &found.parts),
            None => findings.push(found),
        }
    }
    findings
}

fn finding(
    rule: &Rule,
    ground: Ground<'_>,
    node: NodeId,
    mut case: Case,
    assumptions: &Choices,
    options: &Options<'_>,
) -> Finding {
    let graph = ground.graph;
    let resource = graph.resource(node);
    if case.leaves.is_empty() {
        case.leaves.push(Leaf {
            node,
            path: Path::default(),
            decided: Decided::Resource,
            note: None,
            excerpt: None,
        });
    }
    let teller = Teller::new(ground, node, &case, assumptions.clone());
    if let Some(mark) = &rule.mark {
        case.leaves.insert(0, teller.leaf(mark));
    }
    let primary = &case.leaves[0];
    let owner = graph.resource(primary.node);
    let span = mark::span(primary, owner, options);
    let related = mark::related(
        &case.leaves,
        span,
        &|leaf| graph.resource(leaf.node),
        options,
    );
    let assumptions = assumed_of(assumptions, resource);
    note(rule, &case.leaves, ground);
    let message = teller.message(rule, primary);
    let address = resource.address.clone();
    Finding {
        rule_id: rule.id.clone(),
        severity: rule.severity,
        instances: thin_vec![address.clone()],
        address,
        resource_type: resource.resource_type.clone(),
        language: resource.language,
        span,
        message,
        parts: part(graph, case.item.as_ref()),
        related: related.into(),
        fixes: ThinVec::new(),
        risk: risk(rule.severity, &assumptions),
        assumptions: assumptions.into(),
        environments: ThinVec::new(),
        fingerprint: String::new(),
        property: primary.path.clone(),
        item: case.item.map(|(_, path)| path),
        default: assumed(primary),
        implied_by: ThinVec::new(),
    }
}

/// Records what a finding looks at beside the values it rests on: the places of all, and of the deciding one what the message shows.
fn note(rule: &Rule, leaves: &[Leaf], ground: Ground<'_>) {
    for leaf in leaves {
        ground.note(leaf.node);
    }
    let mut parts = rule.message.0.iter();
    let is_told = parts.any(|part| matches!(part, MessagePart::Deciding));
    if is_told && leaves[0].path.is_empty() {
        ground.note_properties(leaves[0].node);
    }
}

/// The resource of its own that an item of another is written in.
fn part(graph: &Graph, item: Option<&(NodeId, Path)>) -> ThinVec<Arc<Address>> {
    let part = written_in(graph, item).map(Arc::new);
    part.into_iter().collect()
}

fn written_in(graph: &Graph, item: Option<&(NodeId, Path)>) -> Option<Address> {
    let (node, path) = item?;
    let Lookup::Known(item) = graph.resource(*node).properties.lookup(path) else {
        return None;
    };
    let satellite = item
        .origin
        .frames()
        .find(|frame| frame.kind == FrameKind::Satellite)?;
    let address = Address::parse(&satellite.label).ok()?;
    let adds_items = lower::table::of(&address.resource_type)
        .and_then(|table| table.satellite.as_ref())
        .is_some_and(|satellite| satellite.append);
    (adds_items || graph.find(&address).is_some()).then_some(address)
}

/// What has to hold for a finding, as text.
fn assumed_of(choices: &Choices, resource: &Resource) -> Vec<String> {
    let named = choices.named.iter();
    let named = named.map(|(subject, value)| format!("{subject} is {value}"));
    named.chain(condition_of(resource)).collect()
}

/// A resource that exists only under a condition is named with it, one that stands for any number of them with what is missing.
fn condition_of(resource: &Resource) -> Option<String> {
    let unknown = match &resource.presence {
        Presence::Conditional(unknown) => unknown,
        Presence::Symbolic(unknown) => {
            return Some(format!("there are instances ({})", unknown.reason));
        }
        Presence::Certain | Presence::External => return None,
    };
    let named = unknown
        .candidates
        .iter()
        .find(|candidate| !candidate.value.is_null() && candidate.value.as_bool() != Some(false));
    match named.and_then(|candidate| candidate.when.first()) {
        Some(assumption) => Some(format!("{} is {}", assumption.subject, assumption.value)),
        None => match &unknown.reason {
            palisade_model::Reason::Condition(text) => Some(format!("{text} is true")),
            _ => None,
        },
    }
}

/// What a verdict that could not be reached is missing.
pub(crate) fn undecided(
    rule: &Rule,
    ground: Ground<'_>,
    node: NodeId,
    outcome: &Outcome,
    options: &Options<'_>,
) -> Undecided {
    let graph = ground.graph;
    let resource = graph.resource(node);
    let leaves: Vec<&Leaf> = outcome.cases.iter().flat_map(|case| &case.leaves).collect();
    let open = leaves
        .iter()
        .copied()
        .find(|leaf| matches!(leaf.decided, Decided::Unknown { .. }))
        .or_else(|| leaves.first().copied());
    let reason = open.map_or_else(
        || "a value is not known".to_owned(),
        |leaf| match &leaf.decided {
            Decided::Unknown { reason, .. } => reason.to_string(),
            Decided::Value(value) => super::functions::missing(value).map_or_else(
                || format!("`{}` is not wholly known", leaf.path),
                |reason| reason.to_string(),
            ),
            Decided::Resource | Decided::Absent { .. } => format!("`{}` is not known", leaf.path),
        },
    );
    let span = open.and_then(|leaf| mark::span(leaf, graph.resource(leaf.node), options));
    Undecided {
        rule_id: rule.id.clone(),
        address: resource.address.clone(),
        resource_type: resource.resource_type.clone(),
        language: resource.language,
        span: span.or_else(|| mark::of_resource(resource)),
        reason,
    }
}

/// Looks up what a message names.
struct Teller<'a> {
    ground: Ground<'a>,
    node: NodeId,
    item: Option<Path>,
    choices: Choices,
}

impl<'a> Teller<'a> {
    fn new(ground: Ground<'a>, node: NodeId, case: &Case, choices: Choices) -> Self {
        let item = case
            .item
            .as_ref()
            .filter(|(owner, _)| *owner == node)
            .map(|(_, path)| path.clone());
        Self {
            ground,
            node,
            item,
            choices,
        }
    }

    fn scope<'s>(&'s self, item: Option<(&'s palisade_model::Value, &'s Path)>) -> Scope<'s> {
        let resource = self.ground.graph.resource(self.node);
        Scope {
            graph: self.ground.graph,
            reads: self.ground.reads,
            hidden: self.ground.hidden,
            node: self.node,
            resource,
            item,
            choices: &self.choices,
            letters: Letters::of_type(&resource.resource_type),
            trace: true,
        }
    }

    fn item_value(&self) -> Option<(&palisade_model::Value, &Path)> {
        let path = self.item.as_ref()?;
        match self
            .ground
            .graph
            .resource(self.node)
            .properties
            .lookup(path)
        {
            Lookup::Known(value) => Some((value, path)),
            _ => None,
        }
    }

    /// The value at a path, in the failing item first, then in the resource.
    fn leaf(&self, selector: &Selector) -> Leaf {
        let item = self.item_value();
        let mut found = self.scope(item).look(selector);
        if item.is_some() && selector.root == Root::Here && found.what.value().is_none() {
            let outer = self.scope(None).look(selector);
            if outer.what.value().is_some() {
                found = outer;
            }
        }
        Leaf {
            node: self.node,
            path: found.path,
            decided: found.what.decided(),
            note: None,
            excerpt: None,
        }
    }

    fn message(&self, rule: &Rule, primary: &Leaf) -> String {
        let mut text = String::new();
        for part in &rule.message.0 {
            match part {
                MessagePart::Text(plain) => text.push_str(plain),
                MessagePart::Note => text.push_str(primary.note.as_deref().unwrap_or("it")),
                MessagePart::Deciding => text.push_str(&shown(&primary.decided)),
                MessagePart::Value(selector) => {
                    text.push_str(&shown(&self.leaf(selector).decided));
                }
            }
        }
        if let Decided::Absent {
            default: Some(default),
            ..
        } = &primary.decided
        {
            let value = render::value(&default.value);
            let _ = write!(text, " (not set; the default is `{value}`)");
        }
        // Without the room it grew by: there can be hundreds of thousands.
        text.as_str().to_owned()
    }
}

/// The default that stood in for the deciding value.
fn assumed(primary: &Leaf) -> Option<AssumedDefault> {
    match &primary.decided {
        Decided::Absent {
            default: Some(default),
            ..
        } if !(default.note.is_empty() && default.source.is_empty()) => Some(AssumedDefault {
            note: default.note.clone(),
            source: default.source.clone(),
        }),
        _ => None,
    }
}

fn shown(decided: &Decided) -> String {
    match decided {
        Decided::Resource => "it".to_owned(),
        Decided::Value(value) => render::value(value),
        Decided::Absent {
            default: Some(default),
            ..
        } => render::value(&default.value),
        Decided::Absent { default: None, .. } => "(not set)".to_owned(),
        Decided::Unknown { .. } => "(unknown)".to_owned(),
    }
}

/// The severity's own weight; less where it only holds under an assumption.
fn risk(severity: Severity, assumptions: &[String]) -> u8 {
    let base = match severity {
        Severity::Critical => 95,
        Severity::High => 75,
        Severity::Medium => 50,
        Severity::Low => 25,
        Severity::Info => 5,
    };
    if assumptions.is_empty() {
        base
    } else {
        base - base / 5
    }
}
