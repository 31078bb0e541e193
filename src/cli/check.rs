//! `palisade check`

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use palisade_analysis::analyzer::{Analysis, Analyzer, Request};
use palisade_analysis::config::FailOn;
use palisade_analysis::system::OsSystem;
use palisade_model::Severity;

use crate::args::{CheckOptions, Color, FailLevel, Format, SeverityLevel};
use crate::report::{self, Style, View};
use crate::{Status, fix, inputs, progress};

/// Checks.
pub(crate) fn run(options: Box<CheckOptions>) -> anyhow::Result<Status> {
    let analyzer = Analyzer::new(Arc::new(OsSystem));
    if let Some(list) = &options.each {
        return each(&analyzer, &options, list);
    }
    let request = request(&options)?;
    let line = progress::show(request.progress.clone());
    let mut analysis = analyze(&analyzer, &request)?;
    let mut fixed = 0;
    if options.fix && !options.diff {
        (analysis, fixed) = fix::until_done(&analyzer, &request, analysis, options.unsafe_fixes)?;
    }
    drop(line);
    if options.diff {
        return diff(&analysis, &options);
    }
    print(&analysis, &options, fixed)?;
    let status = status(&analysis, &options);
    // The run is over: its memory goes with it, all at once.
    std::mem::forget((analysis, analyzer));
    Ok(status)
}

fn request(options: &CheckOptions) -> anyhow::Result<Request> {
    let mut request = inputs::request(&options.input)?;
    request.is_complete = options.complete;
    let overrides = &mut request.overrides;
    overrides.select = (!options.select.is_empty()).then(|| options.select.clone());
    overrides.ignore.clone_from(&options.ignore);
    overrides.as_of = options.as_of;
    overrides.severity = options.severity.map(severity);
    Ok(request)
}

/// Analyzes; a configuration that cannot be used is an error of the run, told with its place.
pub(crate) fn analyze(analyzer: &Analyzer, request: &Request) -> anyhow::Result<Analysis> {
    analyzer.analyze(request).map_err(|error| {
        let place = error
            .place
            .map_or(String::new(), |place| format!("{place}: "));
        anyhow::anyhow!("{place}{}", error.diagnostic.message)
    })
}

/// Analyzes every input of a list on its own, in one process, and prints one report a line.
fn each(analyzer: &Analyzer, options: &CheckOptions, list: &Path) -> anyhow::Result<Status> {
    anyhow::ensure!(
        matches!(options.output_format, Format::Jsonl | Format::Json),
        "--each needs --output-format jsonl"
    );
    let text = std::fs::read_to_string(list)
        .with_context(|| format!("{} cannot be read", list.display()))?;
    let base = request(options)?;
    let line = progress::show(base.progress.clone());
    let folders = inputs::lines(&text);
    base.progress.start(folders.len());
    let reports = palisade_analysis::analyzer::each(&folders, |folder| {
        let request = Request {
            paths: vec![folder.clone()],
            progress: Arc::default(),
            ..base.clone()
        };
        let outcome = analyzer.analyze(&request);
        base.progress.step();
        match outcome {
            Ok(analysis) => {
                let view = View::new(&analysis, options.show_unknown);
                // Memory takes any text.
                let line = report::json::line(&view, folder).unwrap_or_default();
                (line, status(&analysis, options))
            }
            Err(error) => (report::json::failure(folder, &error), Status::Incomplete),
        }
    });
    drop(line);
    let mut out = BufWriter::new(output(options)?);
    for (report, _) in &reports {
        writeln!(out, "{report}")?;
    }
    out.flush()?;
    Ok(reports
        .iter()
        .map(|(_, status)| *status)
        .max()
        .unwrap_or(Status::Clean))
}

fn print(analysis: &Analysis, options: &CheckOptions, fixed: usize) -> anyhow::Result<()> {
    let mut view = View::new(analysis, options.show_unknown);
    view.verbose = options.verbose;
    let to_terminal = options.output_file.is_none() && io::stdout().is_terminal();
    let style = Style::new(is_colored(options.color, to_terminal));
    let mut out = BufWriter::new(output(options)?);
    report::write(&mut out, &view, options.output_format, style)?;
    out.flush()?;
    drop(out);
    if options.quiet {
        return Ok(());
    }
    let people = matches!(options.output_format, Format::Human | Format::Concise);
    let summary = report::summary::text(&view, fixed);
    if people && options.output_file.is_none() {
        io::stdout().write_all(summary.as_bytes())?;
    } else if options.output_file.is_some() {
        io::stderr().write_all(summary.as_bytes())?;
    }
    Ok(())
}

fn diff(analysis: &Analysis, options: &CheckOptions) -> anyhow::Result<Status> {
    let changes = fix::changes(analysis, options.unsafe_fixes);
    let mut out = BufWriter::new(output(options)?);
    out.write_all(fix::diff(&changes).as_bytes())?;
    out.flush()?;
    Ok(if analysis.summary.errors > 0 {
        Status::Incomplete
    } else if changes.is_empty() {
        Status::Clean
    } else {
        Status::Findings
    })
}

/// Where the report goes.
fn output(options: &CheckOptions) -> anyhow::Result<Box<dyn Write>> {
    Ok(match &options.output_file {
        Some(path) => {
            let file = File::create(path)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            Box::new(file)
        }
        None => Box::new(io::stdout()),
    })
}

fn status(analysis: &Analysis, options: &CheckOptions) -> Status {
    let fail_on = options
        .fail_on
        .map(fail_on)
        .or(analysis.fail_on)
        .unwrap_or(FailOn::Info);
    let fails = |least: Severity| {
        analysis
            .findings
            .iter()
            .any(|finding| finding.severity >= least)
    };
    if analysis.summary.errors > 0 {
        Status::Incomplete
    } else if fail_on.severity().is_some_and(fails) {
        Status::Findings
    } else {
        Status::Clean
    }
}

/// <https://no-color.org>, <https://force-color.org>
fn is_colored(choice: Color, to_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto => set("FORCE_COLOR") || to_terminal,
    }
}

const fn severity(level: SeverityLevel) -> Severity {
    match level {
        SeverityLevel::Info => Severity::Info,
        SeverityLevel::Low => Severity::Low,
        SeverityLevel::Medium => Severity::Medium,
        SeverityLevel::High => Severity::High,
        SeverityLevel::Critical => Severity::Critical,
    }
}

const fn fail_on(level: FailLevel) -> FailOn {
    match level {
        FailLevel::Info => FailOn::Info,
        FailLevel::Low => FailOn::Low,
        FailLevel::Medium => FailOn::Medium,
        FailLevel::High => FailOn::High,
        FailLevel::Critical => FailOn::Critical,
        FailLevel::Never => FailOn::Never,
    }
}
