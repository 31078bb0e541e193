//! The one pipeline: discover → evaluate → lower → fold → link → check → suppress, for the command line, the language server,
//! tests and embedding alike.
//!
//! Projects are independent and run in parallel; what they give is merged and sorted, so that neither threads nor the order of
//! files show. A panic in one project becomes an `internal` diagnostic of that project.

mod catalog;
mod gathered;
mod implied;
mod merge;
mod progress;
mod roots;
mod settings;
mod stages;
mod summary;
mod units;
mod workers;

pub use catalog::Catalog;
pub use progress::Progress;
pub use settings::{ConfigChoice, Overrides};
pub use summary::Summary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use palisade_model::{Diagnostic, DiagnosticCode, Graph, Level, Resource};
use rayon::prelude::*;

use crate::check::{Finding, NotEvidenced, Tally, Undecided};
use crate::config::{FailOn, LoadError, closest};
use crate::discover::{self, Project};
use crate::rules::RuleSet;
use crate::suppress::{RuleNames, Scene, Suppressed, Suppressions};
use crate::system::{Sources, System};
use settings::Settings;

/// What is to be analyzed, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// Where the configuration comes from.
    pub config: ConfigChoice,
    /// What goes over it.
    pub overrides: Overrides,
    /// Whether the paths hold everything there is of an account, so that rules about all of it can fail.
    pub is_complete: bool,
    /// What of each unit is kept.
    pub keeps: Keeps,
    /// Told how far the analysis is.
    pub progress: Arc<Progress>,
}

/// What stays of a [`Unit`] after its findings are made: of large inputs, and of many environments, the rest is most of the memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeps {
    /// Everything.
    #[default]
    All,
    /// Everything but [`Unit::declared`], which is empty.
    Canonical,
    /// Neither [`Unit::declared`] nor [`Unit::graph`].
    Verdicts,
    /// Nor [`Unit::tallies`] and [`Unit::not_evidenced`].
    Findings,
}

/// Runs analyses against one system.
pub struct Analyzer {
    system: Arc<dyn System>,
    rules: Arc<RuleSet>,
}

/// What an analysis found.
#[derive(Debug)]
pub struct Analysis {
    /// The texts that spans point into.
    pub sources: Arc<Sources>,
    /// The rules of the run, those of the configuration included.
    pub catalog: Catalog,
    /// Each project, and each environment of it.
    pub units: Vec<Unit>,
    /// Sorted by place.
    pub findings: Vec<Arc<Finding>>,
    /// Verdicts that could not be reached; sorted by place.
    pub undecided: Vec<Undecided>,
    /// What somebody accepted; sorted by place.
    pub suppressed: Vec<Suppressed>,
    /// Problems with the input; sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Counts.
    pub summary: Summary,
    /// What the configuration of the first path says about the exit status.
    pub fail_on: Option<FailOn>,
    /// Whether that configuration wants undecided verdicts listed.
    pub show_unknown: bool,
    /// Which rules follow from which, by text.
    implications: implied::Implications,
}

/// One project in one environment, as it was understood.
#[derive(Debug)]
pub struct Unit {
    /// The project.
    pub project: Project,
    /// The environment of the configuration, where it has any.
    pub environment: Option<Arc<str>>,
    /// As the language spells it; nothing where the request does not keep it.
    pub declared: Vec<Arc<Resource>>,
    /// How many resources are declared here, those only referred to not counted.
    pub count: usize,
    /// As the provider spells it, satellites folded, joined by references; empty where the request does not keep it.
    pub graph: Graph,
    /// Files whose text decided something.
    pub files: Vec<PathBuf>,
    /// Declared types of its resources for which no table exists, one entry a resource.
    pub unmapped: Vec<Arc<str>>,
    /// How each rule that ran went.
    pub tallies: BTreeMap<Arc<str>, Tally>,
    /// Account-wide rules that nothing speaks for or against.
    pub not_evidenced: Vec<NotEvidenced>,
}

