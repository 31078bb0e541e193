//! What a rule file must have: objectives that exist, examples in every language that can express its types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use palisade_model::Language;

use crate::embedded::{FRAMEWORKS, TABLES};
use crate::rules::{Example, Rule};

/// One to three objectives of the closed vocabulary.
pub(super) fn objectives(rule: &Rule) -> Option<String> {
    if rule.objectives.is_empty() || rule.objectives.len() > 3 {
        return Some("`objectives` names one to three of frameworks/objectives.yaml".to_owned());
    }
    let file = FRAMEWORKS.at("objectives")?;
    let known: serde_json::Map<String, serde_json::Value> = file.read().ok()?;
    let unknown = rule
        .objectives
        .iter()
        .find(|name| !known.contains_key(&***name))?;
    Some(format!(
        "`{unknown}` is no objective of frameworks/objectives.yaml"
    ))
}

/// Each language that can express one of the types has a bad and a good example.
pub(super) fn languages(rule: &Rule) -> Option<String> {
    let needed: BTreeSet<Language> = rule
        .types
        .iter()
        .flat_map(|name| expressible(name))
        .filter(|language| rule.languages.is_empty() || rule.languages.contains(language))
        .collect();
    let has = |cases: &BTreeMap<Arc<str>, Example>, language: Language| {
        cases
            .values()
            .any(|case| case.texts.contains_key(&language) || case.without.contains_key(&language))
    };
    let mut missing = Vec::new();
    for language in needed {
        if !has(&rule.examples.bad, language) {
            missing.push(format!("bad in {language}"));
        }
        if !has(&rule.examples.good, language) {
            missing.push(format!("good in {language}"));
        }
    }
    (!missing.is_empty()).then(|| format!("examples are missing: {}", missing.join(", ")))
}

/// The languages that can declare a resource of a canonical type.
fn expressible(resource_type: &str) -> Vec<Language> {
    let mut languages = Vec::new();
    if has_table(resource_type) || resource_type.starts_with("x.terraform/") {
        languages.push(Language::Terraform);
    }
    if resource_type.starts_with("AWS::") {
        languages.push(Language::CloudFormation);
    }
    if resource_type.starts_with("Microsoft.") {
        languages.extend([Language::Bicep, Language::Arm]);
    }
    languages
}

/// Whether a Terraform type lowers to it.
fn has_table(resource_type: &str) -> bool {
    TABLES.files().any(|file| {
        let table: Option<serde_json::Value> = file.read().ok();
        table.is_some_and(|table| {
            table["type"] == resource_type
                || table["satellite"]["of"] == resource_type
                || table["discriminate"]["types"]
                    .as_object()
                    .is_some_and(|types| types.values().any(|name| name == resource_type))
        })
    })
}
