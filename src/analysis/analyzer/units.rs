use std::collections::BTreeSet;
use std::path::PathBuf;

use palisade_model::Diagnostic;
use rayon::prelude::*;

use crate::discover::{Project, ProjectKind, clean};
use crate::lang::terraform::{self, Unit};
use crate::lang::{Context, Inputs};
use crate::system::{Sources, System};

/// Puts the units of Terragrunt in place of the folders that hold its files. A module that a unit runs is a library: alone, without
/// the unit's inputs, it is no project, as one that another module calls is none.
pub(super) fn settle(
    projects: &mut Vec<Project>,
    system: &dyn System,
    sources: &Sources,
    roots: &[PathBuf],
) -> Vec<Diagnostic> {
    let is_terragrunt = |project: &Project| project.kind == ProjectKind::Terragrunt;
    let folders: Vec<PathBuf> = projects
        .iter()
        .filter(|project| is_terragrunt(project))
        .map(|project| project.root.clone())
        .collect();
    if folders.is_empty() {
        return Vec::new();
    }
    let inputs = Inputs::default();
    let context = Context {
        system,
        sources,
        roots,
        inputs: &inputs,
    };
    let mut found: Vec<(PathBuf, Vec<Unit>, Vec<Diagnostic>)> = folders
        .into_par_iter()
        .map(|folder| {
            let (units, diagnostics) = terraform::units(&folder, &context);
            (clean(folder), units, diagnostics)
        })
        .collect();
    let used: BTreeSet<PathBuf> = found
        .iter()
        .flat_map(|(folder, units, _)| {
            let uses = units.iter().flat_map(|unit| &unit.uses);
            uses.map(clean).filter(move |used| used != folder)
        })
        .collect();
    found.retain(|(folder, ..)| !used.contains(folder));
    let units = found.iter().flat_map(|(_, units, _)| units);
    let own: BTreeSet<PathBuf> = units.map(|unit| clean(&unit.root)).collect();
    projects.retain(|project| match project.kind {
        ProjectKind::Terraform => {
            let root = clean(&project.root);
            !used.contains(&root) && !own.contains(&root)
        }
        ProjectKind::Terragrunt => false,
        _ => true,
    });
    projects.extend(own.into_iter().map(|root| Project {
        kind: ProjectKind::Terragrunt,
        root,
    }));
    projects.sort_by(|a, b| a.root.cmp(&b.root).then(a.kind.cmp(&b.kind)));
    found.into_iter().flat_map(|(.., told)| told).collect()
}
