//! The rules that a rule says it follows from.

use super::stage::{Run, check_one};
use crate::rules::{Rule, RuleSet};

/// Each is a rule, at least as severe, and has an example in which both stand at one text.
pub(super) fn check(rule: &Rule, rules: &RuleSet) -> Option<String> {
    let problems: Vec<String> = rule
        .implied_by
        .iter()
        .filter_map(|id| problem(rule, id, rules))
        .collect();
    (!problems.is_empty()).then(|| problems.join("\n"))
}

fn problem(rule: &Rule, id: &str, rules: &RuleSet) -> Option<String> {
    let Some(broader) = rules.find(id).filter(|found| &*found.id == id) else {
        return Some(format!("no rule is called `{id}`"));
    };
    if broader.severity < rule.severity {
        return Some(format!(
            "`{id}` is of severity {}, less than this rule",
            broader.severity
        ));
    }
    let examples = rules.examples(id).bad;
    let mut texts = examples.values().flat_map(|example| &example.texts);
    let is_shown = texts.any(|(language, files)| {
        let run = Run::of(*language, files, &broader);
        let follows = check_one(rule, &run.graph, &run.sources).findings;
        let stands = |span| follows.iter().any(|finding| finding.span == span);
        run.checked.findings.iter().any(|it| stands(it.span))
    });
    (!is_shown).then(|| format!("no bad example of `{id}` makes both rules mark one text"))
}
