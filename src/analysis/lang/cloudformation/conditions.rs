//! Conditions in Kleene's logic. A condition that is not known is a table: under which values of parameters it holds, under which
//! it does not. Tables stay small; one that would grow is replaced by the condition's own name as the assumption, so that no
//! template takes exponential time.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_model::{Assumption, Candidate, DiagnosticCode, Kind, Reason, Span, Unknown, Value};

use super::stack::Stack;
use super::tree::{KeyOrder, Tree};

/// Rows of a table.
const MAXIMUM_ROWS: usize = 32;

/// Pairs of rows that one stack may compare.
const MAXIMUM_STEPS: usize = 2_000_000;

/// How many conditions may stand between a condition and what it refers to.
const MAXIMUM_CHAIN: usize = 60;

/// Literals that a parameter is compared with, up to which each is a case of its own.
const MAXIMUM_LITERALS: usize = 8;

/// What a parameter is when it is none of the values it is compared with.
const ANY_OTHER: &str = "any other value";

/// Whether a condition holds.
#[derive(Clone, Debug)]
pub(super) enum Truth {
    /// It is known.
    Known(bool),
    /// It depends.
    Open(Arc<Table>),
}

/// On what it depends.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// What is missing.
    pub(super) reason: Reason,
    /// Every case.
    pub(super) rows: Vec<Row>,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    /// What it assumes, sorted.
    pub(super) when: Vec<Assumption>,
    /// Whether the condition holds then.
    pub(super) holds: bool,
}

/// How far a condition's evaluation is.
#[derive(Clone, Debug)]
pub(super) enum Progress {
    Running,
    Done(Truth),
}

/// The table became too large: the whole condition becomes one assumption.
struct TooLarge(Reason);

type Attempt = Result<Truth, TooLarge>;

/// One value that an operand of a comparison can have; none where it is no literal that the parameter is compared with.
type Case = (Vec<Assumption>, Option<Value>);

/// Both lists of assumptions in one, sorted; none where they contradict.
pub(super) fn agree(a: &[Assumption], b: &[Assumption]) -> Option<Vec<Assumption>> {
    let mut all = a.to_vec();
    for assumption in b {
        match a.iter().find(|known| known.subject == assumption.subject) {
            Some(known) if known.value != assumption.value => return None,
            Some(_) => {}
            None => all.push(assumption.clone()),
        }
    }
    all.sort();
    Some(all)
}

impl Truth {
    fn open(reason: Reason, mut rows: Vec<Row>) -> Attempt {
        rows.sort();
        rows.dedup();
        match rows.first().map(|row| row.holds) {
            Some(holds) if rows.iter().all(|row| row.holds == holds) => Ok(Self::Known(holds)),
            _ if rows.len() > MAXIMUM_ROWS => Err(TooLarge(reason)),
            _ => Ok(Self::Open(Arc::new(Table { reason, rows }))),
        }
    }

    /// Either, by an assumption of this name.
    fn named(subject: &str, reason: Reason) -> Self {
        let row = |holds: bool| Row {
            when: vec![Assumption {
                subject: subject.into(),
                value: holds.to_string().into(),
            }],
            holds,
        };
        let rows = vec![row(false), row(true)];
        Self::Open(Arc::new(Table { reason, rows }))
    }

    /// The unknown of a resource that exists only where this holds.
    pub(super) fn as_unknown(&self) -> Option<Unknown> {
        let Self::Open(table) = self else { return None };
        let candidates = table.rows.iter().map(|row| Candidate {
            when: row.when.clone(),
            value: Value::bare(row.holds),
        });
        Some(Unknown {
            reason: table.reason.clone(),
            candidates: candidates.collect(),
        })
    }
}

