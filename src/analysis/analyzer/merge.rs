use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{Diagnostic, FileId, Span};

use super::Analysis;
use crate::check::{Finding, Undecided};
use crate::suppress::Suppressed;
use crate::system::Sources;

/// The findings of all projects. One cause that several projects or environments share is one finding.
#[derive(Debug, Default)]
pub(super) struct Merged {
    findings: Vec<Arc<Finding>>,
    /// The findings by their cause's hash; where two causes have the same, the next number is the second's.
    known: HashMap<u64, usize>,
    hasher: RandomState,
    pub(super) undecided: Vec<Undecided>,
    pub(super) suppressed: Vec<Suppressed>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// What makes two findings the same: of those without a place the address counts.
fn cause(finding: &Finding) -> impl Hash + Eq {
    let address = finding.span.is_none().then_some(&finding.address);
    (&finding.rule_id, finding.span, address, &finding.message)
}

impl Merged {
    pub(super) fn add(
        &mut self,
        findings: Vec<Arc<Finding>>,
        suppressed: Vec<Suppressed>,
        undecided: Vec<Undecided>,
    ) {
        for finding in findings {
            match self.position(&finding) {
                Some(position) => unite(Arc::make_mut(&mut self.findings[position]), &finding),
                None => self.findings.push(finding),
            }
        }
        self.suppressed.extend(suppressed);
        self.undecided.extend(undecided);
    }

    /// The finding of the same cause; where there is none, the next one is noted as that.
    fn position(&mut self, finding: &Finding) -> Option<usize> {
        let mut hash = self.hasher.hash_one(cause(finding));
        while let Some(&position) = self.known.get(&hash) {
            if cause(&self.findings[position]) == cause(finding) {
                return Some(position);
            }
            hash = hash.wrapping_add(1);
        }
        self.known.insert(hash, self.findings.len());
        None
    }

    pub(super) fn take_findings(&mut self) -> Vec<Arc<Finding>> {
        self.known = HashMap::new();
        std::mem::take(&mut self.findings)
    }
}

/// Takes over what another finding of the same cause says.
fn unite(known: &mut Finding, other: &Finding) {
    known.join(&other.instances, &other.parts);
    known
        .environments
        .extend(other.environments.iter().cloned());
    known.environments.sort();
    known.environments.dedup();
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
            .then_with(|| a.address.to_string().cmp(&b.address.to_string()))
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
            .then_with(|| a.address.to_string().cmp(&b.address.to_string()))
            .then_with(|| a.reason.cmp(&b.reason))
    });
    analysis.undecided.dedup();
    analysis.diagnostics.sort_by(|a, b| {
        let places = (ranks.of_diagnostic(a), ranks.of_diagnostic(b));
        places.0.cmp(&places.1).then_with(|| compare_text(a, b))
    });
    analysis.diagnostics.dedup();
}

fn compare_text(a: &Diagnostic, b: &Diagnostic) -> Ordering {
    (a.level, a.code, &a.message).cmp(&(b.level, b.code, &b.message))
}
