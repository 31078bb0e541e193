//! `palisade compliance`: what a run says about the controls of a framework.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use anyhow::{Context, bail};
use palisade_analysis::analyzer::{Analysis, Analyzer, Keeps};
use palisade_analysis::config::closest;
use palisade_analysis::frameworks::{
    self, ControlResult, Framework, Outcome, Verdicts, assess, summarize,
};
use palisade_analysis::system::OsSystem;
use serde_json::json;

use crate::args::{ComplianceOptions, ListFormat};
use crate::{Status, check, inputs};

pub(crate) fn run(options: &ComplianceOptions) -> anyhow::Result<Status> {
    let Some(id) = &options.framework else {
        return list();
    };
    let framework = find(id)?;
    let analyzer = Analyzer::new(Arc::new(OsSystem));
    let mut request = inputs::request(&options.input)?;
    request.is_complete = options.complete;
    request.keeps = Keeps::Verdicts;
    let analysis = check::analyze(&analyzer, &request)?;
    let results = assess(&framework, &verdicts(&analysis));
    let mut out = BufWriter::new(io::stdout());
    match options.output_format {
        ListFormat::Human => human(&mut out, &framework, &results)?,
        ListFormat::Json => writeln!(out, "{:#}", json(&framework, &results))?,
    }
    out.flush()?;
    Ok(match analysis.summary.errors {
        0 if results.iter().any(|result| result.outcome == Outcome::Fail) => Status::Findings,
        0 => Status::Clean,
        _ => Status::Incomplete,
    })
}

/// The frameworks there are.
fn list() -> anyhow::Result<Status> {
    let mut out = io::stdout().lock();
    for id in frameworks::frameworks() {
        let framework = find(id)?;
        writeln!(
            out,
            "{id:<20} {} ({} controls)",
            framework.title,
            framework.controls.len()
        )?;
    }
    Ok(Status::Clean)
}

fn find(id: &str) -> anyhow::Result<Framework> {
    match frameworks::framework(id) {
        Some(read) => read
            .map_err(anyhow::Error::msg)
            .context("the framework cannot be used"),
        None => {
            let meant = closest(id, frameworks::frameworks());
            let meant = meant.map_or(String::new(), |meant| format!(", did you mean `{meant}`?"));
            bail!("no framework is called `{id}`{meant}")
        }
    }
}

/// What each rule said over all projects; accepted findings still count as failures.
fn verdicts(analysis: &Analysis) -> Vec<Verdicts> {
    let mut by_rule: BTreeMap<Arc<str>, Verdicts> = BTreeMap::new();
    for unit in &analysis.units {
        for (rule, tally) in &unit.tallies {
            let said = by_rule.entry(rule.clone()).or_default();
            said.passed += tally.passed;
            said.failed += tally.failed;
            said.undecided += tally.undecided;
        }
        for silent in &unit.not_evidenced {
            by_rule
                .entry(silent.rule_id.clone())
                .or_default()
                .not_evidenced = true;
        }
    }
    let rules = analysis.catalog.rules().rules();
    let with_silent = rules.into_iter().map(|rule| Verdicts {
        rule_id: rule.id.to_string(),
        objectives: rule.objectives.iter().map(ToString::to_string).collect(),
        ..by_rule.remove(&rule.id).unwrap_or_default()
    });
    with_silent.collect()
}

fn human(
    out: &mut dyn Write,
    framework: &Framework,
    results: &[ControlResult<'_>],
) -> io::Result<()> {
    writeln!(out, "{}, version {}", framework.title, framework.version)?;
    if let Some(note) = &framework.note {
        writeln!(out, "{}", note.trim_end())?;
    }
    let mut section = "";
    for result in results {
        if section != result.control.section {
            section = &result.control.section;
            writeln!(out, "\n{section}")?;
        }
        let (control, outcome) = (result.control, result.outcome.as_str());
        writeln!(out, "  {outcome:<14}  {:<14} {}", control.id, control.title)?;
        for answer in result.answers.iter().filter(|answer| answer.failed > 0) {
            let of = answer.failed + answer.passed + answer.undecided;
            writeln!(
                out,
                "{:18}{}: {} of {of} resources fail",
                "", answer.rule_id, answer.failed
            )?;
        }
    }
    let summary = summarize(results);
    let score = summary
        .score()
        .map_or("n/a, nothing was judged".to_owned(), |score| {
            format!("{score:.0} %")
        });
    writeln!(
        out,
        "\n{} pass, {} fail, {} not evidenced, {} manual, {} not applicable; score {score}",
        summary.pass, summary.fail, summary.not_evidenced, summary.manual, summary.not_applicable
    )
}

fn json(framework: &Framework, results: &[ControlResult<'_>]) -> serde_json::Value {
    let summary = summarize(results);
    let controls = results.iter().map(|result| {
        let answers = result.answers.iter().map(|answer| {
            json!({ "rule_id": answer.rule_id, "passed": answer.passed, "failed": answer.failed, "unknown": answer.undecided })
        });
        json!({
            "id": result.control.id,
            "title": result.control.title,
            "section": result.control.section,
            "level": result.control.level,
            "outcome": result.outcome,
            "rules": answers.collect::<Vec<_>>(),
        })
    });
    json!({
        "version": 1,
        "framework": framework.id,
        "title": framework.title,
        "note": framework.note,
        "controls": controls.collect::<Vec<_>>(),
        "summary": summary,
        "score": summary.score(),
    })
}
