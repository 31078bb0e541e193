//! Suppress: findings that somebody accepted, in a comment, in a template's metadata or in the configuration.
//!
//! Every suppressed finding is kept and counted. A suppression that is unused, names no rule, or has expired is a diagnostic.
//! Comments of other scanners are honored; only those of Palisade are checked for use.

mod comment;
mod extent;
mod metadata;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use globset::{Glob, GlobMatcher};
use jiff::civil::Date;
use palisade_model::{
    Address, Diagnostic, DiagnosticCode, FileId, FrameKind, Level, Resource, Span,
};

use crate::check::Finding;
use crate::config::{Config, Selector, closest};
use crate::discover::clean;
use crate::system::{SourceFile, Sources, System};

/// A finding that somebody accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppressed {
    /// With the instances that are accepted.
    pub finding: Finding,
    /// How.
    pub kind: Kind,
    /// Why, where it says so.
    pub reason: Option<String>,
    /// The comment; none for the configuration and metadata.
    pub span: Option<Span>,
}

/// How a finding is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A comment.
    Comment,
    /// `Metadata` of a resource.
    Metadata,
    /// `[[suppress]]` in `palisade.toml`.
    Configuration,
}

impl Kind {
    /// As outputs print it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Metadata => "metadata",
            Self::Configuration => "configuration",
        }
    }
}

/// One acceptance, wherever it is written.
#[derive(Clone, Debug)]
struct Entry {
    kind: Kind,
    /// Written for Palisade, so that its use is checked.
    own: bool,
    /// No selector: every rule.
    rules: Vec<Selector>,
    reason: Option<String>,
    until: Option<Date>,
    span: Option<Span>,
    scope: Scope,
}

/// What an acceptance covers.
#[derive(Clone, Debug)]
enum Scope {
    /// Everything in a file.
    File(FileId),
    /// What starts on these lines (0-based, both included), and the resources and modules declared or called there.
    Lines(FileId, u32, u32),
    /// Addresses and files.
    Globs {
        resource: Option<GlobMatcher>,
        path: Option<GlobMatcher>,
    },
}

/// All acceptances of one run.
pub struct Suppressions {
    entries: Vec<Entry>,
    by_file: BTreeMap<FileId, Vec<usize>>,
    global: Vec<usize>,
    today: Date,
    diagnostics: Vec<Diagnostic>,
}

/// What [`Suppressions`] knows of the rules of a run.
pub trait RuleNames: Sync {
    /// The ids of the same check in other tools.
    fn aliases(&self, rule: &str) -> Vec<Arc<str>>;
    /// Every id.
    fn ids(&self) -> Vec<Arc<str>>;
}

/// Which acceptances were of use.
#[derive(Debug, Default)]
pub struct Used(BTreeSet<usize>);

impl Used {
    /// Takes over what was of use elsewhere.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// Where findings about a resource may be accepted.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its head, and those of the calls of the modules around it.
    heads: Vec<Span>,
    /// What its own `Metadata` accept.
    entries: Vec<Entry>,
}

impl Place {
    /// Of a resource.
    pub fn of(resource: &Resource) -> Self {
        let calls = resource
            .origin
            .frames()
            .filter(|frame| frame.kind == FrameKind::ModuleCall)
            .map(|frame| frame.span);
        let head = resource.header.or(resource.origin.mark());
        Self {
            heads: head.into_iter().chain(calls).collect(),
            entries: metadata::entries(resource),
        }
    }
}

impl Suppressions {
    /// The comments of all files read so far.
    pub fn of(system: &dyn System, sources: &Sources) -> Self {
        let days = jiff::SignedDuration::from_hours(system.now().div_euclid(3600));
        let today = Date::constant(1970, 1, 1).saturating_add(days);
        let mut all = Self {
            entries: Vec::new(),
            by_file: BTreeMap::new(),
            global: Vec::new(),
            today,
            diagnostics: Vec::new(),
        };
        for file in sources.files() {
            let found = comment::entries(&file, &mut all.diagnostics);
            for entry in found {
                all.by_file
                    .entry(file.id)
                    .or_default()
                    .push(all.entries.len());
                all.entries.push(entry);
            }
        }
        all
    }

