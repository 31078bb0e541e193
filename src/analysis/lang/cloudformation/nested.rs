//! Nested stacks: a template called with parameters, its resources, and the outputs it gives back.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html>

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use palisade_model::{Frame, FrameKind, ModuleStep, Presence, Resource, Value};

use super::conditions::{Truth, scalar_text};
use super::parameters::Given;
use super::stack::{Caller, Stack};
use super::template;
use super::tree::{Field, Tree};

/// The type of a nested stack.
pub(super) const STACK: &str = "AWS::CloudFormation::Stack";

/// Stacks inside each other.
const MAXIMUM_DEPTH: usize = 10;

/// Nested stacks of one run.
const MAXIMUM_STACKS: usize = 500;

impl Stack<'_> {
    /// The resources of all nested stacks.
    pub(super) fn evaluate_nested(&self) -> Vec<Resource> {
        let resources = self.resources.clone();
        for (logical_id, field) in resources.iter() {
            if field.value.str_of("Type") == Some(STACK) {
                self.call_nested(logical_id);
            }
        }
        self.nested.take()
    }

    /// Evaluates one nested stack, once.
    pub(super) fn call_nested(&self, logical_id: &str) {
        let Some((logical_id, field)) = self.resources.get_key_value(logical_id) else {
            return;
        };
        if field.value.str_of("Type") != Some(STACK)
            || self.outputs.borrow().contains_key(logical_id)
        {
            return;
        }
        // A stack whose parameters need its own outputs sees none.
        self.outputs
            .borrow_mut()
            .insert(logical_id.clone(), HashMap::new());
        let given = self.given.take();
        let called = self.open_nested(logical_id, field);
        *self.given.borrow_mut() = given;
        if let Some((resources, outputs)) = called {
            self.nested.borrow_mut().extend(resources);
            self.outputs
                .borrow_mut()
                .insert(logical_id.clone(), outputs);
        }
    }

    fn open_nested(&self, logical_id: &Arc<str>, field: &Field) -> Option<template::Evaluated> {
        let condition = field.value.str_of("Condition");
        let truth = condition.map(|name| self.condition(name, field.key));
        if matches!(truth, Some(Truth::Known(false))) {
            return None;
        }
        let named = self.template_of(logical_id, field)?;
        let loaded = self.run.follow(&self.folder, &named, field.key)?;
        if self.caller.templates.contains(&loaded.path) {
            let message = format!("template {named} calls itself");
            self.run.error(message, field.key);
            return None;
        }
        let count = self.run.stacks.get() + 1;
        self.run.stacks.set(count);
        if self.caller.module.len() >= MAXIMUM_DEPTH || count > MAXIMUM_STACKS {
            self.unresolved(
                format!("template {named} is not followed: too many nested stacks"),
                field.key,
            );
            return None;
        }
        let given = self.given_to(logical_id, field);
        let caller = self.caller_of(logical_id, field, &loaded.path);
        let (mut resources, outputs) = template::evaluate(self.run, &loaded, &given, caller);
        if let Some(unknown) = truth.and_then(|truth| truth.as_unknown()) {
            let unknown = Arc::new(unknown);
            for resource in &mut resources {
                if resource.presence == Presence::Certain {
                    resource.presence = Presence::Conditional(unknown.clone());
                }
            }
        }
        Some((resources, outputs))
    }

    fn caller_of(&self, logical_id: &Arc<str>, field: &Field, path: &Path) -> Caller {
        let mut caller = self.caller.clone();
        let step = ModuleStep {
            name: logical_id.clone(),
            key: None,
        };
        caller.module = step.within(&caller.module);
        caller.via = Some(Arc::new(Frame {
            kind: FrameKind::ModuleCall,
            label: logical_id.clone(),
            span: field.key,
            next: self.caller.via.clone(),
        }));
        caller.templates.push(path.to_path_buf());
        caller
    }

    /// The file of a nested stack: `TemplateURL` where it is a path, or the asset that the CDK says it is.
    fn template_of(&self, logical_id: &str, field: &Field) -> Option<Arc<str>> {
        let metadata = field.value.get("Metadata");
        let asset = metadata.and_then(|metadata| metadata.str_of("aws:asset:path"));
        if let Some(asset) = asset {
            return Some(asset.into());
        }
        let declared = field.value.at(&["Properties", "TemplateURL"]);
        let url = declared.map(|tree| self.value(tree, tree.span));
        match url.as_ref().and_then(scalar_text) {
            Some(path) if !path.contains("://") => Some(path),
            Some(url) => {
                self.unresolved(
                    format!("template {url} of `{logical_id}` is not here"),
                    field.key,
                );
                None
            }
            None => {
                self.unresolved(
                    format!("which template `{logical_id}` calls is not known"),
                    field.key,
                );
                None
            }
        }
    }

    fn given_to(&self, logical_id: &str, field: &Field) -> Given {
        let declared = field.value.at(&["Properties", "Parameters"]);
        let fields = declared.and_then(Tree::fields);
        let mut given = Given::new();
        for (name, field) in fields.into_iter().flatten() {
            let value = self.value(&field.value, field.entry());
            if value.is_null() {
                continue;
            }
            let entry = field.entry();
            let label = format!("{logical_id}.{name}").into();
            let link = Some((FrameKind::ModuleArgument, label, entry));
            let origin = value.origin.used_at(field.value.span, entry, link);
            given.insert(name.clone(), Value { origin, ..value });
        }
        given
    }
}
