//! `palisade drift`: what is declared against what is deployed.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use anyhow::Context;
use palisade_analysis::analyzer::{Analysis, Analyzer, Keeps, Unit};
use palisade_analysis::drift::{
    Binding, Drift, DriftReport, Observed, Regression, compare, regressions,
};
use palisade_analysis::fold;
use palisade_analysis::system::OsSystem;
use palisade_live::Snapshot;
use palisade_model::{Kind, Span, Value};
use serde_json::json;

use crate::args::{DriftOptions, ListFormat};
use crate::report::View;
use crate::{Status, check, inputs, live};

/// The drift of one project.
struct Compared {
    report: DriftReport,
    regressions: Vec<Regression>,
}

pub(crate) fn run(options: Box<DriftOptions>) -> anyhow::Result<Status> {
    let snapshot = match &options.snapshot {
        Some(file) => {
            let text = fs::read_to_string(file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            Snapshot::parse(&text).with_context(|| file.display().to_string())?
        }
        None => live::read(&options.live)?,
    };
    let analyzer = Analyzer::new(Arc::new(OsSystem));
    let mut request = inputs::request(&options.input)?;
    request.keeps = Keeps::Canonical;
    let analysis = check::analyze(&analyzer, &request)?;
    let compared: Vec<Compared> = analysis
        .units
        .iter()
        .map(|unit| compare_unit(&analysis, unit, &snapshot, options.managed))
        .collect();
    let view = View::new(&analysis, false);
    let mut out = BufWriter::new(io::stdout());
    match options.output_format {
        ListFormat::Human => human(&mut out, &view, &compared)?,
        ListFormat::Json => writeln!(out, "{:#}", json(&view, &compared))?,
    }
    out.flush()?;
    live::tell_denied(&snapshot);
    let drifted = compared
        .iter()
        .any(|one| !one.report.drifts.is_empty() || !one.regressions.is_empty());
    Ok(match (analysis.summary.errors, drifted) {
        (0, true) => Status::Findings,
        (0, false) if snapshot.denied.is_empty() => Status::Clean,
        _ => Status::Incomplete,
    })
}

fn compare_unit(analysis: &Analysis, unit: &Unit, snapshot: &Snapshot, managed: bool) -> Compared {
    let resources = fold::fold(snapshot.resources().into_iter().map(Arc::new).collect());
    let bindings: Vec<Binding> = snapshot
        .bindings
        .iter()
        .map(|bound| Binding {
            name: bound.logical_id.as_str().into(),
            resource_type: bound.resource_type.as_str().into(),
            id: bound.id.as_str().into(),
        })
        .collect();
    let observed = Observed {
        resources: &resources,
        complete: &snapshot.complete,
        bindings: &bindings,
        managed,
    };
    let report = compare(&unit.graph, &observed);
    let rules = analysis.catalog.rules();
    let regressions = regressions(
        rules,
        &|_| true,
        (&unit.graph, &analysis.findings),
        &observed,
        &report,
    );
    Compared {
        report,
        regressions,
    }
}

fn human(out: &mut dyn Write, view: &View<'_>, compared: &[Compared]) -> io::Result<()> {
    for one in compared {
        for found in &one.regressions {
            writeln!(
                out,
                "{}: {}[{}] {}",
                place(view, found.span),
                found.severity,
                found.rule_id,
                found.message
            )?;
            writeln!(
                out,
                "    passes as declared in {}, fails as deployed ({})",
                found.address, found.id
            )?;
        }
        for drift in &one.report.drifts {
            writeln!(
                out,
                "{}: {} {}",
                place(view, drift.span),
                drift.kind.as_str(),
                subject(drift)
            )?;
            if drift.declared.is_some() || drift.observed.is_some() {
                let source = drift.default.map_or("declared".to_owned(), |source| {
                    format!("default ({source})")
                });
                writeln!(out, "    {source}: {}", text(drift.declared.as_ref()))?;
                writeln!(out, "    deployed: {}", text(drift.observed.as_ref()))?;
            }
        }
    }
    let sum = |count: fn(&DriftReport) -> usize| {
        compared.iter().map(|one| count(&one.report)).sum::<usize>()
    };
    writeln!(
        out,
        "{} resources compared: {} differences, {} rules newly failing; {} properties not comparable, {} resources not found",
        sum(|report| report.compared),
        sum(|report| report.drifts.len()),
        compared
            .iter()
            .map(|one| one.regressions.len())
            .sum::<usize>(),
        sum(|report| report.unknown),
        sum(|report| report.unmatched.len()),
    )
}

fn place(view: &View<'_>, span: Option<Span>) -> String {
    span.map(|span| view.place(span))
        .map_or("deployed".to_owned(), |place| {
            format!("{}:{}:{}", place.file, place.line, place.column)
        })
}

fn subject(drift: &Drift) -> String {
    let id = drift
        .id
        .as_ref()
        .map_or(String::new(), |id| format!(" ({id})"));
    let path = if drift.path.is_empty() {
        String::new()
    } else {
        format!(" {}", drift.path)
    };
    format!("{}{id}{path}", drift.address)
}

/// A value in one line; what is secret is not shown.
fn text(value: Option<&Value>) -> String {
    value.map_or("not set".to_owned(), |value| plain(value).to_string())
}

fn plain(value: &Value) -> serde_json::Value {
    match &value.kind {
        _ if value.sensitive => "(secret)".into(),
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(flag) => (*flag).into(),
        Kind::Number(number) => number
            .as_i64()
            .map_or_else(|| number.as_f64().into(), Into::into),
        Kind::String(text) => (**text).into(),
        Kind::List(items) => items.iter().map(plain).collect(),
        Kind::Map(entries) => entries
            .iter()
            .map(|(key, value)| (key.to_string(), plain(value)))
            .collect(),
        Kind::Encoded(encoded) => plain(&encoded.value),
        Kind::Reference(_) | Kind::Template(_) => "(a reference)".into(),
        Kind::Unknown(unknown) => json!({ "$unknown": unknown.reason.to_string() }),
    }
}

fn json(view: &View<'_>, compared: &[Compared]) -> serde_json::Value {
    let where_is = |span: Option<Span>| {
        span.map(|span| view.place(span))
            .map(|place| json!({ "file": place.file, "line": place.line, "column": place.column }))
    };
    let drifts = compared
        .iter()
        .flat_map(|one| &one.report.drifts)
        .map(|drift| {
            json!({
                "kind": drift.kind.as_str(),
                "resource": drift.address.to_string(),
                "resource_type": drift.resource_type.as_ref(),
                "id": drift.id.as_deref(),
                "path": drift.path.to_string(),
                "declared": drift.declared.as_ref().map(plain),
                "deployed": drift.observed.as_ref().map(plain),
                "default": drift.default,
                "place": where_is(drift.span),
            })
        });
    let regressions = compared
        .iter()
        .flat_map(|one| &one.regressions)
        .map(|found| {
            json!({
                "rule_id": found.rule_id.as_ref(),
                "severity": found.severity.as_str(),
                "resource": found.address.to_string(),
                "id": found.id.as_ref(),
                "message": found.message,
                "place": where_is(found.span),
            })
        });
    json!({
        "version": 1,
        "drifts": drifts.collect::<Vec<_>>(),
        "regressions": regressions.collect::<Vec<_>>(),
        "summary": {
            "compared": compared.iter().map(|one| one.report.compared).sum::<usize>(),
            "unknown": compared.iter().map(|one| one.report.unknown).sum::<usize>(),
            "unmatched": compared.iter().flat_map(|one| &one.report.unmatched).map(ToString::to_string).collect::<Vec<_>>(),
        },
    })
}
