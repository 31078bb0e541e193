//! JSON, version 1: stable. Fields are only ever added.

use std::path::Path;

use palisade_analysis::check::{Finding, Fix, Undecided};
use palisade_analysis::config::LoadError;
use palisade_analysis::discover::display;
use palisade_analysis::suppress::Suppressed;
use palisade_model::{Diagnostic, Severity, Span};
use serde_json::{Map, Value, json};

use super::{View, level};

/// The report, indented.
pub(crate) fn report(view: &View<'_>) -> String {
    format!("{:#}", value(view))
}

/// The report in one line.
pub(crate) fn compact(view: &View<'_>) -> String {
    value(view).to_string()
}

/// The report of one of several inputs, in one line.
pub(crate) fn line(view: &View<'_>, input: &Path) -> String {
    let mut report = Map::new();
    report.insert("input".to_owned(), input.to_string_lossy().into());
    if let Value::Object(entries) = value(view) {
        report.extend(entries);
    }
    Value::Object(report).to_string()
}

/// The line of an input whose configuration cannot be used.
pub(crate) fn failure(input: &Path, error: &LoadError) -> String {
    let diagnostic = json!({
        "level": "error",
        "code": error.diagnostic.code.as_str(),
        "message": error.diagnostic.message,
        "place": error.place,
    });
    json!({
        "input": input.to_string_lossy(),
        "version": 1,
        "findings": [],
        "unknown": [],
        "suppressed": [],
        "diagnostics": [diagnostic],
    })
    .to_string()
}

fn value(view: &View<'_>) -> Value {
    let analysis = view.analysis;
    let list = |items: Vec<Value>| Value::Array(items);
    json!({
        "version": 1,
        "findings": list(analysis.findings.iter().map(|one| finding(view, one)).collect()),
        "unknown": list(analysis.undecided.iter().map(|one| undecided(view, one)).collect()),
        "suppressed": list(analysis.suppressed.iter().map(|one| suppressed(view, one)).collect()),
        "diagnostics": list(analysis.diagnostics.iter().map(|one| diagnostic(view, one)).collect()),
        "summary": summary(view),
    })
}

/// One finding.
pub(crate) fn finding(view: &View<'_>, finding: &Finding) -> Value {
    let rule = view.rule(&finding.rule_id);
    let mut entries = json!({
        "rule_id": finding.rule_id.as_ref(),
        "aliases": rule.as_ref().map_or_else(Vec::new, |rule| texts(&rule.aliases)),
        "status": "fail",
        "severity": finding.severity.as_str(),
        "resource": finding.address.to_string(),
        "resource_type": finding.resource_type.as_ref(),
        "language": finding.language.as_str(),
    });
    place(view, finding.span, &mut entries);
    let more = json!({
        "message": finding.message,
        "instances": finding.instances.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "property": finding.property.to_string(),
        "related": finding.related.iter().map(|one| marked(view, one.span, "message", &one.message)).collect::<Vec<_>>(),
        "fixes": finding.fixes.iter().map(|one| fix(view, one)).collect::<Vec<_>>(),
        "objectives": rule.as_ref().map_or_else(Vec::new, |rule| texts(&rule.objectives)),
        "assumptions": finding.assumptions,
        "environments": texts(&finding.environments),
        "risk": finding.risk,
        "fingerprint": finding.fingerprint,
    });
    extend(&mut entries, more);
    entries
}

fn fix(view: &View<'_>, fix: &Fix) -> Value {
    json!({
        "title": fix.title,
        "safety": fix.safety,
        "edits": fix.edits.iter().map(|edit| marked(view, edit.span, "text", &edit.text)).collect::<Vec<_>>(),
    })
}

fn undecided(view: &View<'_>, undecided: &Undecided) -> Value {
    let mut entries = json!({
        "rule_id": undecided.rule_id.as_ref(),
        "resource": undecided.address.to_string(),
        "resource_type": undecided.resource_type.as_ref(),
        "language": undecided.language.as_str(),
    });
    place(view, undecided.span, &mut entries);
    extend(&mut entries, json!({ "reason": undecided.reason }));
    entries
}

fn suppressed(view: &View<'_>, suppressed: &Suppressed) -> Value {
    let mut entries = finding(view, &suppressed.finding);
    let mut suppression = json!({
        "kind": suppressed.kind.as_str(),
        "reason": suppressed.reason,
    });
    place(view, suppressed.span, &mut suppression);
    extend(
        &mut entries,
        json!({ "status": "suppressed", "suppression": suppression }),
    );
    entries
}

fn diagnostic(view: &View<'_>, diagnostic: &Diagnostic) -> Value {
    let mut entries = json!({
        "level": level(diagnostic.level),
        "code": diagnostic.code.as_str(),
        "message": diagnostic.message,
    });
    place(view, diagnostic.span, &mut entries);
    if let (None, Some(path)) = (diagnostic.span, &diagnostic.path) {
        extend(&mut entries, json!({ "file": view.path(Path::new(path)) }));
    }
    let related = diagnostic
        .related
        .iter()
        .map(|(span, word)| marked(view, *span, "message", word));
    extend(
        &mut entries,
        json!({ "related": related.collect::<Vec<_>>() }),
    );
    entries
}

fn summary(view: &View<'_>) -> Value {
    let summary = &view.analysis.summary;
    let projects: Map<String, Value> = summary
        .projects
        .iter()
        .map(|(kind, number)| (kind.as_str().to_owned(), (*number).into()))
        .collect();
    let severities: Map<String, Value> = Severity::ALL
        .iter()
        .map(|level| {
            let number = summary.findings.get(level).copied().unwrap_or(0);
            (level.as_str().to_owned(), number.into())
        })
        .collect();
    json!({
        "files": summary.files,
        "projects": projects,
        "resources": summary.resources,
        "findings": severities,
        "unknown": summary.unknown,
        "suppressed": summary.suppressed,
        "unmapped": summary.unmapped,
        "unresolved": summary.unresolved,
        "left_out": summary.left_out,
        "errors": summary.errors,
        "warnings": summary.warnings,
    })
}

/// A span and a word.
fn marked(view: &View<'_>, span: Span, key: &str, word: &str) -> Value {
    let mut entries = json!({});
    place(view, Some(span), &mut entries);
    extend(&mut entries, json!({ key: word }));
    entries
}

/// Adds the place of a span; nothing where there is none.
fn place(view: &View<'_>, span: Option<Span>, entries: &mut Value) {
    if let Some(span) = span {
        let place = view.place(span);
        let more = json!({
            "file": display(Path::new(&place.file)),
            "line": place.line,
            "column": place.column,
            "end_line": place.end_line,
            "end_column": place.end_column,
        });
        extend(entries, more);
    }
}

fn extend(entries: &mut Value, more: Value) {
    if let (Value::Object(entries), Value::Object(more)) = (entries, more) {
        entries.extend(more);
    }
}

fn texts(texts: &[std::sync::Arc<str>]) -> Vec<&str> {
    texts.iter().map(AsRef::as_ref).collect()
}
