//! Secrets that are written out: known formats, and what looks random under a name that promises a secret.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use palisade_model::{Kind, Path, Reason, Resource, Segment, Value};
use palisade_syntax::data::{Data, Node};
use regex::Match;

use super::{Function, Hit, Judgement, missing};
use crate::rules::Pattern;
use crate::rules::reader::Reader;

/// `secrets.found: true`: a text of the value, at any depth, holds a secret.
#[derive(Debug, Default)]
struct Found {
    /// Also what looks random behind a name such as `password =`.
    assignments: bool,
}

/// `secrets.named: true`: of a map of names to values (environment variables, settings), an entry whose name promises a secret has
/// its value written out.
#[derive(Debug)]
struct Named;

pub(super) fn found(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    let mut function = Found { assignments: true };
    if let Data::Mapping(_) = node.data {
        for (key, entry) in reader.entries(node) {
            match key.as_str() {
                "assignments" => function.assignments = reader.flag(&entry.value),
                _ => reader.unknown_key(entry, &key, &["assignments"]),
            }
        }
    } else {
        super::no_parameters(node, reader);
    }
    Some(Arc::new(function))
}

pub(super) fn named(node: &Node, reader: &mut Reader) -> Option<Arc<dyn Function>> {
    super::no_parameters(node, reader);
    Some(Arc::new(Named))
}

/// Formats that are secrets by themselves: the name, a text that every one has, and what it looks like.
const FORMATS: [(&str, &[&str], &str); 21] = [
    (
        "AWS access key",
        &["AKIA", "ASIA", "AGPA", "AROA", "AIPA", "ANPA", "ANVA"],
        r"\b(?:AKIA|ASIA|AGPA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{16}\b",
    ),
    (
        "AWS secret access key",
        &["aws", "AWS", "Aws"],
        r#"(?i)aws.{0,20}?(?:secret|key).{0,20}?['"=: ]([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)"#,
    ),
    (
        "private key",
        &["PRIVATE KEY"],
        r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    ),
    (
        "GitHub token",
        &["gh", "github_pat_"],
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b",
    ),
    ("GitLab token", &["glpat-"], r"\bglpat-[A-Za-z0-9_-]{20,}\b"),
    ("Slack token", &["xox"], r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    (
        "Slack webhook",
        &["hooks.slack.com"],
        r"https://hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]{20,}",
    ),
    (
        "Stripe key",
        &["_live_"],
        r"\b(?:sk|rk)_live_[A-Za-z0-9]{20,}\b",
    ),
    ("Google API key", &["AIza"], r"\bAIza[0-9A-Za-z_-]{35}\b"),
    (
        "Google service account key",
        &["private_key_id"],
        r#""private_key_id"\s*:\s*"[0-9a-f]{40}""#,
    ),
    (
        "Google OAuth secret",
        &["GOCSPX-"],
        r"\bGOCSPX-[A-Za-z0-9_-]{28}\b",
    ),
    (
        "Azure storage key",
        &["AccountKey="],
        r"AccountKey=[A-Za-z0-9+/]{86}==",
    ),
    (
        "Azure shared access signature",
        &["sig="],
        r"[?&]sig=[A-Za-z0-9%+/]{40,}",
    ),
    (
        "Azure client secret",
        &["Q~"],
        r"\b[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}",
    ),
    (
        "SendGrid key",
        &["SG."],
        r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b",
    ),
    ("Twilio key", &["SK"], r"\bSK[0-9a-f]{32}\b"),
    ("npm token", &["npm_"], r"\bnpm_[A-Za-z0-9]{36}\b"),
    (
        "PyPI token",
        &["pypi-"],
        r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}",
    ),
    (
        "HashiCorp Vault token",
        &["hvs.", "hvb."],
        r"\bhv[sb]\.[A-Za-z0-9_-]{24,}\b",
    ),
    (
        "JSON web token",
        &["eyJ"],
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
    (
        "credentials in a URL",
        &["://"],
        r"\b[a-z][a-z0-9+.-]{1,20}://[^/\s:@${}]+:[^/\s:@${}]{3,}@[A-Za-z0-9]",
    ),
];

/// A name that promises a secret, an assignment, and the value.
const ASSIGNMENT: &str = r#"(?i)\b[a-z0-9_.-]*(?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key)[a-z0-9_]*['"]?\s*(?:=|:|=>)\s*['"]?([^\s'"$<>{},;]{8,})"#;

const NAME: &str = r"(?i)(?:^|[_./-]|[a-z])(?:password|passwd|pwd|passphrase|secret|token|api_?key|apikey|access_?key|private_?key|credentials?)(?:$|[_./-]|[A-Z0-9])|(?i)^(?:password|passwd|secret|token)$";

/// A name that says where a secret is kept, and so promises none itself: `db_secret_id`, `TokenArn`.
const PLACE: &str = r"(?i)(?:password|passphrase|secret|token|key|credential)s?[_.-]?(?:id|arn|name|path|file|version|ref)$";

struct Patterns {
    formats: Vec<Pattern>,
    assignment: Pattern,
    name: Pattern,
    place: Pattern,
}

/// Nothing is compiled before a text has what every match has.
fn patterns() -> &'static Patterns {
    static PATTERNS: OnceLock<Patterns> = OnceLock::new();
    PATTERNS.get_or_init(|| Patterns {
        formats: FORMATS
            .iter()
            .map(|format| Pattern::lazy(format.2))
            .collect(),
        assignment: Pattern::lazy(ASSIGNMENT),
        name: Pattern::lazy(NAME),
        place: Pattern::lazy(PLACE),
    })
}

