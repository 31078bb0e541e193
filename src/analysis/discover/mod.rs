//! Discover: which files of the given paths form one root module, template or deployment.

use std::path::PathBuf;

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
    /// A folder with a `terragrunt.hcl`.
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