impl Analysis {
    /// The findings that follow from no other one at the same text.
    pub fn standing_alone(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter().map(Arc::as_ref);
        findings.filter(|finding| finding.implied_by.is_empty())
    }

    /// The rules that follow from this finding at its text, the most severe first.
    pub fn implied(&self, finding: &Finding) -> &[Arc<str>] {
        self.implications.rules(finding)
    }

    /// What a finding speaks for besides its own rule, with the names of so many rules: `implies 3 more: a, b, …`.
    pub fn implication(&self, finding: &Finding, named: usize) -> Option<String> {
        let implied = self.implied(finding);
        let mut names: Vec<&str> = implied.iter().map(|rule| &**rule).collect();
        let number = names.len();
        if number > named {
            names.truncate(named);
            names.push("…");
        }
        (number > 0).then(|| format!("implies {number} more: {}", names.join(", ")))
    }
}

impl Analyzer {
    /// An analyzer with the rules that come with Palisade.
    pub fn new(system: Arc<dyn System>) -> Self {
        Self {
            system,
            rules: Arc::new(RuleSet::embedded()),
        }
    }

    /// The rules that come with Palisade.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Analyzes.
    ///
    /// # Errors
    /// Only a configuration that cannot be used; everything that is wrong with the input is in [`Analysis::diagnostics`].
    pub fn analyze(&self, request: &Request) -> Result<Analysis, LoadError> {
        workers::run(|| self.analyze_here(request))
    }

    fn analyze_here(&self, request: &Request) -> Result<Analysis, LoadError> {
        let system = self.system.as_ref();
        let sources = Arc::new(Sources::default());
        let mut settings = Settings::new(&request.config, &request.overrides);
        let excluded = settings.exclusion(system, &sources, &request.paths)?;
        let (fail_on, show_unknown) = settings.reporting();
        let leaves_out = |path: &Path| excluded.is_match(path);
        let mut found = discover::projects(system, &sources, &request.paths, &leaves_out);
        let roots = roots::of(system, &request.paths);
        let mut diagnostics = found.diagnostics.clone();
        diagnostics.extend(units::settle(&mut found.projects, system, &sources, &roots));
        let paths = settings.rule_paths(system, &sources, &found.projects)?;
        let rules = self.with_rules(settings.as_of(), &sources, &paths, &mut diagnostics);
        let catalog = Catalog::new(rules);
        let tasks = settings.tasks(system, &sources, &found.projects)?;
        let scene = stages::Scene {
            system,
            sources: &sources,
            catalog: &catalog,
            roots,
            is_complete: request.is_complete,
            keeps: request.keeps,
        };
        let mut groups = stages::run_all(&tasks, &scene);
        let mut units = Vec::with_capacity(tasks.len());
        let mut undecided = Vec::new();
        for outcome in groups.iter_mut().flat_map(|group| group.outcomes.drain(..)) {
            diagnostics.extend(outcome.diagnostics);
            undecided.extend(outcome.undecided);
            units.push(outcome.unit);
        }
        let scene = (sources.as_ref(), &catalog);
        let mut merged = self.judge(&settings, &tasks, groups, scene, &mut diagnostics);
        diagnostics.extend(unknown_selectors(&tasks, &catalog));
        let findings = merged.take_findings(&sources);
        let mut analysis = Analysis {
            summary: Summary::of(&found, &units),
            sources,
            catalog,
            units,
            findings,
            undecided,
            suppressed: merged.suppressed,
            diagnostics,
            fail_on,
            show_unknown,
            implications: implied::Implications::default(),
        };
        implied::settle(analysis.findings.iter_mut().map(Arc::make_mut));
        implied::settle(analysis.suppressed.iter_mut().map(|one| &mut one.finding));
        analysis.implications = implied::Implications::of(&analysis.findings);
        merge::sort(&mut analysis);
        let mut summary = std::mem::take(&mut analysis.summary);
        summary.count(&analysis);
        analysis.summary = summary;
        Ok(analysis)
    }

