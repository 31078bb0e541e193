//! The fix of a bad example re-parses, silences the rule, changes nothing else, and does nothing the second time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::stage::Run;
use crate::fix;
use crate::rules::Rule;

pub(super) fn check(run: &Run, rule: &Rule) -> Option<String> {
    let finding = run.checked.findings.first()?;
    let fixes = fix::fixes(rule, finding, &run.graph, &run.sources);
    let Some(fix) = fixes.first() else {
        return Some(format!("`set` makes no fix in {}", run.language));
    };
    let mut files: BTreeMap<Arc<str>, Arc<str>> = run.files.clone();
    for (file, text) in fix::apply(fix, &run.sources) {
        let name = file.trim_start_matches('/');
        files.insert(name.into(), text.into());
    }
    let after = Run::of(run.language, &files, rule);
    let text = files
        .values()
        .map(|text| &**text)
        .collect::<Vec<_>>()
        .join("\n");
    if let Some(problem) = after.problem() {
        return Some(format!("after the fix {problem}\n{text}"));
    }
    if let Some(finding) = after.checked.findings.first() {
        return Some(format!(
            "after the fix there is still a finding: {}\n{text}",
            finding.message
        ));
    }
    if after.judged(rule) != run.judged(rule) {
        return Some(format!("the fix changes which resources there are\n{text}"));
    }
    others(run, &after, rule).map(|other| format!("the fix also changes {other}\n{text}"))
}

/// A resource that is not the rule's and that the fix changed.
fn others(before: &Run, after: &Run, rule: &Rule) -> Option<String> {
    before
        .graph
        .resources()
        .map(|(_, resource)| resource)
        .filter(|resource| !rule.judges(&resource.resource_type))
        .find(|resource| {
            let now = after.graph.find(&resource.address);
            now.is_none_or(|node| {
                !after
                    .graph
                    .resource(node)
                    .properties
                    .same(&resource.properties)
            })
        })
        .map(|resource| resource.address.to_string())
}
