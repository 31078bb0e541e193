//! Modules that are ARM templates: a `.json` beside the file, or a compiled module of a registry.

use std::path::Path;
use std::sync::Arc;

use palisade_model::{Frame, Map, ModuleStep, Reason, Resource, Value};
use palisade_syntax::bicep::Safety;

use super::super::arm::functions::Deployment;
use super::engine::Engine;
use super::instance::{Arguments, Existence};

/// A template with its arguments.
pub(super) struct Template {
    resources: Vec<Resource>,
    outputs: Map,
    reference: Arc<str>,
}

impl Template {
    /// The template of a file, or why there is none.
    pub(super) fn new(
        engine: &Engine<'_>,
        path: &Path,
        _arguments: &Arguments,
        _deployment: &Deployment,
    ) -> Result<Self, String> {
        let source = engine.text(path)?;
        Ok(Self {
            resources: Vec::new(),
            outputs: Map::new(),
            reference: source.path.to_string_lossy().into(),
        })
    }

    /// The same as the call at this place.
    pub(super) fn placed(
        mut self,
        module: Vec<ModuleStep>,
        calls: Option<Arc<Frame>>,
        _presence: Existence,
    ) -> Self {
        for resource in &mut self.resources {
            resource.address.module.splice(0..0, module.iter().cloned());
            resource.origin.via = calls.clone();
        }
        self
    }

    pub(super) fn output(&self, name: &str, safety: Safety) -> Value {
        match (self.outputs.get(name), safety) {
            (Some(value), _) => value.clone(),
            (None, Safety::Safe) => Value::null(),
            (None, Safety::Strict) => Value::bare(Reason::MissingModule(self.reference.clone())),
        }
    }

    pub(super) fn outputs(&self) -> Value {
        Value::bare(self.outputs.clone())
    }

    pub(super) fn collect(&self, out: &mut Vec<Resource>) {
        out.extend(self.resources.iter().cloned());
    }
}
