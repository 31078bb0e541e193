//! Rule files: from a tree to a [`Rule`].

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use palisade_model::{Language, Severity, Value};
use palisade_syntax::data::{Data, Entry, Node};

use super::reader::{Reader, value_of};
use super::{Condition, Example, Examples, Message, Remediation, Rule, RuleError, Scope, Selector};
use crate::check::Safety;

const KEYS: [&str; 19] = [
    "title",
    "severity",
    "resource",
    "languages",
    "scope",
    "aliases",
    "implied_by",
    "objectives",
    "why",
    "when",
    "fail_when",
    "require",
    "message",
    "mark",
    "remediation",
    "references",
    "examples",
    "id",
    "notes",
];

/// Reads a rule. What could be read is there even where there are errors, but a rule with errors must not be used.
pub(crate) fn rule(id: &str, node: &Node, as_of: Option<Date>) -> (Rule, Vec<RuleError>) {
    let reader = Reader {
        as_of,
        ..Reader::default()
    };
    read(id, node, reader)
}

/// Reads a rule of the product, which the tests have read before.
pub(crate) fn trusted(id: &str, node: &Node, as_of: Option<Date>) -> (Rule, Vec<RuleError>) {
    let reader = Reader {
        is_trusted: true,
        as_of,
        ..Reader::default()
    };
    read(id, node, reader)
}

fn read(id: &str, node: &Node, mut reader: Reader) -> (Rule, Vec<RuleError>) {
    let mut rule = blank(id);
    let mut fails = None;
    for (key, entry) in reader.entries(node) {
        if key == "require" || key == "fail_when" {
            if fails.is_some() {
                reader.error(&entry.key, "one of `fail_when` and `require` is enough");
            }
            let condition = reader.condition(&entry.value);
            fails = Some(match key.as_str() {
                "require" => Condition::Not(Box::new(condition)),
                _ => condition,
            });
        } else {
            reader.rule_entry(&mut rule, &key, entry);
        }
    }
    match fails {
        Some(condition) => rule.fail_when = condition,
        None => reader.error(node, "`fail_when` or `require` is missing"),
    }
    reader.demand(&rule, node);
    (rule, reader.errors)
}

/// Reads the examples that the embedded form keeps apart, as `{"examples": ...}`.
pub(crate) fn examples(node: &Node) -> Examples {
    match node.get("examples") {
        Some(examples) => Reader::default().examples(examples),
        None => Examples::default(),
    }
}

fn blank(id: &str) -> Rule {
    Rule {
        id: id.into(),
        title: String::new(),
        severity: Severity::Medium,
        types: Vec::new(),
        languages: Vec::new(),
        scope: Scope::Resource,
        aliases: Vec::new(),
        implied_by: Vec::new(),
        objectives: Vec::new(),
        why: String::new(),
        when: None,
        fail_when: Condition::Any(Vec::new()),
        message: Message::default(),
        mark: None,
        remediation: Remediation {
            text: String::new(),
            set: Vec::new(),
            safety: Safety::Display,
        },
        references: Vec::new(),
        examples: Examples::default(),
    }
}

impl Reader {
    fn rule_entry(&mut self, rule: &mut Rule, key: &str, entry: &Entry) {
        let value = &entry.value;
        match key {
            "title" => rule.title = self.text(value),
            "severity" => {
                let known = Severity::ALL.map(|severity| (severity.as_str(), severity));
                rule.severity = self.word(value, &known).unwrap_or(Severity::Medium);
            }
            "resource" => rule.types = self.texts(value),
            "languages" => rule.languages = self.languages(value),
            "scope" => {
                let known = [("resource", Scope::Resource), ("account", Scope::Account)];
                rule.scope = self.word(value, &known).unwrap_or_default();
            }
            "aliases" => rule.aliases = self.texts(value),
            "implied_by" => rule.implied_by = self.texts(value),
            "objectives" => rule.objectives = self.texts(value),
            "why" => self.text(value).trim_end().clone_into(&mut rule.why),
            "when" => rule.when = Some(self.condition(value)),
            "message" => {
                let text = self.text(value);
                match Message::parse(text.trim_end()) {
                    Ok(message) => rule.message = message,
                    Err(message) => self.error(value, message),
                }
            }
            "mark" => rule.mark = Some(self.selector(value)),
            "remediation" => rule.remediation = self.remediation(value),
            "references" => {
                rule.references = self.texts(value).iter().map(ToString::to_string).collect();
            }
            "examples" => rule.examples = self.examples(value),
            "id" if self.text(value) == *rule.id => {}
            "id" => {
                let message = format!("the id is the file's path: `{}`", rule.id);
                self.error(value, message);
            }
            "notes" => {}
            _ => self.unknown_key(entry, key, &KEYS),
        }
    }

