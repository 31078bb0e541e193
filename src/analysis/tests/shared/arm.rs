//! Every compiled module and every ARM case evaluates.

use std::path::{Path, PathBuf};
use std::time::Instant;

use palisade_analysis::discover::{Project, ProjectKind};
use palisade_analysis::lang::{self, Context, Evaluation, Inputs};
use palisade_analysis::system::{OsSystem, Sources};
use palisade_model::{Diagnostic, DiagnosticCode, Level};

use super::{corpus, files};

fn evaluate(path: &Path, root: &Path) -> Evaluation {
    let system = OsSystem;
    let sources = Sources::default();
    let roots = [root.canonicalize().expect("the corpus exists")];
    let kind = match path.extension() {
        Some(it) if it == "bicep" => ProjectKind::Bicep,
        _ => ProjectKind::Arm,
    };
    let project = Project {
        kind,
        root: path.to_path_buf(),
    };
    let context = Context {
        system: &system,
        sources: &sources,
        roots: &roots,
        inputs: &Inputs::default(),
    };
    let evaluation = lang::evaluate(&project, &context);
    for diagnostic in &evaluation.diagnostics {
        eprintln!("{}", describe(path, diagnostic, &sources));
    }
    evaluation
}

fn describe(path: &Path, diagnostic: &Diagnostic, sources: &Sources) -> String {
    let text = diagnostic.span.map(|span| {
        let file = sources.file(span.file);
        let place = file.line_column(span.start);
        let text: String = file.slice(span).chars().take(160).collect();
        format!("{}: {text}", place.line)
    });
    let text = text.unwrap_or_default();
    format!(
        "{} {:?} {} {text}",
        path.display(),
        diagnostic.level,
        diagnostic.message
    )
}

#[test]
fn every_compiled_module_evaluates_with_every_function() {
    let Some(folder) = corpus("avm") else { return };
    let modules = files(&folder, |path| path.ends_with("main.json"));
    let start = Instant::now();
    let (mut resources, mut troubled) = (0, Vec::new());
    for path in &modules {
        let evaluation = evaluate(path, &folder);
        resources += evaluation.resources.len();
        // Modules whose required arguments have no default fail in their own way: that is said, and no fault of ours.
        let unsupported = |it: &Diagnostic| {
            it.level == Level::Error
                || it.code != DiagnosticCode::Evaluation
                || it.message.contains("there is no function")
        };
        if evaluation.diagnostics.iter().any(unsupported) {
            troubled.push(path.clone());
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    eprintln!(
        "{} modules, {resources} resources, {seconds:.1} s",
        modules.len()
    );
    assert_eq!(troubled, Vec::<PathBuf>::new());
}

#[test]
fn every_case_evaluates_without_an_error() {
    let Some(folder) = corpus("cases") else {
        return;
    };
    for language in ["arm", "bicep"] {
        let cases = files(&folder.join("checkov").join(language), |path| {
            let is_template = path
                .extension()
                .is_some_and(|it| it == "json" || it == "bicep");
            is_template && !path.ends_with("case.json") && !path.ends_with("bicepconfig.json")
        });
        let (mut resources, mut wrong) = (0, Vec::new());
        for path in &cases {
            let evaluation = evaluate(path, &folder);
            resources += evaluation.resources.len();
            let mut all = evaluation.diagnostics.iter();
            if all.any(|it| it.level == Level::Error) {
                wrong.push(path.clone());
            }
        }
        eprintln!("{language}: {} files, {resources} resources", cases.len());
        assert_eq!(wrong, Vec::<PathBuf>::new());
    }
}

/// Compiled templates, those of the cases and Bicep files, each cut at a few places.
#[test]
fn what_is_cut_evaluates() {
    let (Some(modules), Some(cases)) = (corpus("avm"), corpus("cases")) else {
        return;
    };
    let is_input = |path: &Path| {
        let is_template = path
            .extension()
            .is_some_and(|it| it == "json" || it == "bicep");
        is_template && !path.ends_with("case.json")
    };
    let mut all = files(&modules, is_input);
    for language in ["arm", "bicep"] {
        all.extend(files(&cases.join("checkov").join(language), is_input));
    }
    let mut cuts = 0;
    for (number, path) in all.iter().enumerate() {
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        let kind = match path.extension() {
            Some(it) if it == "bicep" => ProjectKind::Bicep,
            _ => ProjectKind::Arm,
        };
        // A place in each fifth, which moves from file to file.
        let fifth = text.len() / 5;
        for part in 0..5 {
            let cut = part * fifth + (number * 7919) % fifth.max(1);
            if let Some(prefix) = text.get(..cut) {
                crate::damaged::evaluate(kind, prefix);
                cuts += 1;
            }
        }
    }
    eprintln!("{} files, {cuts} cuts", all.len());
}
