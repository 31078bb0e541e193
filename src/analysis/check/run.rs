//! All rules over all resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{Address, FileId, Graph, Language, NodeId, Presence};
use rayon::prelude::*;

use super::Truth;
use super::decide::{Verdict, decide};
use super::finding::{Finding, NotEvidenced, Undecided};
use super::hidden::Hidden;
use super::past::Past;
use super::reads::{Ground, Reads};
use super::report;
use crate::rules::{Rule, RuleSet};
use crate::system::Sources;

/// What a check needs besides rules and resources.
pub struct Options<'a> {
    /// The texts that spans point into.
    pub sources: &'a Sources,
    /// Whether a file belongs to the user: findings elsewhere are placed at the call that leads there.
    pub in_workspace: &'a (dyn Fn(FileId) -> bool + Sync),
    /// Whether these resources are all there are, so that account-wide rules can fail.
    pub is_complete: bool,
    /// Which rules run.
    pub selects: &'a (dyn Fn(&Rule) -> bool + Sync),
}

/// What a check says.
#[derive(Debug, Default)]
pub struct Checked {
    /// Sorted by place, rule and address; instances that share a cause are one.
    pub findings: Vec<Finding>,
    /// Sorted by address and rule.
    pub undecided: Vec<Undecided>,
    /// Account-wide rules that nothing speaks for or against.
    pub not_evidenced: Vec<NotEvidenced>,
    /// How each rule that ran went.
    pub tallies: BTreeMap<Arc<str>, Tally>,
}

/// How often a rule passed, failed or was not decided, in resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Resources that pass.
    pub passed: usize,
    /// Resources that fail.
    pub failed: usize,
    /// Resources on which the rule could not be decided.
    pub undecided: usize,
}

/// Resources of one type that one task judges by one rule.
const SHARE: usize = 256;

/// Judges every resource by every rule of its type.
pub fn run(rules: &RuleSet, graph: &Graph, options: &Options<'_>) -> Checked {
    let hidden = Hidden::default();
    let ground = || Ground {
        graph,
        reads: None,
        hidden: Some(&hidden),
    };
    let mut work: Vec<(Arc<Rule>, &[NodeId])> = Vec::new();
    for resource_type in graph.types() {
        let rules = rules.of_type(resource_type);
        for rule in rules.iter().filter(|rule| (options.selects)(rule)) {
            let shares = graph.of_type(resource_type).chunks(SHARE);
            work.extend(shares.map(|nodes| (rule.clone(), nodes)));
        }
    }
    let parts: Vec<Checked> = work
        .par_iter()
        .with_min_len(16)
        .map(|(rule, nodes)| {
            let mut part = Checked::default();
            for node in nodes.iter().filter(|node| is_judged(rule, graph, **node)) {
                part.add(rule, judge(rule, ground(), *node, options));
            }
            part
        })
        .collect();
    let mut checked = Checked::default();
    let found = parts.iter().map(|part| part.findings.len()).sum();
    checked.findings.reserve_exact(found);
    for part in parts {
        checked.extend(part);
    }
    for rule in rules.account_wide() {
        let mut judge = |node| judge(rule, ground(), node, options);
        checked.judge_account(rule, graph, options, &mut judge);
    }
    checked.finish();
    checked
}