/// The literals that each parameter is compared with, where they are few.
pub(super) fn compared_literals(conditions: Option<&Tree>) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
    let mut found: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    let mut stack: Vec<&Tree> = conditions.into_iter().collect();
    while let Some(tree) = stack.pop() {
        if let Some(("Fn::Equals", arguments)) = tree.function()
            && let Some([a, b]) = arguments.items()
        {
            for (one, other) in [(a, b), (b, a)] {
                if let (Some(name), Some(text)) = (one.as_ref(), other.scalar_text()) {
                    let literals = found.entry(name.into()).or_default();
                    if !literals.contains(&text) {
                        literals.push(text);
                    }
                }
            }
        }
        stack.extend(tree.items().unwrap_or_default());
        stack.extend(
            tree.fields()
                .into_iter()
                .flat_map(|fields| fields.values().map(|field| &field.value)),
        );
    }
    found.retain(|_, literals| literals.len() <= MAXIMUM_LITERALS);
    found
}

impl Stack<'_> {
    /// Whether the named condition holds. A condition that is not declared is not known.
    pub(super) fn condition(&self, name: &str, place: Span) -> Truth {
        match self.truths.borrow().get(name) {
            Some(Progress::Done(truth)) => return truth.clone(),
            Some(Progress::Running) => {
                let message = format!("condition `{name}` refers to itself");
                self.run.error(message.clone(), place);
                return Truth::named(name, Reason::Error(message.into()));
            }
            None => {}
        }
        let Some(field) = self.conditions.get(name) else {
            let message = format!("condition `{name}` is not declared");
            self.run.warning(DiagnosticCode::Evaluation, message, place);
            return Truth::named(name, Reason::Undeclared(format!("condition {name}").into()));
        };
        if self.chain.get() >= MAXIMUM_CHAIN {
            let message =
                format!("conditions refer to each other over more than {MAXIMUM_CHAIN} steps");
            self.run
                .warning(DiagnosticCode::Limit, message.clone(), place);
            return Truth::named(name, Reason::Limit(message.into()));
        }
        self.truths
            .borrow_mut()
            .insert(name.into(), Progress::Running);
        self.chain.set(self.chain.get() + 1);
        let truth = match self.truth(&field.value, Some(name)) {
            Ok(truth) => truth,
            Err(TooLarge(reason)) => Truth::named(name, reason),
        };
        self.chain.set(self.chain.get() - 1);
        self.truths
            .borrow_mut()
            .insert(name.into(), Progress::Done(truth.clone()));
        truth
    }

    /// Whether an expression outside of the section of conditions holds.
    pub(super) fn anonymous_truth(&self, tree: &Tree) -> Truth {
        match self.truth(tree, None) {
            Ok(truth) => truth,
            Err(TooLarge(reason)) => Truth::named(&tree.to_json(KeyOrder::Sorted), reason),
        }
    }

    /// Whether an expression holds; `name` where it is the whole definition of a condition.
    fn truth(&self, tree: &Tree, name: Option<&str>) -> Attempt {
        match tree.function() {
            Some(("Condition", argument)) => match argument.as_str() {
                Some(other) => Ok(self.condition(other, tree.span)),
                None => Ok(self.wrong(tree, "`Condition` takes the name of a condition")),
            },
            Some(("Fn::Not", argument)) => match argument.items() {
                Some([operand]) => Self::negate(&self.truth(operand, None)?),
                _ => Ok(self.wrong(tree, "`Fn::Not` takes a list of one condition")),
            },
            Some((operator @ ("Fn::And" | "Fn::Or"), argument)) => match argument.items() {
                Some(operands) if !operands.is_empty() => {
                    self.fold(operator == "Fn::And", operands)
                }
                _ => Ok(self.wrong(tree, &format!("`{operator}` takes a list of conditions"))),
            },
            Some(("Fn::Equals", argument)) => match argument.items() {
                Some([a, b]) => self.equals(a, b, name),
                _ => Ok(self.wrong(tree, "`Fn::Equals` takes a list of two values")),
            },
            _ => Ok(self.truth_of_value(tree, name)),
        }
    }

    fn wrong(&self, tree: &Tree, message: &str) -> Truth {
        self.run.error(message, tree.span);
        Truth::named(message, Reason::Error(message.into()))
    }

    /// Anything else is read as a value that has to be a boolean.
    fn truth_of_value(&self, tree: &Tree, name: Option<&str>) -> Truth {
        let value = self.value(tree, tree.span);
        match &value.kind {
            Kind::Bool(holds) => Truth::Known(*holds),
            Kind::String(text) if text.eq_ignore_ascii_case("true") => Truth::Known(true),
            Kind::String(text) if text.eq_ignore_ascii_case("false") => Truth::Known(false),
            Kind::Unknown(unknown) => Truth::named(
                name.unwrap_or(&tree.to_json(KeyOrder::Sorted)),
                unknown.reason.clone(),
            ),
            _ => self.wrong(
                tree,
                "a condition is `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` or another condition",
            ),
        }
    }

    fn negate(truth: &Truth) -> Attempt {
        match truth {
            Truth::Known(holds) => Ok(Truth::Known(!holds)),
            Truth::Open(table) => {
                let rows = table.rows.iter().map(|row| Row {
                    when: row.when.clone(),
                    holds: !row.holds,
                });
                Truth::open(table.reason.clone(), rows.collect())
            }
        }
    }

    /// `Fn::And` or `Fn::Or`: an operand that decides alone does so whatever the others are.
    fn fold(&self, is_and: bool, operands: &[Tree]) -> Attempt {
        let mut result = Truth::Known(is_and);
        let mut too_large = None;
        for operand in operands {
            match self.truth(operand, None) {
                Ok(Truth::Known(holds)) if holds != is_and => return Ok(Truth::Known(holds)),
                Ok(truth) if too_large.is_none() => match self.join(is_and, &result, &truth) {
                    Ok(joined) => result = joined,
                    Err(error) => too_large = Some(error),
                },
                Ok(_) => {}
                Err(error) => too_large = Some(error),
            }
        }
        too_large.map_or(Ok(result), Err)
    }

    fn join(&self, is_and: bool, a: &Truth, b: &Truth) -> Attempt {
        let (a, b) = match (a, b) {
            (Truth::Known(holds), other) | (other, Truth::Known(holds)) => {
                let decided = *holds != is_and;
                return Ok(if decided {
                    Truth::Known(*holds)
                } else {
                    other.clone()
                });
            }
            (Truth::Open(a), Truth::Open(b)) => (a, b),
        };
        self.spend(a.rows.len() * b.rows.len(), &a.reason)?;
        let mut rows = Vec::new();
        for left in &a.rows {
            for right in &b.rows {
                rows.extend(agree(&left.when, &right.when).map(|when| Row {
                    when,
                    holds: if is_and {
                        left.holds && right.holds
                    } else {
                        left.holds || right.holds
                    },
                }));
            }
        }
        Truth::open(a.reason.clone(), rows)
    }

    fn spend(&self, steps: usize, reason: &Reason) -> Result<(), TooLarge> {
        let spent = self.steps.get() + steps;
        self.steps.set(spent);
        if spent > MAXIMUM_STEPS {
            return Err(TooLarge(reason.clone()));
        }
        Ok(())
    }

    fn equals(&self, a: &Tree, b: &Tree, name: Option<&str>) -> Attempt {
        let (left, right) = (self.value(a, a.span), self.value(b, b.span));
        if let Some(equal) = compare(&left, &right) {
            return Ok(Truth::Known(equal));
        }
        let reason = reason_of(&left).or_else(|| reason_of(&right));
        let reason =
            reason.unwrap_or_else(|| Reason::Condition(name.unwrap_or("Fn::Equals").into()));
        let atom = || {
            let mut sides = [a.to_json(KeyOrder::Sorted), b.to_json(KeyOrder::Sorted)];
            sides.sort();
            let text = sides.join(" = ");
            let mut atoms = self.atoms.borrow_mut();
            let subject = atoms
                .entry(text.clone())
                .or_insert_with(|| name.map_or(text, str::to_owned).into());
            Truth::named(subject, reason.clone())
        };
        let (Some(left), Some(right)) =
            (self.operand_cases(a, &left), self.operand_cases(b, &right))
        else {
            return Ok(atom());
        };
        self.spend(left.len() * right.len(), &reason)?;
        let mut rows = Vec::new();
        for (when, x) in &left {
            for (also, y) in &right {
                let Some(when) = agree(when, also) else {
                    continue;
                };
                let equal = match (x, y) {
                    (Some(x), Some(y)) => compare(x, y),
                    (None, Some(y)) => self.is_compared(a, y).then_some(false),
                    (Some(x), None) => self.is_compared(b, x).then_some(false),
                    (None, None) => None,
                };
                let Some(holds) = equal else {
                    return Ok(atom());
                };
                rows.push(Row { when, holds });
            }
        }
        Truth::open(reason.clone(), rows)
    }

    /// Every value an operand can have; none where there are too many.
    fn operand_cases(&self, tree: &Tree, value: &Value) -> Option<Vec<Case>> {
        if let Some(literals) = self.free_parameter(tree, value) {
            let subject: Arc<str> = tree.as_ref()?.into();
            let assume = |value: Arc<str>| Assumption {
                subject: subject.clone(),
                value,
            };
            let mut cases: Vec<Case> = Vec::new();
            for literal in literals {
                let value = Value::bare(Kind::String(literal.clone()));
                cases.push((vec![assume(literal.clone())], Some(value)));
            }
            cases.push((vec![assume(ANY_OTHER.into())], None));
            return Some(cases);
        }
        match &value.kind {
            Kind::Unknown(unknown) if unknown.candidates.is_empty() => None,
            Kind::Unknown(unknown) => {
                let cases = unknown.candidates.iter();
                Some(
                    cases
                        .map(|case| (case.when.clone(), Some(case.value.clone())))
                        .collect(),
                )
            }
            _ => Some(vec![(Vec::new(), Some(value.clone()))]),
        }
    }

    /// The literals that a parameter without value is compared with.
    fn free_parameter(&self, tree: &Tree, value: &Value) -> Option<&Vec<Arc<str>>> {
        let unknown = value.as_unknown()?;
        if !unknown.candidates.is_empty() {
            return None;
        }
        self.literals.get(tree.as_ref()?)
    }

    fn is_compared(&self, parameter: &Tree, value: &Value) -> bool {
        let literals = parameter.as_ref().and_then(|name| self.literals.get(name));
        let text = scalar_text(value);
        literals
            .zip(text)
            .is_some_and(|(literals, text)| literals.contains(&text))
    }
}

/// Whether two known values are equal; CloudFormation compares scalars as texts. None where either is not known.
fn compare(a: &Value, b: &Value) -> Option<bool> {
    match (scalar_text(a), scalar_text(b)) {
        (Some(a), Some(b)) => Some(a == b),
        _ if a.is_wholly_known() && b.is_wholly_known() => Some(a.same(b)),
        _ => None,
    }
}

fn reason_of(value: &Value) -> Option<Reason> {
    match &value.kind {
        Kind::Unknown(unknown) => Some(unknown.reason.clone()),
        Kind::Template(parts) => parts.iter().find_map(reason_of),
        _ => None,
    }
}

/// The text of a scalar as CloudFormation puts it into texts.
pub(super) fn scalar_text(value: &Value) -> Option<Arc<str>> {
    match &value.kind {
        Kind::String(text) => Some(text.clone()),
        Kind::Bool(value) => Some(value.to_string().into()),
        Kind::Number(number) => Some(number.to_string().into()),
        Kind::Encoded(encoded) => encoded.text.clone(),
        _ => None,
    }
}
