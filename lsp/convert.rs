//! From the analysis to the protocol: spans to ranges, paths to URIs, findings to diagnostics.

use std::path::Path;

use palisade_analysis::check::Finding;
use palisade_analysis::system::SourceFile;
use palisade_model::{Level, Severity, Span};
use tower_lsp_server::ls_types::{
    Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Position, Range, Uri,
};

/// How the client counts columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// In bytes.
    Utf8,
    /// In UTF-16 code units, which every client understands.
    #[default]
    Utf16,
}

/// The range of a span.
pub(crate) fn range(file: &SourceFile, span: Span, encoding: Encoding) -> Range {
    Range::new(
        position(file, span.start, encoding),
        position(file, span.end, encoding),
    )
}

fn position(file: &SourceFile, offset: u32, encoding: Encoding) -> Position {
    let starts = file.line_starts();
    let line = starts.partition_point(|&start| start <= offset).max(1) - 1;
    let before = file
        .text
        .get(starts[line] as usize..offset as usize)
        .unwrap_or("");
    let character = match encoding {
        Encoding::Utf8 => before.len(),
        Encoding::Utf16 => before.encode_utf16().count(),
    };
    Position::new(line as u32, character as u32)
}

/// The URI of a file.
pub(crate) fn uri(path: &Path) -> Option<Uri> {
    let absolute = std::path::absolute(path).ok()?;
    Uri::from_file_path(absolute)
}

/// A finding as a diagnostic. `related` gives the file of a span.
pub(crate) fn finding(
    finding: &Finding,
    file: &SourceFile,
    related: &dyn Fn(Span) -> std::sync::Arc<SourceFile>,
    encoding: Encoding,
) -> Option<Diagnostic> {
    let span = finding.span?;
    let information = finding.related.iter().filter_map(|one| {
        let place = related(one.span);
        Some(DiagnosticRelatedInformation {
            location: Location::new(uri(&place.path)?, range(&place, one.span, encoding)),
            message: one.message.clone(),
        })
    });
    Some(Diagnostic {
        range: range(file, span, encoding),
        severity: Some(severity(finding.severity)),
        code: Some(NumberOrString::String(finding.rule_id.to_string())),
        source: Some("palisade".to_owned()),
        message: finding.message.clone(),
        related_information: Some(information.collect()),
        ..Diagnostic::default()
    })
}

/// A problem with the input as a diagnostic.
pub(crate) fn problem(
    problem: &palisade_model::Diagnostic,
    file: &SourceFile,
    encoding: Encoding,
) -> Option<Diagnostic> {
    Some(Diagnostic {
        range: range(file, problem.span?, encoding),
        severity: Some(match problem.level {
            Level::Error => DiagnosticSeverity::ERROR,
            Level::Warning => DiagnosticSeverity::WARNING,
            Level::Note => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(problem.code.as_str().to_owned())),
        source: Some("palisade".to_owned()),
        message: problem.message.clone(),
        ..Diagnostic::default()
    })
}

const fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Critical | Severity::High => DiagnosticSeverity::ERROR,
        Severity::Medium => DiagnosticSeverity::WARNING,
        Severity::Low => DiagnosticSeverity::INFORMATION,
        Severity::Info => DiagnosticSeverity::HINT,
    }
}