/// The same for one environment of a project after others: what rests on nothing that differs is not judged again.
pub fn run_after<'g>(
    rules: &RuleSet,
    graph: &'g Graph,
    options: &Options<'_>,
    past: &mut Past<'g>,
) -> Checked {
    let now = past.enter(graph);
    let mut work: Vec<Work> = Vec::new();
    for resource_type in graph.types() {
        let rules = past.of_type(rules, resource_type);
        add_work(&rules, resource_type, graph, options, &mut work);
    }
    let mut said: Vec<Option<Said>> = work
        .iter()
        .map(|(rule, node)| past.verdict(rule, *node, &now))
        .collect();
    let open: Vec<usize> = (0..work.len()).filter(|at| said[*at].is_none()).collect();
    let judged: Vec<(Said, Reads)> = open
        .par_iter()
        .with_min_len(64)
        .map(|&at| judge_watched(&work[at], graph, options))
        .collect();
    for (at, (part, reads)) in open.into_iter().zip(judged) {
        let (rule, node) = &work[at];
        past.keep((rule, *node), &part, reads, &now);
        said[at] = Some(part);
    }
    let mut checked = Checked::default();
    for ((rule, _), said) in work.iter().zip(said) {
        checked.add(rule, said.unwrap_or(Said::Nothing));
    }
    for rule in past.account_wide(rules).iter() {
        let mut judge = |node| {
            past.verdict(rule, node, &now).unwrap_or_else(|| {
                let (part, reads) = judge_watched(&(rule.clone(), node), graph, options);
                past.keep((rule, node), &part, reads, &now);
                part
            })
        };
        checked.judge_account(rule, graph, options, &mut judge);
    }
    checked.finish();
    checked
}

/// A rule and a resource that it judges.
type Work = (Arc<Rule>, NodeId);

fn add_work(
    rules: &[Arc<Rule>],
    resource_type: &str,
    graph: &Graph,
    options: &Options<'_>,
    work: &mut Vec<Work>,
) {
    for rule in rules.iter().filter(|rule| (options.selects)(rule)) {
        let nodes = graph.of_type(resource_type).iter();
        let judged = nodes.filter(|node| is_judged(rule, graph, **node));
        work.extend(judged.map(|node| (rule.clone(), *node)));
    }
}

fn judge_watched((rule, node): &Work, graph: &Graph, options: &Options<'_>) -> (Said, Reads) {
    let reads = Reads::default();
    let ground = Ground {
        graph,
        reads: Some(&reads),
        hidden: None,
    };
    ground.note(*node);
    let part = judge(rule, ground, *node, options);
    (part, reads)
}

/// What is declared elsewhere, or in a language that a rule is not for, is not judged.
fn is_judged(rule: &Rule, graph: &Graph, node: NodeId) -> bool {
    let resource = graph.resource(node);
    resource.presence != Presence::External
        && (rule.languages.is_empty() || rule.languages.contains(&resource.language))
}

/// What a rule says of a resource.
#[derive(Clone)]
pub(super) enum Said {
    Nothing,
    Passed,
    Failed(Vec<Finding>),
    Undecided(Undecided),
}

fn judge(rule: &Rule, ground: Ground<'_>, node: NodeId, options: &Options<'_>) -> Said {
    match decide(rule, ground, node) {
        Verdict::NotApplicable => Said::Nothing,
        Verdict::Pass => Said::Passed,
        Verdict::Fail {
            outcome,
            assumptions,
        } => Said::Failed(report::findings(
            rule,
            ground,
            node,
            (outcome, assumptions),
            options,
        )),
        Verdict::Undecided(outcome) => {
            Said::Undecided(report::undecided(rule, ground, node, &outcome, options))
        }
    }
}

impl Checked {
    /// Takes over what was said of other resources.
    fn extend(&mut self, other: Self) {
        for (rule, more) in other.tallies {
            let tally = self.tallies.entry(rule).or_default();
            tally.passed += more.passed;
            tally.failed += more.failed;
            tally.undecided += more.undecided;
        }
        self.findings.extend(other.findings);
        self.undecided.extend(other.undecided);
    }

    fn add(&mut self, rule: &Rule, part: Said) {
        if matches!(part, Said::Nothing) {
            return;
        }
        let tally = self.tallies.entry(rule.id.clone()).or_default();
        match part {
            Said::Nothing => {}
            Said::Passed => tally.passed += 1,
            Said::Failed(findings) => {
                tally.failed += 1;
                self.findings.extend(findings);
            }
            Said::Undecided(undecided) => {
                tally.undecided += 1;
                self.undecided.push(undecided);
            }
        }
    }

