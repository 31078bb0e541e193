//! Conditions: from a rule file's tree to what is evaluated. `rules/README.md` is the language.

use palisade_syntax::data::{Data, Entry, Node};

use super::reader::{Reader, nearest};
use super::{
    Comparison, Condition, Direction, KindTest, Pattern, Quantifier, Relation, Selector, Test,
};
use crate::check::functions;

/// The entries of `related`.
const RELATION_KEYS: [&str; 9] = [
    "label",
    "direction",
    "path",
    "type",
    "same_provider",
    "at_least",
    "some",
    "every",
    "none",
];

const DIRECTIONS: [(&str, Direction); 3] = [
    ("from", Direction::From),
    ("to", Direction::To),
    ("anywhere", Direction::Anywhere),
];

const QUANTIFIERS: [(&str, Quantifier); 3] = [
    ("some", Quantifier::Some),
    ("every", Quantifier::Every),
    ("none", Quantifier::None),
];

const COMPARISONS: [(&str, Comparison); 5] = [
    ("below", Comparison::Below),
    ("at_most", Comparison::AtMost),
    ("above", Comparison::Above),
    ("at_least", Comparison::AtLeast),
    ("is", Comparison::Is),
];

const KINDS: [(&str, KindTest); 7] = [
    ("string", KindTest::String),
    ("number", KindTest::Number),
    ("bool", KindTest::Bool),
    ("list", KindTest::List),
    ("map", KindTest::Map),
    ("reference", KindTest::Reference),
    ("literal", KindTest::Literal),
];

/// The words a test can be, for messages about a misspelt one.
const OPERATORS: [&str; 27] = [
    "is",
    "not",
    "in",
    "not_in",
    "present",
    "absent",
    "written",
    "empty",
    "below",
    "at_most",
    "above",
    "at_least",
    "matches",
    "starts_with",
    "ends_with",
    "contains",
    "length",
    "is_a",
    "same_as",
    "some",
    "every",
    "none",
    "all",
    "any",
    "equals",
    "related",
    "contains_any",
];

impl Reader {
    /// A condition: a mapping whose entries must all hold.
    pub(crate) fn condition(&mut self, node: &Node) -> Condition {
        if !matches!(node.data, Data::Mapping(_)) {
            self.error(
                node,
                "expected a condition: a mapping of paths to tests, or all, any, not, related",
            );
            return Condition::All(Vec::new());
        }
        let mut parts: Vec<_> = self
            .entries(node)
            .into_iter()
            .map(|(key, entry)| self.condition_entry(&key, entry))
            .collect();
        if parts.len() == 1 {
            parts.remove(0)
        } else {
            Condition::All(parts)
        }
    }

    fn condition_entry(&mut self, key: &str, entry: &Entry) -> Condition {
        match key {
            "all" => Condition::All(self.conditions(&entry.value)),
            "any" => Condition::Any(self.conditions(&entry.value)),
            "not" => Condition::Not(Box::new(self.condition(&entry.value))),
            "related" => self.relation(&entry.value),
            _ if functions::is_known(key) => self.call(Selector::here(), key, entry),
            _ => match Selector::parse(key) {
                Ok(selector) => self.test(&selector, &entry.value),
                Err(message) => {
                    self.error(&entry.key, message);
                    Condition::All(Vec::new())
                }
            },
        }
    }

    fn conditions(&mut self, node: &Node) -> Vec<Condition> {
        if !matches!(node.data, Data::Sequence(_)) {
            self.error(node, "expected a list of conditions");
        }
        node.items()
            .iter()
            .map(|item| self.condition(item))
            .collect()
    }

