//! Rules: data files in one vocabulary, compiled into conditions over canonical properties.
//!
//! `rules/README.md` at the top of the tree is the language. What a condition means is in [`crate::check`].

mod compile;
mod condition;
mod load;
mod markdown;
mod message;
mod pattern;
pub(crate) mod reader;
mod rule;
mod selector;
mod set;
mod types;

pub use condition::{
    Comparison, Condition, Direction, KindTest, Literal, Place, Quantifier, Relation, Test,
};
pub use load::main_file;
pub use pattern::Pattern;
pub use rule::{Example, Examples, Message, MessagePart, Remediation, Rule, RuleError, Scope};
pub use selector::{Fact, Root, Selector, Step};
pub use set::{RuleFile, RuleSet};
pub use types::Misspelling;
