//! Sets of rules: those of the product, parsed only when a type asks for them, and those of users.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

use jiff::civil::Date;
use palisade_model::{Diagnostic, DiagnosticCode, Level, Span};
use palisade_syntax::{json, yaml};

use super::{Examples, Rule, Scope, load};
use crate::embedded::{File, RULES};
use crate::system::{SourceFile, Sources, System};

/// The rules of a run.
#[derive(Debug, Default)]
pub struct RuleSet {
    /// In the order of their paths.
    embedded: Vec<Embedded>,
    /// In the order they were given.
    loaded: Vec<Arc<Rule>>,
    /// The positions of the embedded rules by id.
    by_id: OnceLock<BTreeMap<String, usize>>,
    /// The day as of which calendars are judged, where it is not that of each calendar.
    as_of: Option<Date>,
    /// The rules of the types that were asked for.
    by_type: RwLock<HashMap<String, Arc<[Arc<Rule>]>>>,
    /// Those of accounts.
    account_wide: OnceLock<Vec<Arc<Rule>>>,
}

#[derive(Debug)]
struct Embedded {
    file: File,
    rule: OnceLock<Option<Arc<Rule>>>,
}

/// A rule file as a user wrote it, and what is wrong with it.
#[derive(Debug)]
pub struct RuleFile {
    /// What could be read.
    pub rule: Rule,
    /// The text.
    pub source: Arc<SourceFile>,
    /// What is wrong with it. A rule with errors must not be used.
    pub diagnostics: Vec<Diagnostic>,
}

impl Embedded {
    fn rule(&self, as_of: Option<Date>) -> Option<&Arc<Rule>> {
        self.rule
            .get_or_init(|| {
                let parse = json::parse(self.file.json);
                let (rule, errors) = load::trusted(&id_of(self.file.path), &parse.tree, as_of);
                (parse.errors.is_empty() && errors.is_empty()).then(|| Arc::new(rule))
            })
            .as_ref()
    }

    /// Told from the text, so that no file is parsed for it.
    fn is_account_wide(&self) -> bool {
        self.file.json.contains(r#""scope":"account""#)
    }
}

impl RuleSet {
    /// The rules of the product. Calendars are judged as of this day; without one, each as of the day on which it was read.
    pub fn as_of(day: Option<Date>) -> Self {
        Self {
            as_of: day,
            ..Self::embedded()
        }
    }

    /// The rules of the product.
    pub fn embedded() -> Self {
        let embedded = RULES.files().map(|file| Embedded {
            file,
            rule: OnceLock::new(),
        });
        Self {
            embedded: embedded.collect(),
            ..Self::default()
        }
    }

    /// These rules alone.
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self {
            loaded: rules.into_iter().map(Arc::new).collect(),
            ..Self::default()
        }
    }

    /// The same rules and these; one of a user replaces one of the product that has the same id.
    #[must_use]
    pub fn with(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        for rule in rules {
            self.embedded
                .retain(|known| id_of(known.file.path) != *rule.id);
            self.loaded.retain(|known| known.id != rule.id);
            self.loaded.push(Arc::new(rule));
        }
        self.by_id = OnceLock::new();
        self.by_type = RwLock::default();
        self.account_wide = OnceLock::new();
        self
    }

