//! Cloud assemblies: what `cdk synth` writes to `cdk.out`.
//!
//! Source: <https://github.com/aws/aws-cdk/tree/main/packages/%40aws-cdk/cloud-assembly-schema>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{Kind, Map, ModuleStep, Resource, Value};

use super::run::{Loaded, Run, normalize};
use super::stack::Caller;
use super::tree::Tree;
use super::{inputs, template};

/// Assemblies inside each other.
const MAXIMUM_DEPTH: usize = 8;

/// One stack of an assembly.
struct StackArtifact {
    name: Arc<str>,
    path: PathBuf,
    /// By logical id: where the construct was made, outermost call first.
    traces: BTreeMap<Arc<str>, Vec<Arc<str>>>,
}

/// The resources of every stack of the assembly in `folder`.
pub(super) fn evaluate(run: &Run<'_>, folder: &Path) -> Vec<Resource> {
    let mut stacks = Vec::new();
    collect(run, folder, 0, &mut stacks);
    let is_single = stacks.len() == 1;
    let mut loaded: Vec<(StackArtifact, Loaded, Caller)> = Vec::new();
    for stack in stacks {
        let Some(template) = run.load(&stack.path) else {
            continue;
        };
        let step = ModuleStep {
            name: stack.name.clone(),
            key: None,
        };
        let caller = Caller {
            module: if is_single {
                Arc::default()
            } else {
                Arc::new([step])
            },
            via: None,
            templates: vec![stack.path.clone()],
        };
        loaded.push((stack, template, caller));
    }
    // Exports first: a stack may import from one that comes later.
    for (stack, template, caller) in &loaded {
        let given = inputs::given(run, &stack.path, false);
        template::evaluate_exports(run, template, &given, caller.clone());
    }
    let mut resources = Vec::new();
    for (stack, template, caller) in loaded {
        let given = inputs::given(run, &stack.path, false);
        let own = caller.module.clone();
        let (mut evaluated, _) = template::evaluate(run, &template, &given, caller);
        for resource in &mut evaluated {
            if resource.address.module == own {
                add_trace(resource, &stack.traces);
            }
        }
        resources.append(&mut evaluated);
    }
    resources
}

/// The stacks of an assembly and of the assemblies inside it (stages).
fn collect(run: &Run<'_>, folder: &Path, depth: usize, stacks: &mut Vec<StackArtifact>) {
    let Some(manifest) = run.load(&folder.join("manifest.json")) else {
        return;
    };
    let artifacts = manifest.tree.get("artifacts").and_then(Tree::fields);
    for (id, field) in artifacts.into_iter().flatten() {
        let artifact = &field.value;
        match artifact.str_of("type") {
            Some("aws:cloudformation:stack") => {
                if let Some(file) = artifact
                    .at(&["properties", "templateFile"])
                    .and_then(Tree::as_str)
                {
                    stacks.push(StackArtifact {
                        name: id.clone(),
                        path: normalize(&folder.join(file)),
                        traces: traces(artifact),
                    });
                }
            }
            Some("cdk:cloud-assembly") if depth < MAXIMUM_DEPTH => {
                let inner = artifact
                    .at(&["properties", "directoryName"])
                    .and_then(Tree::as_str);
                if let Some(inner) = inner.filter(|inner| !inner.contains("..")) {
                    collect(run, &folder.join(inner), depth + 1, stacks);
                }
            }
            _ => {}
        }
    }
}

/// Where constructs were made, as the metadata of the stack has it when the CDK ran with `--debug` or stack traces on.
fn traces(artifact: &Tree) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
    let mut traces = BTreeMap::new();
    let metadata = artifact.get("metadata").and_then(Tree::fields);
    let entries = metadata
        .into_iter()
        .flat_map(|fields| fields.values())
        .flat_map(|field| field.value.items().unwrap_or_default());
    for entry in entries {
        let is_id = entry.str_of("type") == Some("aws:cdk:logicalId");
        let trace = entry.get("trace").and_then(Tree::items);
        if let (true, Some(id), Some(trace)) = (is_id, entry.str_of("data"), trace) {
            traces.insert(
                id.into(),
                trace.iter().filter_map(Tree::scalar_text).collect(),
            );
        }
    }
    traces
}

fn add_trace(resource: &mut Resource, traces: &BTreeMap<Arc<str>, Vec<Arc<str>>>) {
    let Some(trace) = traces.get(&resource.address.name) else {
        return;
    };
    let mut meta: Map = resource.meta.as_map().cloned().unwrap_or_default();
    let lines = trace
        .iter()
        .map(|line| Value::bare(Kind::String(line.clone())));
    meta.insert(
        "ConstructTrace".into(),
        Value::bare(lines.collect::<Vec<_>>()),
    );
    resource.meta.kind = meta.into();
}
