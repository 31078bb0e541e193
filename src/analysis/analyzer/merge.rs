use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use palisade_model::{Diagnostic, Span};

use super::Analysis;
use crate::check::{Finding, Undecided};
use crate::suppress::Suppressed;
use crate::system::Sources;

/// The findings of all projects. One cause that several projects or environments share is one finding.
#[derive(Debug, Default)]
pub(super) struct Merged {
    findings: Vec<Finding>,
    known: BTreeMap<Cause, usize>,
    pub(super) undecided: Vec<Undecided>,
    pub(super) suppressed: Vec<Suppressed>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// What makes two findings the same.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    rule: Arc<str>,
    span: Option<Span>,
    /// Of a finding without a place.
    address: Option<String>,
    message: String,
}

impl Merged {
    pub(super) fn add(
        &mut self,
        findings: Vec<Finding>,
        suppressed: Vec<Suppressed>,
        undecided: Vec<Undecided>,
    ) {
        for finding in findings {
            self.add_finding(finding);
        }
        self.suppressed.extend(suppressed);
        self.undecided.extend(undecided);
    }

    fn add_finding(&mut self, finding: Finding) {
        let cause = Cause {
            rule: finding.rule_id.clone(),
            span: finding.span,
            address: finding.span.is_none().then(|| finding.address.to_string()),
            message: finding.message.clone(),
        };
        let Some(&position) = self.known.get(&cause) else {
            self.known.insert(cause, self.findings.len());
            self.findings.push(finding);
            return;
        };
        let known = &mut self.findings[position];
        known.join(finding.instances, finding.parts);
        known.environments.extend(finding.environments);
        known.environments.sort();
        known.environments.dedup();
        known.risk = known.risk.max(finding.risk);
        known
            .implied_by
            .retain(|rule| finding.implied_by.contains(rule));
        // Each project and environment has its own chain to the shared place.
        for related in finding.related {
            if known.related.iter().all(|one| one.span != related.span) {
                known.related.push(related);
            }
        }
    }

    pub(super) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }
}

/// Where something stands, as text: ids of files depend on the order of loading and must not show.
type Place = (Option<PathBuf>, u32, u32);

fn place(sources: &Sources, span: Option<Span>) -> Place {
    span.map_or((None, 0, 0), |span| {
        (
            Some(sources.file(span.file).path.clone()),
            span.start,
            span.end,
        )
    })
}

/// Sorts everything by place, then by rule, address and message; removes what is there twice.
pub(super) fn sort(analysis: &mut Analysis) {
    let sources = analysis.sources.clone();
    let at = |span: Option<Span>| place(&sources, span);
    analysis
        .findings
        .sort_by_cached_key(|finding| finding_key(&at, finding));
    analysis
        .suppressed
        .sort_by_cached_key(|suppressed| finding_key(&at, &suppressed.finding));
    analysis.suppressed.dedup();
    analysis.undecided.sort_by_cached_key(|undecided| {
        (
            at(undecided.span),
            undecided.rule_id.clone(),
            undecided.address.to_string(),
            undecided.reason.clone(),
        )
    });
    analysis.undecided.dedup();
    analysis.diagnostics.sort_by(|a, b| {
        let key = |one: &Diagnostic| (one.path.clone().map(PathBuf::from), 0, 0);
        let (left, right) = (
            if a.span.is_some() { at(a.span) } else { key(a) },
            if b.span.is_some() { at(b.span) } else { key(b) },
        );
        left.cmp(&right).then_with(|| compare_text(a, b))
    });
    analysis.diagnostics.dedup();
}

fn finding_key(
    at: &dyn Fn(Option<Span>) -> Place,
    finding: &Finding,
) -> (Place, Arc<str>, String, String) {
    (
        at(finding.span),
        finding.rule_id.clone(),
        finding.address.to_string(),
        finding.message.clone(),
    )
}

fn compare_text(a: &Diagnostic, b: &Diagnostic) -> Ordering {
    (a.level, a.code, &a.message).cmp(&(b.level, b.code, &b.message))
}
