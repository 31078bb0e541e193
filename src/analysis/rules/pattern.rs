//! Regular expressions of rules, compiled when they are first needed.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// The largest compiled expression, in bytes.
const LARGEST: usize = 1 << 20;

/// A regular expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// An expression that is compiled when it is first matched; a wrong one then matches nothing.
    pub fn lazy(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            regex: OnceLock::new(),
        }
    }

    /// An expression that is compiled now.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = compile(text).map_err(|error| format!("not a regular expression: {error}"))?;
        let pattern = Self::lazy(text);
        let _ = pattern.regex.set(Some(regex));
        Ok(pattern)
    }

    /// The compiled expression; none where it is wrong.
    pub fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.text).ok()).as_ref()
    }

    /// Whether it finds something in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }
}

fn compile(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(LARGEST).build()
}
