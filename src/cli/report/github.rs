//! GitHub workflow commands: annotations of a run.

use std::io::{self, Write};

use palisade_model::{Level, Severity};

use super::{Place, View};

pub(super) fn write(out: &mut dyn Write, view: &View<'_>) -> io::Result<()> {
    for finding in view.findings() {
        let command = match finding.severity {
            Severity::Critical | Severity::High => "error",
            Severity::Medium => "warning",
            Severity::Low | Severity::Info => "notice",
        };
        let place = finding.span.map(|span| view.place(span));
        let text = format!("{} ({})", view.message(finding), finding.subject());
        command_line(out, command, place.as_ref(), &finding.rule_id, &text)?;
    }
    for diagnostic in view.diagnostics() {
        let command = match diagnostic.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let place = diagnostic.span.map(|span| view.place(span));
        command_line(
            out,
            command,
            place.as_ref(),
            diagnostic.code.as_str(),
            &diagnostic.message,
        )?;
    }
    Ok(())
}

fn command_line(
    out: &mut dyn Write,
    command: &str,
    place: Option<&Place>,
    title: &str,
    text: &str,
) -> io::Result<()> {
    let mut properties = Vec::new();
    if let Some(place) = place {
        properties.push(format!("file={}", escaped(&place.file, true)));
        properties.push(format!("line={},col={}", place.line, place.column));
        properties.push(format!("endLine={}", place.end_line));
    }
    properties.push(format!("title={}", escaped(title, true)));
    writeln!(
        out,
        "::{command} {}::{}",
        properties.join(","),
        escaped(text, false)
    )
}

/// As `@actions/core` escapes.
fn escaped(text: &str, property: bool) -> String {
    let text = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    if property {
        text.replace(':', "%3A").replace(',', "%2C")
    } else {
        text
    }
}
