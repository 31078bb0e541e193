//! Findings that follow from another one at the same text.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::Span;

use super::Catalog;
use crate::check::Finding;

/// Notes at each finding which others at its place it follows from: those whose rule its own names in `implied_by`, directly or
/// through rules in between, in the order in which the rules name them.
pub(super) fn mark(findings: &mut [Finding], catalog: &Catalog) {
    let by_place = by_place(findings);
    for position in 0..findings.len() {
        let Some(span) = findings[position].span else {
            continue;
        };
        let beside = &by_place[&span];
        if beside.len() < 2 {
            continue;
        }
        let finding = &findings[position];
        let mut broader = broader(&finding.rule_id, catalog);
        broader.retain(|rule| {
            let mut others = beside.iter().map(|other| &findings[*other]);
            others.any(|other| other.rule_id == *rule && speaks_for(other, finding))
        });
        findings[position].implied_by = broader;
    }
}

/// Forgets the findings that are not among these: accepted ones speak for accepted ones, the others for the others.
pub(super) fn settle<'f>(findings: impl Iterator<Item = &'f mut Finding>) {
    let mut findings: Vec<&mut Finding> = findings.collect();
    let mut rules: BTreeMap<Span, Vec<Arc<str>>> = BTreeMap::new();
    for finding in &findings {
        if let Some(span) = finding.span {
            rules.entry(span).or_default().push(finding.rule_id.clone());
        }
    }
    for finding in &mut findings {
        let beside = finding.span.and_then(|span| rules.get(&span));
        finding
            .implied_by
            .retain(|rule| beside.is_some_and(|rules| rules.contains(rule)));
    }
}

fn by_place(findings: &[Finding]) -> BTreeMap<Span, Vec<usize>> {
    let mut by_place: BTreeMap<Span, Vec<usize>> = BTreeMap::new();
    for (position, finding) in findings.iter().enumerate() {
        if let Some(span) = finding.span {
            by_place.entry(span).or_default().push(position);
        }
    }
    by_place
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
    let shares = |it| one.instances.contains(it) || one.resource_type != other.resource_type;
    one.severity >= other.severity
        && other.instances.iter().all(shares)
        && one
            .assumptions
            .iter()
            .all(|it| other.assumptions.contains(it))
}