    /// What a path's value must be: a constant, or a mapping of operators that must all hold.
    fn test(&mut self, selector: &Selector, node: &Node) -> Condition {
        match &node.data {
            Data::Mapping(_) => {
                let mut parts: Vec<_> = self
                    .entries(node)
                    .into_iter()
                    .map(|(key, entry)| self.operator(selector, &key, entry))
                    .collect();
                if parts.is_empty() {
                    self.error(node, "expected a test");
                }
                if parts.len() == 1 {
                    parts.remove(0)
                } else {
                    Condition::All(parts)
                }
            }
            Data::Sequence(_) => {
                self.error(
                    node,
                    "a list is no test; write `in: [..]` for one of several values",
                );
                Condition::All(Vec::new())
            }
            Data::Null => {
                self.error(node, "nothing is no test; write `absent: true`");
                Condition::All(Vec::new())
            }
            Data::Bool(_) | Data::Number(_) | Data::String(_) => {
                let literals = self.literals(node);
                self.leaf(selector, node, Test::OneOf(literals))
            }
        }
    }

    fn tests(&mut self, selector: &Selector, node: &Node) -> Vec<Condition> {
        if !matches!(node.data, Data::Sequence(_)) {
            self.error(node, "expected a list of tests");
        }
        node.items()
            .iter()
            .map(|item| self.test(selector, item))
            .collect()
    }

    fn operator(&mut self, selector: &Selector, key: &str, entry: &Entry) -> Condition {
        let value = &entry.value;
        if let Some((_, quantifier)) = QUANTIFIERS.iter().find(|(word, _)| *word == key) {
            let part = self.condition(value);
            return Condition::Each(selector.clone(), *quantifier, Box::new(part));
        }
        match key {
            "all" => return Condition::All(self.tests(selector, value)),
            "any" => return Condition::Any(self.tests(selector, value)),
            "not" => return Condition::Not(Box::new(self.test(selector, value))),
            "not_in" => {
                let literals = self.literals(value);
                return Condition::Not(Box::new(self.leaf(selector, value, Test::OneOf(literals))));
            }
            _ if functions::is_known(key) => return self.call(selector.clone(), key, entry),
            _ => {}
        }
        let (negated, test) = match key {
            "present" => (!self.flag(value), Test::Present),
            "absent" => (self.flag(value), Test::Present),
            "written" => (!self.flag(value), Test::Written),
            "empty" => (!self.flag(value), Test::Empty),
            _ => (false, self.plain_test(key, entry)),
        };
        let leaf = self.leaf(selector, value, test);
        if negated {
            Condition::Not(Box::new(leaf))
        } else {
            leaf
        }
    }

    fn plain_test(&mut self, key: &str, entry: &Entry) -> Test {
        let value = &entry.value;
        match key {
            "in" => Test::OneOf(self.literals(value)),
            "is" | "equals" => Test::OneOf(self.literal(value).into_iter().collect()),
            "matches" => self.matches(value),
            "starts_with" => Test::StartsWith(self.texts(value)),
            "ends_with" => Test::EndsWith(self.texts(value)),
            "contains" => Test::Contains(self.literals(value)),
            "length" => {
                let (comparison, limit) = self.comparison(value);
                Test::Length(comparison, limit)
            }
            "is_a" => Test::Kind(self.word(value, &KINDS).unwrap_or(KindTest::String)),
            "same_as" => Test::SameAs(self.selector(value)),
            "below" | "at_most" | "above" | "at_least" => {
                let comparison = COMPARISONS
                    .iter()
                    .find(|(word, _)| *word == key)
                    .map_or(Comparison::Is, |(_, comparison)| *comparison);
                Test::Compare(comparison, self.number(value))
            }
            _ => {
                let mut known = OPERATORS.to_vec();
                known.extend(functions::names());
                let hint = nearest(key, &known)
                    .map(|near| format!("; did you mean `{near}`?"))
                    .unwrap_or_default();
                self.error(&entry.key, format!("`{key}` is no test{hint}"));
                Test::Present
            }
        }
    }