    /// One resource that does not fail is enough. Without any the account fails only where it is known as a whole.
    fn judge_account(
        &mut self,
        rule: &Rule,
        graph: &Graph,
        options: &Options<'_>,
        judge: &mut dyn FnMut(NodeId) -> Said,
    ) {
        if !(options.selects)(rule) {
            return;
        }
        let mut best = Truth::False;
        let mut open = None;
        let mut is_live = false;
        let nodes = rule
            .types
            .iter()
            .flat_map(|resource_type| graph.of_type(resource_type));
        for node in nodes.filter(|node| is_judged(rule, graph, **node)) {
            is_live |= graph.resource(*node).language == Language::Live;
            match judge(*node) {
                Said::Passed => best = Truth::True,
                Said::Undecided(undecided) => {
                    best = best.or(Truth::Unknown);
                    open.get_or_insert(undecided);
                }
                Said::Nothing | Said::Failed(_) => {}
            }
        }
        match (best, open) {
            (Truth::True, _) => self.add(rule, Said::Passed),
            (Truth::Unknown, Some(undecided)) => self.add(rule, Said::Undecided(undecided)),
            _ if options.is_complete || is_live => {
                self.add(rule, Said::Failed(vec![account_finding(rule)]));
            }
            _ => self.not_evidenced.push(NotEvidenced {
                rule_id: rule.id.clone(),
                reason: format!("no {} here shows it", rule.types.join(" or ")),
            }),
        }
    }

    fn finish(&mut self) {
        self.findings.sort_by(|a, b| {
            (a.span, &a.rule_id, &a.address, &a.message)
                .cmp(&(b.span, &b.rule_id, &b.address, &b.message))
        });
        let may_share =
            |pair: &[Finding]| pair[0].span == pair[1].span && pair[0].rule_id == pair[1].rule_id;
        if self.findings.windows(2).any(may_share) {
            self.merge();
        }
        self.undecided.sort_by(|a, b| {
            (&a.address, &a.rule_id, &a.reason).cmp(&(&b.address, &b.rule_id, &b.reason))
        });
    }

    /// Makes instances that share a cause one finding. They are near each other already.
    fn merge(&mut self) {
        let mut merged: Vec<Finding> = Vec::new();
        for finding in std::mem::take(&mut self.findings) {
            match merged
                .iter_mut()
                .rev()
                .take(256)
                .take_while(|known| known.span == finding.span)
                .find(|known| shares_cause(known, &finding))
            {
                Some(known) => known.absorb(finding),
                None => merged.push(finding),
            }
        }
        self.findings = merged;
    }
}

/// Instances of one block that fail at the same text.
fn shares_cause(known: &Finding, other: &Finding) -> bool {
    known.span.is_some()
        && known.span == other.span
        && known.rule_id == other.rule_id
        && known.address.is_of_block(&other.address)
}

impl Finding {
    fn absorb(&mut self, other: Self) {
        self.join(other.instances, other.parts);
        for related in other.related {
            if !self.related.contains(&related) {
                self.related.push(related);
            }
        }
    }
}

/// An account as a whole has no place in a file.
fn account_finding(rule: &Rule) -> Finding {
    let provider = rule.id.split('-').next().unwrap_or_default();
    let address = Arc::new(Address::new("account", provider));
    Finding {
        rule_id: rule.id.clone(),
        severity: rule.severity,
        instances: vec![address.clone()],
        address,
        resource_type: rule.types.first().cloned().unwrap_or_else(|| "".into()),
        language: Language::Live,
        span: None,
        parts: Vec::new(),
        message: rule.title.clone(),
        related: Vec::new(),
        fixes: Vec::new(),
        assumptions: Vec::new(),
        environments: Vec::new(),
        risk: 50,
        fingerprint: rule.id.to_string(),
        property: palisade_model::Path::default(),
        item: None,
        default: None,
        implied_by: Vec::new(),
    }
}
