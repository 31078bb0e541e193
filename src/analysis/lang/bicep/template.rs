//! Modules that are ARM templates: a `.json` beside the file, or a compiled module of a registry.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use palisade_model::{
    Address, Frame, Kind, Map, ModuleStep, Presence, Reason, Reference, Resource, Target, Value,
};
use palisade_syntax::bicep::Safety;

use super::super::arm::{self, functions::Deployment};
use super::super::{Context, Inputs};
use super::engine::Engine;
use super::instance::{Arguments, Existence};

/// A template with its arguments.
pub(super) struct Template {
    resources: Vec<Resource>,
    /// By name.
    outputs: Map,
}

impl Template {
    /// The template of a file, or why there is none.
    pub(super) fn new(
        engine: &Engine<'_>,
        path: &Path,
        arguments: &Arguments,
        deployment: &Deployment,
    ) -> Result<Self, String> {
        engine.text(path)?;
        let inputs = Inputs {
            facts: facts(engine.context.inputs, deployment),
            ..Inputs::default()
        };
        let context = Context {
            inputs: &inputs,
            ..*engine.context
        };
        let given = arguments.values.iter();
        let given = given.map(|(name, value)| (name.to_string(), value.clone()));
        let (evaluation, outputs) = arm::template(path, &context, Some(given.collect()));
        for diagnostic in evaluation.diagnostics {
            engine.tally.add(diagnostic);
        }
        let outputs = outputs.into_iter().map(|(name, output)| {
            let value = output.get("value").cloned();
            (name, value.unwrap_or_else(Value::null))
        });
        Ok(Self {
            resources: evaluation
                .resources
                .into_iter()
                .map(Arc::unwrap_or_clone)
                .collect(),
            outputs: outputs.collect(),
        })
    }

    /// The same as the call at this place.
    pub(super) fn placed(
        mut self,
        module: &[ModuleStep],
        calls: Option<&Arc<Frame>>,
        existence: &Existence,
    ) -> Self {
        let own: HashSet<Arc<Address>> =
            self.resources.iter().map(|it| it.address.clone()).collect();
        for resource in &mut self.resources {
            resource.address = within(&resource.address, module).into();
            move_references(&mut resource.properties, &own, module);
            move_references(&mut resource.meta, &own, module);
            if let Some(scope) = &mut resource.scope {
                move_references(scope, &own, module);
            }
            if resource.origin.via.is_none() {
                resource.origin.via = calls.cloned();
            }
            if resource.presence == Presence::Certain {
                resource.presence = existence.presence();
            }
        }
        for output in self.outputs.values_mut() {
            move_references(output, &own, module);
        }
        self
    }

    pub(super) fn output(&self, name: &str, safety: Safety) -> Value {
        match (self.outputs.get(name), safety) {
            (Some(value), _) => value.clone(),
            (None, Safety::Safe) => Value::null(),
            (None, Safety::Strict) => {
                Value::bare(Reason::Undeclared(format!("output {name}").into()))
            }
        }
    }

    pub(super) fn outputs(&self) -> Value {
        Value::bare(self.outputs.clone())
    }

    pub(super) fn collect(&self, out: &mut Vec<Resource>) {
        out.extend(self.resources.iter().cloned());
    }
}

/// The facts of the user, with what is known of the target of this deployment.
fn facts(inputs: &Inputs, deployment: &Deployment) -> Vec<(String, String)> {
    let own = [
        ("deployment().name", &deployment.name),
        ("subscription().subscriptionId", &deployment.subscription),
        ("resourceGroup().name", &deployment.resource_group),
        (
            "resourceGroup().location",
            &deployment.resource_group_location,
        ),
        ("managementGroup().name", &deployment.management_group),
    ];
    let is_own = |name: &str| own.iter().any(|(known, _)| *known == name);
    let given = inputs
        .facts
        .iter()
        .filter(|(name, _)| !is_own(name))
        .cloned();
    let known = own
        .iter()
        .filter_map(|(name, value)| Some(((*name).to_owned(), value.as_str()?.to_owned())));
    given.chain(known).collect()
}

fn within(address: &Address, module: &[ModuleStep]) -> Address {
    let mut moved = address.clone();
    moved.module = module.iter().chain(&*address.module).cloned().collect();
    moved
}

/// Makes references to the template's own resources lead to where they are now.
fn move_references(value: &mut Value, own: &HashSet<Arc<Address>>, module: &[ModuleStep]) {
    match &mut value.kind {
        Kind::List(items) | Kind::Template(items) => {
            for item in Arc::make_mut(items) {
                move_references(item, own, module);
            }
        }
        Kind::Map(entries) => {
            for entry in Arc::make_mut(entries).values_mut() {
                move_references(entry, own, module);
            }
        }
        Kind::Encoded(encoded) => {
            move_references(&mut Arc::make_mut(encoded).value, own, module);
        }
        Kind::Reference(reference) => {
            if let Target::Address(address) = &reference.target
                && own.contains(address)
            {
                let moved = Reference {
                    target: Target::Address(within(address, module)),
                    attribute: reference.attribute.clone(),
                };
                *reference = Arc::new(moved);
            }
        }
        _ => {}
    }
}
