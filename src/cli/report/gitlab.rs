//! GitLab Code Quality, a subset of Code Climate's issues.

use palisade_model::Severity;
use serde_json::{Value, json};

use super::View;

pub(super) fn report(view: &View<'_>) -> String {
    let issues: Vec<Value> = view
        .findings()
        .map(|finding| {
            let place = finding.span.map(|span| view.place(span));
            json!({
                "description": view.message(finding),
                "check_name": finding.rule_id.as_ref(),
                "fingerprint": finding.fingerprint,
                "severity": match finding.severity {
                    Severity::Critical => "blocker",
                    Severity::High => "critical",
                    Severity::Medium => "major",
                    Severity::Low => "minor",
                    Severity::Info => "info",
                },
                "location": {
                    "path": place.as_ref().map_or("", |place| place.file.as_str()),
                    "lines": {
                        "begin": place.as_ref().map_or(1, |place| place.line),
                        "end": place.as_ref().map_or(1, |place| place.end_line),
                    },
                },
            })
        })
        .collect();
    format!("{:#}", Value::Array(issues))
}
