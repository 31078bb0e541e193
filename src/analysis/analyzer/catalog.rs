use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, RwLock};

use crate::rules::{Rule, RuleSet};
use crate::suppress::RuleNames;

/// The rules of a run by id, each looked up once.
pub struct Catalog {
    rules: Arc<RuleSet>,
    known: RwLock<BTreeMap<Arc<str>, Option<Arc<Rule>>>>,
}

impl Catalog {
    /// The catalog of these rules.
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self {
            rules,
            known: RwLock::default(),
        }
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The rule of an id, or of an alias where no rule has that id.
    pub fn rule(&self, id: &str) -> Option<Arc<Rule>> {
        if let Some(rule) = self
            .known
            .read()
            .ok()
            .and_then(|known| known.get(id).cloned())
        {
            return rule;
        }
        let rule = self.rules.find(id);
        if let Ok(mut known) = self.known.write() {
            known.insert(id.into(), rule.clone());
        }
        rule
    }
}

impl RuleNames for Catalog {
    fn aliases(&self, rule: &str) -> Vec<Arc<str>> {
        self.rule(rule)
            .map_or_else(Vec::new, |rule| rule.aliases.clone())
    }

    fn ids(&self) -> Vec<Arc<str>> {
        self.rules
            .rules()
            .iter()
            .map(|rule| rule.id.clone())
            .collect()
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rules", self.rules.len())
    }
}