    fn comparison(&mut self, node: &Node) -> (Comparison, f64) {
        if let Data::Number(_) = node.data {
            return (Comparison::Is, self.number(node));
        }
        let entries = self.entries(node);
        if let [(key, entry)] = entries.as_slice() {
            let known = COMPARISONS.iter().find(|(word, _)| word == key);
            if known.is_none() {
                self.unknown_key(entry, key, &COMPARISONS.map(|(word, _)| word));
            }
            let comparison = known.map_or(Comparison::Is, |(_, comparison)| *comparison);
            (comparison, self.number(&entry.value))
        } else {
            self.error(
                node,
                "expected a number or one of below, at_most, above, at_least",
            );
            (Comparison::Is, 0.0)
        }
    }

    fn matches(&mut self, node: &Node) -> Test {
        self.pattern(node).map_or(Test::Present, Test::Matches)
    }

    /// A regular expression.
    pub(crate) fn pattern(&mut self, node: &Node) -> Option<Pattern> {
        let text = self.text(node);
        if self.is_trusted {
            return Some(Pattern::lazy(text));
        }
        Pattern::new(&text)
            .map_err(|message| self.error(node, message))
            .ok()
    }

    pub(crate) fn selector(&mut self, node: &Node) -> Selector {
        let text = self.text(node);
        Selector::parse(&text).unwrap_or_else(|message| {
            self.error(node, message);
            Selector::here()
        })
    }

    fn leaf(&mut self, selector: &Selector, node: &Node, test: Test) -> Condition {
        if selector.is_plural() {
            self.error(
                node,
                "a path with `[]` has many values; say `some`, `every` or `none` and test the item `.`",
            );
        }
        Condition::Leaf(selector.clone(), test)
    }

    fn call(&mut self, selector: Selector, name: &str, entry: &Entry) -> Condition {
        match functions::compile(name, &entry.value, self) {
            Some((function, negated)) => {
                let leaf = self.leaf(&selector, &entry.value, Test::Call(function));
                if negated {
                    Condition::Not(Box::new(leaf))
                } else {
                    leaf
                }
            }
            None => Condition::All(Vec::new()),
        }
    }

    fn relation(&mut self, node: &Node) -> Condition {
        let mut relation = Relation {
            label: None,
            direction: Direction::From,
            path: None,
            types: Vec::new(),
            same_provider: false,
            quantifier: Quantifier::Some,
            at_least: 1,
            condition: Condition::All(Vec::new()),
        };
        let mut quantified = false;
        for (key, entry) in self.entries(node) {
            let value = &entry.value;
            match key.as_str() {
                "label" => relation.label = Some(self.text(value).into()),
                "direction" => {
                    let found = self.word(value, &DIRECTIONS);
                    relation.direction = found.unwrap_or(Direction::From);
                }
                "path" => relation.path = Some(self.selector(value)),
                "type" => relation.types = self.texts(value),
                "same_provider" => relation.same_provider = self.flag(value),
                "at_least" => match self.text(value).parse() {
                    Ok(least) if least > 1 => relation.at_least = least,
                    _ => self.error(value, "expected a whole number above 1"),
                },
                _ => match QUANTIFIERS.iter().find(|(word, _)| *word == key) {
                    Some((_, quantifier)) => {
                        quantified = true;
                        relation.quantifier = *quantifier;
                        relation.condition = self.condition(value);
                    }
                    None => self.unknown_key(entry, &key, &RELATION_KEYS),
                },
            }
        }
        if !quantified {
            self.error(
                node,
                "`related` needs one of some, every, none; `some: {}` is any at all",
            );
        }
        let names = relation.path.is_some() || relation.label.is_some();
        if relation.direction == Direction::Anywhere && (names || relation.types.is_empty()) {
            self.error(
                node,
                "`direction: anywhere` needs a type, and no path or label",
            );
        }
        if relation.at_least != 1 && relation.quantifier != Quantifier::Some {
            self.error(node, "`at_least` goes with `some` only");
        }
        Condition::Related(Box::new(relation))
    }
}
