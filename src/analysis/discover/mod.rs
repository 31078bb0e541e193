//! Discover: which files of the given paths form one root module, template or deployment.
//!
//! Names decide for Terraform and Bicep, content for everything that is spelled in YAML or JSON. Classification never parses: it
//! reads marks that survive in a truncated file, so that the front end reports the damage at its place. Files that are no
//! template (`package.json`, manifests of Kubernetes, compose files) are nobody's error.

mod calls;
mod classify;
mod marks;
mod path;

pub use path::{clean, display};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use palisade_model::{Diagnostic, DiagnosticCode, Level};
use rayon::prelude::*;

use crate::system::{Sources, System};
use classify::{Class, Classified};

/// Files that are evaluated together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Project {
    /// What they are.
    pub kind: ProjectKind,
    /// The folder of a Terraform root module, Terragrunt unit or CDK assembly; the file of everything else.
    pub root: PathBuf,
}

/// What a project is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProjectKind {
    /// A root module: the `.tf`, `.tofu`, `.tf.json` files of one folder.
    Terraform,
    /// `terraform show -json` of a plan.
    TerraformPlan,
    /// A state file, version 4.
    TerraformState,
    /// A folder with a `terragrunt.hcl` or `terragrunt.stack.hcl`. Which units it holds, only their evaluation tells.
    Terragrunt,
    /// One CloudFormation or SAM template.
    CloudFormation,
    /// A `cdk.out` folder.
    CdkAssembly,
    /// One ARM template.
    Arm,
    /// One `.bicep` that no other one of the run uses as a module, or a `.bicepparam`.
    Bicep,
}

impl ProjectKind {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform module",
            Self::TerraformPlan => "Terraform plan",
            Self::TerraformState => "Terraform state",
            Self::Terragrunt => "Terragrunt unit",
            Self::CloudFormation => "CloudFormation template",
            Self::CdkAssembly => "CDK assembly",
            Self::Arm => "ARM template",
            Self::Bicep => "Bicep file",
        }
    }
}