    /// All rules, sorted by id. This parses every one.
    pub fn rules(&self) -> Vec<Arc<Rule>> {
        let mut rules: Vec<_> = self
            .embedded
            .iter()
            .filter_map(|known| known.rule(self.as_of))
            .chain(&self.loaded)
            .cloned()
            .collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        rules
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.embedded.len() + self.loaded.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rule of an id, or of an alias where no rule has that id.
    pub fn find(&self, id: &str) -> Option<Arc<Rule>> {
        let loaded = self.loaded.iter().find(|rule| &*rule.id == id);
        let embedded = || {
            self.embedded_of(id)
                .and_then(|known| known.rule(self.as_of))
        };
        loaded.or_else(embedded).cloned().or_else(|| {
            let named = |rule: &Arc<Rule>| {
                rule.aliases
                    .iter()
                    .any(|alias| alias.eq_ignore_ascii_case(id))
            };
            self.rules().into_iter().find(named)
        })
    }

    /// The rules that judge resources of a canonical type one by one, sorted by id.
    pub fn of_type(&self, resource_type: &str) -> Arc<[Arc<Rule>]> {
        let known = self.by_type.read().ok();
        if let Some(rules) = known.and_then(|known| known.get(resource_type).cloned()) {
            return rules;
        }
        let rules: Arc<[Arc<Rule>]> = self.judging(resource_type).into();
        if let Ok(mut known) = self.by_type.write() {
            known.insert(resource_type.to_owned(), rules.clone());
        }
        rules
    }

    fn judging(&self, resource_type: &str) -> Vec<Arc<Rule>> {
        let position = |file: File| {
            self.embedded
                .binary_search_by(|known| known.file.path.cmp(file.path))
                .ok()
        };
        let mut rules: Vec<Arc<Rule>> = RULES
            .of(resource_type)
            .filter_map(position)
            .filter_map(|position| self.embedded[position].rule(self.as_of))
            .chain(self.loaded.iter().filter(|rule| rule.judges(resource_type)))
            .filter(|rule| rule.scope == Scope::Resource)
            .cloned()
            .collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        rules.dedup_by(|a, b| a.id == b.id);
        rules
    }

    /// The rules that judge an account as a whole, sorted by id.
    pub fn account_wide(&self) -> &[Arc<Rule>] {
        self.account_wide.get_or_init(|| {
            let mut rules: Vec<_> = self
                .embedded
                .iter()
                .filter(|known| known.is_account_wide())
                .filter_map(|known| known.rule(self.as_of))
                .chain(&self.loaded)
                .filter(|rule| rule.scope == Scope::Account)
                .cloned()
                .collect();
            rules.sort_by(|a, b| a.id.cmp(&b.id));
            rules
        })
    }

    /// The examples of a rule, which the embedded form keeps apart.
    pub fn examples(&self, id: &str) -> Examples {
        if let Some(rule) = self.loaded.iter().find(|rule| &*rule.id == id) {
            return rule.examples.clone();
        }
        self.embedded_of(id)
            .map_or_else(Examples::default, |known| {
                load::examples(&json::parse(known.file.cold).tree)
            })
    }

    /// The embedded rule of an id.
    fn embedded_of(&self, id: &str) -> Option<&Embedded> {
        let by_id = self.by_id.get_or_init(|| {
            let ids = self.embedded.iter().map(|known| id_of(known.file.path));
            ids.zip(0..).collect()
        });
        by_id.get(id).map(|position| &self.embedded[*position])
    }

    /// Reads rule files: each path is a file or a folder of them. Problems are in each file's diagnostics, and here where a path
    /// could not be read.
    pub fn read(
        system: &dyn System,
        sources: &Sources,
        paths: &[PathBuf],
        as_of: Option<Date>,
    ) -> (Vec<RuleFile>, Vec<Diagnostic>) {
        let mut files = Vec::new();
        let mut diagnostics = Vec::new();
        for path in paths {
            for file in rule_paths(system, path) {
                match sources.load(system, &file) {
                    Ok(source) => files.push(read_one(&source, &id_below(path, &file), as_of)),
                    Err(error) => diagnostics.push(error.diagnostic()),
                }
            }
        }
        (files, diagnostics)
    }
}

impl Rule {
    /// Whether it judges resources of a canonical type.
    pub fn judges(&self, resource_type: &str) -> bool {
        self.types.iter().any(|known| &**known == resource_type)
    }
}

/// Reads one rule file.
fn read_one(source: &Arc<SourceFile>, id: &str, as_of: Option<Date>) -> RuleFile {
    let parse = yaml::parse(&source.text);
    let at = |range: palisade_syntax::TextRange| Span::new(source.id, range.start, range.end);
    let mut diagnostics: Vec<_> = parse
        .errors
        .iter()
        .map(|error| {
            Diagnostic::at(
                Level::Error,
                DiagnosticCode::Rule,
                error.message.clone(),
                at(error.range),
            )
        })
        .collect();
    let nothing = palisade_syntax::data::Node::new(
        palisade_syntax::data::Data::Null,
        palisade_syntax::TextRange::default(),
    );
    let (rule, errors) = load::rule(id, parse.tree.first().unwrap_or(&nothing), as_of);
    diagnostics.extend(errors.into_iter().map(|error| {
        Diagnostic::at(
            Level::Error,
            DiagnosticCode::Rule,
            error.message,
            at(error.range),
        )
    }));
    diagnostics.extend(rule.misspellings().into_iter().map(|wrong| {
        let start = source.text.find(&wrong.text).unwrap_or(0) as u32;
        let length = if start == 0 {
            0
        } else {
            wrong.text.len() as u32
        };
        let span = Span::new(source.id, start, start + length);
        Diagnostic::at(Level::Error, DiagnosticCode::Rule, wrong.message, span)
    }));
    RuleFile {
        rule,
        source: source.clone(),
        diagnostics,
    }
}

/// A file itself, or the YAML files below a folder.
fn rule_paths(system: &dyn System, path: &Path) -> Vec<PathBuf> {
    let is_folder = system
        .metadata(path)
        .is_ok_and(|metadata| metadata.is_directory);
    if !is_folder {
        return vec![path.to_path_buf()];
    }
    let is_rule = |file: &PathBuf| {
        file.extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml")
    };
    system
        .walk(path)
        .files
        .into_iter()
        .filter(is_rule)
        .collect()
}

/// The id of a file given as, or found below, `path`: what follows the innermost folder named `rules`, else the path below the
/// folder that was given, else the file's own name.
fn id_below(path: &Path, file: &Path) -> String {
    let whole = file.with_extension("").to_string_lossy().replace('\\', "/");
    if let Some(at) = whole.rfind("rules/")
        && (at == 0 || whole.as_bytes()[at - 1] == b'/')
    {
        return id_of(&whole[at + "rules/".len()..]);
    }
    let below = file
        .strip_prefix(path)
        .ok()
        .filter(|below| !below.as_os_str().is_empty());
    let name = below
        .or_else(|| file.file_name().map(Path::new))
        .unwrap_or(file);
    id_of(&name.with_extension("").to_string_lossy().replace('\\', "/"))
}

/// The id of a path without extension.
fn id_of(path: &str) -> String {
    path.replace('/', "-")
}
