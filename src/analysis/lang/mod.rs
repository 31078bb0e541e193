//! Evaluate: syntax trees to declared resources. One folder a language, the same file names in each.
//!
//! A front end evaluates what its language's own tools evaluate before deployment, gives an unknown with its reason for the
//! rest, and never fails: problems are diagnostics, and one broken construct degrades one expression.

pub mod arm;
pub mod bicep;
pub mod cloudformation;
mod size;
mod tally;
pub mod terraform;

use std::path::PathBuf;
use std::sync::Arc;

use palisade_model::{Diagnostic, Resource};

use crate::discover::Project;
use crate::system::{Sources, System};

/// How much stack an evaluation of ARM or Bicep has, in bytes: expressions, declarations and modules lie inside each other up to the
/// limits of the evaluator.
const STACK: usize = 256 << 20;

/// What a front end may use.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Files, environment, clock.
    pub system: &'a dyn System,
    /// Where texts are loaded, so that every stage shares them.
    pub sources: &'a Sources,
    /// Canonical folders; no file outside is read, whatever the input says.
    pub roots: &'a [PathBuf],
    /// Values from the command line and the configuration.
    pub inputs: &'a Inputs,
}

/// Values the user gives for one evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Variables, for CloudFormation, ARM and Bicep parameters; in order, later ones win.
    pub given: Vec<Given>,
    /// `terraform.workspace`; `default` where none is given.
    pub workspace: Option<String>,
    /// The environment of `palisade.toml` this evaluation is for.
    pub environment: Option<Arc<str>>,
    /// Pseudo-parameters and deployment facts: `AWS::Region`, `subscription().subscriptionId`.
    pub facts: Vec<(String, String)>,
    /// The templates of the run that other stacks may import from.
    pub stacks: Arc<[PathBuf]>,
}

/// Values of variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `-var name=value`.
    Variable(String, String),
    /// `-var-file`, a parameter file.
    File(PathBuf),
}

impl Inputs {
    /// The files that give variables.
    pub fn variable_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.given.iter().filter_map(|given| match given {
            Given::File(path) => Some(path),
            Given::Variable(..) => None,
        })
    }
}

/// What a project declares.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// As their language spells them, those of modules included.
    pub resources: Vec<Arc<Resource>>,
    /// What steers the language and is no resource of a cloud, in canonical form: rules judge it, nothing else counts it.
    pub settings: Vec<Arc<Resource>>,
    /// Problems met.
    pub diagnostics: Vec<Diagnostic>,
    /// Files whose text decided something, for caches and watchers; sorted.
    pub files: Vec<PathBuf>,
}

/// Resources of one evaluation, which others may come to share.
pub(crate) fn shared(resources: Vec<Resource>) -> Vec<Arc<Resource>> {
    resources.into_iter().map(Arc::new).collect()
}

/// Lets `run` evaluate a project in one environment after the other, which share what they can. None where the language has nothing to
/// share among them.
pub fn together<T: Send>(
    project: &Project,
    run: impl FnOnce(&dyn Fn(&Context<'_>) -> Evaluation) -> T + Send,
) -> Option<T> {
    let is_module = project.kind == crate::discover::ProjectKind::Terraform;
    is_module.then(|| terraform::together(project, run))?
}

/// Evaluates a project with the front end of its kind.
pub fn evaluate(project: &Project, context: &Context<'_>) -> Evaluation {
    use crate::discover::ProjectKind::*;
    match project.kind {
        Terraform | TerraformPlan | TerraformState | Terragrunt => {
            terraform::evaluate(project, context)
        }
        CloudFormation | CdkAssembly => cloudformation::evaluate(project, context),
        Arm => arm::evaluate(project, context),
        Bicep => bicep::evaluate(project, context),
    }
}
