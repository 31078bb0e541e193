use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{Glob, GlobMatcher, GlobSet, GlobSetBuilder};
use jiff::civil::Date;
use palisade_model::Severity;

use super::folder;
use crate::check::Finding;
use crate::config::{Chain, Config, FailOn, LoadError, Selector, variable_text};
use crate::discover::{Project, ProjectKind, clean};
use crate::lang::{Given, Inputs};
use crate::system::{Sources, System};

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigChoice {
    /// From the file nearest to each input, looking upward.
    #[default]
    Discover,
    /// From this file for every input.
    File(PathBuf),
    /// From nowhere.
    None,
}

/// What the command line says; it goes over the configuration.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// In place of `select`.
    pub select: Option<Vec<String>>,
    /// In addition to `ignore`.
    pub ignore: Vec<String>,
    /// In place of `severity`.
    pub severity: Option<Severity>,
    /// After `variables` and `variable-files`, in order.
    pub given: Vec<Given>,
    /// In place of `workspace`.
    pub workspace: Option<String>,
    /// Only this environment.
    pub environment: Option<String>,
    /// In place of `as-of`.
    pub as_of: Option<Date>,
}

/// The configuration of a run: one of several, by input.
pub(super) struct Settings<'r> {
    choice: &'r ConfigChoice,
    overrides: &'r Overrides,
    chain: Chain,
    used: BTreeSet<PathBuf>,
    configs: BTreeMap<PathBuf, Arc<Config>>,
    plain: Arc<Config>,
    first: Option<Arc<Config>>,
}

/// One project in one environment, and what its configuration says.
pub(super) struct Task {
    pub(super) project: Project,
    pub(super) inputs: Inputs,
    pub(super) selection: Arc<Selection>,
}

/// Which rules run, and what is reported of them.
#[derive(Debug, Default)]
pub(super) struct Selection {
    select: Option<Vec<Selector>>,
    ignore: Vec<Selector>,
    severity: Option<Severity>,
    severities: Vec<(Selector, Severity)>,
    per_path: Vec<(GlobMatcher, Vec<Selector>)>,
}

impl<'r> Settings<'r> {
    pub(super) fn new(choice: &'r ConfigChoice, overrides: &'r Overrides) -> Self {
        Self {
            choice,
            overrides,
            chain: Chain::default(),
            used: BTreeSet::new(),
            configs: BTreeMap::new(),
            plain: Arc::default(),
            first: None,
        }
    }

    /// The configuration that holds in a folder.
    pub(super) fn config(
        &mut self,
        system: &dyn System,
        sources: &Sources,
        folder: &Path,
    ) -> Result<Arc<Config>, LoadError> {
        let file = match self.choice {
            ConfigChoice::None => None,
            ConfigChoice::File(file) => Some(file.clone()),
            ConfigChoice::Discover => self.chain.find(system, folder),
        };
        let Some(file) = file else {
            return Ok(self.plain.clone());
        };
        let shown = shortened(system, &file);
        if let Some(known) = self.configs.get(&shown) {
            return Ok(known.clone());
        }
        let config = Arc::new(self.chain.config(system, sources, &shown)?.clone());
        self.used.insert(shown.clone());
        self.first.get_or_insert_with(|| config.clone());
        self.configs.insert(shown, config.clone());
        Ok(config)
    }

    /// Every configuration used so far.
    pub(super) fn configs(&self) -> impl Iterator<Item = &Config> {
        self.configs.values().map(Arc::as_ref)
    }

    /// What the first configuration used says about exit status and output.
    pub(super) fn reporting(&self) -> (Option<FailOn>, bool) {
        let first = self.first.as_ref().unwrap_or(&self.plain);
        (first.fail_on, first.show_unknown == Some(true))
    }

    /// The day as of which the run judges ends of support: of the first configuration used, where the command line names none.
    pub(super) fn as_of(&self) -> Option<Date> {
        let first = self.first.as_ref().and_then(|first| first.as_of);
        self.overrides.as_of.or(first)
    }