    /// The rules of the product and those of these files, as of a day.
    fn with_rules(
        &self,
        as_of: Option<Date>,
        sources: &Sources,
        paths: &[PathBuf],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Arc<RuleSet> {
        if paths.is_empty() && as_of.is_none() {
            return self.rules.clone();
        }
        let (files, mut problems) = RuleSet::read(self.system.as_ref(), sources, paths, as_of);
        diagnostics.append(&mut problems);
        let mut usable = Vec::new();
        for mut file in files {
            if file.diagnostics.is_empty() {
                usable.push(file.rule);
            }
            diagnostics.append(&mut file.diagnostics);
        }
        Arc::new(RuleSet::as_of(as_of).with(usable))
    }

    /// What the stages found and nobody accepts, merged.
    fn judge(
        &self,
        settings: &Settings<'_>,
        tasks: &[settings::Task],
        groups: Vec<stages::Group<'_>>,
        (sources, catalog): (&Sources, &Catalog),
        diagnostics: &mut Vec<Diagnostic>,
    ) -> merge::Merged {
        let system = self.system.as_ref();
        let mut suppressions = Suppressions::of(system, sources);
        settings
            .configs()
            .for_each(|config| suppressions.add_config(config));
        let scene = Scene {
            sources,
            rules: catalog,
            system,
        };
        let mut parts: Vec<merge::Merged> = groups
            .into_par_iter()
            .map(|group| merge::Merged::of((group.tasks, group.gathered), &suppressions, &scene))
            .collect();
        let mut parts = parts.drain(..);
        let mut merged = parts.next().unwrap_or_default();
        parts.for_each(|part| merged.join(part));
        let ran = |rule: &str| {
            let aliases = catalog.aliases(rule);
            tasks.iter().any(|task| task.selection.runs(rule, &aliases))
        };
        diagnostics.extend(suppressions.finish(&merged.used, catalog, &ran));
        merged
    }
}

/// Does independent work in parallel: analyses, or what is told of one. The results are in the order of the inputs.
pub fn each<I: Sync, R: Send>(inputs: &[I], work: impl Fn(&I) -> R + Sync + Send) -> Vec<R> {
    workers::run(|| inputs.par_iter().map(work).collect())
}

/// Selectors that name no rule.
fn unknown_selectors(tasks: &[settings::Task], catalog: &Catalog) -> Vec<Diagnostic> {
    let mut unknown = BTreeMap::new();
    for task in tasks {
        for selector in task
            .selection
            .selectors()
            .filter(|selector| selector.as_str() != "all")
        {
            unknown
                .entry(selector.as_str().to_owned())
                .or_insert_with(|| selector.clone());
        }
    }
    if unknown.is_empty() {
        return Vec::new();
    }
    let rules = catalog.rules().rules();
    unknown.retain(|_, selector| {
        !rules
            .iter()
            .any(|rule| selector.matches(&rule.id, &rule.aliases))
    });
    unknown
        .keys()
        .map(|name| {
            let meant = closest(name, rules.iter().map(|rule| rule.id.as_ref()))
                .map_or(String::new(), |meant| format!(", did you mean `{meant}`?"));
            let message = format!("no rule is called `{name}`{meant}");
            Diagnostic {
                level: Level::Warning,
                code: DiagnosticCode::Configuration,
                message,
                span: None,
                path: None,
                related: Vec::new(),
            }
        })
        .collect()
}

/// The folder that a project's configuration is looked for from.
fn folder(project: &Project) -> &Path {
    use crate::discover::ProjectKind::*;
    match project.kind {
        Terraform | Terragrunt | CdkAssembly => &project.root,
        _ => project.root.parent().unwrap_or(Path::new(".")),
    }
}
