//! What a rule file holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{Language, Severity, Value};

use super::{Condition, Selector};
use crate::check::Safety;

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `aws-s3-bucket-public-acl`: the path of the file with `-`.
    pub id: Arc<str>,
    /// The problem, in a few words.
    pub title: String,
    /// Our judgement of impact.
    pub severity: Severity,
    /// Canonical types it judges.
    pub types: Vec<Arc<str>>,
    /// Languages it judges; all where it is empty.
    pub languages: Vec<Language>,
    /// Whether it judges resources one by one or all of an account together.
    pub scope: Scope,
    /// The same check in other tools.
    pub aliases: Vec<Arc<str>>,
    /// Rules that fail at every place where they and this one are about the same text: this one says nothing new there.
    pub implied_by: Vec<Arc<str>>,
    /// What it serves, from `frameworks/objectives.yaml`.
    pub objectives: Vec<Arc<str>>,
    /// What an attacker gains.
    pub why: String,
    /// Which resources it judges; never underlined.
    pub when: Option<Condition>,
    /// What makes a resource fail.
    pub fail_when: Condition,
    /// The finding's message.
    pub message: Message,
    /// What a finding underlines, where it is not the first deciding value.
    pub mark: Option<Selector>,
    /// How it is mended.
    pub remediation: Remediation,
    /// Pages that say more.
    pub references: Vec<String>,
    /// Code that fails and code that passes.
    pub examples: Examples,
}

/// What a rule judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Each resource of its types.
    #[default]
    Resource,
    /// An account: one resource of its types that does not fail is enough, and without any it is not evidenced.
    Account,
}

/// How a finding is mended.
#[derive(Clone, Debug)]
pub struct Remediation {
    /// In words.
    pub text: String,
    /// Properties to set. A `[]` stands for the failing item.
    pub set: Vec<(Selector, Value)>,
    /// Whether that may be applied without being looked at.
    pub safety: Safety,
}

/// A text with values in it.
#[derive(Clone, Debug, Default)]
pub struct Message(pub Vec<MessagePart>);

/// A part of a [`Message`].
#[derive(Clone, Debug)]
pub enum MessagePart {
    /// Text as it is.
    Text(String),
    /// The value at a path; inside of the failing item first, then of the resource.
    Value(Selector),
    /// `{note}`: what a function found.
    Note,
    /// `{value}`: the deciding value.
    Deciding,
}

/// The examples of a rule, by name.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// Each gives exactly one finding.
    pub bad: BTreeMap<Arc<str>, Example>,
    /// Each gives none.
    pub good: BTreeMap<Arc<str>, Example>,
}

/// One case in several languages.
#[derive(Clone, Debug, Default)]
pub struct Example {
    /// The text of each language: its files by name.
    pub texts: BTreeMap<Language, BTreeMap<Arc<str>, Arc<str>>>,
    /// The text that the finding underlines, by language.
    pub marks: BTreeMap<Language, Arc<str>>,
    /// Languages that cannot express the case, each with the reason.
    pub without: BTreeMap<Language, String>,
    /// Why the languages differ in what they declare, where they must.
    pub differs: Option<String>,
}

/// A place in a rule file that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    /// Lower case, no full stop.
    pub message: String,
    /// Where.
    pub range: palisade_syntax::TextRange,
}
