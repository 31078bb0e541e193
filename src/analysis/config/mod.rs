//! Config: `palisade.toml`.
//!
//! The file nearest to an input, looking upward, holds for it; `extend` inherits from another one. Unknown keys are errors with
//! a suggestion. The command line goes over what files say. Secrets have no place in it.

mod load;
mod schema;
mod selector;

pub use load::{Chain, FILE_NAMES, LoadError, load};
pub use schema::json_schema;
pub use selector::{Selector, closest};

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use palisade_model::Severity;
use serde::{Deserialize, Deserializer};

/// One `palisade.toml`, or what is left of several after merging. Paths are as used: relative to the working directory.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// A file to inherit from; what is said here goes over it.
    pub extend: Option<PathBuf>,
    /// Rules to run: ids, prefixes (`aws-s3`), globs, ids of other tools, `all`. All where nothing is said.
    pub select: Option<Vec<String>>,
    /// Rules not to run.
    pub ignore: Option<Vec<String>>,
    /// The least severity that is reported.
    pub severity: Option<Severity>,
    /// The least severity that makes the exit status 1.
    pub fail_on: Option<FailOn>,
    /// Lists the verdicts that could not be reached.
    pub show_unknown: Option<bool>,
    /// The day as of which ends of support are judged; that on which each calendar was read where nothing is said.
    #[serde(deserialize_with = "day")]
    pub as_of: Option<Date>,
    /// Files and folders to leave out, as globs below the folder of this file.
    pub exclude: Vec<String>,
    /// Folders or files with rules of your own.
    pub rules: Vec<PathBuf>,
    /// Severities that differ from the rules' own, by id or prefix.
    pub severities: BTreeMap<String, Severity>,
    /// Rules not to run for files below a glob.
    pub per_path_ignores: BTreeMap<String, Vec<String>>,
    /// Findings that are accepted.
    pub suppress: Vec<Suppress>,
    /// Values of variables and parameters.
    pub variables: BTreeMap<String, toml::Value>,
    /// Variable and parameter files, later ones win.
    pub variable_files: Vec<PathBuf>,
    /// `terraform.workspace`.
    pub workspace: Option<String>,
    /// Deployment facts and pseudo-parameters: `"AWS::Region" = "eu-central-1"`.
    pub facts: BTreeMap<String, String>,
    /// Each is evaluated; findings name the environments they hold in.
    pub environments: BTreeMap<String, Environment>,
}

/// A day: a text, or a date of TOML.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Datetime(date) => date.to_string(),
        other => other.to_string(),
    };
    let day = text.parse().map(Some);
    day.map_err(|_| serde::de::Error::custom(format!("`{text}` is no day: write it as 2027-01-31")))
}

/// Values for one environment, over those of the whole file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Environment {
    /// As in [`Config`].
    pub variables: BTreeMap<String, toml::Value>,
    /// As in [`Config`].
    pub variable_files: Vec<PathBuf>,
    /// As in [`Config`].
    pub workspace: Option<String>,
    /// As in [`Config`].
    pub facts: BTreeMap<String, String>,
}

/// Findings that are accepted, wherever all that is given fits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Suppress {
    /// Rules, as in `select`.
    pub rules: Vec<String>,
    /// A glob over addresses.
    #[serde(default)]
    pub resource: Option<String>,
    /// A glob over files.
    #[serde(default)]
    pub path: Option<String>,
    /// Why they are accepted.
    pub reason: String,
    /// The last day it holds, `2027-01-31`.
    #[serde(default)]
    pub until: Option<String>,
}

/// When findings make the exit status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// At `info` and above: any finding.
    Info,
    /// At `low` and above.
    Low,
    /// At `medium` and above.
    Medium,
    /// At `high` and above.
    High,
    /// At `critical`.
    Critical,
    /// Not at all.
    Never,
}

impl FailOn {
    /// From least to most lenient.
    pub const ALL: [Self; 6] = [
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
        Self::Never,
    ];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self.severity() {
            Some(severity) => severity.as_str(),
            None => "never",
        }
    }

    /// The least severity that fails; none where nothing does.
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Info => Some(Severity::Info),
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Never => None,
        }
    }
}

/// A TOML value as `-var` would give it: text as it is, everything else in JSON, which every front end reads.
pub fn variable_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