/// What every name has that promises a secret, in lower case.
const PROMISES: [&str; 6] = ["pass", "pwd", "secret", "token", "key", "credential"];

fn promises(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    PROMISES.iter().any(|word| lower.contains(word))
}

impl Function for Found {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        let mut search = Search {
            assignments: self.assignments,
            hits: Vec::new(),
            reason: None,
        };
        search.value(value, &Path::default(), 0);
        Judgement::of_hits(search.hits, search.reason)
    }
}

struct Search {
    assignments: bool,
    hits: Vec<Hit>,
    reason: Option<Reason>,
}

impl Search {
    fn value(&mut self, value: &Value, path: &Path, depth: usize) {
        if depth > 32 {
            return;
        }
        match &value.kind {
            Kind::String(text) => self.text(text, value, path),
            Kind::Encoded(encoded) => match &encoded.text {
                Some(text) => {
                    self.text(text, value, path);
                    if let Some(inner) = encoded.value.as_str() {
                        self.text(inner, value, path);
                    }
                }
                None => self.value(&encoded.value, path, depth + 1),
            },
            Kind::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(item, &path.join(Segment::Index(index)), depth + 1);
                }
            }
            Kind::Map(entries) => {
                for (key, item) in entries.iter() {
                    self.value(item, &path.join(Segment::Key(key.clone())), depth + 1);
                }
            }
            Kind::Template(parts) => {
                for part in parts.iter() {
                    if let Some(text) = part.as_str() {
                        self.text(text, value, path);
                    }
                }
            }
            Kind::Unknown(_) => self.reason = self.reason.take().or_else(|| missing(value)),
            Kind::Reference(_) | Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
        }
    }

    /// One hit a value is enough.
    fn text(&mut self, text: &str, value: &Value, path: &Path) {
        if self
            .hits
            .last()
            .is_some_and(|hit| hit.path == *path && !path.is_empty())
        {
            return;
        }
        let decoded = decode(text);
        let found = secret_in(text, self.assignments)
            .or_else(|| secret_in(decoded.as_deref()?, self.assignments));
        if let Some(secret) = found {
            self.hits.push(Hit {
                path: path.clone(),
                value: value.clone(),
                note: Some(secret.kind.to_owned()),
                excerpt: Some(secret.text),
                is_item: !path.is_empty(),
            });
        }
    }
}

/// The text of a base64 text that is long enough to hold a secret.
fn decode(text: &str) -> Option<String> {
    let compact: String = text.split_whitespace().collect();
    if compact.len() < 24 || !compact.len().is_multiple_of(4) {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(compact)
        .ok()?;
    String::from_utf8(bytes).ok()
}

/// A secret in a text.
struct Secret {
    /// `AWS access key`
    kind: &'static str,
    /// The words of the text that are it.
    text: String,
}

/// The first secret of a text, known formats first.
fn secret_in(text: &str, assignments: bool) -> Option<Secret> {
    let patterns = patterns();
    for ((name, hints, _), pattern) in FORMATS.iter().zip(&patterns.formats) {
        if !hints.iter().any(|hint| text.contains(hint)) {
            continue;
        }
        let Some(regex) = pattern.regex() else {
            continue;
        };
        let is_one = |part: &Match<'_>| match part.as_str().contains("://") {
            true => !is_placeholder(part.as_str()),
            false => !is_masked(part.as_str()),
        };
        let mut parts = regex
            .captures_iter(text)
            .filter_map(|found| found.get(1).or_else(|| found.get(0)));
        if let Some(part) = parts.find(is_one) {
            let text = to_end_of_word(text, &part).to_owned();
            return Some(Secret { kind: name, text });
        }
    }
    if !assignments || !promises(text) {
        return None;
    }
    let regex = patterns.assignment.regex()?;
    let mut random = regex
        .captures_iter(text)
        .filter(|found| {
            found
                .get(0)
                .is_some_and(|whole| !is_in_arn(text, whole.start()))
        })
        .filter_map(|found| Some(found.get(1)?.as_str()));
    let found = random.find(|value| !is_placeholder(value) && entropy(value) > 3.0)?;
    Some(Secret {
        kind: "a secret assigned to a variable",
        text: found.to_owned(),
    })
}

