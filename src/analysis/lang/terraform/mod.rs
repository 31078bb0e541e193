//! Terraform and OpenTofu.
//!
//! A root module is read (`load`, `config`), and each of its names is evaluated when something asks for it, and once
//! (`instance`); resources are emitted instance by instance (`emit`). The folder's README is the map.

mod apply;
mod arguments;
mod config;
mod console;
mod constraint;
pub mod convert;
mod data;
mod declared;
mod document;
mod elements;
mod emit;
mod engine;
mod expression;
mod from_json;
pub mod functions;
mod inputs;
mod instance;
mod load;
mod modules;
pub mod number;
pub mod operators;
mod plan;
mod plan_references;
mod provider_functions;
mod providers;
mod reference;
mod resource;
mod scope;
mod settings;
mod shared;
mod template;
mod terragrunt;
mod traversal;
pub mod types;
pub mod value;

use std::path::Path;

pub use console::console;
use indexmap::IndexMap;
use palisade_model::{Diagnostic, DiagnosticCode, Level};

use super::{Context, Evaluation};
use crate::discover::{Project, ProjectKind, clean, display};
use engine::Engine;
use instance::Instance;
use providers::Lock;
use shared::Shared;
pub use terragrunt::Unit;

/// Evaluation goes as deep as the configuration's names depend on each other: up to the engine's limit, on a stack of its own.
const STACK: usize = 1 << 30;

/// Evaluates one project.
pub fn evaluate(project: &Project, context: &Context<'_>) -> Evaluation {
    on_large_stack(project, || match project.kind {
        ProjectKind::TerraformPlan => {
            let folder = clean(project.root.parent().unwrap_or(Path::new("")));
            let configured = !load::module_files(context, &folder).is_empty();
            plan::evaluate(
                &project.root,
                context,
                configured.then(|| module(&folder, context)),
            )
        }
        ProjectKind::TerraformState => plan::state(&project.root, context),
        ProjectKind::Terragrunt => terragrunt::evaluate(&project.root, context),
        _ => module(&project.root, context),
    })
}

/// Lets `run` evaluate one root module in several environments. What rests on nothing that differs is evaluated once. None where the
/// system gives no stack for it.
pub fn together<T: Send>(
    project: &Project,
    run: impl FnOnce(&dyn Fn(&Context<'_>) -> Evaluation) -> T + Send,
) -> Option<T> {
    large_stack(|| {
        let shared = Shared::default();
        run(&|context| module_sharing(&project.root, context, &shared))
    })
}

/// The Terragrunt units of a folder, and what is wrong with its stack. None where it only holds files that others include.
pub fn units(root: &Path, context: &Context<'_>) -> (Vec<Unit>, Vec<Diagnostic>) {
    large_stack(|| terragrunt::units(root, context)).unwrap_or_default()
}

fn on_large_stack(project: &Project, run: impl FnOnce() -> Evaluation + Send) -> Evaluation {
    large_stack(run).unwrap_or_else(|| {
        let path = display(&project.root);
        let message = format!("{path} could not be evaluated");
        Evaluation {
            diagnostics: vec![Diagnostic::about(
                Level::Error,
                DiagnosticCode::Internal,
                message,
                path,
            )],
            ..Evaluation::default()
        }
    })
}

/// Runs on a stack that deep configurations do not overflow; memory is only taken as it is used. None where it fails.
fn large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let spawned = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, run);
        spawned.ok()?.join().ok()
    })
}

/// A root module with all it calls.
fn module(root: &Path, context: &Context<'_>) -> Evaluation {
    evaluated(root, context, None).unwrap_or_default()
}

/// The same, with what other environments made; alone where that would not be what this one makes.
fn module_sharing(root: &Path, context: &Context<'_>, shared: &Shared) -> Evaluation {
    let found = (!shared.is_closed()).then(|| evaluated(root, context, Some(shared)));
    found.flatten().unwrap_or_else(|| {
        shared.close();
        module(root, context)
    })
}

/// None where results rest on what was shared and should not.
fn evaluated(root: &Path, context: &Context<'_>, shared: Option<&Shared>) -> Option<Evaluation> {
    let mut engine = Engine::new(context, root);
    let Some(config) = engine.config(root) else {
        return Some(Evaluation::default());
    };
    let lock = Lock::read(context, root);
    let inputs = inputs::gather(&engine, &config, IndexMap::new(), &[root]);
    inputs::undeclared(&engine, &config, &inputs);
    if let Some(shared) = shared {
        let classes = shared.classes(&config, &inputs, engine.workspace())?;
        engine = engine.sharing(shared, classes);
    }
    let (resources, settings) = {
        let root = Instance::root(&engine, config, inputs, None);
        (emit::resources(&root, &lock), settings::settings(&root))
    };
    if !engine.is_regular() {
        return None;
    }
    let (diagnostics, files) = engine.finish();
    Some(Evaluation {
        resources,
        settings,
        diagnostics,
        files,
    })
}
