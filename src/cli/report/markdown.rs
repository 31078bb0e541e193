//! A Markdown table, for the summary of a workflow or a comment.

use std::io::{self, Write};

use super::{View, subject, summary};

pub(super) fn write(out: &mut dyn Write, view: &View<'_>) -> io::Result<()> {
    if !view.analysis.findings.is_empty() {
        writeln!(out, "| Severity | Rule | Resource | Place | Problem |")?;
        writeln!(out, "|---|---|---|---|---|")?;
    }
    for finding in view.findings() {
        let place = finding.span.map(|span| view.place(span));
        let place = place.map_or(String::new(), |place| {
            format!("{}:{}", place.file, place.line)
        });
        let (severity, rule) = (finding.severity, &finding.rule_id);
        let (subject, message) = (escaped(&subject(finding)), escaped(&view.message(finding)));
        writeln!(
            out,
            "| {severity} | `{rule}` | `{subject}` | `{place}` | {message} |"
        )?;
    }
    writeln!(out)?;
    for line in summary::text(view, 0).lines() {
        writeln!(out, "{line}  ")?;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
