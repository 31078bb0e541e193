use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use palisade_model::{Diagnostic, DiagnosticCode, Level, Span};

use super::{Config, Environment, closest};
use crate::discover::clean;
use crate::system::{Sources, System};

/// Names the file may have, the first one wins.
pub const FILE_NAMES: [&str; 2] = ["palisade.toml", ".palisade.toml"];

/// How many files one may `extend`, one after the other.
const EXTEND_LIMIT: usize = 16;

/// A configuration file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// What is wrong, and where.
    pub diagnostic: Diagnostic,
    /// Where as text, `palisade.toml:3:1`, as the texts of the run go with it.
    pub place: Option<String>,
}

impl LoadError {
    /// An error of a whole file.
    pub(crate) fn about(message: String, path: String) -> Self {
        let place = Some(path.clone()).filter(|path| !path.is_empty());
        let diagnostic =
            Diagnostic::about(Level::Error, DiagnosticCode::Configuration, message, path);
        Self { diagnostic, place }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for LoadError {}

/// The configuration files that hold for the inputs of a run, each read once.
#[derive(Debug, Default)]
pub struct Chain {
    /// By folder: the file that holds there.
    folders: BTreeMap<PathBuf, Option<PathBuf>>,
    /// By file.
    files: BTreeMap<PathBuf, Config>,
}

impl Chain {
    /// The nearest file at or above a folder.
    pub fn find(&mut self, system: &dyn System, folder: &Path) -> Option<PathBuf> {
        let folder = system.current_directory().join(folder);
        let start = clean(&folder);
        for ancestor in start.ancestors() {
            let known = self
                .folders
                .entry(ancestor.to_path_buf())
                .or_insert_with(|| {
                    FILE_NAMES
                        .iter()
                        .map(|name| ancestor.join(name))
                        .find(|file| system.metadata(file).is_ok_and(|found| !found.is_directory))
                });
            if known.is_some() {
                return known.clone();
            }
        }
        None
    }

    /// The configuration of a file, merged with what it extends.
    pub fn config(
        &mut self,
        system: &dyn System,
        sources: &Sources,
        file: &Path,
    ) -> Result<&Config, LoadError> {
        if !self.files.contains_key(file) {
            let config = load(system, sources, file)?;
            self.files.insert(file.to_path_buf(), config);
        }
        Ok(&self.files[file])
    }
}

/// Reads a file and what it extends. Its paths become relative to the working directory, its globs absolute.
pub fn load(system: &dyn System, sources: &Sources, file: &Path) -> Result<Config, LoadError> {
    let mut chain = vec![read(system, sources, file)?];
    let mut place = file.to_path_buf();
    while let Some(extended) = chain.last().and_then(|config| config.extend.clone()) {
        if chain.len() == EXTEND_LIMIT {
            let shown = crate::discover::display(&place);
            return Err(LoadError::about(
                "it extends too many files, or itself".to_owned(),
                shown,
            ));
        }
        chain.push(read(system, sources, &extended)?);
        place = extended;
    }
    let mut merged = chain.pop().unwrap_or_default();
    while let Some(nearer) = chain.pop() {
        merged = merge(merged, nearer);
    }
    Ok(merged)
}

/// Reads one file.
fn read(system: &dyn System, sources: &Sources, file: &Path) -> Result<Config, LoadError> {
    let source = sources.load(system, file).map_err(|error| {
        LoadError::about(error.message.clone(), crate::discover::display(&error.path))
    })?;
    let mut config: Config = toml::from_str(&source.text).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        let span = Span::new(source.id, range.start as u32, range.end as u32);
        let message = with_suggestion(error.message());
        let diagnostic = Diagnostic::at(Level::Error, DiagnosticCode::Configuration, message, span);
        let place = source.line_column(span.start);
        let place = format!(
            "{}:{}:{}",
            crate::discover::display(file),
            place.line,
            place.column
        );
        LoadError {
            diagnostic,
            place: Some(place),
        }
    })?;
    let folder = file.parent().unwrap_or(Path::new(""));
    config.place(folder, &clean(system.current_directory().join(folder)));
    Ok(config)
}

/// Serde's ``unknown field `selct`, expected one of …`` with the key that was meant instead of all keys.
fn with_suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let (true, Some(given)) = (unknown, quoted.next()) else {
        return message.trim_end().to_owned();
    };
    let what = if message.starts_with("unknown field") {
        "key"
    } else {
        "value"
    };
    match closest(given, quoted) {
        Some(meant) => format!("unknown {what} `{given}`, did you mean `{meant}`?"),
        None => message
            .trim_end()
            .replacen("unknown field", "unknown key", 1),
    }
}

impl Config {
    /// Makes paths relative to where the file is, and globs absolute.
    fn place(&mut self, folder: &Path, absolute: &Path) {
        let below = |path: &mut PathBuf| *path = clean(folder.join(&*path));
        self.extend.iter_mut().for_each(below);
        self.rules.iter_mut().for_each(below);
        self.variable_files.iter_mut().for_each(below);
        for environment in self.environments.values_mut() {
            environment.variable_files.iter_mut().for_each(below);
        }
        let prefix = absolute.to_string_lossy().replace('\\', "/");
        let prefix = globset::escape(prefix.trim_end_matches('/'));
        let anchored = |glob: &str| match glob.trim_start_matches("./") {
            any if any.starts_with("**/") => format!("{prefix}/{any}"),
            name if !name.trim_end_matches('/').contains('/') => {
                format!("{prefix}/**/{}", name.trim_end_matches('/'))
            }
            path => format!("{prefix}/{}", path.trim_matches('/')),
        };
        self.exclude
            .iter_mut()
            .for_each(|glob| *glob = anchored(glob));
        for suppress in &mut self.suppress {
            suppress
                .path
                .iter_mut()
                .for_each(|glob| *glob = anchored(glob));
        }
        self.per_path_ignores = std::mem::take(&mut self.per_path_ignores)
            .into_iter()
            .map(|(glob, rules)| (anchored(&glob), rules))
            .collect();
    }
}

/// What `nearer` says, and what only `farther` says. Lists of places add up, everything else is replaced.
fn merge(farther: Config, nearer: Config) -> Config {
    let mut merged = Config {
        extend: None,
        select: nearer.select.or(farther.select),
        ignore: nearer.ignore.or(farther.ignore),
        severity: nearer.severity.or(farther.severity),
        fail_on: nearer.fail_on.or(farther.fail_on),
        show_unknown: nearer.show_unknown.or(farther.show_unknown),
        as_of: nearer.as_of.or(farther.as_of),
        workspace: nearer.workspace.or(farther.workspace),
        ..farther
    };
    merged.exclude.extend(nearer.exclude);
    merged.rules.extend(nearer.rules);
    merged.severities.extend(nearer.severities);
    merged.per_path_ignores.extend(nearer.per_path_ignores);
    merged.suppress.extend(nearer.suppress);
    merged.variables.extend(nearer.variables);
    merged.variable_files.extend(nearer.variable_files);
    merged.facts.extend(nearer.facts);
    for (name, environment) in nearer.environments {
        merge_environment(merged.environments.entry(name).or_default(), environment);
    }
    merged
}

fn merge_environment(farther: &mut Environment, nearer: Environment) {
    farther.variables.extend(nearer.variables);
    farther.variable_files.extend(nearer.variable_files);
    farther.workspace = nearer.workspace.or(farther.workspace.take());
    farther.facts.extend(nearer.facts);
}
