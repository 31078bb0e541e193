use std::sync::Arc;

use palisade_model::{Address, Language, Path, Severity, Span};
use thin_vec::ThinVec;

/// A misconfiguration at a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// `aws-s3-bucket-public-acl`
    pub rule_id: Arc<str>,
    /// Of the rule, or as the configuration changed it.
    pub severity: Severity,
    /// The first of `instances`.
    pub address: Arc<Address>,
    /// Canonical.
    pub resource_type: Arc<str>,
    /// Where it is declared.
    pub language: Language,
    /// The text to underline. None where the resource has no place (a live resource).
    pub span: Option<Span>,
    /// The rule's message with its values filled in.
    pub message: String,
    /// Every resource instance that shares the cause, sorted.
    pub instances: ThinVec<Arc<Address>>,
    /// The resources of their own that the failing items are written in, where these are others: the rule of a security group,
    /// the attachment of a policy. Sorted.
    pub parts: ThinVec<Arc<Address>>,
    /// The chain behind the deciding value, and what else the verdict rests on.
    pub related: ThinVec<Related>,
    /// Ways to mend it.
    pub fixes: ThinVec<Fix>,
    /// What had to be assumed for the finding to hold: `parameter Environment is prod`. Empty for nearly all.
    pub assumptions: ThinVec<String>,
    /// Environments of the configuration it holds in; empty where there are none.
    pub environments: ThinVec<Arc<str>>,
    /// 0 to 100, from severity and context.
    pub risk: u8,
    /// Hex; stable when lines move: of rule, address, path of the property and the text of the line. Empty until [`super::identify`]
    /// gives it.
    pub fingerprint: String,
    /// The property that decides, from the resource's properties.
    pub property: Path,
    /// The failing item of a list or map, where the rule judges items.
    pub item: Option<Path>,
    /// The default it rests on, where nothing is written.
    pub default: Option<AssumedDefault>,
    /// Rules of other findings at the same text that this one follows from, the nearest first. Reports for people show those
    /// that follow from none.
    pub implied_by: ThinVec<Arc<str>>,
}

/// Whose default stands in for a value that is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumedDefault {
    /// In words; empty where there is nothing to add.
    pub note: Arc<str>,
    /// Where it is documented; empty where that is the schema itself.
    pub source: Arc<str>,
}

impl Finding {
    /// The resources to change: the parts where there are any.
    pub fn subjects(&self) -> &[Arc<Address>] {
        if self.parts.is_empty() {
            &self.instances
        } else {
            &self.parts
        }
    }

    /// The first of the resources to change.
    pub fn subject(&self) -> &Address {
        self.subjects().first().unwrap_or(&self.address)
    }

    /// Takes over the resources of a finding with the same cause.
    pub(crate) fn join(&mut self, instances: &[Arc<Address>], parts: &[Arc<Address>]) {
        for (known, more) in [(&mut self.instances, instances), (&mut self.parts, parts)] {
            if **known == *more {
                continue;
            }
            for address in more {
                if let Err(position) = known.binary_search(address) {
                    known.insert(position, address.clone());
                }
            }
        }
    }
}

/// An account-wide rule that the input says nothing about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotEvidenced {
    /// Which rule.
    pub rule_id: Arc<str>,
    /// Why.
    pub reason: String,
}

/// A place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What it is: `variable acl`, `called here`.
    pub message: String,
}

/// A verdict that could not be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Which rule.
    pub rule_id: Arc<str>,
    /// Which resource.
    pub address: Arc<Address>,
    /// Canonical.
    pub resource_type: Arc<str>,
    /// Where it is declared.
    pub language: Language,
    /// The value that is not known, or the resource.
    pub span: Option<Span>,
    /// What is missing: `var.region has no value`.
    pub reason: String,
}

/// A change of files that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for a menu: `set AccessControl to Private`.
    pub title: String,
    /// Whether it may be applied without being looked at.
    pub safety: Safety,
    /// Not overlapping, sorted; all or none.
    pub edits: Vec<Edit>,
}

/// A replacement of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// Whether a fix may be applied without being looked at.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// It cannot break what works.
    Safe,
    /// It can: `--unsafe-fixes` applies it.
    Unsafe,
    /// It needs a decision: shown, never applied.
    Display,
}
