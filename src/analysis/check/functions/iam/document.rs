//! A policy document and its statements.

use std::borrow::Cow;

use palisade_model::{
    Encoded, Encoding, Frame, FrameKind, Kind, Map, Path, Reason, Resource, Segment, Value,
};
use palisade_syntax::json;

use super::groups::Wanted;
use super::{Who, names, unknown_part};
use crate::check::Truth;
use crate::check::compare::plain_text;
use crate::check::functions::{items, missing};
use crate::lower::defaults::PARTIAL;
use crate::rules::Pattern;
use crate::rules::reader::value_of;

/// A policy document.
pub(super) struct Document {
    pub(super) statements: Vec<Statement>,
    /// Why it may have more statements than these.
    pub(super) reason: Option<Reason>,
}

/// One statement of a policy document.
pub(super) struct Statement {
    /// From the value that holds the document.
    pub(super) path: Path,
    pub(super) value: Value,
}

/// The entries that are read of a map, be it a document, a statement, or the properties of a resource.
const KEYS: [&str; 6] = [
    "Statement",
    "Effect",
    "Action",
    "Policies",
    "PolicyDocument",
    "InlinePolicy",
];

/// The properties of identities and policies that are policy documents.
const OWN_DOCUMENTS: [&str; 2] = ["PolicyDocument", "InlinePolicy"];

impl Document {
    /// The properties that tell the documents of a resource; none where they are a statement themselves.
    pub(super) fn looks_at(properties: &Value) -> Option<&'static [&'static str]> {
        let has = |key: &str| properties.get(key).is_some();
        (!has("Effect") && !has("Action")).then_some(&KEYS)
    }

    /// The document a value is, or all those of a resource where the value is that.
    pub(super) fn of(value: &Value, resource: &Resource) -> Self {
        let mut document = Self {
            statements: Vec::new(),
            reason: None,
        };
        let has = |key: &str| value.get(key).is_some();
        if !has("Statement") && (has("Policies") || OWN_DOCUMENTS.iter().any(|key| has(key))) {
            document.read_resource(value, resource);
        } else {
            document.read(value, &Path::default());
        }
        document
    }

    /// Its own document, and those of its inline policies. What is folded into it from a resource of its own is judged there.
    fn read_resource(&mut self, properties: &Value, resource: &Resource) {
        let at = |key: &str| Path::new(vec![Segment::Key(key.into())]);
        for key in OWN_DOCUMENTS {
            if let Some(value) = properties.get(key) {
                self.read(value, &at(key));
            }
        }
        let Some(policies) = properties.get("Policies") else {
            return;
        };
        self.reason = self.reason.take().or_else(|| missing(policies));
        for (index, policy) in policies.as_list().unwrap_or_default().iter().enumerate() {
            if is_of_another(policy, resource) {
                continue;
            }
            let path = at("Policies").join(Segment::Index(index));
            match policy.get("PolicyDocument") {
                Some(value) => self.read(value, &path.join(Segment::Key("PolicyDocument".into()))),
                None => self.reason = self.reason.take().or_else(|| missing(policy)),
            }
        }
    }

    fn read(&mut self, value: &Value, path: &Path) {
        if let Some(text) = plain_string(value) {
            let parse = json::parse(text);
            if parse.errors.is_empty() {
                self.read_parsed(&value_of(&parse.tree), value, path);
            }
            return;
        }
        if value.get("Effect").is_some() || value.get("Action").is_some() {
            self.statements.push(Statement {
                path: path.clone(),
                value: value.clone(),
            });
            return;
        }
        if value.as_map().is_none() {
            self.reason = self.reason.take().or_else(|| missing(value));
            for (index, item) in value.as_list().unwrap_or_default().iter().enumerate() {
                self.read(item, &path.join(Segment::Index(index)));
            }
            return;
        }
        let Some(statement) = value.get("Statement") else {
            self.reason = self.reason.take().or_else(|| missing(value));
            return;
        };
        let path = path.join(Segment::Key("Statement".into()));
        if statement.as_list().is_none() && missing(statement).is_some() {
            self.reason = missing(statement);
        }
        for (index, item) in items(Some(statement)).iter().enumerate() {
            let path = match statement.as_list() {
                Some(_) => path.join(Segment::Index(index)),
                None => path.clone(),
            };
            match missing(item) {
                Some(reason) => self.reason = Some(reason),
                None => self.statements.push(Statement {
                    path,
                    value: item.clone(),
                }),
            }
        }
    }

    /// A document inside of a text: its parts have the place of the text.
    fn read_parsed(&mut self, parsed: &Value, text: &Value, path: &Path) {
        let before = self.statements.len();
        if plain_string(parsed).is_none() {
            self.read(parsed, path);
        }
        for statement in &mut self.statements[before..] {
            statement.path = path.clone();
            statement.value.origin = text.origin.clone();
        }
    }
}

