//! One template from text to resources: includes, loops, modules, the SAM transform, evaluation, nested stacks.

use std::collections::HashMap;
use std::sync::Arc;

use palisade_model::{DiagnosticCode, Resource, Span, Value};

use super::parameters::Given;
use super::run::{Loaded, Run};
use super::stack::{Caller, Stack};
use super::tree::Tree;
use super::{includes, loops, modules, sam};

/// Transforms that change nothing a rule reads, or that are read here.
const KNOWN_TRANSFORMS: [&str; 6] = [
    "AWS::CodeDeployBlueGreen",
    "AWS::CodeStar",
    "AWS::Include",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager-",
    "AWS::ServiceCatalog",
];

/// What a stack declares and gives back.
pub(super) type Evaluated = (Vec<Resource>, HashMap<Arc<str>, Value>);

/// Evaluates a template with the nested stacks it calls.
pub(super) fn evaluate(run: &Run<'_>, loaded: &Loaded, given: &Given, caller: Caller) -> Evaluated {
    let tree = if loaded.file.text.contains("AWS::Include") {
        includes::resolve(run, &loaded.tree, loaded.folder())
    } else {
        loaded.tree.clone()
    };
    if !has_resources(run, &tree, loaded) {
        return Evaluated::default();
    }
    report_macros(run, &tree);
    let mut stack = Stack::new(run, &tree, &loaded.path, given, caller);
    let (mut tree, mut expansion) = if loaded.file.text.contains(loops::PREFIX) {
        loops::expand(&stack, &tree)
    } else {
        (tree, loops::Expansion::default())
    };
    if modules::is_called(&tree) {
        tree = modules::expand(&stack, &tree, &mut expansion);
    }
    if sam::is_sam(&tree) {
        tree = sam::transform(&stack, &tree);
    }
    stack.adopt(&tree, expansion);
    let mut resources = stack.evaluate();
    stack.report_cycles(&resources);
    resources.extend(stack.evaluate_nested());
    let outputs = stack.evaluate_outputs(&tree);
    (resources, outputs)
}

/// The exports of a template alone, for the other stacks of a run.
pub(super) fn evaluate_exports(run: &Run<'_>, loaded: &Loaded, given: &Given, caller: Caller) {
    let stack = Stack::new(run, &loaded.tree, &loaded.path, given, caller);
    stack.evaluate_outputs(&loaded.tree);
}

fn has_resources(run: &Run<'_>, tree: &Tree, loaded: &Loaded) -> bool {
    match tree.get("Resources") {
        Some(resources) if resources.fields().is_some() => true,
        Some(resources) => {
            run.error("`Resources` is no map", resources.span);
            false
        }
        None => {
            let end = loaded
                .file
                .text
                .find('\n')
                .unwrap_or(loaded.file.text.len());
            let place = Span::new(loaded.file.id, 0, end as u32);
            run.error("the template has no `Resources`", place);
            false
        }
    }
}

/// A macro of the account can change anything; the template is evaluated as it is written.
fn report_macros(run: &Run<'_>, tree: &Tree) {
    let Some(transform) = tree.get("Transform") else {
        return;
    };
    for call in transform.items().unwrap_or(std::slice::from_ref(transform)) {
        let Some(name) = call.as_str().or_else(|| call.str_of("Name")) else {
            run.error("`Transform` takes the name of a macro", call.span);
            continue;
        };
        if name != sam::TRANSFORM && !KNOWN_TRANSFORMS.iter().any(|known| name.starts_with(known)) {
            let message = format!(
                "what macro `{name}` makes of the template is not known: it is evaluated as written"
            );
            run.warning(DiagnosticCode::Unresolved, message, call.span);
        }
    }
}
