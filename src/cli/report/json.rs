//! JSON, version 1: stable. Fields are only ever added.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use palisade_analysis::check::{self, Finding, Fix, Undecided};
use palisade_analysis::config::LoadError;
use palisade_analysis::discover::display;
use palisade_analysis::suppress::Suppressed;
use palisade_model::{Diagnostic, Severity, Span};
use serde::{Serialize, Serializer};
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

    /// Writes a value that stands this deep.
    fn value(self, out: &mut dyn Write, value: &impl Serialize, depth: usize) -> io::Result<()> {
        if self == Self::Line {
            return out.write_all(&serde_json::to_vec(value)?);
        }
        let text = serde_json::to_vec_pretty(value)?;
        // A text of JSON holds no line break of its own.
        for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
            if number > 0 {
                out.write_all(b"\n")?;
                out.write_all(&b"        "[..2 * depth])?;
            }
            out.write_all(line)?;
        }
        Ok(())
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
        items: impl Iterator<Item = impl Serialize>,
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
            self.value(out, &item, 2)?;
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
    layout.value(out, &summary(view), 1)
}

/// A finding, as it is told.
#[derive(Serialize)]
struct Told<'a> {
    rule_id: &'a str,
    aliases: Vec<Arc<str>>,
    status: &'a str,
    severity: &'a str,
    resource: Text<'a>,
    resource_type: &'a str,
    language: &'a str,
    #[serde(flatten)]
    place: Option<Place>,
    message: &'a str,
    instances: Vec<Text<'a>>,
    property: Text<'a>,
    default: Option<Default<'a>>,
    related: Vec<Related<'a>>,
    fixes: Vec<Mending<'a>>,
    objectives: Vec<Arc<str>>,
    implied_by: &'a [Arc<str>],
    assumptions: &'a [String],
    environments: &'a [Arc<str>],
    risk: u8,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<Suppression<'a>>,
}

#[derive(Serialize)]
struct Place {
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Default<'a> {
    note: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    place: Place,
    message: &'a str,
}

#[derive(Serialize)]
struct Mending<'a> {
    title: &'a str,
    safety: check::Safety,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    #[serde(flatten)]
    place: Place,
    text: &'a str,
}

#[derive(Serialize)]
struct Suppression<'a> {
    kind: &'a str,
    reason: Option<&'a str>,
    #[serde(flatten)]
    place: Option<Place>,
}

/// A verdict that could not be reached, as it is told.
#[derive(Serialize)]
struct Open<'a> {
    rule_id: &'a str,
    resource: Text<'a>,
    resource_type: &'a str,
    language: &'a str,
    #[serde(flatten)]
    place: Option<Place>,
    reason: &'a str,
}

/// A problem with the input, as it is told.
#[derive(Serialize)]
struct Problem<'a> {
    level: &'a str,
    code: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Option<Place>,
    /// Where it has no place.
    #[serde(skip_serializing_if = "Option::is_none", rename = "file")]
    path: Option<String>,
    related: Vec<Related<'a>>,
}

/// What is told as it is printed.
struct Text<'a>(&'a dyn Display);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

fn place(view: &View<'_>, span: Span) -> Place {
    let place = view.place(span);
    Place {
        file: display(Path::new(&place.file)),
        line: place.line,
        column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}

fn related<'a>(view: &View<'_>, span: Span, message: &'a str) -> Related<'a> {
    let place = place(view, span);
    Related { place, message }
}

fn finding<'a>(view: &View<'_>, finding: &'a Finding) -> Told<'a> {
    let rule = view.rule(&finding.rule_id);
    let rule = rule.as_ref();
    let default = finding.default.as_ref();
    let subjects = finding.subjects().iter();
    Told {
        rule_id: &finding.rule_id,
        aliases: rule.map_or_else(Vec::new, |rule| rule.aliases.clone()),
        status: "fail",
        severity: finding.severity.as_str(),
        resource: Text(finding.subject()),
        resource_type: &finding.resource_type,
        language: finding.language.as_str(),
        place: finding.span.map(|span| place(view, span)),
        message: &finding.message,
        instances: subjects.map(|address| Text(&**address)).collect(),
        property: Text(&finding.property),
        default: default.map(|default| Default {
            note: &default.note,
            source: &default.source,
        }),
        related: finding
            .related
            .iter()
            .map(|one| related(view, one.span, &one.message))
            .collect(),
        fixes: finding.fixes.iter().map(|one| fix(view, one)).collect(),
        objectives: rule.map_or_else(Vec::new, |rule| rule.objectives.clone()),
        implied_by: &finding.implied_by,
        assumptions: &finding.assumptions,
        environments: &finding.environments,
        risk: finding.risk,
        fingerprint: &finding.fingerprint,
        suppression: None,
    }
}

fn fix<'a>(view: &View<'_>, fix: &'a Fix) -> Mending<'a> {
    let edits = fix.edits.iter().map(|edit| Edit {
        place: place(view, edit.span),
        text: &edit.text,
    });
    Mending {
        title: &fix.title,
        safety: fix.safety,
        edits: edits.collect(),
    }
}

fn undecided<'a>(view: &View<'_>, undecided: &'a Undecided) -> Open<'a> {
    Open {
        rule_id: &undecided.rule_id,
        resource: Text(&*undecided.address),
        resource_type: &undecided.resource_type,
        language: undecided.language.as_str(),
        place: undecided.span.map(|span| place(view, span)),
        reason: &undecided.reason,
    }
}

fn suppressed<'a>(view: &View<'_>, suppressed: &'a Suppressed) -> Told<'a> {
    Told {
        status: "suppressed",
        suppression: Some(Suppression {
            kind: suppressed.kind.as_str(),
            reason: suppressed.reason.as_deref(),
            place: suppressed.span.map(|span| place(view, span)),
        }),
        ..finding(view, &suppressed.finding)
    }
}

fn diagnostic<'a>(view: &View<'_>, diagnostic: &'a Diagnostic) -> Problem<'a> {
    let path = diagnostic
        .path
        .as_ref()
        .filter(|_| diagnostic.span.is_none());
    Problem {
        level: level(diagnostic.level),
        code: diagnostic.code.as_str(),
        message: &diagnostic.message,
        place: diagnostic.span.map(|span| place(view, span)),
        path: path.map(|path| view.path(Path::new(path))),
        related: diagnostic
            .related
            .iter()
            .map(|(span, word)| related(view, *span, word))
            .collect(),
    }
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