/// Whether an inline policy was folded in from a resource that is judged by itself.
fn is_of_another(policy: &Value, resource: &Resource) -> bool {
    let is_satellite = |frame: &Frame| frame.kind == FrameKind::Satellite;
    resource.meta.get(PARTIAL).is_some() || policy.origin.frames().any(is_satellite)
}

/// The text of a string that may hold a document.
fn plain_string(value: &Value) -> Option<&str> {
    match &value.kind {
        Kind::String(text) => Some(text),
        Kind::Encoded(encoded) => match encoded.as_ref() {
            Encoded {
                encoding: Encoding::Base64,
                text,
                ..
            } => text.as_deref(),
            _ => None,
        },
        _ => None,
    }
}

impl Statement {
    /// Whether it has an element; one that is not known may be null.
    pub(super) fn has(&self, key: &str) -> Truth {
        match self.value.get(key).map(|value| &value.kind) {
            None | Some(Kind::Null) => Truth::False,
            Some(Kind::Unknown(_)) => Truth::Unknown,
            Some(_) => Truth::True,
        }
    }

    /// Whether it has a condition of any kind.
    pub(super) fn is_conditioned(&self) -> Truth {
        let condition = self.value.get("Condition").and_then(Value::as_map);
        self.has("Condition")
            .and((!condition.is_some_and(Map::is_empty)).into())
    }

    /// What is missing of it.
    pub(super) fn reason(&self) -> Reason {
        missing_inside(&self.value, 4).unwrap_or_else(unknown_part)
    }

    pub(super) fn has_effect(&self, wanted: &str) -> Truth {
        match self.value.get("Effect") {
            None => Truth::False,
            Some(value) => match value.as_str() {
                Some(text) => text.eq_ignore_ascii_case(wanted).into(),
                None => Truth::Unknown,
            },
        }
    }

    /// The texts of an element that are known.
    pub(super) fn texts(&self, key: &str) -> Vec<&str> {
        items(self.value.get(key))
            .iter()
            .filter_map(Value::as_str)
            .collect()
    }

    fn has_hidden(&self, key: &str) -> bool {
        self.value.get(key).is_some_and(|value| {
            items(Some(value))
                .iter()
                .any(|item| item.as_str().is_none())
        })
    }

    /// Whether it grants an action.
    pub(super) fn grants(&self, wanted: &Wanted) -> Truth {
        let inverted = self.has("NotAction");
        if inverted != Truth::False {
            let kept = self.texts("NotAction");
            let overlaps = kept.iter().any(|pattern| wanted.overlaps(pattern));
            return match overlaps {
                true if inverted == Truth::True => Truth::False,
                false if !self.has_hidden("NotAction") => inverted,
                _ => Truth::Unknown,
            };
        }
        if self
            .texts("Action")
            .iter()
            .any(|pattern| wanted.is_granted_by(pattern))
        {
            return Truth::True;
        }
        if self.has_hidden("Action") {
            Truth::Unknown
        } else {
            Truth::False
        }
    }

    /// Whether it covers a resource. A text around a reference is one certain resource; what names principals is the policy of a
    /// resource, and covers that one whatever its pattern.
    pub(super) fn covers_resource(&self, wanted: &str) -> Truth {
        let of_resource = self.has("Principal").or(self.has("NotPrincipal"));
        if of_resource == Truth::True {
            return Truth::False;
        }
        let covers = |key: &str| {
            let covers = |item| match names::can_be_everything(item) {
                true => Truth::Unknown,
                false => item
                    .as_str()
                    .is_some_and(|pattern| glob(pattern, wanted))
                    .into(),
            };
            let all = items(self.value.get(key)).iter().map(covers);
            all.fold(Truth::False, Truth::or)
        };
        let covered = match self.has("NotResource") {
            Truth::False if self.value.get("Resource").is_none() => Truth::True,
            Truth::False => covers("Resource"),
            Truth::Unknown => Truth::Unknown,
            Truth::True => !covers("NotResource"),
        };
        covered.and(!of_resource)
    }

