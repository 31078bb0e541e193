//! What a template compiled from Bicep exports: variables, functions and types that other Bicep files import
//! (https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-import).
//!
//! The compiler keeps exported types as definitions, exported functions as user functions of its own namespace, and exported
//! variables as variables that the template's metadata lists.

use std::path::Path;
use std::sync::Arc;

use palisade_model::{Diagnostic, Value};

use super::Context;
use super::document::{Document, field, text};
use super::engine::Engine;
use super::functions::{Deployment, DeploymentScope};
use super::template::{Call, Definition, Template};

/// The namespace of functions that the compiler writes.
const NAMESPACE: &str = "__bicep";

/// A template to import from.
pub struct Exports(Document);

impl Exports {
    /// The template of a file; none where it cannot be read, which the diagnostics tell.
    pub fn load(
        path: &Path,
        context: &Context<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        match Document::load(context, path, diagnostics) {
            Ok(document) => Some(Self(document)),
            Err(error) => {
                diagnostics.push(error.diagnostic());
                None
            }
        }
    }

    /// An exported variable.
    pub fn variable(
        &self,
        name: &str,
        context: &Context<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        let listed = field(&self.0.root, "metadata")
            .and_then(|metadata| field(metadata, "__bicep_exported_variables!"))?;
        let is_exported = listed
            .items()
            .iter()
            .any(|it| text(it, "name") == Some(name));
        if !is_exported {
            return None;
        }
        self.within(context, diagnostics, |template| template.variable(name))
    }

    /// The value of an exported function for these arguments.
    pub fn call(
        &self,
        (name, arguments): (&str, &[Value]),
        context: &Context<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Value> {
        self.within(context, diagnostics, |template| {
            let function = template.user_function(NAMESPACE, name)?;
            Some(template.apply(function, arguments))
        })
    }

    /// Whether an exported type allows null.
    pub fn is_nullable(&self, name: &str, context: &Context<'_>) -> bool {
        self.definition(name, context, |it| it.nullable)
    }

    /// Whether the values of an exported type are secret.
    pub fn is_secure(&self, name: &str, context: &Context<'_>) -> bool {
        self.definition(name, context, |it| it.secure)
    }

    fn definition(
        &self,
        name: &str,
        context: &Context<'_>,
        tell: impl FnOnce(&Definition<'_>) -> bool,
    ) -> bool {
        let definitions = field(&self.0.root, "definitions");
        let Some(declared) = definitions.and_then(|all| field(all, name)) else {
            return false;
        };
        self.within(context, &mut Vec::new(), |template| {
            tell(&Definition::new(template, declared))
        })
    }

    /// Computes something in the template, without parameters and resources.
    fn within<T>(
        &self,
        context: &Context<'_>,
        diagnostics: &mut Vec<Diagnostic>,
        compute: impl FnOnce(&Template<'_>) -> T,
    ) -> T {
        let engine = Engine::new(context);
        let call = Call {
            deployment: Deployment::new(DeploymentScope::default(), &context.inputs.facts),
            module: Arc::default(),
            via: None,
            outer: None,
            copies: None,
            given: Vec::new(),
        };
        let template = Template::new(&engine, &self.0, &self.0.root, call);
        let computed = compute(&template);
        drop(template);
        diagnostics.extend(engine.finish(&self.0.file.path).0);
        computed
    }
}