/// What the given paths hold.
#[derive(Debug, Default)]
pub struct Discovery {
    /// Sorted.
    pub projects: Vec<Project>,
    /// Files that should have been read and could not be.
    pub diagnostics: Vec<Diagnostic>,
    /// Templates that another project makes superfluous, each with the reason: a `main.json` compiled from the `main.bicep` beside it.
    pub left_out: Vec<(PathBuf, &'static str)>,
    /// How many files were looked at.
    pub files: usize,
}

/// The projects of files and folders. A file that is named is taken whatever its name says; a folder is walked.
pub fn projects(
    system: &dyn System,
    sources: &Sources,
    paths: &[PathBuf],
    excluded: &(dyn Fn(&Path) -> bool + Sync),
) -> Discovery {
    let mut discovery = Discovery::default();
    let files = files(system, paths, excluded, &mut discovery.diagnostics);
    discovery.files = files.len();
    let assemblies = assemblies(&files);
    let candidates: Vec<(&PathBuf, bool)> = files
        .iter()
        .filter(|(file, _)| !below_any(file, &assemblies))
        .map(|(file, &named)| (file, named))
        .collect();
    let classified: Vec<Classified> = candidates
        .par_iter()
        .map(|&(file, named)| classify::classify(system, sources, file, named))
        .collect();
    let mut found: BTreeSet<Project> = assemblies
        .into_iter()
        .map(|root| Project {
            kind: ProjectKind::CdkAssembly,
            root,
        })
        .collect();
    gather(&candidates, classified, &mut found, &mut discovery);
    discovery.projects = found.into_iter().collect();
    discovery
        .projects
        .sort_by(|a, b| a.root.cmp(&b.root).then(a.kind.cmp(&b.kind)));
    discovery
}

/// Every file of the given paths; true for those named themselves.
fn files(
    system: &dyn System,
    paths: &[PathBuf],
    excluded: &(dyn Fn(&Path) -> bool + Sync),
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<PathBuf, bool> {
    let mut files = BTreeMap::new();
    for path in paths {
        let path = clean(path);
        match system.metadata(&path) {
            Err(error) => diagnostics.push(unreadable(&path, &reason(&error))),
            Ok(metadata) if !metadata.is_directory => {
                files.insert(path, true);
            }
            Ok(_) => {
                let walk = system.walk(&path);
                for (place, error) in walk.errors {
                    diagnostics.push(unreadable(&clean(&place), &reason(&error)));
                }
                for file in walk.files {
                    let file = clean(&file);
                    if !excluded(&file) {
                        files.entry(file).or_insert(false);
                    }
                }
            }
        }
    }
    files
}

/// Folders that the CDK wrote: they hold both `manifest.json` and the marker file `cdk.out`. Those of stages lie inside another,
/// and are read with it.
fn assemblies(files: &BTreeMap<PathBuf, bool>) -> Vec<PathBuf> {
    let manifests = files.keys().filter(|file| file.ends_with("manifest.json"));
    let mut folders: Vec<PathBuf> = manifests
        .map(|file| file.parent().map(clean).unwrap_or_default())
        .filter(|folder| files.contains_key(&clean(folder.join("cdk.out"))))
        .collect();
    folders.sort_by_key(|folder| folder.components().count());
    let mut roots: Vec<PathBuf> = Vec::new();
    for folder in folders {
        if !below_any(&folder, &roots) {
            roots.push(folder);
        }
    }
    roots.sort();
    roots
}

fn below_any(path: &Path, roots: &[PathBuf]) -> bool {
    roots
        .iter()
        .any(|root| path.starts_with(root) || root == Path::new("."))
}

/// Puts classified files together to projects.
fn gather(
    candidates: &[(&PathBuf, bool)],
    classified: Vec<Classified>,
    found: &mut BTreeSet<Project>,
    discovery: &mut Discovery,
) {
    let mut parts = Parts::default();
    for (&(file, _), classified) in candidates.iter().zip(classified) {
        discovery.diagnostics.extend(classified.diagnostic);
        parts.add(file, classified.class, found);
    }
    for file in parts.compiled {
        if parts.biceps.contains_key(&file.with_extension("bicep")) {
            discovery
                .left_out
                .push((file, "compiled from the Bicep file beside it"));
        } else {
            found.insert(Project {
                kind: ProjectKind::Arm,
                root: file,
            });
        }
    }
    let arms = roots(&parts.arms);
    found.extend(arms.into_iter().map(|root| Project {
        kind: ProjectKind::Arm,
        root,
    }));
    terraform_roots(&parts.folders, found, &mut discovery.diagnostics);
    let roots = roots(&parts.biceps);
    found.extend(roots.into_iter().map(|root| Project {
        kind: ProjectKind::Bicep,
        root,
    }));
}

/// Files that become projects only together.
#[derive(Default)]
struct Parts {
    folders: BTreeMap<PathBuf, Folder>,
    /// By file, what it uses.
    biceps: BTreeMap<PathBuf, Vec<PathBuf>>,
    compiled: Vec<PathBuf>,
    /// By template, what it links.
    arms: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl Parts {
    fn add(&mut self, file: &Path, class: Class, found: &mut BTreeSet<Project>) {
        let parent = clean(file.parent().unwrap_or(Path::new("")));
        let below = |names: Vec<String>| {
            names
                .into_iter()
                .map(|name| clean(parent.join(name)))
                .collect::<Vec<_>>()
        };
        match class {
            Class::None => {}
            Class::Terraform { calls, empty } => {
                let calls = below(calls);
                let folder = self.folders.entry(parent).or_insert_with(Folder::new);
                folder.calls.extend(calls);
                folder.empty &= empty;
                folder.file.get_or_insert_with(|| file.to_path_buf());
            }
            Class::Terragrunt => {
                found.insert(Project {
                    kind: ProjectKind::Terragrunt,
                    root: parent,
                });
            }
            Class::Bicep { uses } => {
                self.biceps.insert(file.to_path_buf(), below(uses));
            }
            Class::Arm { uses } => {
                self.arms.insert(file.to_path_buf(), below(uses));
            }
            Class::CompiledBicep => self.compiled.push(file.to_path_buf()),
            Class::Template(kind) => {
                found.insert(Project {
                    kind,
                    root: file.to_path_buf(),
                });
            }
        }
    }
}

/// The Terraform files of one folder.
struct Folder {
    calls: Vec<PathBuf>,
    empty: bool,
    file: Option<PathBuf>,
}

impl Folder {
    const fn new() -> Self {
        Self {
            calls: Vec::new(),
            empty: true,
            file: None,
        }
    }
}

/// Root modules: folders that no other folder calls.
fn terraform_roots(
    folders: &BTreeMap<PathBuf, Folder>,
    found: &mut BTreeSet<Project>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let calls = folders
        .iter()
        .map(|(folder, content)| (folder.clone(), content.calls.clone()))
        .collect();
    for root in roots(&calls) {
        let folder = &folders[&root];
        match &folder.file {
            None => {}
            Some(file) if folder.empty => {
                diagnostics.push(unreadable(file, "is empty: there is nothing to check"));
            }
            Some(_) => {
                found.insert(Project {
                    kind: ProjectKind::Terraform,
                    root,
                });
            }
        }
    }
}

/// What nothing else uses. Of a cycle that nothing outside uses, the first in order stands for all.
fn roots(uses: &BTreeMap<PathBuf, Vec<PathBuf>>) -> Vec<PathBuf> {
    let used: BTreeSet<&PathBuf> = uses
        .iter()
        .flat_map(|(user, used)| used.iter().filter(move |used| *used != user))
        .collect();
    let mut roots: Vec<PathBuf> = uses
        .keys()
        .filter(|node| !used.contains(node))
        .cloned()
        .collect();
    let mut reached = BTreeSet::new();
    for root in &roots {
        reach(root, uses, &mut reached);
    }
    for node in uses.keys() {
        if !reached.contains(node) {
            roots.push(node.clone());
            reach(node, uses, &mut reached);
        }
    }
    roots.sort();
    roots
}

/// Marks what `start` uses, directly or not.
fn reach(start: &Path, uses: &BTreeMap<PathBuf, Vec<PathBuf>>, reached: &mut BTreeSet<PathBuf>) {
    let mut pending = vec![start.to_path_buf()];
    while let Some(node) = pending.pop() {
        if reached.insert(node.clone()) {
            pending.extend(uses.get(&node).into_iter().flatten().cloned());
        }
    }
}

/// A file that should have been read.
fn unreadable(path: &Path, reason: &str) -> Diagnostic {
    let path = display(path);
    Diagnostic::about(
        Level::Error,
        DiagnosticCode::Unreadable,
        format!("{path} {reason}"),
        path,
    )
}

/// An operating system error, as [`crate::system::ReadError`] puts it.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            "does not exist, or is a link that leads nowhere".to_owned()
        }
        std::io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}
