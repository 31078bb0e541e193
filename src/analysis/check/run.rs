//! All rules over all resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{Address, FileId, Graph, Language, NodeId, Presence};
use rayon::prelude::*;
use thin_vec::{ThinVec, thin_vec};

use super::Truth;
use super::decide::{Verdict, decide};
use super::finding::{Finding, NotEvidenced, Undecided};
use super::hidden::Hidden;
use super::joined::joined;
use super::past::{Past, Planted};
use super::reads::{Ground, Reads};
use super::report;
use super::sight::View;
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
    /// Whether [`Checked::tallies`] and [`Checked::not_evidenced`] are wanted.
    pub counts: bool,
}

/// What a check says.
#[derive(Debug, Default)]
pub struct Checked {
    /// Sorted by place, rule and address; instances that share a cause are one.
    pub findings: Vec<Arc<Finding>>,
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
    let parts: Vec<Making> = work
        .par_iter()
        .with_min_len(16)
        .map(|(rule, nodes)| {
            let mut part = Making::new(options);
            for node in nodes.iter().filter(|node| is_judged(rule, graph, **node)) {
                part.add(rule, judge(rule, ground(), *node, options));
            }
            part
        })
        .collect();
    let mut checked = Making::new(options);
    for part in parts {
        checked.extend(part);
    }
    for rule in rules.account_wide() {
        let mut judge = |node| judge(rule, ground(), node, options);
        checked.judge_account(rule, graph, options, &mut judge);
    }
    checked.finish()
}

/// The same for one environment of a project after others: what rests on nothing that differs is not judged again. The findings are
/// not [`joined`]: each is about one resource, and shared with the environments before that have it.
pub fn run_after(
    rules: &RuleSet,
    graph: &Graph,
    options: &Options<'_>,
    past: &mut Past,
) -> Checked {
    let mut view = past.enter(graph);
    let mut checked = Making::new(options);
    for resource_type in graph.types() {
        let rules = past.of_type(rules, resource_type);
        let nodes = graph.of_type(resource_type);
        for planted in rules.iter().filter(|one| (options.selects)(&one.rule)) {
            let mut tally = Tally::default();
            for &node in nodes {
                if is_judged(&planted.rule, graph, node) {
                    let said = judge_after((planted, node), options, past, &mut view);
                    checked.count(said, &mut tally);
                }
            }
            checked.add_tally(&planted.rule.id, tally);
        }
    }
    for planted in past.account_wide(rules).iter() {
        let mut judge = |node| judge_after((planted, node), options, past, &mut view);
        checked.judge_account(&planted.rule, graph, options, &mut judge);
    }
    past.leave();
    checked.apart()
}

fn judge_after(
    (planted, node): (&Planted, NodeId),
    options: &Options<'_>,
    past: &mut Past,
    view: &mut View<'_>,
) -> Said {
    let graph = view.graph();
    let anew = |reads, hidden| {
        let ground = Ground {
            graph,
            reads,
            hidden,
        };
        ground.note(node);
        judge(&planted.rule, ground, node, options)
    };
    if planted.is_fleeting() {
        return anew(None, Some(view.hidden()));
    }
    if let Some(said) = past.verdict(planted, node, view) {
        debug_assert!(
            said == anew(None, None),
            "{} of {} rests on more than was seen",
            planted.rule.id,
            graph.resource(node).address,
        );
        return said;
    }
    let reads = Reads::default();
    let said = anew(Some(&reads), None);
    past.keep((planted, node), &said, reads, view);
    said
}

/// What is declared elsewhere, or in a language that a rule is not for, is not judged.
fn is_judged(rule: &Rule, graph: &Graph, node: NodeId) -> bool {
    let resource = graph.resource(node);
    resource.presence != Presence::External
        && (rule.languages.is_empty() || rule.languages.contains(&resource.language))
}

/// What a rule says of a resource.
#[derive(Clone, PartialEq)]
pub(super) enum Said {
    Nothing,
    Passed,
    Failed(Arc<[Arc<Finding>]>),
    Undecided(Arc<Undecided>),
}

