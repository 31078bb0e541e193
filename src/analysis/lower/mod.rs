//! Lower: resources as Terraform spells them to resources as their provider does.

use std::sync::Arc;

use palisade_model::{Diagnostic, Resource};

/// What lowering gives.
#[derive(Debug, Default)]
pub struct Lowered {
    /// In canonical form where a table exists.
    pub resources: Vec<Resource>,
    /// Problems met.
    pub diagnostics: Vec<Diagnostic>,
    /// Declared types without a table, one entry a resource.
    pub unmapped: Vec<Arc<str>>,
}

/// Lowers resources. Only Terraform's need it.
pub fn lower(resources: Vec<Resource>) -> Lowered {
    Lowered {
        unmapped: resources
            .iter()
            .filter(|one| one.language.is_terraform())
            .map(|one| one.declared_type.clone())
            .collect(),
        resources,
        diagnostics: Vec::new(),
    }
}
