use std::collections::BTreeMap;

use palisade_model::{Diagnostic, DiagnosticCode, Level, Severity};

use super::{Analysis, Unit};
use crate::discover::{Discovery, ProjectKind};

/// What an analysis looked at and what came of it, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files of the given paths.
    pub files: usize,
    /// Projects by kind.
    pub projects: BTreeMap<ProjectKind, usize>,
    /// Templates left out because another project makes them superfluous.
    pub left_out: usize,
    /// Resources evaluated, those only referred to not counted.
    pub resources: usize,
    /// Resources of types without a table, by declared type: no rule judges them.
    pub unmapped: BTreeMap<String, usize>,
    /// Modules, templates and files that are named and not here.
    pub unresolved: usize,
    /// Findings that follow from no other one, by severity.
    pub findings: BTreeMap<Severity, usize>,
    /// Findings that follow from another one at the same text.
    pub implied: usize,
    /// Verdicts not reached.
    pub unknown: usize,
    /// Findings accepted.
    pub suppressed: usize,
    /// Diagnostics of level error.
    pub errors: usize,
    /// Diagnostics of level warning.
    pub warnings: usize,
}

impl Summary {
    pub(super) fn of(discovery: &Discovery, units: &[Unit]) -> Self {
        let mut summary = Self {
            files: discovery.files,
            left_out: discovery.left_out.len(),
            ..Self::default()
        };
        for project in &discovery.projects {
            *summary.projects.entry(project.kind).or_default() += 1;
        }
        for unit in units {
            summary.resources += unit.count;
            for kind in &unit.unmapped {
                *summary.unmapped.entry(kind.to_string()).or_default() += 1;
            }
        }
        summary
    }

    /// Counts what is reported.
    pub(super) fn count(&mut self, analysis: &Analysis) {
        for finding in analysis.standing_alone() {
            *self.findings.entry(finding.severity).or_default() += 1;
        }
        self.implied = analysis.findings.len() - self.total();
        self.unknown = analysis.undecided.len();
        self.suppressed = analysis.suppressed.len();
        let level = |wanted: Level| {
            analysis
                .diagnostics
                .iter()
                .filter(|one| one.level == wanted)
                .count()
        };
        self.errors = level(Level::Error);
        self.warnings = level(Level::Warning);
        let unresolved = |one: &&Diagnostic| one.code == DiagnosticCode::Unresolved;
        self.unresolved = analysis.diagnostics.iter().filter(unresolved).count();
    }

    /// Findings of all severities that follow from no other one.
    pub fn total(&self) -> usize {
        self.findings.values().sum()
    }
}
