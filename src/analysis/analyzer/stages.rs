use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use palisade_model::{Diagnostic, DiagnosticCode, FileId, Graph, Level};

use super::Unit;
use super::settings::Task;
use crate::check::{self, Checked, Finding, Undecided};
use crate::discover::{ProjectKind, display};
use crate::lang::{self, Context, Evaluation};
use crate::rules::RuleSet;
use crate::system::{Sources, System};
use crate::{fix, fold, link, lower};

/// What every project of a run shares.
pub(super) struct Scene<'a> {
    pub(super) system: &'a dyn System,
    pub(super) sources: &'a Sources,
    pub(super) rules: &'a RuleSet,
    pub(super) roots: Vec<PathBuf>,
    pub(super) is_complete: bool,
}

/// What the stages make of one project in one environment.
pub(super) struct Outcome {
    pub(super) unit: Unit,
    pub(super) findings: Vec<Finding>,
    pub(super) undecided: Vec<Undecided>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Runs all stages. A panic in one of them is a diagnostic of the project.
pub(super) fn run(task: &Task, scene: &Scene<'_>) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| stages(task, scene))).unwrap_or_else(|panic| {
        let place = display(&task.project.root);
        let message = format!(
            "{place}: Palisade failed on this {}, which is a mistake of its own: {}",
            task.project.kind.as_str(),
            panic_text(panic.as_ref()),
        );
        let diagnostic = Diagnostic::about(Level::Error, DiagnosticCode::Internal, message, place);
        Outcome {
            unit: unit(task, Evaluation::default(), Graph::default()),
            findings: Vec::new(),
            undecided: Vec::new(),
            diagnostics: vec![diagnostic],
        }
    })
}

fn stages(task: &Task, scene: &Scene<'_>) -> Outcome {
    let context = Context {
        system: scene.system,
        sources: scene.sources,
        roots: &scene.roots,
        inputs: &task.inputs,
    };
    let mut evaluation = lang::evaluate(&task.project, &context);
    let mut diagnostics = std::mem::take(&mut evaluation.diagnostics);
    let lowered = lower::lower(evaluation.resources.clone());
    diagnostics.extend(lowered.diagnostics);
    let mut resources = lowered.resources;
    resources.append(&mut evaluation.settings);
    let graph = link::link(fold::fold(resources));
    let checked = judge(task, scene, &graph);
    let mut unit = unit(task, evaluation, graph);
    unit.unmapped = lowered.unmapped;
    unit.tallies = checked.tallies;
    unit.not_evidenced = checked.not_evidenced;
    Outcome {
        unit,
        findings: checked.findings,
        undecided: checked.undecided,
        diagnostics,
    }
}

fn judge(task: &Task, scene: &Scene<'_>, graph: &Graph) -> Checked {
    let in_workspace = |file: FileId| {
        let path = scene.sources.file(file).path.clone();
        let cached = path
            .components()
            .any(|part| part.as_os_str() == ".terraform");
        !cached
            && scene
                .system
                .canonicalize(&path)
                .is_ok_and(|place| scene.roots.iter().any(|root| place.starts_with(root)))
    };
    let options = check::Options {
        sources: scene.sources,
        in_workspace: &in_workspace,
        is_complete: scene.is_complete,
        selects: &|rule| task.selection.runs(&rule.id, &rule.aliases),
    };
    let mut checked = check::run(scene.rules, graph, &options);
    let is_output = matches!(
        task.project.kind,
        ProjectKind::TerraformPlan | ProjectKind::TerraformState
    );
    let is_written = |file: FileId| {
        let own = is_output && scene.sources.file(file).path == task.project.root;
        !own && in_workspace(file)
    };
    fix::attach(scene.rules, graph, scene.sources, &is_written, &mut checked);
    checked
}

fn unit(task: &Task, evaluation: Evaluation, graph: Graph) -> Unit {
    Unit {
        project: task.project.clone(),
        environment: task.inputs.environment.clone(),
        declared: evaluation.resources,
        graph,
        files: evaluation.files,
        unmapped: Vec::new(),
        tallies: BTreeMap::new(),
        not_evidenced: Vec::new(),
    }
}

/// What a panic said.
fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
