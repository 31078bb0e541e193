//! SARIF 2.1.0 (OASIS), as GitHub code scanning reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_analysis::check::{Finding, Fix};
use palisade_analysis::rules::Rule;
use palisade_analysis::suppress::Suppressed;
use palisade_model::{Diagnostic, Level, Severity, Span};
use serde_json::{Value, json};

use super::{Place, View};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn report(view: &View<'_>) -> String {
    let analysis = view.analysis;
    let suppressed = view.suppressed().map(|one| &one.finding);
    let rules: BTreeMap<Arc<str>, Option<Arc<Rule>>> = view
        .findings()
        .chain(suppressed)
        .map(|finding| (finding.rule_id.clone(), view.rule(&finding.rule_id)))
        .collect();
    let index = |id: &str| rules.keys().position(|known| &**known == id);
    let mut results: Vec<Value> = view
        .findings()
        .map(|finding| result(view, finding, index(&finding.rule_id)))
        .collect();
    results.extend(
        view.suppressed()
            .map(|one| accepted(view, one, index(&one.finding.rule_id))),
    );
    let notifications: Vec<Value> = analysis
        .diagnostics
        .iter()
        .map(|diagnostic| notification(view, diagnostic))
        .collect();
    let run = json!({
        "tool": { "driver": {
            "name": "Palisade",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.iter().map(|(id, rule)| descriptor(id, rule.as_deref())).collect::<Vec<_>>(),
        }},
        "invocations": [{
            "executionSuccessful": analysis.summary.errors == 0,
            "toolExecutionNotifications": notifications,
        }],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "The working directory of the run" } } },
        "results": results,
    });
    format!(
        "{:#}",
        json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
    )
}

fn descriptor(id: &str, rule: Option<&Rule>) -> Value {
    let Some(rule) = rule else {
        return json!({ "id": id });
    };
    let mut help = rule.why.trim().to_owned();
    if !rule.remediation.text.trim().is_empty() {
        help = format!("{help}\n\n{}", rule.remediation.text.trim());
    }
    let mut descriptor = json!({
        "id": id,
        "name": id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.why.trim() },
        "help": { "text": help, "markdown": rule.markdown() },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "security-severity": security_severity(rule.severity),
            "problem.severity": problem_severity(rule.severity),
            "tags": std::iter::once("security").chain(rule.objectives.iter().map(AsRef::as_ref)).collect::<Vec<_>>(),
        },
    });
    if let Some(link) = rule.references.first() {
        descriptor["helpUri"] = json!(link);
    }
    descriptor
}

fn result(view: &View<'_>, finding: &Finding, index: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.rule_id.as_ref(),
        "level": level(finding.severity),
        "message": { "text": view.message(finding) },
        "locations": locations(view, finding),
        "partialFingerprints": { "palisade/v1": finding.fingerprint },
        "properties": {
            "severity": finding.severity.as_str(),
            "risk": finding.risk,
            "resource": finding.subject().to_string(),
            "resourceType": finding.resource_type.as_ref(),
            "implies": view.analysis.implied(finding).iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            "instances": finding.subjects().iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
    });
    if let Some(index) = index {
        result["ruleIndex"] = json!(index);
    }
    if !finding.related.is_empty() {
        let related = finding.related.iter().enumerate().map(|(number, related)| {
            let mut place = location(view, related.span);
            place["id"] = json!(number + 1);
            place["message"] = json!({ "text": related.message });
            place
        });
        result["relatedLocations"] = related.collect();
    }
    let fixes: Vec<Value> = finding
        .fixes
        .iter()
        .filter(|fix| !fix.edits.is_empty())
        .map(|one| fix(view, one))
        .collect();
    if !fixes.is_empty() {
        result["fixes"] = Value::Array(fixes);
    }
    result
}

fn accepted(view: &View<'_>, suppressed: &Suppressed, index: Option<usize>) -> Value {
    let mut result = result(view, &suppressed.finding, index);
    let in_source = suppressed.kind != palisade_analysis::suppress::Kind::Configuration;
    let mut suppression = json!({
        "kind": if in_source { "inSource" } else { "external" },
        "status": "accepted",
    });
    if let Some(reason) = &suppressed.reason {
        suppression["justification"] = json!(reason);
    }
    result["suppressions"] = json!([suppression]);
    result
}

fn locations(view: &View<'_>, finding: &Finding) -> Vec<Value> {
    let mut place = finding
        .span
        .map_or_else(|| json!({}), |span| location(view, span));
    place["logicalLocations"] = json!([{
        "fullyQualifiedName": finding.subject().to_string(),
        "kind": "resource",
    }]);
    vec![place]
}

fn location(view: &View<'_>, span: Span) -> Value {
    let place = view.place(span);
    json!({ "physicalLocation": {
        "artifactLocation": artifact(&place),
        "region": region(&place),
    }})
}

fn artifact(place: &Place) -> Value {
    let uri = uri(&place.file);
    if place.file.starts_with('/') || place.file.starts_with("..") {
        return json!({ "uri": uri });
    }
    json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
}

/// A path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(byte as char);
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    if path.starts_with('/') {
        format!("file://{uri}")
    } else {
        uri
    }
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

fn fix(view: &View<'_>, fix: &Fix) -> Value {
    let mut files: BTreeMap<String, (Value, Vec<Value>)> = BTreeMap::new();
    for edit in &fix.edits {
        let place = view.place(edit.span);
        let change = files
            .entry(place.file.clone())
            .or_insert_with(|| (artifact(&place), Vec::new()));
        change.1.push(json!({
            "deletedRegion": region(&place),
            "insertedContent": { "text": edit.text },
        }));
    }
    let changes: Vec<Value> = files
        .into_values()
        .map(|(artifact, replacements)| json!({ "artifactLocation": artifact, "replacements": replacements }))
        .collect();
    json!({ "description": { "text": fix.title }, "artifactChanges": changes })
}

fn notification(view: &View<'_>, diagnostic: &Diagnostic) -> Value {
    let mut notification = json!({
        "descriptor": { "id": diagnostic.code.as_str() },
        "level": match diagnostic.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        },
        "message": { "text": diagnostic.message },
    });
    if let Some(span) = diagnostic.span {
        notification["locations"] = json!([location(view, span)]);
    }
    notification
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub's scale: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, 0.1 to 3.9 low.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.5",
    }
}

const fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}
