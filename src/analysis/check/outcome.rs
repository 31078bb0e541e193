//! What a condition evaluates to, and on which values that rests.

use std::sync::Arc;

use palisade_model::{NodeId, Path, Reason, Value};

use super::Truth;

/// A truth value and its grounds.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) truth: Truth,
    /// Ways in which it came to be: one an item where items are judged one by one, else one. Empty where nothing is traced.
    pub(crate) cases: Vec<Case>,
}

/// One way in which a condition came to its truth value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    /// The item it is about.
    pub(crate) item: Option<(NodeId, Path)>,
    /// The values it rests on; the first one decides.
    pub(crate) leaves: Vec<Leaf>,
}

/// A value that was tested.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) node: NodeId,
    pub(crate) path: Path,
    pub(crate) decided: Decided,
    /// What a function says about it.
    pub(crate) note: Option<Arc<str>>,
    /// The words of a text that decide, where they are fewer than the text.
    pub(crate) excerpt: Option<Arc<str>>,
}

/// What was found at the path of a [`Leaf`].
#[derive(Clone, Debug)]
pub(crate) enum Decided {
    /// The resource as a whole.
    Resource,
    /// A value.
    Value(Value),
    /// Nothing; the holder is the nearest ancestor that is there.
    Absent {
        holder: Value,
        default: Option<Default>,
    },
    /// An unknown value.
    Unknown { value: Value, reason: Reason },
}

/// The default that stood in for an absent value.
#[derive(Clone, Debug)]
pub(crate) struct Default {
    pub(crate) value: Value,
    pub(crate) note: Arc<str>,
    pub(crate) source: Arc<str>,
}

impl Outcome {
    pub(crate) fn bare(truth: Truth) -> Self {
        Self {
            truth,
            cases: Vec::new(),
        }
    }

    pub(crate) fn of(truth: Truth, leaf: Option<Leaf>) -> Self {
        let cases = leaf.map(|leaf| Case {
            item: None,
            leaves: vec![leaf],
        });
        Self {
            truth,
            cases: cases.into_iter().collect(),
        }
    }

    pub(crate) fn negate(self) -> Self {
        Self {
            truth: !self.truth,
            ..self
        }
    }

    /// All parts together hold. By duality this is also why a disjunction fails.
    fn conjoin(truth: Truth, parts: Vec<Self>) -> Self {
        let mut cases: Vec<Case> = Vec::new();
        let mut shared: Vec<Leaf> = Vec::new();
        for part in parts.into_iter().filter(|part| part.truth == truth) {
            let has_items = part.cases.iter().any(|case| case.item.is_some());
            if has_items && cases.is_empty() {
                cases = part.cases;
            } else if let Some(first) = part.cases.into_iter().next() {
                shared.extend(first.leaves);
            }
        }
        if cases.is_empty() && !shared.is_empty() {
            cases.push(Case::default());
        }
        for case in &mut cases {
            case.leaves.extend(shared.iter().cloned());
        }
        Self { truth, cases }
    }

    /// One part is enough: each item is a case of its own, of the rest the first part.
    fn disjoin(truth: Truth, parts: Vec<Self>) -> Self {
        let mut cases: Vec<Case> = Vec::new();
        let mut plain = false;
        for part in parts.into_iter().filter(|part| part.truth == truth) {
            for case in part.cases {
                if case.item.is_some() || !std::mem::replace(&mut plain, true) {
                    cases.push(case);
                }
            }
        }
        Self { truth, cases }
    }

    pub(crate) fn all(parts: Vec<Self>) -> Self {
        let truth = parts
            .iter()
            .fold(Truth::True, |truth, part| truth.and(part.truth));
        match truth {
            Truth::False => Self::disjoin(truth, parts),
            Truth::True | Truth::Unknown => Self::conjoin(truth, parts),
        }
    }

    pub(crate) fn any(parts: Vec<Self>) -> Self {
        let truth = parts
            .iter()
            .fold(Truth::False, |truth, part| truth.or(part.truth));
        match truth {
            Truth::True => Self::disjoin(truth, parts),
            Truth::False | Truth::Unknown => Self::conjoin(truth, parts),
        }
    }

    /// The same, about an item where it is not about one already.
    pub(crate) fn about(mut self, node: NodeId, item: &Path) -> Self {
        for case in &mut self.cases {
            case.item.get_or_insert_with(|| (node, item.clone()));
        }
        self
    }
}
