use std::collections::BTreeMap;

use serde::Deserialize;

use crate::embedded::FRAMEWORKS;

/// The file of the closed vocabulary, beside the frameworks.
const OBJECTIVES: &str = "objectives";

/// A regulation, standard or benchmark in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// The file's name: `cis-aws-7.0.0`.
    pub id: String,
    /// In full.
    pub title: String,
    /// As its publisher counts.
    pub version: String,
    /// The framework this one takes the place of.
    #[serde(default)]
    pub supersedes: Option<String>,
    /// Where it is published.
    pub url: String,
    /// What may be shown of it.
    pub licence: String,
    /// What a reader has to know before relying on it.
    #[serde(default)]
    pub note: Option<String>,
    /// `aws`, `azure`, `google`, `microsoft365`; empty where it is about none of them in particular.
    #[serde(default)]
    pub providers: Vec<String>,
    /// In the order of the publication.
    pub controls: Vec<Control>,
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// As its publisher writes it.
    pub id: String,
    /// In our own words, at most ten.
    pub title: String,
    /// The chapter it stands in.
    pub section: String,
    /// The benchmark's level.
    #[serde(default)]
    pub level: Option<u8>,
    /// How it can be judged.
    pub assess: Assessment,
    /// Every rule with one of these answers it.
    #[serde(default)]
    pub objectives: Vec<String>,
    /// These rules answer it.
    #[serde(default)]
    pub rules: Vec<String>,
    /// These do not, although they have one of the objectives.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// It could be judged, but nothing of ours does yet.
    #[serde(default)]
    pub gap: bool,
}

/// How a control can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Assessment {
    /// From infrastructure code.
    Static,
    /// From a deployed account only.
    Live,
    /// By people, from documents and talks.
    Manual,
}

/// The ids of the frameworks there are, sorted.
pub fn frameworks() -> Vec<&'static str> {
    FRAMEWORKS
        .files()
        .map(|file| file.path)
        .filter(|path| *path != OBJECTIVES && *path != "README")
        .collect()
}

/// A framework by its id; the error names what is wrong in its file, none where there is no such file.
pub fn framework(id: &str) -> Option<Result<Framework, String>> {
    (id != OBJECTIVES)
        .then(|| FRAMEWORKS.at(id))?
        .map(|file| file.read())
}

/// The closed vocabulary: what holds where an objective is met, by its name.
pub fn objectives() -> Result<BTreeMap<String, String>, String> {
    FRAMEWORKS
        .at(OBJECTIVES)
        .map_or_else(|| Ok(BTreeMap::new()), |file| file.read())
}

impl Control {
    /// Whether a rule answers this control.
    pub fn answered_by(&self, rule_id: &str, objectives: &[String]) -> bool {
        let named = self.rules.iter().any(|rule| rule == rule_id);
        let meant = self
            .objectives
            .iter()
            .any(|objective| objectives.contains(objective));
        named || (meant && !self.exclude.iter().any(|rule| rule == rule_id))
    }
}
