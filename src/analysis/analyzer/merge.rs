use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::HashMap;
use palisade_model::{Address, Diagnostic, FileId, Span};
use rayon::prelude::*;
use thin_vec::ThinVec;

use super::Analysis;
use super::gathered::Gathered;
use super::settings::Task;
use crate::check::{self, Finding};
use crate::suppress::{Scene, Suppressed, Suppressions, Used};
use crate::system::Sources;

/// The findings of some projects and environments. One cause that several share is one finding.
#[derive(Debug, Default)]
pub(super) struct Merged {
    findings: Vec<Arc<Finding>>,
    /// The findings by their cause's hash; where two causes have the same, the next number is the second's.
    known: HashMap<u64, usize>,
    pub(super) suppressed: Vec<Suppressed>,
    /// The acceptances of use.
    pub(super) used: Used,
}

/// What makes two findings the same: of those without a place the address counts.
fn cause(finding: &Finding) -> impl Hash + Eq {
    let address = finding.span.is_none().then_some(&finding.address);
    (&finding.rule_id, finding.span, address, &finding.message)
}

impl Merged {
    /// The findings of some environments of a project, those that nobody accepts.
    pub(super) fn of(
        (tasks, gathered): (&[Task], Vec<Gathered>),
        suppressions: &Suppressions,
        scene: &Scene<'_>,
    ) -> Self {
        let mut merged = Self::default();
        let mut suppressed: Vec<(usize, Suppressed)> = Vec::new();
        for one in gathered {
            let name = |position: &usize| tasks[*position].inputs.environment.clone();
            let (kept, accepted) =
                suppressions.apply(one.finding, &one.places, scene, &mut merged.used);
            if let Some(mut finding) = kept {
                let names: ThinVec<Arc<str>> = one.environments.iter().filter_map(name).collect();
                if !names.is_empty() {
                    Arc::make_mut(&mut finding).environments = names;
                }
                merged.add(finding);
            }
            for accepted in &accepted {
                suppressed.extend(one.environments.iter().map(|position| {
                    let mut accepted = accepted.clone();
                    accepted.finding.environments = name(position).into_iter().collect();
                    (*position, accepted)
                }));
            }
        }
        suppressed.sort_by_key(|(position, _)| *position);
        let suppressed = suppressed.into_iter().map(|(_, accepted)| accepted);
        merged.suppressed = suppressed.collect();
        merged
    }

    /// Takes over the findings of others.
    pub(super) fn join(&mut self, other: Self) {
        for finding in other.findings {
            self.add(finding);
        }
        self.suppressed.extend(other.suppressed);
        self.used.extend(other.used);
    }

    fn add(&mut self, finding: Arc<Finding>) {
        match self.position(&finding) {
            Some(position) => unite(Arc::make_mut(&mut self.findings[position]), &finding),
            None => self.findings.push(finding),
        }
    }

    /// The finding of the same cause; where there is none, the next one is noted as that.
    fn position(&mut self, finding: &Finding) -> Option<usize> {
        let mut hash = self.known.hasher().hash_one(cause(finding));
        while let Some(&position) = self.known.get(&hash) {
            if cause(&self.findings[position]) == cause(finding) {
                return Some(position);
            }
            hash = hash.wrapping_add(1);
        }
        self.known.insert(hash, self.findings.len());
        None
    }

    /// The findings; they have fingerprints.
    pub(super) fn take_findings(&mut self, sources: &Sources) -> Vec<Arc<Finding>> {
        self.known = HashMap::default();
        let mut findings = std::mem::take(&mut self.findings);
        findings
            .par_iter_mut()
            .with_min_len(64)
            .for_each(|finding| {
                let finding = Arc::make_mut(finding);
                finding.environments.sort();
                finding.environments.dedup();
                check::identify(finding, sources);
            });
        for suppressed in &mut self.suppressed {
            check::identify(&mut suppressed.finding, sources);
        }
        findings
    }
}

/// Takes over what another finding of the same cause says. Environments may be there twice.
fn unite(known: &mut Finding, other: &Finding) {
    known.join(&other.instances, &other.parts);
    known
        .environments
        .extend(other.environments.iter().cloned());
    known.risk = known.risk.max(other.risk);
    known
        .implied_by
        .retain(|rule| other.implied_by.contains(rule));
    // Each project and environment has its own chain to the shared place.
    for related in &other.related {
        if known.related.iter().all(|one| one.span != related.span) {
            known.related.push(related.clone());
        }
    }
}

/// Where something stands: ids of files depend on the order of loading and must not show, the order of their paths does.
type Place = (Option<u32>, u32, u32);

/// The positions of the files in the order of their paths, by id.
struct Ranks {
    by_file: HashMap<FileId, u32>,
    by_path: HashMap<PathBuf, u32>,
}

impl Ranks {
    fn of(sources: &Sources, diagnostics: &[Diagnostic]) -> Self {
        let files = sources.files();
        let named = diagnostics.iter().filter_map(|one| one.path.as_deref());
        let mut paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
        paths.extend(named.map(PathBuf::from));
        paths.sort();
        paths.dedup();
        let by_path: HashMap<PathBuf, u32> = paths.into_iter().zip(0..).collect();
        let rank = |path| by_path.get(path).copied().unwrap_or_default();
        let by_file = files.iter().map(|file| (file.id, rank(&file.path)));
        Self {
            by_file: by_file.collect(),
            by_path,
        }
    }

    fn place(&self, span: Option<Span>) -> Place {
        span.map_or((None, 0, 0), |span| {
            (self.by_file.get(&span.file).copied(), span.start, span.end)
        })
    }

    fn of_diagnostic(&self, diagnostic: &Diagnostic) -> Place {
        match (diagnostic.span, &diagnostic.path) {
            (None, Some(path)) => (self.by_path.get(Path::new(path)).copied(), 0, 0),
            (span, _) => self.place(span),
        }
    }
}

/// Sorts everything by place, then by rule, address and message; removes what is there twice.
pub(super) fn sort(analysis: &mut Analysis) {
    let ranks = Ranks::of(&analysis.sources, &analysis.diagnostics);
    let compare = |a: &Finding, b: &Finding| {
        ranks
            .place(a.span)
            .cmp(&ranks.place(b.span))
            .then_with(|| a.rule_id.cmp(&b.rule_id))
            .then_with(|| compare_addresses(&a.address, &b.address))
            .then_with(|| a.message.cmp(&b.message))
    };
    analysis.findings.sort_by(|a, b| compare(a, b));
    analysis
        .suppressed
        .sort_by(|a, b| compare(&a.finding, &b.finding));
    analysis.suppressed.dedup();
    analysis.undecided.sort_by(|a, b| {
        ranks
            .place(a.span)
            .cmp(&ranks.place(b.span))
            .then_with(|| a.rule_id.cmp(&b.rule_id))
            .then_with(|| compare_addresses(&a.address, &b.address))
            .then_with(|| a.reason.cmp(&b.reason))
    });
    analysis.undecided.dedup();
    analysis.diagnostics.sort_by(|a, b| {
        let places = (ranks.of_diagnostic(a), ranks.of_diagnostic(b));
        places.0.cmp(&places.1).then_with(|| compare_text(a, b))
    });
    analysis.diagnostics.dedup();
}

/// As they are printed.
fn compare_addresses(a: &Address, b: &Address) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    a.to_string().cmp(&b.to_string())
}

fn compare_text(a: &Diagnostic, b: &Diagnostic) -> Ordering {
    (a.level, a.code, &a.message).cmp(&(b.level, b.code, &b.message))
}