fn judge(rule: &Rule, ground: Ground<'_>, node: NodeId, options: &Options<'_>) -> Said {
    match decide(rule, ground, node) {
        Verdict::NotApplicable => Said::Nothing,
        Verdict::Pass => Said::Passed,
        Verdict::Fail {
            outcome,
            assumptions,
        } => {
            let grounds = (outcome, assumptions);
            let findings = report::findings(rule, ground, node, grounds, options);
            Said::Failed(findings.into_iter().map(Arc::new).collect())
        }
        Verdict::Undecided(outcome) => {
            Said::Undecided(report::undecided(rule, ground, node, &outcome, options).into())
        }
    }
}

/// What is said so far. Findings may be those of other environments, too.
#[derive(Default)]
struct Making {
    findings: Vec<Arc<Finding>>,
    undecided: Vec<Undecided>,
    not_evidenced: Vec<NotEvidenced>,
    tallies: BTreeMap<Arc<str>, Tally>,
    /// Whether the last two are wanted.
    counts: bool,
}

impl Making {
    fn new(options: &Options<'_>) -> Self {
        Self {
            counts: options.counts,
            ..Self::default()
        }
    }

    /// Takes over what was said of other resources.
    fn extend(&mut self, other: Self) {
        for (rule, more) in other.tallies {
            self.add_tally(&rule, more);
        }
        self.findings.extend(other.findings);
        self.undecided.extend(other.undecided);
    }

    fn add(&mut self, rule: &Rule, part: Said) {
        let mut tally = Tally::default();
        self.count(part, &mut tally);
        self.add_tally(&rule.id, tally);
    }

    fn count(&mut self, part: Said, tally: &mut Tally) {
        match part {
            Said::Nothing => {}
            Said::Passed => tally.passed += 1,
            Said::Failed(findings) => {
                tally.failed += 1;
                self.findings.extend(findings.iter().cloned());
            }
            Said::Undecided(undecided) => {
                tally.undecided += 1;
                self.undecided.push(Arc::unwrap_or_clone(undecided));
            }
        }
    }

    fn add_tally(&mut self, rule: &Arc<str>, more: Tally) {
        if self.counts && more != Tally::default() {
            let tally = self.tallies.entry(rule.clone()).or_default();
            tally.passed += more.passed;
            tally.failed += more.failed;
            tally.undecided += more.undecided;
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
                self.add(rule, Said::Failed([Arc::new(account_finding(rule))].into()));
            }
            _ if self.counts => self.not_evidenced.push(NotEvidenced {
                rule_id: rule.id.clone(),
                reason: format!("no {} here shows it", rule.types.join(" or ")),
            }),
            _ => {}
        }
    }

    fn finish(self) -> Checked {
        let apart = self.apart();
        Checked {
            findings: joined(apart.findings),
            ..apart
        }
    }

    /// With the findings as they were said: one for each resource, in no order.
    fn apart(mut self) -> Checked {
        self.undecided.sort_by(|a, b| {
            (&a.address, &a.rule_id, &a.reason).cmp(&(&b.address, &b.rule_id, &b.reason))
        });
        Checked {
            findings: self.findings,
            undecided: self.undecided,
            not_evidenced: self.not_evidenced,
            tallies: self.tallies,
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
        instances: thin_vec![address.clone()],
        address,
        resource_type: rule.types.first().cloned().unwrap_or_else(|| "".into()),
        language: Language::Live,
        span: None,
        parts: ThinVec::new(),
        message: rule.title.clone(),
        related: ThinVec::new(),
        fixes: ThinVec::new(),
        assumptions: ThinVec::new(),
        environments: ThinVec::new(),
        risk: 50,
        fingerprint: rule.id.to_string(),
        property: palisade_model::Path::default(),
        item: None,
        default: None,
        implied_by: ThinVec::new(),
    }
}
