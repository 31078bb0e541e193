//! One line a finding: `file:line:column: severity rule: message (resource)`.

use std::io::{self, Write};

use palisade_model::Span;

use super::{Style, View, level, subject};

pub(super) fn write(out: &mut dyn Write, view: &View<'_>, style: Style) -> io::Result<()> {
    let reset = style.reset();
    for finding in view.findings() {
        let (place, color) = (at(view, finding.span), style.severity(finding.severity));
        let (severity, rule, message) = (finding.severity, &finding.rule_id, view.message(finding));
        let subject = subject(finding);
        writeln!(
            out,
            "{place}{color}{severity}{reset} {rule}: {message} ({subject})"
        )?;
    }
    if view.show_unknown {
        for undecided in &view.analysis.undecided {
            let (place, rule) = (at(view, undecided.span), &undecided.rule_id);
            let (reason, address) = (&undecided.reason, &undecided.address);
            writeln!(out, "{place}unknown {rule}: {reason} ({address})")?;
        }
    }
    for diagnostic in view.diagnostics() {
        let place = view.diagnostic_place(diagnostic);
        let place = place.map_or(String::new(), |place| format!("{place}: "));
        let (color, word) = (style.level(diagnostic.level), level(diagnostic.level));
        let (code, message) = (diagnostic.code.as_str(), &diagnostic.message);
        writeln!(out, "{place}{color}{word}{reset} {code}: {message}")?;
    }
    Ok(())
}

fn at(view: &View<'_>, span: Option<Span>) -> String {
    span.map_or(String::new(), |span| {
        let place = view.place(span);
        format!("{}:{}:{}: ", place.file, place.line, place.column)
    })
}
