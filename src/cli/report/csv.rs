//! Comma-separated values (RFC 4180), one row a finding.

use std::io::{self, Write};

use super::View;

const COLUMNS: [&str; 12] = [
    "rule_id",
    "severity",
    "resource",
    "resource_type",
    "language",
    "file",
    "line",
    "column",
    "message",
    "risk",
    "fingerprint",
    "implied_by",
];

pub(super) fn write(out: &mut dyn Write, view: &View<'_>) -> io::Result<()> {
    row(out, &COLUMNS.map(str::to_owned))?;
    for finding in &view.analysis.findings {
        let place = finding.span.map(|span| view.place(span));
        let number =
            |number: Option<u32>| number.map_or(String::new(), |number| number.to_string());
        row(
            out,
            &[
                finding.rule_id.to_string(),
                finding.severity.to_string(),
                finding.subject().to_string(),
                finding.resource_type.to_string(),
                finding.language.to_string(),
                place
                    .as_ref()
                    .map_or(String::new(), |place| place.file.clone()),
                number(place.as_ref().map(|place| place.line)),
                number(place.as_ref().map(|place| place.column)),
                finding.message.clone(),
                finding.risk.to_string(),
                finding.fingerprint.clone(),
                finding.implied_by.join(" "),
            ],
        )?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let quoted = |cell: &String| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    };
    writeln!(
        out,
        "{}",
        cells.iter().map(quoted).collect::<Vec<_>>().join(",")
    )
}