    /// Whether a text of an element, as written, matches. What is filled in later is `${}` there.
    pub(super) fn written(&self, key: &str, regex: &Pattern) -> Truth {
        let values = items(self.value.get(key)).iter();
        let mut texts = values.filter_map(with_places);
        if texts.any(|text| regex.is_match(&text)) {
            return Truth::True;
        }
        let unknown = items(self.value.get(key))
            .iter()
            .any(|item| item.as_unknown().is_some());
        if unknown {
            Truth::Unknown
        } else {
            Truth::False
        }
    }

    /// The principals with their kinds: `AWS`, `Service`, `Federated`, `CanonicalUser`; `*` for all of them.
    fn principals(&self) -> Vec<(&str, &Value)> {
        let Some(principal) = self.value.get("Principal") else {
            return Vec::new();
        };
        match principal.as_map() {
            Some(kinds) => kinds
                .iter()
                .flat_map(|(kind, value)| {
                    items(Some(value)).iter().map(move |item| (&**kind, item))
                })
                .collect(),
            None => items(Some(principal))
                .iter()
                .map(|item| ("*", item))
                .collect(),
        }
    }

    pub(super) fn names(&self, who: Who) -> Truth {
        let inverted = self.has("NotPrincipal");
        if inverted == Truth::True {
            return (who == Who::Public).into();
        }
        let mut truth = inverted.and((who == Who::Public).into());
        for (kind, value) in self.principals() {
            // Without a kind, what is not known may be a map of kinds.
            let is_kind = |wanted: &str| match (kind, value.as_unknown()) {
                ("*", Some(_)) => Truth::Unknown,
                _ => (kind == wanted).into(),
            };
            let named = match who {
                Who::Public => names::is_everyone(value),
                Who::Service => is_kind("Service"),
                Who::Federated => is_kind("Federated"),
                Who::CrossAccount => names::is_everyone(value).or(names::is_account(value)),
            };
            truth = truth.or(match (who, kind) {
                (Who::Public, "Service") => Truth::False,
                (Who::CrossAccount, "Service" | "Federated") => Truth::False,
                _ => named,
            });
        }
        truth
    }

    pub(super) fn names_one_that(&self, regex: &Pattern) -> Truth {
        let mut truth = Truth::False;
        for (_, value) in self.principals() {
            truth = truth.or(names::matches(value, regex));
        }
        truth
    }

    /// The conditions: operator, key in lower case, values.
    fn conditions(&self) -> Vec<(&str, String, &Value)> {
        let Some(operators) = self.value.get("Condition").and_then(Value::as_map) else {
            return Vec::new();
        };
        let mut conditions = Vec::new();
        for (operator, keys) in operators {
            for (key, value) in keys.as_map().into_iter().flatten() {
                conditions.push((&**operator, key.to_ascii_lowercase(), value));
            }
        }
        conditions
    }

    /// Whether it has a condition on a key (in lower case) with one of these values; any value where there is none.
    pub(super) fn has_condition(&self, wanted: &str, values: &[std::sync::Arc<str>]) -> Truth {
        let mut truth = hidden_condition(self);
        for (_, key, value) in self.conditions() {
            if key != wanted {
                continue;
            }
            if values.is_empty() {
                return Truth::True;
            }
            for item in items(Some(value)) {
                truth = truth.or(match plain_text(item) {
                    Some(text) => values
                        .iter()
                        .any(|wanted| wanted.eq_ignore_ascii_case(&text))
                        .into(),
                    None => Truth::Unknown,
                });
            }
        }
        truth
    }

    /// Whether it has a condition on a key (in lower case, with wildcards) all of whose values match.
    pub(super) fn has_condition_that(&self, wanted: &str, regex: &Pattern) -> Truth {
        let mut truth = hidden_condition(self);
        for (operator, key, value) in self.conditions() {
            if !is_positive(operator) || !glob(wanted, &key) {
                continue;
            }
            let matches = |item: &Value| match plain_text(item) {
                Some(text) => regex.is_match(&text).into(),
                None => Truth::Unknown,
            };
            let all = items(Some(value)).iter().map(matches);
            truth = truth.or(all.fold(Truth::True, Truth::and));
        }
        truth
    }

