//! ARM templates (https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax).

pub mod functions;

use super::{Context, Evaluation};
use crate::discover::Project;

/// Evaluates one project.
pub fn evaluate(_project: &Project, _context: &Context<'_>) -> Evaluation {
    Evaluation::default()
}