    /// Adds what a configuration accepts.
    pub fn add_config(&mut self, config: &Config) {
        for suppress in &config.suppress {
            let glob = |text: &Option<String>| {
                text.as_ref()
                    .and_then(|text| Glob::new(text).ok())
                    .map(|glob| glob.compile_matcher())
            };
            let until = suppress.until.as_ref().and_then(|until| until.parse().ok());
            self.global.push(self.entries.len());
            self.entries.push(Entry {
                kind: Kind::Configuration,
                own: true,
                rules: suppress
                    .rules
                    .iter()
                    .map(|rule| Selector::new(rule))
                    .collect(),
                reason: Some(suppress.reason.clone()),
                until,
                span: None,
                scope: Scope::Globs {
                    resource: glob(&suppress.resource),
                    path: glob(&suppress.path),
                },
            });
        }
    }

    /// What of a finding nobody accepts, and what somebody does. `places` are those of its instances, in their order.
    pub fn apply(
        &self,
        finding: Arc<Finding>,
        places: &[Place],
        scene: &Scene<'_>,
        used: &mut Used,
    ) -> (Option<Arc<Finding>>, Vec<Suppressed>) {
        if self.entries.is_empty() && places.iter().all(|place| place.entries.is_empty()) {
            return (Some(finding), Vec::new());
        }
        let mut accepted: Vec<(usize, Vec<Arc<Address>>)> = Vec::new();
        let mut by_metadata: Option<(Entry, Vec<Arc<Address>>)> = None;
        let mut rest = Vec::new();
        for (address, place) in finding.instances.iter().zip(places) {
            if let Some(position) = self.find(&finding, address, place, scene) {
                match accepted.iter_mut().find(|(known, _)| *known == position) {
                    Some((_, addresses)) => addresses.push(address.clone()),
                    None => accepted.push((position, vec![address.clone()])),
                }
            } else if let Some(entry) = self.metadata(&finding, place, scene) {
                let (_, addresses) = by_metadata.get_or_insert((entry, Vec::new()));
                addresses.push(address.clone());
            } else {
                rest.push(address.clone());
            }
        }
        if rest.len() == finding.instances.len() {
            return (Some(finding), Vec::new());
        }
        let mut suppressed = Vec::new();
        for (position, addresses) in accepted {
            used.0.insert(position);
            suppressed.push(self.entries[position].accept(&finding, addresses));
        }
        suppressed.extend(by_metadata.map(|(entry, addresses)| entry.accept(&finding, addresses)));
        let rest = (!rest.is_empty()).then(|| Arc::new(with_instances(&finding, rest)));
        (rest, suppressed)
    }

    /// The acceptance in a comment or the configuration that covers one instance of a finding.
    fn find(
        &self,
        finding: &Finding,
        address: &Address,
        place: &Place,
        scene: &Scene<'_>,
    ) -> Option<usize> {
        if self.entries.is_empty() {
            return None;
        }
        let places = places(finding, place);
        let names = match finding.parts.as_slice() {
            [part] => vec![address.to_string(), part.to_string()],
            _ => vec![address.to_string()],
        };
        let files: BTreeSet<FileId> = places.iter().map(|place| place.file).collect();
        let local = files
            .iter()
            .filter_map(|file| self.by_file.get(file))
            .flatten();
        local.chain(&self.global).copied().find(|&position| {
            let entry = &self.entries[position];
            self.is_alive(entry)
                && entry.covers_rule(finding, scene.rules)
                && entry.covers_place(&places, &names, scene)
        })
    }

    fn metadata(&self, finding: &Finding, place: &Place, scene: &Scene<'_>) -> Option<Entry> {
        let mut entries = place.entries.iter();
        let covers =
            |entry: &&Entry| self.is_alive(entry) && entry.covers_rule(finding, scene.rules);
        entries.find(covers).cloned()
    }

    fn is_alive(&self, entry: &Entry) -> bool {
        entry.until.is_none_or(|until| self.today <= until)
    }

