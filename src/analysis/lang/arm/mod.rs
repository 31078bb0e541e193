//! ARM templates (https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax).
//!
//! A template is evaluated as the deployment engine expands it, before it asks the cloud: parameters with their defaults and
//! files, variables, functions, loops, conditions, nested and linked deployments. Ids of resources that are declared become
//! references; ids of others keep a symbolic subscription and resource group. What is wrong degrades one expression.

mod deployments;
mod document;
mod engine;
mod exports;
mod expression;
pub mod functions;
mod origin;
mod parameters;
mod references;
mod resources;
mod specs;
mod template;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{Address, Key, Map, Resource, Value};

use super::{Context, Evaluation};
use crate::discover::Project;
use document::Document;
use engine::Engine;
pub use exports::Exports;
use functions::{Deployment, DeploymentScope};
pub(crate) use references::Ids;
use template::{Call, Template};

/// Evaluates one project. Resources of a template that was compiled from the Bicep file beside it are placed in that file.
pub fn evaluate(project: &Project, context: &Context<'_>) -> Evaluation {
    // Expressions, declarations and deployments lie inside each other up to the limits of the engine, whatever stack the caller has.
    std::thread::scope(|threads| {
        let worker = std::thread::Builder::new()
            .stack_size(super::STACK)
            .spawn_scoped(threads, || evaluate_here(project, context));
        match worker.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(evaluation)) => evaluation,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => evaluate_here(project, context),
        }
    })
}

fn evaluate_here(project: &Project, context: &Context<'_>) -> Evaluation {
    let (mut evaluation, _) = template(&project.root, context, None);
    if let Some(source) = source(&project.root, context) {
        origin::place(&mut evaluation, &source, context);
    }
    evaluation
}

/// The Bicep file a template was compiled from, where it lies beside it.
fn source(path: &Path, context: &Context<'_>) -> Option<PathBuf> {
    let document = Document::load(context, path, &mut Vec::new()).ok()?;
    origin::source(path, &document.root, context)
}

/// Evaluates one template with the arguments of a caller, or with those of its own parameter file. Gives its outputs too:
/// `{name: {"type", "value"}}`.
pub fn template(
    path: &Path,
    context: &Context<'_>,
    arguments: Option<Vec<(String, Value)>>,
) -> (Evaluation, Map) {
    let engine = Engine::new(context);
    let (resources, outputs) = match engine.document(path) {
        None => Default::default(),
        Some(document) => {
            let given =
                arguments.unwrap_or_else(|| parameters::given(&engine, path, &document.root));
            let scope = deployments::scope_of_schema(&document.root);
            let scope = scope.unwrap_or(DeploymentScope::ResourceGroup);
            let call = Call {
                deployment: Deployment::new(scope, &context.inputs.facts),
                module: Arc::default(),
                via: None,
                outer: None,
                copies: None,
                given,
            };
            let template = Template::new(&engine, &document, &document.root, call);
            let mut emitted = template.resources();
            references::resolve(&mut emitted);
            let resources = emitted.into_iter().map(|it| it.resource).collect();
            (distinct(resources), template.outputs())
        }
    };
    let (diagnostics, files) = engine.finish(path);
    let evaluation = Evaluation {
        resources: super::shared(resources),
        settings: Vec::new(),
        diagnostics,
        files,
    };
    (evaluation, outputs)
}

/// The same resources, those with one address told apart by a position.
fn distinct(mut resources: Vec<Resource>) -> Vec<Resource> {
    let mut counts: HashMap<Arc<Address>, u64> = HashMap::new();
    for resource in &mut resources {
        let count = counts.entry(resource.address.clone()).or_insert(0);
        *count += 1;
        if *count > 1 && resource.address.key.is_none() {
            Arc::make_mut(&mut resource.address).key = Some(Key::Index(*count - 1));
        }
    }
    resources
}
