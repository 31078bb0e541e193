//! `palisade rules`

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use palisade_analysis::config::Selector;
use palisade_analysis::rules::RuleSet;
use palisade_analysis::system::{OsSystem, Sources};
use palisade_analysis::verify::verify;
use serde_json::Value;

use crate::args::{ListFormat, RulesCommand, RulesOptions};
use crate::{Status, coverage, explain};

pub(crate) fn run(options: RulesOptions) -> anyhow::Result<Status> {
    match &options.command {
        None => list(&options),
        Some(RulesCommand::Test { paths }) => test(paths),
        Some(RulesCommand::New { path, resource }) => new(path, resource),
        Some(RulesCommand::Coverage { provider }) => coverage::run(provider),
    }
}

fn list(options: &RulesOptions) -> anyhow::Result<Status> {
    let selectors: Vec<Selector> = options
        .select
        .iter()
        .map(|text| Selector::new(text))
        .collect();
    let mut rules = RuleSet::embedded().rules();
    rules.retain(|rule| {
        selectors.is_empty()
            || selectors
                .iter()
                .any(|one| one.matches(&rule.id, &rule.aliases))
    });
    let mut out = io::stdout().lock();
    match options.output_format {
        ListFormat::Json => {
            let list: Vec<Value> = rules.iter().map(|rule| explain::json(rule)).collect();
            writeln!(out, "{:#}", Value::Array(list))?;
        }
        ListFormat::Human => {
            let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            for rule in &rules {
                writeln!(
                    out,
                    "{:width$}  {:8}  {}",
                    rule.id,
                    rule.severity.as_str(),
                    rule.title
                )?;
            }
        }
    }
    Ok(Status::Clean)
}

/// Runs the mechanical tests of rule files.
fn test(paths: &[PathBuf]) -> anyhow::Result<Status> {
    let (files, problems) = RuleSet::read(&OsSystem, &Sources::default(), paths, None);
    let mut out = io::stdout().lock();
    let (mut passed, mut failed) = (0, 0);
    let rules = RuleSet::embedded().with(files.iter().map(|file| file.rule.clone()));
    for file in &files {
        for test in verify(file, &rules) {
            match test.failure {
                None => passed += 1,
                Some(failure) => {
                    failed += 1;
                    writeln!(
                        out,
                        "{}: {}: {failure}",
                        file.source.path.display(),
                        test.name
                    )?;
                }
            }
        }
    }
    for problem in &problems {
        writeln!(out, "error: {}", problem.message)?;
    }
    writeln!(
        out,
        "{} rule files: {passed} tests passed, {failed} failed",
        files.len()
    )?;
    Ok(match (problems.is_empty(), failed) {
        (false, _) => Status::Incomplete,
        (true, 0) => Status::Clean,
        (true, _) => Status::Findings,
    })
}

/// Starts a rule file that loads and passes its own test.
fn new(path: &Path, resource: &str) -> anyhow::Result<Status> {
    anyhow::ensure!(!path.exists(), "{} exists already", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    fs::write(path, template(resource))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    writeln!(
        io::stdout(),
        "wrote {0}; `palisade rules test {0}` tests it",
        path.display()
    )?;
    Ok(Status::Clean)
}

fn template(resource: &str) -> String {
    format!(
        "title: Say what is wrong, in a few words
severity: medium                  # critical | high | medium | low | info
resource: {resource}
why: |
  Say what an attacker, or an accident, can do because of it.
fail_when:
  Tags: absent
message: \"the resource has no tags\"
remediation:
  text: Say what to change.
  safety: display                 # safe | unsafe | display
references: []
examples:
  bad:
    untagged:
      cloudformation: |
        Resources:
          Example:
            Type: {resource}
      marks: {{ cloudformation: Example }}
  good:
    tagged:
      cloudformation: |
        Resources:
          Example:
            Type: {resource}
            Properties:
              Tags: [{{ Key: owner, Value: payments }}]
"
    )
}
