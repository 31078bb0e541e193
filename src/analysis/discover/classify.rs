//! What one file is.

use std::path::Path;

use palisade_model::{Diagnostic, DiagnosticCode, Level};

use super::marks::{self, Marks};
use super::{ProjectKind, calls, display, unreadable};
use crate::system::{MAXIMUM_FILE_LENGTH, Sources, System};

/// Endings of files that only Palisade's languages use.
const OWN: [&str; 7] = [
    ".tf",
    ".tofu",
    ".tf.json",
    ".tofu.json",
    ".bicep",
    ".bicepparam",
    ".tfstate",
];

/// Files of Terragrunt that make a folder a unit or a stack.
const TERRAGRUNT: [&str; 3] = [
    "terragrunt.hcl",
    "terragrunt.hcl.json",
    "terragrunt.stack.hcl",
];

/// Endings of files whose content decides.
const SHARED: [&str; 8] = [
    ".yaml",
    ".yml",
    ".json",
    ".jsonc",
    ".template",
    ".cfn",
    ".cform",
    ".cloudformation",
];

/// How far into a file its marks are looked for. A template shows what it is long before.
const MARKS_LENGTH: usize = 8 << 20;

/// A file and what keeps it from being read.
pub(super) struct Classified {
    pub(super) class: Class,
    pub(super) diagnostic: Option<Diagnostic>,
}

/// What a file is.
pub(super) enum Class {
    /// No template.
    None,
    /// Part of a Terraform module, with the local modules it calls.
    Terraform { calls: Vec<String>, empty: bool },
    /// A Terragrunt unit or stack, or a file that units include.
    Terragrunt,
    /// A Bicep or parameter file, with the files it uses.
    Bicep { uses: Vec<String> },
    /// An ARM template that the Bicep compiler wrote.
    CompiledBicep,
    /// Another ARM template, with the files beside it that it links.
    Arm { uses: Vec<String> },
    /// A template of its own.
    Template(ProjectKind),
}

impl Classified {
    const fn of(class: Class) -> Self {
        Self {
            class,
            diagnostic: None,
        }
    }

    fn failed(diagnostic: Diagnostic) -> Self {
        Self {
            class: Class::None,
            diagnostic: Some(diagnostic),
        }
    }
}

/// Classifies a file. A named one that is not understood is told about; others are passed over in silence.
pub(super) fn classify(
    system: &dyn System,
    sources: &Sources,
    file: &Path,
    named: bool,
) -> Classified {
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&OWN) || TERRAGRUNT.contains(&&*name) {
        own(system, sources, file, &name, named)
    } else if ends(&SHARED) || named {
        shared(system, sources, file, named, ends(&SHARED))
    } else {
        Classified::of(Class::None)
    }
}

/// A file whose name says what it is. What cannot be read of it, its front end reports; of a broken link there is none.
fn own(system: &dyn System, sources: &Sources, file: &Path, name: &str, named: bool) -> Classified {
    let source = match sources.load(system, file) {
        Ok(source) => source,
        Err(error) => return Classified::failed(error.diagnostic()),
    };
    let text = source.text.as_ref();
    let empty = is_blank(text);
    if empty && (named || name.contains(".bicep") || name.ends_with(".tfstate")) {
        return Classified::failed(unreadable(file, "is empty: there is nothing to check"));
    }
    Classified::of(if TERRAGRUNT.contains(&name) {
        Class::Terragrunt
    } else if file
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
    {
        let calls = marks::json(text)
            .sources
            .iter()
            .map(|&call| call.to_owned())
            .collect();
        Class::Terraform { calls, empty }
    } else if name.contains(".bicep") {
        Class::Bicep {
            uses: calls::bicep(text),
        }
    } else if name.ends_with(".tfstate") {
        Class::Template(ProjectKind::TerraformState)
    } else {
        Class::Terraform {
            calls: calls::terraform(text),
            empty,
        }
    })
}

