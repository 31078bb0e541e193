//! Findings that follow from another one at the same text.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use palisade_model::{Address, Span};

use super::Catalog;
use crate::check::Finding;

/// Notes at each finding which others at its place it follows from: those whose rule its own names in `implied_by`, directly or
/// through rules in between, in the order in which the rules name them.
pub(super) fn mark(findings: &mut [Arc<Finding>], catalog: &Catalog) {
    let mut lines: HashMap<Arc<str>, Vec<Arc<str>>> = HashMap::default();
    for finding in findings.iter() {
        let line = lines.entry(finding.rule_id.clone());
        line.or_insert_with(|| broader(&finding.rule_id, catalog));
    }
    let speakers = Speakers::new(findings, &lines.values().flatten().collect());
    let follows = |finding: &Arc<Finding>| {
        let Some(span) = finding.span else {
            return Vec::new();
        };
        let mut broader = lines[&finding.rule_id].clone();
        broader.retain(|rule| speakers.any(findings, span, rule, finding));
        broader
    };
    let marks: Vec<Vec<Arc<str>>> = findings.iter().map(follows).collect();
    for (finding, mark) in findings.iter_mut().zip(marks) {
        if *finding.implied_by != *mark {
            Arc::make_mut(finding).implied_by = mark.into();
        }
    }
}

/// The findings of rules from which others follow, by what a finding that may follow looks for.
struct Speakers {
    /// By text, rule and instance.
    by_instance: HashMap<(Span, Arc<str>, Arc<Address>), Vec<usize>>,
    /// By text and rule.
    by_rule: HashMap<(Span, Arc<str>), BTreeMap<Arc<str>, Vec<usize>>>,
}

impl Speakers {
    fn new(findings: &[Arc<Finding>], rules: &HashSet<&Arc<str>>) -> Self {
        let mut speakers = Self {
            by_instance: HashMap::default(),
            by_rule: HashMap::default(),
        };
        for (position, finding) in findings.iter().enumerate() {
            let Some(span) = finding.span.filter(|_| rules.contains(&finding.rule_id)) else {
                continue;
            };
            for instance in &finding.instances {
                let key = (span, finding.rule_id.clone(), instance.clone());
                speakers.by_instance.entry(key).or_default().push(position);
            }
            let types = speakers.by_rule.entry((span, finding.rule_id.clone()));
            let of_type = types.or_default().entry(finding.resource_type.clone());
            of_type.or_default().push(position);
        }
        speakers
    }

    /// Whether a finding of the rule at that text speaks for another one.
    fn any(&self, findings: &[Arc<Finding>], span: Span, rule: &Arc<str>, other: &Finding) -> bool {
        let speaks = |position: &usize| speaks_for(&findings[*position], other);
        let Some(types) = self.by_rule.get(&(span, rule.clone())) else {
            return false;
        };
        let elsewhere = types
            .iter()
            .filter(|(kind, _)| **kind != other.resource_type);
        let first = other.instances.first().cloned();
        let key = first.map(|instance| (span, rule.clone(), instance));
        let about_it = key.and_then(|key| self.by_instance.get(&key));
        about_it.is_some_and(|positions| positions.iter().any(speaks))
            || elsewhere.flat_map(|(_, positions)| positions).any(speaks)
    }
}

/// Forgets the findings that are not among these: accepted ones speak for accepted ones, the others for the others.
pub(super) fn settle<'f>(findings: impl Iterator<Item = &'f mut Finding>) {
    let mut findings: Vec<&mut Finding> = findings.collect();
    let rules: HashSet<(Span, Arc<str>)> = findings
        .iter()
        .filter_map(|finding| Some((finding.span?, finding.rule_id.clone())))
        .collect();
    for finding in &mut findings {
        let span = finding.span;
        finding
            .implied_by
            .retain(|rule| span.is_some_and(|span| rules.contains(&(span, rule.clone()))));
    }
}

/// Which rules follow from which, by text.
#[derive(Debug, Default)]
pub(super) struct Implications(HashMap<(Span, Arc<str>), Vec<Arc<str>>>);

impl Implications {
    /// Of findings that are marked.
    pub(super) fn of(findings: &[Arc<Finding>]) -> Self {
        let mut ordered: Vec<&Arc<Finding>> = findings.iter().collect();
        ordered.retain(|finding| !finding.implied_by.is_empty());
        ordered.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let mut known = HashSet::default();
        let mut made = Self::default();
        for finding in ordered {
            let Some(span) = finding.span else { continue };
            for broader in &finding.implied_by {
                if known.insert((span, broader, &finding.rule_id)) {
                    let rules = made.0.entry((span, broader.clone())).or_default();
                    rules.push(finding.rule_id.clone());
                }
            }
        }
        made
    }

    /// The rules that follow from a finding at its text, the most severe first.
    pub(super) fn rules(&self, finding: &Finding) -> &[Arc<str>] {
        let key = finding.span.map(|span| (span, finding.rule_id.clone()));
        key.and_then(|key| self.0.get(&key))
            .map_or(&[], Vec::as_slice)
    }
}

/// The rules from which a rule follows, the nearest first.
fn broader(rule: &str, catalog: &Catalog) -> Vec<Arc<str>> {
    let of = |id: &str| {
        catalog
            .rule(id)
            .map_or_else(Vec::new, |rule| rule.implied_by.clone())
    };
    let mut found = of(rule);
    let mut next = 0;
    while let Some(id) = found.get(next).cloned() {
        for further in of(&id) {
            if &*further != rule && !found.contains(&further) {
                found.push(further);
            }
        }
        next += 1;
    }
    found
}

/// Whether whoever reads one finding knows of the other: it is at least as severe, is about the same instances, and assumes no
/// more. Resources of different types at one text are a resource and the document or satellite that it is made of.
fn speaks_for(one: &Finding, other: &Finding) -> bool {
    let shares =
        |it| one.instances.binary_search(it).is_ok() || one.resource_type != other.resource_type;
    one.severity >= other.severity
        && other.instances.iter().all(shares)
        && one
            .assumptions
            .iter()
            .all(|it| other.assumptions.contains(it))
}
