//! CloudFormation, SAM and the output of the CDK: a template and its parameters to resources.
//!
//! A template becomes one `tree`; includes, loops, modules, then the SAM transform, rewrite it; a `stack` evaluates what is left, and
//! the nested stacks it calls. What only a deployment knows is an unknown or a reference.

mod assembly;
mod conditions;
mod functions;
mod includes;
mod inputs;
mod loops;
mod modules;
mod nested;
mod parameters;
mod run;
mod sam;
mod samconfig;
mod stack;
mod template;
mod tree;
mod values;

use std::path::Path;

use palisade_model::Resource;

use self::run::{Run, normalize};
use self::stack::Caller;
use super::{Context, Evaluation};
use crate::discover::{Project, ProjectKind};

/// Evaluates one project: a template, or a CDK assembly with all its stacks.
pub fn evaluate(project: &Project, context: &Context<'_>) -> Evaluation {
    let run = Run::new(context);
    let resources = match project.kind {
        ProjectKind::CdkAssembly => assembly::evaluate(&run, &project.root),
        _ => evaluate_template(&run, project),
    };
    let (files, diagnostics) = run.finish();
    Evaluation {
        resources: super::shared(resources),
        settings: Vec::new(),
        diagnostics,
        files,
    }
}

fn evaluate_template(run: &Run<'_>, project: &Project) -> Vec<Resource> {
    let Some(loaded) = run.load(&project.root) else {
        return Vec::new();
    };
    let given = inputs::given(run, &project.root, sam::is_sam(&loaded.tree));
    let caller = Caller {
        templates: vec![normalize(&project.root)],
        ..Caller::default()
    };
    template::evaluate(run, &loaded, &given, caller).0
}

/// Reads what the template at `path` exports.
fn evaluate_exports(run: &Run<'_>, path: &Path) {
    let Some(loaded) = run.load(path) else {
        return;
    };
    let given = inputs::given(run, path, sam::is_sam(&loaded.tree));
    template::evaluate_exports(run, &loaded, &given, Caller::default());
}