/// A file whose content decides.
fn shared(
    system: &dyn System,
    sources: &Sources,
    file: &Path,
    named: bool,
    usual: bool,
) -> Classified {
    let bytes = match system.read(file) {
        Ok(bytes) => bytes,
        Err(error) => return Classified::failed(unreadable(file, &super::reason(&error))),
    };
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(MARKS_LENGTH)]);
    if is_blank(&head) {
        return if named {
            Classified::failed(unreadable(file, "is empty: there is nothing to check"))
        } else {
            Classified::of(Class::None)
        };
    }
    let json = head
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '/']);
    let marks = if json {
        marks::json(&head)
    } else {
        marks::yaml(&head)
    };
    let Some(class) = template(&marks) else {
        return other(file, &bytes, named, usual);
    };
    let plan = matches!(class, Class::Template(ProjectKind::TerraformPlan));
    if bytes.len() as u64 <= MAXIMUM_FILE_LENGTH || plan {
        match String::from_utf8(bytes) {
            Ok(text) => {
                sources.insert(file, text);
            }
            // The second reading says what is wrong, and where.
            Err(_) => return refused(system, sources, file),
        }
        return Classified::of(class);
    }
    refused(system, sources, file)
}

/// The reason why a template cannot be read as text.
fn refused(system: &dyn System, sources: &Sources, file: &Path) -> Classified {
    match sources.load(system, file) {
        Ok(_) => Classified::of(Class::None),
        Err(error) => Classified::failed(error.diagnostic()),
    }
}

/// A file without the marks of a template.
fn other(file: &Path, bytes: &[u8], named: bool, usual: bool) -> Classified {
    if !named {
        return Classified::of(Class::None);
    }
    let path = display(file);
    if std::str::from_utf8(bytes).is_err() {
        let what = if bytes[..bytes.len().min(8192)].contains(&0) {
            "is binary, not text".to_owned()
        } else {
            let text = String::from_utf8_lossy(bytes);
            let before = text.split('\u{fffd}').next().unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            format!(
                "is not UTF-8: invalid byte at offset {}, line {line}",
                before.len()
            )
        };
        return Classified::failed(unreadable(file, &what));
    }
    let what = if usual {
        "shows no sign of being a template"
    } else {
        "is of no kind that Palisade reads"
    };
    Classified::failed(Diagnostic::about(
        Level::Note,
        DiagnosticCode::Unreadable,
        format!("{path} {what}; not checked"),
        path,
    ))
}

/// What the marks of a YAML or JSON text say.
fn template(marks: &Marks<'_>) -> Option<Class> {
    let schema = marks.text("$schema").to_lowercase();
    if schema.contains("deploymenttemplate.json") {
        return Some(if marks.made_by_bicep {
            Class::CompiledBicep
        } else {
            arm(marks)
        });
    }
    if is_cloudformation(marks) {
        return Some(Class::Template(ProjectKind::CloudFormation));
    }
    if marks.has("format_version")
        && (marks.has("planned_values") || marks.has("resource_changes") || marks.has("values"))
    {
        return Some(Class::Template(ProjectKind::TerraformPlan));
    }
    if marks.has("terraform_version") && marks.has("lineage") {
        return Some(Class::Template(ProjectKind::TerraformState));
    }
    let is_arm = marks.has("resources")
        && marks
            .types
            .iter()
            .any(|kind| kind.contains('.') && kind.contains('/'));
    is_arm.then(|| arm(marks))
}

fn arm(marks: &Marks<'_>) -> Class {
    let uses = marks.links.iter();
    Class::Arm {
        uses: uses.map(|&link| link.to_owned()).collect(),
    }
}

/// The AWS CloudFormation User Guide, "Template anatomy": `Resources` is the only section that is required.
fn is_cloudformation(marks: &Marks<'_>) -> bool {
    let format = marks.has("AWSTemplateFormatVersion") || marks.text("Transform").contains("AWS::");
    format || (marks.has("Resources") && marks.types.iter().any(|kind| kind.contains("::")))
}

fn is_blank(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim().is_empty()
}