    /// What is wrong with the acceptances themselves. `ran` tells whether a rule was part of the run.
    pub fn finish(
        mut self,
        used: &Used,
        rules: &dyn RuleNames,
        ran: &dyn Fn(&str) -> bool,
    ) -> Vec<Diagnostic> {
        if !self.entries.iter().any(|entry| entry.own) {
            return self.diagnostics;
        }
        let ids = rules.ids();
        for (position, entry) in self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.own)
        {
            let names: Vec<&str> = entry.rules.iter().map(Selector::as_str).collect();
            let unknown: Vec<&Selector> = entry
                .rules
                .iter()
                .filter(|selector| {
                    !ids.iter()
                        .any(|id| selector.matches(id, &rules.aliases(id)))
                })
                .collect();
            for selector in &unknown {
                let meant = closest(selector.as_str(), ids.iter().map(AsRef::as_ref))
                    .map_or(String::new(), |meant| format!(", did you mean `{meant}`?"));
                let message = format!("suppression names no rule: `{}`{meant}", selector.as_str());
                self.diagnostics.push(entry.diagnostic(message));
            }
            if !self.is_alive(entry) {
                let until = entry.until.unwrap_or(Date::ZERO);
                let message = format!("suppression of {} expired on {until}", listed(&names));
                self.diagnostics.push(entry.diagnostic(message));
            } else if !used.0.contains(&position) && unknown.is_empty() {
                let relevant = |id: &Arc<str>| {
                    ran(id)
                        && (entry.rules.is_empty()
                            || entry
                                .rules
                                .iter()
                                .any(|rule| rule.matches(id, &rules.aliases(id))))
                };
                if ids.iter().any(relevant) {
                    let message = format!("suppression of {} is not needed", listed(&names));
                    self.diagnostics.push(entry.diagnostic(message));
                }
            }
        }
        self.diagnostics
    }
}

/// What findings are looked at with.
pub struct Scene<'a> {
    /// Where the texts are.
    pub sources: &'a Sources,
    /// The rules of the run.
    pub rules: &'a dyn RuleNames,
    /// Turns a path into the one that globs of the configuration mean.
    pub system: &'a dyn System,
}

impl Entry {
    /// Whoever accepts a finding accepts what follows from it.
    fn covers_rule(&self, finding: &Finding, rules: &dyn RuleNames) -> bool {
        let ids = std::iter::once(&finding.rule_id).chain(&finding.implied_by);
        self.rules.is_empty()
            || ids.map(|id| (id, rules.aliases(id))).any(|(id, aliases)| {
                let mut selectors = self.rules.iter();
                selectors.any(|rule| rule.matches(id, &aliases))
            })
    }

    fn covers_place(&self, places: &[Span], names: &[String], scene: &Scene<'_>) -> bool {
        match &self.scope {
            Scope::File(file) => places.iter().any(|place| place.file == *file),
            Scope::Lines(file, first, last) => {
                let source = scene.sources.file(*file);
                places
                    .iter()
                    .filter(|place| place.file == *file)
                    .map(|place| line(&source, place.start))
                    .any(|line| (*first..=*last).contains(&line))
            }
            Scope::Globs { resource, path } => {
                let files: BTreeSet<FileId> = places.iter().map(|place| place.file).collect();
                resource
                    .as_ref()
                    .is_none_or(|glob| names.iter().any(|name| glob.is_match(name)))
                    && path.as_ref().is_none_or(|glob| {
                        files.iter().any(|file| {
                            let path = scene.sources.file(*file).path.clone();
                            glob.is_match(clean(scene.system.current_directory().join(path)))
                        })
                    })
            }
        }
    }

    fn accept(&self, finding: &Finding, addresses: Vec<Arc<Address>>) -> Suppressed {
        Suppressed {
            finding: with_instances(finding, addresses),
            kind: self.kind,
            reason: self.reason.clone(),
            span: self.span,
        }
    }

    fn diagnostic(&self, message: String) -> Diagnostic {
        let code = DiagnosticCode::Suppression;
        match self.span {
            Some(span) => Diagnostic::at(Level::Warning, code, message, span),
            None => Diagnostic::about(Level::Warning, code, message, "palisade.toml"),
        }
    }
}

/// The places where an acceptance of one instance of a finding may stand: its mark, the head of its resource, the calls of the
/// modules around it, and what lies behind a value that only this instance has.
fn places(finding: &Finding, place: &Place) -> Vec<Span> {
    let mut places: Vec<Span> = finding.span.into_iter().collect();
    places.extend(&place.heads);
    if finding.instances.len() == 1 {
        places.extend(finding.related.iter().map(|related| related.span));
    }
    places
}

fn with_instances(finding: &Finding, instances: Vec<Arc<Address>>) -> Finding {
    let address = instances
        .first()
        .cloned()
        .unwrap_or_else(|| finding.address.clone());
    // Which part belongs to which instance is not known.
    let parts = if *instances == *finding.instances {
        finding.parts.clone()
    } else {
        thin_vec::ThinVec::new()
    };
    Finding {
        address,
        instances: instances.into(),
        parts,
        ..finding.clone()
    }
}

/// The 0-based line of an offset.
fn line(file: &SourceFile, offset: u32) -> u32 {
    file.line_column(offset).line - 1
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() {
        "all rules".to_owned()
    } else {
        names.join(", ")
    }
}
