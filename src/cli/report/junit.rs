//! JUnit XML: a suite a file, a failed case a finding, an error a diagnostic.

use std::collections::BTreeMap;

use palisade_model::Level;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{View, subject};

pub(super) fn report(view: &View<'_>) -> anyhow::Result<String> {
    let mut suites: BTreeMap<String, TestSuite> = BTreeMap::new();
    for finding in view.findings() {
        let place = finding.span.map(|span| view.place(span));
        let file = place
            .as_ref()
            .map_or(String::new(), |place| place.file.clone());
        let line = place.map_or(0, |place| place.line);
        let message = view.message(finding);
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_message(message.clone())
            .set_type(finding.severity.as_str())
            .set_description(format!("{file}:{line}: {message}"));
        let mut case = TestCase::new(format!("{}: {}", finding.rule_id, subject(finding)), status);
        case.set_classname(finding.rule_id.as_ref());
        suite(&mut suites, &file).add_test_case(case);
    }
    for diagnostic in view
        .analysis
        .diagnostics
        .iter()
        .filter(|one| one.level == Level::Error)
    {
        let place = view.diagnostic_place(diagnostic).unwrap_or_default();
        let file = place.split(':').next().unwrap_or_default().to_owned();
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status
            .set_message(diagnostic.message.clone())
            .set_type(diagnostic.code.as_str());
        suite(&mut suites, &file).add_test_case(TestCase::new(place, status));
    }
    let mut report = Report::new("palisade");
    report.add_test_suites(suites.into_values());
    Ok(report.to_string()?)
}

fn suite<'s>(suites: &'s mut BTreeMap<String, TestSuite>, file: &str) -> &'s mut TestSuite {
    suites
        .entry(file.to_owned())
        .or_insert_with(|| TestSuite::new(file))
}