    /// What the configurations of the given paths leave out. The files below a path can have configurations of their own; those
    /// leave out nothing, as they are found only through the files they hold for.
    pub(super) fn exclusion(
        &mut self,
        system: &dyn System,
        sources: &Sources,
        paths: &[PathBuf],
    ) -> Result<Exclusion, LoadError> {
        let mut builder = GlobSetBuilder::new();
        for path in paths {
            let is_directory = system.metadata(path).is_ok_and(|found| found.is_directory);
            let folder = if is_directory {
                path.as_path()
            } else {
                path.parent().unwrap_or(Path::new(""))
            };
            let config = self.config(system, sources, folder)?;
            for glob in &config.exclude {
                for pattern in [glob.clone(), format!("{glob}/**")] {
                    builder.add(self.glob(&pattern)?);
                }
            }
        }
        let globs = builder.build().unwrap_or_default();
        Ok(Exclusion {
            globs,
            current: system.current_directory(),
        })
    }

    fn glob(&self, pattern: &str) -> Result<Glob, LoadError> {
        Glob::new(pattern).map_err(|error| {
            let place = self
                .used
                .first()
                .map_or(String::new(), |file| crate::discover::display(file));
            let message = format!("`{pattern}` is no glob: {}", error.kind());
            LoadError::about(message, place)
        })
    }

    /// Folders and files with rules, of every configuration that holds for a project.
    pub(super) fn rule_paths(
        &mut self,
        system: &dyn System,
        sources: &Sources,
        projects: &[Project],
    ) -> Result<Vec<PathBuf>, LoadError> {
        let mut paths = BTreeSet::new();
        for project in projects {
            let config = self.config(system, sources, folder(project))?;
            paths.extend(config.rules.iter().cloned());
        }
        Ok(paths.into_iter().collect())
    }

    /// Each project in each of its environments.
    pub(super) fn tasks(
        &mut self,
        system: &dyn System,
        sources: &Sources,
        projects: &[Project],
    ) -> Result<Vec<Task>, LoadError> {
        let mut tasks = Vec::new();
        let stacks: Arc<[PathBuf]> = projects
            .iter()
            .filter(|project| project.kind == ProjectKind::CloudFormation)
            .map(|project| project.root.clone())
            .collect();
        let mut selections: BTreeMap<*const Config, Arc<Selection>> = BTreeMap::new();
        for project in projects {
            let config = self.config(system, sources, folder(project))?;
            let selection = match selections.get(&Arc::as_ptr(&config)) {
                Some(known) => known.clone(),
                None => Arc::new(self.selection(&config)?),
            };
            selections.insert(Arc::as_ptr(&config), selection.clone());
            for environment in self.environments(&config) {
                let mut inputs = self.inputs(&config, environment);
                if project.kind == ProjectKind::CloudFormation {
                    inputs.stacks = stacks.clone();
                }
                tasks.push(Task {
                    project: project.clone(),
                    inputs,
                    selection: selection.clone(),
                });
            }
        }
        Ok(tasks)
    }

