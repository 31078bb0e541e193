use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use palisade_model::{Diagnostic, DiagnosticCode, FileId, Graph, Level, Presence, Resource};
use rayon::prelude::*;

use super::Unit;
use super::settings::Task;
use crate::check::{self, Checked, Finding, Past, Undecided};
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
    pub(super) without_declared: bool,
}

/// What the stages make of one project in one environment.
pub(super) struct Outcome {
    pub(super) unit: Unit,
    pub(super) findings: Vec<Finding>,
    pub(super) undecided: Vec<Undecided>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// What one environment declares.
struct Declared {
    evaluation: Evaluation,
    count: usize,
    graph: Graph,
    diagnostics: Vec<Diagnostic>,
    unmapped: Vec<Arc<str>>,
}

/// Runs all stages for every project; the tasks of one project are beside each other.
pub(super) fn run_all(tasks: &[Task], scene: &Scene<'_>) -> Vec<Outcome> {
    let projects: Vec<&[Task]> = tasks
        .chunk_by(|one, other| one.project == other.project)
        .collect();
    projects
        .par_iter()
        .flat_map(|tasks| run(tasks, scene))
        .collect()
}

/// Runs all stages for one project in its environments. Where there are several, verdicts are shared among those in which what they
/// rest on is the same. A panic in one environment is a diagnostic of it.
fn run(tasks: &[Task], scene: &Scene<'_>) -> Vec<Outcome> {
    let declared: Vec<Result<Declared, String>> = tasks
        .par_iter()
        .zip(evaluate(tasks, scene))
        .map(|(task, made)| made.and_then(|made| caught(|| declare(task, scene, made))))
        .collect();
    let mut past = (tasks.len() > 1).then(Past::default);
    let mut judged = Vec::with_capacity(tasks.len());
    for (task, declared) in tasks.iter().zip(&declared) {
        judged.push(match declared {
            Ok(declared) => caught(|| judge(task, scene, &declared.graph, past.as_mut())),
            Err(_) => Ok(Checked::default()),
        });
        if judged.last().is_some_and(Result::is_err) {
            past = past.map(|_| Past::default());
        }
    }
    drop(past);
    tasks
        .iter()
        .zip(declared.into_iter().zip(judged))
        .map(|(task, (declared, checked))| {
            match declared.and_then(|declared| Ok((declared, checked?))) {
                Ok((declared, checked)) => outcome(task, declared, checked),
                Err(panic) => failed(task, &panic),
            }
        })
        .collect()
}

fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| panic_text(panic.as_ref()).to_owned())
}

/// A project that could not be analyzed in an environment.
fn failed(task: &Task, panic: &str) -> Outcome {
    let place = display(&task.project.root);
    let message = format!(
        "{place}: Palisade failed on this {}, which is a mistake of its own: {panic}",
        task.project.kind.as_str(),
    );
    let diagnostic = Diagnostic::about(Level::Error, DiagnosticCode::Internal, message, place);
    Outcome {
        unit: unit(task, Evaluation::default(), Graph::default()),
        findings: Vec::new(),
        undecided: Vec::new(),
        diagnostics: vec![diagnostic],
    }
}

/// Evaluates a project in its environments: at once where they have something to share, else in parallel.
fn evaluate(tasks: &[Task], scene: &Scene<'_>) -> Vec<Result<Evaluation, String>> {
    let context = |task| Context {
        system: scene.system,
        sources: scene.sources,
        roots: &scene.roots,
        inputs: task,
    };
    let contexts: Vec<Context<'_>> = tasks.iter().map(|task| context(&task.inputs)).collect();
    let Some(first) = tasks.first() else {
        return Vec::new();
    };
    if let Ok(Some(shared)) = caught(|| lang::evaluate_each(&first.project, &contexts)) {
        return shared.into_iter().map(Ok).collect();
    }
    contexts
        .par_iter()
        .map(|context| caught(|| lang::evaluate(&first.project, context)))
        .collect()
}

fn declare(task: &Task, scene: &Scene<'_>, mut evaluation: Evaluation) -> Declared {
    let mut diagnostics = std::mem::take(&mut evaluation.diagnostics);
    let count = count(&evaluation.resources);
    let resources = if scene.without_declared {
        std::mem::take(&mut evaluation.resources)
    } else {
        evaluation.resources.clone()
    };
    let lowered = if is_output(task) && evaluation.files == [task.project.root.clone()] {
        lower::lower_output(resources)
    } else {
        lower::lower(resources)
    };
    diagnostics.extend(lowered.diagnostics);
    let mut resources = lowered.resources;
    resources.append(&mut evaluation.settings);
    Declared {
        evaluation,
        count,
        graph: link::link(fold::fold(resources)),
        diagnostics,
        unmapped: lowered.unmapped,
    }
}

fn outcome(task: &Task, declared: Declared, checked: Checked) -> Outcome {
    let mut unit = unit(task, declared.evaluation, declared.graph);
    unit.count = declared.count;
    unit.unmapped = declared.unmapped;
    unit.tallies = checked.tallies;
    unit.not_evidenced = checked.not_evidenced;
    Outcome {
        unit,
        findings: checked.findings,
        undecided: checked.undecided,
        diagnostics: declared.diagnostics,
    }
}

/// Resources that are declared here, not only referred to.
fn count(resources: &[Resource]) -> usize {
    let is_here = |resource: &&Resource| resource.presence != Presence::External;
    resources.iter().filter(is_here).count()
}

/// Whether the project is what Terraform made, and nobody writes.
fn is_output(task: &Task) -> bool {
    matches!(
        task.project.kind,
        ProjectKind::TerraformPlan | ProjectKind::TerraformState
    )
}

fn judge<'g>(
    task: &Task,
    scene: &Scene<'_>,
    graph: &'g Graph,
    past: Option<&mut Past<'g>>,
) -> Checked {
    let places = Places::default();
    let in_workspace = |file: FileId| places.are_here(file, scene);
    let options = check::Options {
        sources: scene.sources,
        in_workspace: &in_workspace,
        is_complete: scene.is_complete,
        selects: &|rule| task.selection.runs(&rule.id, &rule.aliases),
    };
    let mut checked = match past {
        Some(past) => check::run_after(scene.rules, graph, &options, past),
        None => check::run(scene.rules, graph, &options),
    };
    let is_written = |file: FileId| {
        let own = is_output(task) && scene.sources.file(file).path == task.project.root;
        !own && in_workspace(file)
    };
    fix::attach(scene.rules, graph, scene.sources, &is_written, &mut checked);
    checked
}

/// Which files belong to the user, each looked up once.
#[derive(Default)]
struct Places(RwLock<BTreeMap<FileId, bool>>);

impl Places {
    fn are_here(&self, file: FileId, scene: &Scene<'_>) -> bool {
        let known = self.0.read().ok().and_then(|it| it.get(&file).copied());
        known.unwrap_or_else(|| {
            let is_here = is_below_roots(&scene.sources.file(file).path, scene);
            if let Ok(mut known) = self.0.write() {
                known.insert(file, is_here);
            }
            is_here
        })
    }
}

fn is_below_roots(path: &Path, scene: &Scene<'_>) -> bool {
    let mut parts = path.components();
    let place = scene.system.canonicalize(path);
    parts.all(|part| part.as_os_str() != ".terraform")
        && place.is_ok_and(|place| scene.roots.iter().any(|root| place.starts_with(root)))
}

fn unit(task: &Task, evaluation: Evaluation, graph: Graph) -> Unit {
    Unit {
        project: task.project.clone(),
        environment: task.inputs.environment.clone(),
        declared: evaluation.resources,
        count: 0,
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