    /// Whether a condition limits who may use it, or from where.
    pub(super) fn is_restricted(&self) -> Truth {
        let mut truth = hidden_condition(self);
        for (operator, key, value) in self.conditions() {
            if !restricts(operator, &key) {
                continue;
            }
            let opens =
                |item: &Value| match has_wildcards(operator) && names::can_be_everything(item) {
                    true => Truth::Unknown,
                    false => is_everything(item).into(),
                };
            let open = items(Some(value)).iter().map(opens);
            truth = truth.or(!open.fold(Truth::False, Truth::or));
        }
        truth
    }
}

/// What is missing of a value or its parts: elements, kinds of principals, operators and keys of conditions.
fn missing_inside(value: &Value, depth: usize) -> Option<Reason> {
    if let Some(map) = value.as_map().filter(|_| depth > 0) {
        return map
            .values()
            .find_map(|part| missing_inside(part, depth - 1));
    }
    items(Some(value)).iter().find_map(missing)
}

fn hidden_condition(statement: &Statement) -> Truth {
    let is_hidden = |value: &Value| value.as_map().is_none() && missing(value).is_some();
    let hidden = statement.value.get("Condition").is_some_and(|operators| {
        let mut keys = operators.as_map().into_iter().flat_map(Map::values);
        is_hidden(operators) || keys.any(is_hidden)
    });
    if hidden { Truth::Unknown } else { Truth::False }
}

/// Keys that name accounts, organizations, principals or networks.
const RESTRICTING: [&str; 28] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:username",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
    "elasticfilesystem:accessedviamounttarget",
    "kms:calleraccount",
    "lambda:eventsourcetoken",
    "lambda:functionurlauthtype",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "sts:externalid",
];

/// Whether a condition under this operator keeps out who does not send the values. A negated one lets everyone else in, and one
/// that ends in `IfExists` everyone who does not send the key.
fn is_positive(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    !operator.contains("not")
        && !operator.ends_with("ifexists")
        && !operator.starts_with("forallvalues:")
        && operator != "null"
}

/// Whether the values of a condition under this operator are patterns or networks, of which one stands for everything.
fn has_wildcards(operator: &str) -> bool {
    let operator = operator.to_ascii_lowercase();
    ["like", "arnequals", "ipaddress"]
        .iter()
        .any(|word| operator.contains(word))
}

/// Whether a condition keeps others out.
fn restricts(operator: &str, key: &str) -> bool {
    is_positive(operator)
        && (RESTRICTING.contains(&key)
            || key.starts_with("aws:principaltag/")
            || key.ends_with(":sub")
            || key.ends_with(":aud"))
}

fn is_everything(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        matches!(text, "*" | "0.0.0.0/0" | "::/0" | "arn:aws:*" | "arn:*") || is_any_principal(text)
    })
}

/// The ARN of a user or role of whichever account.
fn is_any_principal(text: &str) -> bool {
    let parts: Vec<_> = text.split(':').collect();
    matches!(parts[..], ["arn", _, "iam" | "sts", _, account, ..] if account.starts_with('*'))
}

/// A text, with `${}` for each reference and unknown in it.
fn with_places(value: &Value) -> Option<Cow<'_, str>> {
    match &value.kind {
        Kind::Reference(_) => Some("${}".into()),
        Kind::Template(parts) => {
            let part = |part| with_places(part).unwrap_or("${}".into());
            Some(parts.iter().map(part).collect::<String>().into())
        }
        _ => value.as_str().map(Cow::Borrowed),
    }
}

/// Whether a pattern of `*` and `?` covers a text; wildcards of the text are covered by wildcards alone.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut back = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                back = Some((at, seen));
                at += 1;
            }
            Some(b'?') if text[seen] != b'*' => {
                at += 1;
                seen += 1;
            }
            Some(byte) if byte.eq_ignore_ascii_case(&text[seen]) && text[seen] != b'*' => {
                at += 1;
                seen += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    at = star + 1;
                    seen = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}
