//! Bicep: evaluated as the compiler and Azure Resource Manager would, without either
//! (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/file>).
//!
//! Names are computed when they are used, each once for each use of a file. Functions and operators are those of the template
//! language, in `lang/arm`. A resource's attribute that exists only after deployment is a reference to it; everything else is a
//! value or an unknown with its reason.

mod access;
mod call;
mod engine;
mod expression;
mod import;
mod instance;
mod load;
mod module;
mod parameters;
mod registry;
mod resource;
mod scope;
mod template;
mod types;
mod unit;

use std::path::Path;
use std::rc::Rc;

use palisade_model::{Diagnostic, DiagnosticCode, Level, Resource};

use super::arm::functions::{Deployment, DeploymentScope};
use super::{Context, Evaluation};
use crate::discover::Project;
use engine::Engine;
use instance::{Arguments, Instance};
use module::Source;

/// Evaluates a `.bicep` file, or the file a `.bicepparam` is for with the values it gives.
pub fn evaluate(project: &Project, context: &Context<'_>) -> Evaluation {
    std::thread::scope(|threads| {
        let worker = std::thread::Builder::new()
            .stack_size(super::STACK)
            .spawn_scoped(threads, || evaluate_here(&project.root, context));
        let result = worker.map(std::thread::ScopedJoinHandle::join);
        match result {
            Ok(Ok(evaluation)) => evaluation,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => failed(&project.root, &format!("cannot be evaluated: {error}")),
        }
    })
}

fn failed(path: &Path, message: &str) -> Evaluation {
    let shown = path.to_string_lossy().replace('\\', "/");
    Evaluation {
        diagnostics: vec![Diagnostic::about(
            Level::Error,
            DiagnosticCode::Unreadable,
            format!("{shown} {message}"),
            shown,
        )],
        ..Evaluation::default()
    }
}

fn evaluate_here(path: &Path, context: &Context<'_>) -> Evaluation {
    let engine = Engine::new(context);
    let resources = match resources(&engine, path) {
        Ok(resources) => resources,
        Err(message) => return failed(path, &message),
    };
    let (diagnostics, files) = engine.finish(path);
    Evaluation {
        resources: super::shared(resources),
        settings: Vec::new(),
        diagnostics,
        files,
    }
}

fn resources(engine: &Engine<'_>, path: &Path) -> Result<Vec<Resource>, String> {
    let mut arguments = Arguments::default();
    let mut source = Source::Bicep(path.to_path_buf());
    if parameters::is_parameter_file(path) {
        let (template, given) = parameters::of_file(engine, path, 0)?;
        arguments = given;
        // `using none` has no resources of its own.
        let Some(template) = template else {
            return Ok(Vec::new());
        };
        source = template;
    }
    let facts = &engine.context.inputs.facts;
    let mut out = Vec::new();
    match source {
        Source::Bicep(path) => {
            let unit = engine.unit(&path)?;
            parameters::add_inputs(engine, &unit, &mut arguments);
            let deployment = Deployment::new(scope::target_scope(&unit), facts);
            let instance = Rc::new(Instance::new(unit, arguments, deployment));
            module::collect(engine, &instance, &mut out);
            engine.resolve(&mut out);
        }
        Source::Template(path) => {
            let deployment = Deployment::new(DeploymentScope::default(), facts);
            template::Template::new(engine, &path, &arguments, &deployment)?.collect(&mut out);
        }
    }
    Ok(out)
}