    /// The names of the environments to evaluate; one without a name where there are none.
    fn environments<'c>(&self, config: &'c Config) -> Vec<Option<&'c str>> {
        let wanted = |name: &&String| {
            self.overrides
                .environment
                .as_ref()
                .is_none_or(|only| only == *name)
        };
        let names: Vec<_> = config
            .environments
            .keys()
            .filter(wanted)
            .map(|name| Some(name.as_str()))
            .collect();
        if names.is_empty() { vec![None] } else { names }
    }

    fn inputs(&self, config: &Config, environment: Option<&str>) -> Inputs {
        let own = environment.and_then(|name| config.environments.get(name));
        let mut variables = config.variables.clone();
        variables.extend(own.into_iter().flat_map(|own| own.variables.clone()));
        let mut facts = config.facts.clone();
        facts.extend(own.into_iter().flat_map(|own| own.facts.clone()));
        let named = variables
            .iter()
            .map(|(name, value)| Given::Variable(name.clone(), variable_text(value)));
        let own_files = own.into_iter().flat_map(|own| &own.variable_files);
        let files = config.variable_files.iter().chain(own_files);
        Inputs {
            given: files
                .map(|path| Given::File(path.clone()))
                .chain(named)
                .chain(self.overrides.given.iter().cloned())
                .collect(),
            workspace: self
                .overrides
                .workspace
                .clone()
                .or_else(|| own.and_then(|own| own.workspace.clone()))
                .or_else(|| config.workspace.clone()),
            environment: environment.map(Arc::from),
            facts: facts.into_iter().collect(),
            stacks: Arc::default(),
        }
    }

    fn selection(&self, config: &Config) -> Result<Selection, LoadError> {
        let selectors = |texts: &[String]| {
            texts
                .iter()
                .map(|text| Selector::new(text))
                .collect::<Vec<_>>()
        };
        let ignored: Vec<String> = config
            .ignore
            .iter()
            .flatten()
            .chain(&self.overrides.ignore)
            .cloned()
            .collect();
        let mut per_path = Vec::new();
        for (glob, rules) in &config.per_path_ignores {
            per_path.push((self.glob(glob)?.compile_matcher(), selectors(rules)));
        }
        Ok(Selection {
            select: self
                .overrides
                .select
                .as_ref()
                .or(config.select.as_ref())
                .map(|texts| selectors(texts)),
            ignore: selectors(&ignored),
            severity: self.overrides.severity.or(config.severity),
            severities: config
                .severities
                .iter()
                .map(|(rule, severity)| (Selector::new(rule), *severity))
                .collect(),
            per_path,
        })
    }
}

impl Selection {
    /// Whether a rule runs.
    pub(super) fn runs(&self, rule: &str, aliases: &[Arc<str>]) -> bool {
        let named = |selectors: &[Selector]| {
            selectors
                .iter()
                .any(|selector| selector.matches(rule, aliases))
        };
        self.select.as_deref().is_none_or(named) && !named(&self.ignore)
    }

    /// Every selector, to tell those that name nothing.
    pub(super) fn selectors(&self) -> impl Iterator<Item = &Selector> {
        let severities = self.severities.iter().map(|(selector, _)| selector);
        let per_path = self.per_path.iter().flat_map(|(_, selectors)| selectors);
        self.select
            .iter()
            .flatten()
            .chain(&self.ignore)
            .chain(severities)
            .chain(per_path)
    }

    /// A finding as the configuration has it; none where it is not to be reported.
    pub(super) fn finding(
        &self,
        mut finding: Arc<Finding>,
        aliases: &[Arc<str>],
        file: &dyn Fn() -> Option<PathBuf>,
    ) -> Option<Arc<Finding>> {
        let id = finding.rule_id.clone();
        if !self.runs(&id, aliases) {
            return None;
        }
        // The longest selector says most about one rule.
        let own = self
            .severities
            .iter()
            .filter(|(selector, _)| selector.matches(&id, aliases));
        if let Some((_, severity)) = own.max_by_key(|(selector, _)| selector.as_str().len()) {
            Arc::make_mut(&mut finding).severity = *severity;
        }
        let left_out = |(glob, rules): &(GlobMatcher, Vec<Selector>)| {
            rules.iter().any(|rule| rule.matches(&id, aliases))
                && file().is_some_and(|file| glob.is_match(file))
        };
        let reported = self.severity.is_none_or(|least| finding.severity >= least);
        (reported && !self.per_path.iter().any(left_out)).then_some(finding)
    }
}

/// Files that the configuration leaves out.
pub(super) struct Exclusion {
    globs: GlobSet,
    current: PathBuf,
}

impl Exclusion {
    pub(super) fn is_match(&self, path: &Path) -> bool {
        !self.globs.is_empty() && self.globs.is_match(clean(self.current.join(path)))
    }
}

/// A path relative to the working directory, where it lies below it.
fn shortened(system: &dyn System, file: &Path) -> PathBuf {
    let current = clean(system.current_directory());
    clean(file.strip_prefix(&current).unwrap_or(file))
}
