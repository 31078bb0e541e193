//! Reports: one file a format, all over the same [`View`], so that every format counts alike.

mod concise;
mod csv;
mod excerpt;
mod github;
mod gitlab;
mod human;
pub(crate) mod json;
mod junit;
mod markdown;
mod sarif;
mod style;
pub(crate) mod summary;

pub(crate) use style::Style;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_analysis::analyzer::Analysis;
use palisade_analysis::check::Finding;
use palisade_analysis::discover::display;
use palisade_analysis::rules::Rule;
use palisade_analysis::suppress::Suppressed;
use palisade_model::{Diagnostic, Level, Span};

use crate::args::Format;

/// How many rules are named that follow from a finding.
const NAMED_RULES: usize = 4;

/// An analysis, and what of it is to be shown.
pub(crate) struct View<'a> {
    pub(crate) analysis: &'a Analysis,
    pub(crate) show_unknown: bool,
    pub(crate) verbose: bool,
    current: PathBuf,
    /// How many environments the configuration has.
    pub(crate) environments: usize,
}

/// A span as people count: 1-based, columns in Unicode scalar values, the end exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
}

impl<'a> View<'a> {
    pub(crate) fn new(analysis: &'a Analysis, show_unknown: bool) -> Self {
        Self {
            analysis,
            show_unknown: show_unknown || analysis.show_unknown,
            verbose: false,
            current: std::env::current_dir().unwrap_or_default(),
            environments: analysis
                .units
                .iter()
                .filter_map(|unit| unit.environment.as_ref())
                .collect::<BTreeSet<_>>()
                .len(),
        }
    }

    /// Where a span is.
    pub(crate) fn place(&self, span: Span) -> Place {
        let file = self.analysis.sources.file(span.file);
        let (start, end) = (file.line_column(span.start), file.line_column(span.end));
        Place {
            file: self.path(&file.path),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }

    /// A path as printed: relative to the working directory, where it lies below it.
    pub(crate) fn path(&self, path: &Path) -> String {
        display(path.strip_prefix(&self.current).unwrap_or(path))
    }

    /// The findings that a report for people shows one by one.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        self.analysis.standing_alone()
    }

    /// The accepted findings that such a report shows one by one.
    pub(crate) fn suppressed(&self) -> impl Iterator<Item = &'a Suppressed> {
        let suppressed = self.analysis.suppressed.iter();
        suppressed.filter(|one| one.finding.implied_by.is_empty())
    }

    /// The rules that a finding speaks for besides its own: `implies 2 more: a, b`.
    pub(crate) fn implied(&self, finding: &Finding) -> Option<String> {
        let named = if self.verbose {
            usize::MAX
        } else {
            NAMED_RULES
        };
        self.analysis.implication(finding, named)
    }

    /// The message of a finding and the rules that it speaks for, for reports that have one text a finding.
    pub(crate) fn message(&self, finding: &Finding) -> String {
        match self.implied(finding) {
            Some(implied) => format!("{} ({implied})", finding.message),
            None => finding.message.clone(),
        }
    }

    /// The rule of a finding.
    pub(crate) fn rule(&self, id: &str) -> Option<Arc<Rule>> {
        self.analysis.catalog.rule(id)
    }

    /// `file:line:column`, or the file of a diagnostic, where it has any.
    pub(crate) fn diagnostic_place(&self, diagnostic: &Diagnostic) -> Option<String> {
        match (diagnostic.span, &diagnostic.path) {
            (Some(span), _) => {
                let place = self.place(span);
                Some(format!("{}:{}:{}", place.file, place.line, place.column))
            }
            (None, Some(path)) => Some(self.path(Path::new(path))),
            (None, None) => None,
        }
    }

    /// Diagnostics that are shown: notes only on request.
    pub(crate) fn diagnostics(&self) -> impl Iterator<Item = &'a Diagnostic> {
        let verbose = self.verbose;
        self.analysis
            .diagnostics
            .iter()
            .filter(move |diagnostic| verbose || diagnostic.level != Level::Note)
    }
}

/// The address of a finding, and how many more it stands for.
pub(crate) fn subject(finding: &Finding) -> String {
    match finding.subjects().len() {
        0 | 1 => finding.subject().to_string(),
        many => format!("{} and {} more", finding.subject(), many - 1),
    }
}

pub(crate) const fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// Writes a report.
pub(crate) fn write(
    out: &mut dyn Write,
    view: &View<'_>,
    format: Format,
    style: Style,
) -> anyhow::Result<()> {
    match format {
        Format::Human => human::write(out, view, style)?,
        Format::Concise => concise::write(out, view, style)?,
        Format::Json => json::write(out, view, json::Layout::Indented)?,
        Format::Jsonl => json::write(out, view, json::Layout::Line)?,
        Format::Sarif => writeln!(out, "{}", sarif::report(view))?,
        Format::Junit => write!(out, "{}", junit::report(view)?)?,
        Format::Github => github::write(out, view)?,
        Format::Gitlab => writeln!(out, "{}", gitlab::report(view))?,
        Format::Markdown => markdown::write(out, view)?,
        Format::Csv => csv::write(out, view)?,
    }
    Ok(())
}
