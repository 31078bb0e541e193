//! One example through the stages.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use palisade_model::{Diagnostic, Graph, Language, Level, Resource};

use crate::check::{self, Checked, Finding, Options};
use crate::discover::{Project, ProjectKind};
use crate::lang::{self, Context, Inputs};
use crate::rules::{Rule, RuleSet, main_file};
use crate::system::{MemorySystem, Sources};
use crate::{fold, link, lower};

/// An example as the stages see it, with the verdict of its rule.
pub(super) struct Run {
    pub(super) language: Language,
    pub(super) files: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) sources: Sources,
    /// Folded, before they are linked.
    pub(super) resources: Vec<Arc<Resource>>,
    pub(super) graph: Graph,
    pub(super) checked: Checked,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Run {
    pub(super) fn of(
        language: Language,
        files: &BTreeMap<Arc<str>, Arc<str>>,
        rule: &Rule,
    ) -> Self {
        let system = MemorySystem::new(
            files
                .iter()
                .map(|(name, text)| (format!("/{name}"), text.as_bytes())),
        );
        let sources = Sources::default();
        let inputs = Inputs::default();
        let roots = [PathBuf::from("/")];
        let context = Context {
            system: &system,
            sources: &sources,
            roots: &roots,
            inputs: &inputs,
        };
        let evaluation = lang::evaluate(&project(language), &context);
        let lowered = lower::lower(evaluation.resources);
        let mut resources = lowered.resources;
        resources.extend(evaluation.settings);
        let resources = fold::fold(resources);
        let diagnostics = evaluation.diagnostics;
        let graph = link::link(resources.clone());
        let checked = check_one(rule, &graph, &sources);
        Self {
            language,
            files: files.clone(),
            sources,
            resources,
            graph,
            checked,
            diagnostics,
        }
    }

    /// What the example itself gets wrong.
    pub(super) fn problem(&self) -> Option<String> {
        let wrong = self
            .diagnostics
            .iter()
            .find(|diagnostic| diagnostic.level == Level::Error)?;
        let line = wrong.span.map_or(0, |span| {
            self.sources.file(span.file).line_column(span.start).line
        });
        Some(format!(
            "the example has an error in line {line}: {}",
            wrong.message
        ))
    }

    /// The text a finding underlines.
    pub(super) fn marked(&self, finding: &Finding) -> String {
        finding.span.map_or_else(String::new, |span| {
            self.sources.file(span.file).slice(span).to_owned()
        })
    }

    /// How many resources the rule judges.
    pub(super) fn judged(&self, rule: &Rule) -> usize {
        let nodes = rule.types.iter().map(|name| self.graph.of_type(name).len());
        nodes.sum()
    }

    /// The types that are there instead.
    pub(super) fn declared(&self) -> String {
        let types: Vec<_> = self.graph.types().map(|name| &**name).collect();
        if types.is_empty() {
            "no resource at all".to_owned()
        } else {
            types.join(", ")
        }
    }
}

/// The rule alone over a graph.
pub(super) fn check_one(rule: &Rule, graph: &Graph, sources: &Sources) -> Checked {
    let options = Options {
        sources,
        in_workspace: &|_| true,
        is_complete: true,
        selects: &|_| true,
        counts: true,
    };
    check::run(&RuleSet::of([rule.clone()]), graph, &options)
}

fn project(language: Language) -> Project {
    let (kind, folder) = match language {
        Language::Terraform => (ProjectKind::Terraform, true),
        Language::TerraformPlan => (ProjectKind::TerraformPlan, false),
        Language::TerraformState => (ProjectKind::TerraformState, false),
        Language::CloudFormation => (ProjectKind::CloudFormation, false),
        Language::Arm | Language::Live => (ProjectKind::Arm, false),
        Language::Bicep => (ProjectKind::Bicep, false),
    };
    let root = if folder {
        PathBuf::from("/")
    } else {
        PathBuf::from("/").join(main_file(language))
    };
    Project { kind, root }
}