/// A match; of a URL, whose format tells only how it begins, all of it.
fn to_end_of_word<'t>(text: &'t str, part: &Match<'_>) -> &'t str {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '<' | '>');
    let rest = &text[part.end()..];
    let end = if part.as_str().contains("://") {
        rest.find(ends).unwrap_or(rest.len())
    } else {
        0
    };
    &text[part.start()..part.end() + end]
}

/// A secret that was made unreadable. The keys that documentation shows (`AKIA…EXAMPLE`) are not: where they stand, real ones will.
fn is_masked(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["xxxx", "****", "redacted"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Texts that stand for a value to be filled in, or name where one is.
fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [
        "example",
        "changeme",
        "placeholder",
        "your",
        "dummy",
        "resolve:",
        "arn:aws",
        "/aws/",
        "http",
    ]
    .iter()
    .any(|word| lower.contains(word) && !lower.contains("://"))
        || is_masked(text)
        || lower.starts_with(['$', '<', '%'])
}

/// Whether a place lies inside of an ARN: the parts of `arn:aws:secretsmanager:…` are no assignments.
fn is_in_arn(text: &str, at: usize) -> bool {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ',' | '(' | '[');
    text[..at]
        .rsplit(ends)
        .next()
        .is_some_and(|word| word.starts_with("arn:"))
}

/// Shannon's entropy in bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    for character in text.chars() {
        *counts.entry(character).or_insert(0_u32) += 1;
    }
    let length = f64::from(counts.values().sum::<u32>());
    counts
        .values()
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum()
}

impl Function for Named {
    fn judge(&self, value: &Value, _resource: &Resource) -> Judgement {
        let mut hits = Vec::new();
        let mut reason = missing(value);
        for (path, name, item) in named_values(value) {
            let names_secret = promises(&name)
                && patterns().name.is_match(&name)
                && !patterns().place.is_match(&name);
            if !names_secret {
                continue;
            }
            match item.as_str() {
                Some(text) if text.len() >= 4 && !is_placeholder(text) && !is_flag(text) => {
                    hits.push(Hit {
                        path,
                        value: item.clone(),
                        note: Some(name),
                        excerpt: None,
                        is_item: true,
                    });
                }
                Some(_) => {}
                None if item.as_unknown().is_some() => reason = reason.or_else(|| missing(item)),
                None => {}
            }
        }
        Judgement::of_hits(hits, reason)
    }
}

fn is_flag(text: &str) -> bool {
    ["true", "false", "none", "null", "enabled", "disabled"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// The names and values of a map, or of a list of `{Name, Value}`, or of one such.
fn named_values(value: &Value) -> Vec<(Path, String, &Value)> {
    let mut found = Vec::new();
    if let (Some(name), Some(item)) = (
        value.get("Name").and_then(Value::as_str),
        value.get("Value"),
    ) {
        let path = Path::new(vec![Segment::Key("Value".into())]);
        return vec![(path, name.to_owned(), item)];
    }
    if let Some(entries) = value.as_map() {
        for (key, item) in entries {
            let path = Path::new(vec![Segment::Key(key.clone())]);
            found.push((path, key.to_string(), item));
        }
    }
    for (index, item) in value.as_list().unwrap_or_default().iter().enumerate() {
        for (name, content) in [
            ("Name", "Value"),
            ("name", "value"),
            ("Key", "Value"),
            ("ParameterKey", "ParameterValue"),
        ] {
            if let (Some(name), Some(inner)) =
                (item.get(name).and_then(Value::as_str), item.get(content))
            {
                let path = Path::new(vec![Segment::Index(index), Segment::Key(content.into())]);
                found.push((path, name.to_owned(), inner));
            }
        }
    }
    found
}
