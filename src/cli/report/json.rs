//! JSON, version 1: stable. Fields are only ever added.

use std::io::{self, Write};
use std::path::Path;

use palisade_analysis::check::{Finding, Fix, Undecided};
use palisade_analysis::config::LoadError;
use palisade_analysis::discover::display;
use palisade_analysis::suppress::Suppressed;
use palisade_model::{Diagnostic, Severity, Span};
use serde_json::{Map, Value, json};

use super::{View, level};

/// How a report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Indented.
    Indented,
    /// In one line.
    Line,
}

/// Writes the report, one finding at a time: there can be many.
pub(crate) fn write(out: &mut dyn Write, view: &View<'_>, layout: Layout) -> io::Result<()> {
    out.write_all(b"{")?;
    members(out, view, layout, true)?;
    out.write_all(layout.pick(b"\n}\n", b"}\n"))
}

/// The report of one of several inputs, in one line.
pub(crate) fn line(view: &View<'_>, input: &Path) -> io::Result<String> {
    let mut made = Vec::new();
    let input = Value::from(input.to_string_lossy());
    write!(made, "{{\"input\":{input}")?;
    members(&mut made, view, Layout::Line, false)?;
    made.push(b'}');
    String::from_utf8(made).map_err(io::Error::other)
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

impl Layout {
    fn pick<'t>(self, indented: &'t [u8], line: &'t [u8]) -> &'t [u8] {
        match self {
            Self::Indented => indented,
            Self::Line => line,
        }
    }

    /// A value that stands this deep.
    fn value(self, value: &Value, depth: usize) -> String {
        match self {
            Self::Line => value.to_string(),
            // A text of JSON holds no line break of its own.
            Self::Indented => {
                format!("{value:#}").replace('\n', &format!("\n{}", "  ".repeat(depth)))
            }
        }
    }

    fn key(self, out: &mut dyn Write, key: &str, is_first: bool) -> io::Result<()> {
        if !is_first {
            out.write_all(b",")?;
        }
        out.write_all(self.pick(b"\n  ", b""))?;
        write!(out, "\"{key}\":")?;
        out.write_all(self.pick(b" ", b""))
    }

    fn list(
        self,
        out: &mut dyn Write,
        key: &str,
        items: impl Iterator<Item = Value>,
    ) -> io::Result<()> {
        self.key(out, key, false)?;
        out.write_all(b"[")?;
        let mut is_empty = true;
        for item in items {
            if !is_empty {
                out.write_all(b",")?;
            }
            is_empty = false;
            out.write_all(self.pick(b"\n    ", b""))?;
            out.write_all(self.value(&item, 2).as_bytes())?;
        }
        if !is_empty {
            out.write_all(self.pick(b"\n  ", b""))?;
        }
        out.write_all(b"]")
    }
}

fn members(out: &mut dyn Write, view: &View<'_>, layout: Layout, is_first: bool) -> io::Result<()> {
    let analysis = view.analysis;
    layout.key(out, "version", is_first)?;
    out.write_all(b"1")?;
    let findings = analysis.findings.iter();
    layout.list(out, "findings", findings.map(|one| finding(view, one)))?;
    let unknown = analysis.undecided.iter();
    layout.list(out, "unknown", unknown.map(|one| undecided(view, one)))?;
    let accepted = analysis.suppressed.iter();
    layout.list(out, "suppressed", accepted.map(|one| suppressed(view, one)))?;
    let problems = analysis.diagnostics.iter();
    layout.list(
        out,
        "diagnostics",
        problems.map(|one| diagnostic(view, one)),
    )?;
    layout.key(out, "summary", false)?;
    out.write_all(layout.value(&summary(view), 1).as_bytes())
}

/// One finding.
pub(crate) fn finding(view: &View<'_>, finding: &Finding) -> Value {
    let rule = view.rule(&finding.rule_id);
    let mut entries = json!({
        "rule_id": finding.rule_id.as_ref(),
        "aliases": rule.as_ref().map_or_else(Vec::new, |rule| texts(&rule.aliases)),
        "status": "fail",
        "severity": finding.severity.as_str(),
        "resource": finding.subject().to_string(),
        "resource_type": finding.resource_type.as_ref(),
        "language": finding.language.as_str(),
    });
    place(view, finding.span, &mut entries);
    let more = json!({
        "message": finding.message,
        "instances": finding.subjects().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "property": finding.property.to_string(),
        "default": finding.default.as_ref().map(|one| json!({ "note": &*one.note, "source": &*one.source })),
        "related": finding.related.iter().map(|one| marked(view, one.span, "message", &one.message)).collect::<Vec<_>>(),
        "fixes": finding.fixes.iter().map(|one| fix(view, one)).collect::<Vec<_>>(),
        "objectives": rule.as_ref().map_or_else(Vec::new, |rule| texts(&rule.objectives)),
        "implied_by": texts(&finding.implied_by),
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
        "implied": summary.implied,
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