    fn demand(&mut self, rule: &Rule, node: &Node) {
        let missing = [
            ("title", rule.title.is_empty()),
            ("resource", rule.types.is_empty()),
            ("severity", node.get("severity").is_none()),
            ("why", rule.why.is_empty()),
            ("message", rule.message.0.is_empty()),
            ("remediation", rule.remediation.text.is_empty()),
        ];
        for (key, absent) in missing {
            if absent {
                self.error(node, format!("`{key}` is missing"));
            }
        }
    }

    fn languages(&mut self, node: &Node) -> Vec<Language> {
        let texts = self.texts(node);
        let mut languages = Vec::new();
        for text in texts {
            match Language::parse(&text) {
                Some(language) => languages.push(language),
                None => self.error(node, format!("`{text}` is no language")),
            }
        }
        languages
    }

    fn language(&mut self, key: &str, entry: &Entry) -> Option<Language> {
        let language = Language::parse(key);
        if language.is_none() {
            self.unknown_key(entry, key, &Language::ALL.map(Language::as_str));
        }
        language
    }

    fn remediation(&mut self, node: &Node) -> Remediation {
        let mut remediation = Remediation {
            text: String::new(),
            set: Vec::new(),
            safety: Safety::Display,
        };
        for (key, entry) in self.entries(node) {
            let value = &entry.value;
            match key.as_str() {
                "text" => self
                    .text(value)
                    .trim_end()
                    .clone_into(&mut remediation.text),
                "set" => remediation.set = self.assignments(value),
                "safety" => {
                    let known = [
                        ("safe", Safety::Safe),
                        ("unsafe", Safety::Unsafe),
                        ("display", Safety::Display),
                    ];
                    remediation.safety = self.word(value, &known).unwrap_or(Safety::Display);
                }
                _ => self.unknown_key(entry, &key, &["text", "set", "safety"]),
            }
        }
        if !remediation.set.is_empty() && node.get("safety").is_none() {
            self.error(node, "`safety` is missing: safe, unsafe or display");
        }
        remediation
    }

    fn assignments(&mut self, node: &Node) -> Vec<(Selector, Value)> {
        let mut assignments = Vec::new();
        for (key, entry) in self.entries(node) {
            match Selector::parse(&key) {
                Ok(selector) => assignments.push((selector, value_of(&entry.value))),
                Err(message) => self.error(&entry.key, message),
            }
        }
        assignments
    }

    fn examples(&mut self, node: &Node) -> Examples {
        let mut examples = Examples::default();
        for (key, entry) in self.entries(node) {
            let cases = match key.as_str() {
                "bad" => &mut examples.bad,
                "good" => &mut examples.good,
                _ => {
                    self.unknown_key(entry, &key, &["bad", "good"]);
                    continue;
                }
            };
            for (name, case) in self.entries(&entry.value) {
                let example = self.example(&case.value);
                cases.insert(name.into(), example);
            }
        }
        examples
    }

    fn example(&mut self, node: &Node) -> Example {
        let mut example = Example::default();
        for (key, entry) in self.entries(node) {
            match key.as_str() {
                "marks" => {
                    for (key, entry) in self.entries(&entry.value) {
                        if let Some(language) = self.language(&key, entry) {
                            let text = self.text(&entry.value);
                            example.marks.insert(language, text.trim_end().into());
                        }
                    }
                }
                "without" => {
                    for (key, entry) in self.entries(&entry.value) {
                        if let Some(language) = self.language(&key, entry) {
                            let reason = self.text(&entry.value);
                            example.without.insert(language, reason);
                        }
                    }
                }
                "differs" => example.differs = Some(self.text(&entry.value)),
                _ => {
                    if let Some(language) = self.language(&key, entry) {
                        let files = self.files(language, &entry.value);
                        example.texts.insert(language, files);
                    }
                }
            }
        }
        example
    }

    /// One text, or several by the names of their files.
    fn files(&mut self, language: Language, node: &Node) -> BTreeMap<Arc<str>, Arc<str>> {
        if let Data::Mapping(_) = node.data {
            let entries = self.entries(node);
            return entries
                .into_iter()
                .map(|(name, entry)| (name.into(), self.text(&entry.value).into()))
                .collect();
        }
        let text = self.text(node);
        BTreeMap::from([(main_file(language).into(), text.into())])
    }
}

/// The name of the file that holds an example of one text.
pub fn main_file(language: Language) -> &'static str {
    match language {
        Language::Terraform => "main.tf",
        Language::TerraformPlan => "plan.json",
        Language::TerraformState => "terraform.tfstate",
        Language::CloudFormation => "template.yaml",
        Language::Arm => "template.json",
        Language::Bicep => "main.bicep",
        Language::Live => "live.json",
    }
}
