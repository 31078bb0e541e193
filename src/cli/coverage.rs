//! `palisade rules coverage`: how many checks of other tools, and how many controls of benchmarks, the rules of each service answer.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anyhow::{Context, ensure};
use palisade_analysis::frameworks::{Framework, framework, frameworks};
use palisade_analysis::rules::{Rule, RuleSet};

use crate::Status;

/// The tools whose ids stand in `aliases`.
const TOOLS: [&str; 3] = ["Checkov", "Trivy", "Prowler"];

/// What the rules of one service, or of all, answer.
#[derive(Default)]
struct Coverage<'a> {
    rules: usize,
    /// In the order of [`TOOLS`].
    checks: [BTreeSet<String>; 3],
    /// The controls of each framework that name one of the rules.
    controls: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Coverage<'a> {
    fn add(&mut self, rule: &Rule, frameworks: &'a [Framework]) {
        self.rules += 1;
        for alias in &rule.aliases {
            self.checks[tool(alias)].insert(alias.to_string());
        }
        for framework in frameworks {
            let named = |rules: &[String]| rules.iter().any(|id| **id == *rule.id);
            let controls = framework.controls.iter().filter(|one| named(&one.rules));
            self.controls
                .entry(&framework.id)
                .or_default()
                .extend(controls.map(|control| control.id.as_str()));
        }
    }

    fn row(&self, name: &str) -> String {
        let checks = self.checks.iter().map(BTreeSet::len);
        let counts = checks.chain(self.controls.values().map(BTreeSet::len));
        let cells: Vec<String> = counts.map(|count| count.to_string()).collect();
        format!("| {name} | {} | {} |\n", self.rules, cells.join(" | "))
    }
}

/// Checkov writes `CKV_AWS_20`, Trivy `AWS-0092`, Prowler `s3_bucket_acl_prohibited`.
fn tool(alias: &str) -> usize {
    match alias {
        alias if alias.starts_with("CKV") => 0,
        alias if alias.contains('-') => 1,
        _ => 2,
    }
}

/// Prints a Markdown table, a row a service and one for all.
pub(crate) fn run(provider: &str) -> anyhow::Result<Status> {
    let mut frameworks: Vec<Framework> = frameworks()
        .into_iter()
        .filter_map(framework)
        .collect::<Result<_, _>>()
        .map_err(anyhow::Error::msg)
        .context("a framework cannot be read")?;
    frameworks.retain(|one| {
        let names_rules = one.controls.iter().any(|control| !control.rules.is_empty());
        names_rules && one.providers.iter().any(|known| known == provider)
    });
    let mut services: BTreeMap<String, Coverage> = BTreeMap::new();
    let mut all = Coverage::default();
    for rule in RuleSet::embedded().rules() {
        let mut parts = rule.id.split('-');
        if parts.next() == Some(provider) {
            let service = parts.next().unwrap_or_default().to_owned();
            services.entry(service).or_default().add(&rule, &frameworks);
            all.add(&rule, &frameworks);
        }
    }
    ensure!(all.rules > 0, "there are no rules for `{provider}`");
    let columns = TOOLS.into_iter().chain(all.controls.keys().copied());
    let columns: Vec<&str> = columns.collect();
    let mut table = format!("| service | rules | {} |\n", columns.join(" | "));
    table.push_str(&format!("|---|{}\n", "--:|".repeat(columns.len() + 1)));
    for (service, coverage) in &services {
        table.push_str(&coverage.row(service));
    }
    table.push_str(&all.row("all"));
    write!(io::stdout(), "{table}")?;
    Ok(Status::Clean)
}
