//! `palisade explain`: a rule, rendered from its file.

use std::io::{self, Write};

use anyhow::Context;
use palisade_analysis::config::closest;
use palisade_analysis::rules::{Rule, RuleSet};
use serde_json::json;

use crate::Status;
use crate::args::{ExplainFormat, ExplainOptions};

pub(crate) fn run(options: &ExplainOptions) -> anyhow::Result<Status> {
    let rules = RuleSet::embedded();
    let rule = rules.find(&options.rule).with_context(|| {
        let all = rules.rules();
        let meant = closest(&options.rule, all.iter().map(|rule| rule.id.as_ref()))
            .map_or(String::new(), |meant| format!(", did you mean `{meant}`?"));
        format!("no rule is called `{}`{meant}", options.rule)
    })?;
    let text = match options.output_format {
        ExplainFormat::Human => plain(&rule),
        ExplainFormat::Markdown => rule.markdown(),
        ExplainFormat::Json => format!("{:#}", json(&rule)),
    };
    writeln!(io::stdout(), "{}", text.trim_end())?;
    Ok(Status::Clean)
}

fn plain(rule: &Rule) -> String {
    let mut text = format!(
        "{} ({})\n{}\n\n{}\n",
        rule.id,
        rule.severity,
        rule.title,
        rule.why.trim()
    );
    let lists = [
        ("Fix", rule.remediation.text.trim().to_owned()),
        ("Resources", rule.types.join(", ")),
        ("Objectives", rule.objectives.join(", ")),
        ("Elsewhere", rule.aliases.join(", ")),
        ("Follows from", rule.implied_by.join(", ")),
        ("References", rule.references.join("\n  ")),
    ];
    for (name, content) in lists {
        if !content.is_empty() {
            text.push_str(&format!(
                "\n{name}:\n  {}\n",
                content.replace("\n  ", "\n").replace('\n', "\n  ")
            ));
        }
    }
    text
}

/// A rule as data.
pub(crate) fn json(rule: &Rule) -> serde_json::Value {
    json!({
        "id": rule.id.as_ref(),
        "title": rule.title,
        "severity": rule.severity.as_str(),
        "resource_types": rule.types.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "languages": languages(rule),
        "aliases": rule.aliases.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "implied_by": rule.implied_by.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "objectives": rule.objectives.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        "why": rule.why.trim(),
        "remediation": rule.remediation.text.trim(),
        "references": rule.references,
    })
}

/// The languages a rule serves: its own list, or all that can express its provider's types.
fn languages(rule: &Rule) -> Vec<&'static str> {
    use palisade_model::Language::*;
    if !rule.languages.is_empty() {
        return rule
            .languages
            .iter()
            .map(|language| language.as_str())
            .collect();
    }
    let has = |start: &str| rule.types.iter().any(|kind| kind.starts_with(start));
    let mut languages = vec![Terraform, TerraformPlan, TerraformState];
    if has("AWS::") {
        languages.push(CloudFormation);
    }
    if has("Microsoft.") {
        languages.extend([Arm, Bicep]);
    }
    languages.push(Live);
    languages
        .into_iter()
        .map(palisade_model::Language::as_str)
        .collect()
}
