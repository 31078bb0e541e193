use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use palisade_model::{Diagnostic, DiagnosticCode, FileId, Graph, Level, Presence, Resource};
use rayon::prelude::*;

use super::gathered::{self, Gathered, Gathering};
use super::settings::Task;
use super::{Catalog, Keeps, Unit};
use crate::check::{self, Checked, Past, Undecided};
use crate::discover::{ProjectKind, display};
use crate::fold::Folding;
use crate::lang::{self, Context, Evaluation};
use crate::link::Linking;
use crate::lower::{self, Lowering};
use crate::system::{Sources, System};

/// What every project of a run shares.
pub(super) struct Scene<'a> {
    pub(super) system: &'a dyn System,
    pub(super) sources: &'a Sources,
    pub(super) catalog: &'a Catalog,
    pub(super) roots: Vec<PathBuf>,
    pub(super) is_complete: bool,
    pub(super) keeps: Keeps,
}

/// What the stages make of some environments of a project.
pub(super) struct Group<'t> {
    pub(super) tasks: &'t [Task],
    /// One a task.
    pub(super) outcomes: Vec<Outcome>,
    pub(super) gathered: Vec<Gathered>,
}

/// What the stages make of one project in one environment, beside findings.
pub(super) struct Outcome {
    pub(super) unit: Unit,
    pub(super) undecided: Vec<Undecided>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Runs all stages for every project; the tasks of one project are beside each other.
pub(super) fn run_all<'t>(tasks: &'t [Task], scene: &Scene<'_>) -> Vec<Group<'t>> {
    let projects: Vec<&[Task]> = tasks
        .chunk_by(|one, other| one.project == other.project)
        .collect();
    projects
        .par_iter()
        .flat_map(|tasks| run(tasks, scene))
        .collect()
}

/// Runs all stages for one project in its environments: as many groups of them at once as there are threads.
fn run<'t>(tasks: &'t [Task], scene: &Scene<'_>) -> Vec<Group<'t>> {
    let size = tasks.len().div_ceil(rayon::current_num_threads());
    tasks
        .par_chunks(size.max(1))
        .map(|group| run_group(group, scene))
        .collect()
}

/// Runs all stages for some environments of a project, which share what rests on nothing that differs.
fn run_group<'t>(tasks: &'t [Task], scene: &Scene<'_>) -> Group<'t> {
    let first = &tasks[0];
    let together = || lang::together(&first.project, |each| in_turn(tasks, scene, each));
    let shared = if tasks.len() > 1 { together() } else { None };
    shared.unwrap_or_else(|| {
        let alone = |context: &Context<'_>| lang::evaluate(&first.project, context);
        in_turn(tasks, scene, &alone)
    })
}

/// One environment after the other, so that the memory of one serves the next. A panic in one is a diagnostic of it.
fn in_turn<'t>(
    tasks: &'t [Task],
    scene: &Scene<'_>,
    evaluate: &dyn Fn(&Context<'_>) -> Evaluation,
) -> Group<'t> {
    let mut joint = Joint::of(tasks.len());
    let mut outcomes = Vec::with_capacity(tasks.len());
    for (position, task) in tasks.iter().enumerate() {
        let context = Context {
            system: scene.system,
            sources: scene.sources,
            roots: &scene.roots,
            inputs: &task.inputs,
        };
        let made = caught(|| stages((position, task), scene, evaluate(&context), &mut joint));
        outcomes.push(made.unwrap_or_else(|panic| {
            joint.restart(position);
            failed(task, &panic)
        }));
    }
    Group {
        tasks,
        outcomes,
        gathered: joint.gathering.finish(),
    }
}

/// What environments share of the stages that follow evaluation.
#[derive(Default)]
struct Joint {
    lowering: Lowering,
    folding: Folding,
    linking: Linking,
    /// None where there is one environment: then there is nothing to keep.
    past: Option<Past>,
    gathering: Gathering,
}

impl Joint {
    fn of(environments: usize) -> Self {
        Self {
            past: (environments > 1).then(Past::default),
            ..Self::default()
        }
    }

    /// Forgets everything but the findings of the environments before one that failed.
    fn restart(&mut self, failed: usize) {
        let mut gathering = std::mem::take(&mut self.gathering);
        gathering.take_back(failed);
        *self = Self {
            past: self.past.is_some().then(Past::default),
            gathering,
            ..Self::default()
        };
    }
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
        undecided: Vec::new(),
        diagnostics: vec![diagnostic],
    }
}

/// What follows evaluation.
fn stages(
    (position, task): (usize, &Task),
    scene: &Scene<'_>,
    mut evaluation: Evaluation,
    joint: &mut Joint,
) -> Outcome {
    let diagnostics = std::mem::take(&mut evaluation.diagnostics);
    let count = count(&evaluation.resources);
    let resources = if scene.keeps == Keeps::All {
        evaluation.resources.clone()
    } else {
        std::mem::take(&mut evaluation.resources)
    };
    let lowered = if is_output(task) && evaluation.files == [task.project.root.clone()] {
        lower::lower_output(resources)
    } else {
        joint.lowering.lower(resources)
    };
    let mut resources = lowered.resources;
    resources.append(&mut evaluation.settings);
    let graph = joint.linking.link(joint.folding.fold(resources));
    let checked = judge((position, task), scene, &graph, joint);
    let graph = match scene.keeps {
        Keeps::Findings | Keeps::Verdicts => Graph::default(),
        Keeps::All | Keeps::Canonical => graph,
    };
    Outcome {
        unit: Unit {
            count,
            unmapped: lowered.unmapped,
            tallies: checked.tallies,
            not_evidenced: checked.not_evidenced,
            ..unit(task, evaluation, graph)
        },
        undecided: checked.undecided,
        diagnostics,
    }
}

/// Resources that are declared here, not only referred to.
fn count(resources: &[Arc<Resource>]) -> usize {
    let is_here = |resource: &&Arc<Resource>| resource.presence != Presence::External;
    resources.iter().filter(is_here).count()
}

/// Whether the project is what Terraform made, and nobody writes.
fn is_output(task: &Task) -> bool {
    matches!(
        task.project.kind,
        ProjectKind::TerraformPlan | ProjectKind::TerraformState
    )
}

/// What the rules say; the findings are gathered.
fn judge(
    (position, task): (usize, &Task),
    scene: &Scene<'_>,
    graph: &Graph,
    joint: &mut Joint,
) -> Checked {
    let places = Places::default();
    let in_workspace = |file: FileId| places.are_here(file, scene);
    let options = check::Options {
        sources: scene.sources,
        in_workspace: &in_workspace,
        is_complete: scene.is_complete,
        selects: &|rule| task.selection.runs(&rule.id, &rule.aliases),
        counts: scene.keeps != Keeps::Findings,
    };
    let is_written = |file: FileId| {
        let own = is_output(task) && scene.sources.file(file).path == task.project.root;
        !own && in_workspace(file)
    };
    let settled = |findings| gathered::settled(task, scene, graph, &is_written, findings);
    let rules = scene.catalog.rules();
    let Some(past) = &mut joint.past else {
        let mut checked = check::run(rules, graph, &options);
        let findings = settled(std::mem::take(&mut checked.findings));
        joint.gathering.put(position, findings);
        return checked;
    };
    let mut checked = check::run_after(rules, graph, &options, past);
    let said = std::mem::take(&mut checked.findings);
    let settle = |findings| settled(check::joined(findings));
    joint.gathering.add(position, said, &settle);
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
