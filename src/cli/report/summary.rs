//! The last lines: what was found, what was looked at, and everything that was not decided.

use std::fmt::Write;

use palisade_analysis::analyzer::Summary;
use palisade_model::Severity;

use super::View;

/// How many types without a table are named.
const NAMED_TYPES: usize = 3;

pub(crate) fn text(view: &View<'_>, fixed: usize) -> String {
    let summary = &view.analysis.summary;
    let mut text = String::new();
    if summary.projects.is_empty() && summary.errors == 0 {
        let _ = writeln!(
            text,
            "No template found in {}.",
            count(summary.files, "file")
        );
        return text;
    }
    if fixed > 0 {
        let _ = writeln!(text, "Fixed {}.", count(fixed, "finding"));
    }
    let kinds = summary
        .projects
        .iter()
        .map(|(kind, &number)| count(number, kind.as_str()));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let resources = count(summary.resources, "resource");
    let _ = match kinds.as_str() {
        "" => writeln!(text, "{}: nothing could be checked.", found(summary)),
        kinds => writeln!(text, "{}, in {resources} of {kinds}.", found(summary)),
    };
    for line in undone(view) {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn found(summary: &Summary) -> String {
    if summary.total() == 0 {
        return "No findings".to_owned();
    }
    let by_severity: Vec<String> = Severity::ALL
        .iter()
        .rev()
        .filter_map(|level| {
            summary
                .findings
                .get(level)
                .map(|number| format!("{number} {level}"))
        })
        .collect();
    format!(
        "{}: {}",
        count(summary.total(), "finding"),
        by_severity.join(", ")
    )
}

/// What was not decided, judged or read.
fn undone(view: &View<'_>) -> Vec<String> {
    let summary = &view.analysis.summary;
    let mut lines = Vec::new();
    if summary.unknown > 0 {
        let hint = if view.show_unknown {
            ""
        } else {
            "; --show-unknown says what is missing"
        };
        lines.push(format!(
            "{} not decided{hint}.",
            count(summary.unknown, "check")
        ));
    }
    if !summary.unmapped.is_empty() {
        let total: usize = summary.unmapped.values().sum();
        let mut names: Vec<&str> = summary
            .unmapped
            .keys()
            .map(String::as_str)
            .take(NAMED_TYPES)
            .collect();
        if summary.unmapped.len() > NAMED_TYPES {
            names.push("…");
        }
        let (resources, names) = (count(total, "resource"), names.join(", "));
        lines.push(format!(
            "{resources} not judged, as no mapping of the type exists: {names}."
        ));
    }
    let counted = [
        (
            summary.unresolved,
            "reference",
            " to a module or file not resolved",
        ),
        (
            summary.implied,
            "finding",
            " implied by these, at the same places",
        ),
        (summary.suppressed, "finding", " accepted by suppressions"),
        (
            summary.left_out,
            "template",
            " left out, compiled from another file",
        ),
        (summary.errors, "error", ""),
    ];
    for (number, noun, rest) in counted {
        if number > 0 {
            lines.push(format!("{}{rest}.", count(number, noun)));
        }
    }
    lines
}

/// `1 file`, `2 files`, `2 CDK assemblies`.
fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix("assembly")) {
        (1, _) => format!("1 {noun}"),
        (_, Some(start)) => format!("{number} {start}assemblies"),
        (_, None) => format!("{number} {noun}s"),
    }
}
