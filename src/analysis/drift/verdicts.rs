//! Rules that pass on the declaration and fail on what is deployed: the drift that matters most.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{Address, Graph, Severity, Span};

use super::{DriftReport, Observed, match_resources};
use crate::check::{self, Finding};
use crate::link;
use crate::rules::{Rule, RuleSet};
use crate::system::Sources;

/// A rule that fails only on the deployed resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regression {
    /// Which rule.
    pub rule_id: Arc<str>,
    /// Of the rule.
    pub severity: Severity,
    /// The declared resource.
    pub address: Arc<Address>,
    /// The provider's id.
    pub id: Arc<str>,
    /// The declared value that differs, or the header of the resource.
    pub span: Option<Span>,
    /// What the rule says about the deployed resource.
    pub message: String,
}

/// Runs the rules on what is deployed, and keeps what the declaration does not fail as well, of resources that differ. Where nothing
/// differs, a rule that fails looks at what the provider adds on its own, such as the outgoing rule of a new security group.
pub fn regressions(
    rules: &RuleSet,
    selects: &(dyn Fn(&Rule) -> bool + Sync),
    declared: (&Graph, &[Arc<Finding>]),
    observed: &Observed<'_>,
    report: &DriftReport,
) -> Vec<Regression> {
    let (graph, findings) = declared;
    let matched = match_resources(graph, observed);
    let declared_by_id: BTreeMap<(&str, &str), &Arc<Address>> = matched
        .iter()
        .filter_map(|found| Some((found.observed?, &graph.resource(found.declared).address)))
        .map(|(found, address)| ((&*found.resource_type, &*found.address.name), address))
        .collect();
    let sources = Sources::default();
    let options = check::Options {
        sources: &sources,
        in_workspace: &|_| true,
        is_complete: false,
        selects,
        counts: false,
    };
    let deployed = check::run(rules, &link::link(observed.resources.to_vec()), &options);
    let failed_before = |rule: &str, address: &Address| {
        findings.iter().any(|finding| {
            &*finding.rule_id == rule && finding.instances.iter().any(|one| **one == *address)
        })
    };
    let mut regressions: Vec<Regression> = deployed
        .findings
        .iter()
        .filter_map(|finding| {
            let id = finding.address.name.clone();
            let address = *declared_by_id.get(&(&*finding.resource_type, &*id))?;
            let differs = report.drifts.iter().any(|drift| drift.address == *address);
            (differs && !failed_before(&finding.rule_id, address)).then(|| Regression {
                rule_id: finding.rule_id.clone(),
                severity: finding.severity,
                address: address.clone(),
                span: place(graph, address, report),
                message: finding.message.clone(),
                id,
            })
        })
        .collect();
    regressions.sort_by(|a, b| (&a.address, &a.rule_id).cmp(&(&b.address, &b.rule_id)));
    regressions.dedup();
    regressions
}

/// The first declared value of the resource that differs, else its header.
fn place(graph: &Graph, address: &Address, report: &DriftReport) -> Option<Span> {
    let differing = report
        .drifts
        .iter()
        .filter(|drift| *drift.address == *address)
        .find_map(|drift| drift.span);
    differing.or_else(|| {
        graph
            .find(address)
            .and_then(|node| graph.resource(node).header)
    })
}
