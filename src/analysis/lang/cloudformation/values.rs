//! Trees to values: literals, functions, unknowns with their candidates.

use std::collections::HashSet;
use std::sync::Arc;

use palisade_model::{
    Assumption, Candidate, DiagnosticCode, FrameKind, Kind, Map, ModuleStep, Origin, Reason,
    Reference, Span, Target, Unknown, Value,
};

use super::conditions::{agree, scalar_text};
use super::stack::Stack;
use super::tree::{Data, Fields, Tree};

/// Values nested deeper are not evaluated. A tree that a text made is never that deep.
const MAXIMUM_DEPTH: usize = 240;

/// More values than these are not listed.
const MAXIMUM_CANDIDATES: usize = 64;

/// More combinations of unknown parts than these are not tried.
const MAXIMUM_COMBINATIONS: usize = 16;

/// What a place of a value is: the value's text, and key and value together.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) span: Span,
    pub(super) entry: Span,
}

impl Place {
    pub(super) fn value(self, kind: impl Into<Kind>) -> Value {
        Value::new(kind, Origin::expression(self.span, self.entry))
    }

    pub(super) fn unknown(self, reason: Reason) -> Value {
        self.value(reason)
    }

    /// A value from elsewhere, used here.
    pub(super) fn using(self, value: &Value, link: Option<(FrameKind, Arc<str>, Span)>) -> Value {
        Value {
            kind: value.kind.clone(),
            origin: value.origin.used_at(self.span, self.entry, link),
            sensitive: value.sensitive,
        }
    }
}

/// The logical ids of a module that a value refers to, what is in candidates left out.
pub(super) fn referenced(value: &Value, module: &[ModuleStep], names: &mut HashSet<Arc<str>>) {
    match &value.kind {
        Kind::Reference(reference) => {
            if let Target::Address(address) = &reference.target
                && *address.module == *module
            {
                names.insert(address.name.clone());
            }
        }
        Kind::List(items) | Kind::Template(items) => {
            items
                .iter()
                .for_each(|item| referenced(item, module, names));
        }
        Kind::Map(entries) => entries
            .values()
            .for_each(|item| referenced(item, module, names)),
        Kind::Encoded(encoded) => referenced(&encoded.value, module, names),
        _ => {}
    }
}

impl Stack<'_> {
    /// The value of a tree; `entry` is its key and itself.
    pub(super) fn value(&self, tree: &Tree, entry: Span) -> Value {
        if self.depth.get() >= MAXIMUM_DEPTH {
            let message = format!("nested deeper than {MAXIMUM_DEPTH} levels");
            self.run
                .warning(DiagnosticCode::Limit, message.clone(), tree.span);
            let reason = Reason::Limit(message.into());
            return Value::new(reason, Origin::expression(tree.span, entry));
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.value_within(tree, entry);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn value_within(&self, tree: &Tree, entry: Span) -> Value {
        let origin = Origin::literal(tree.span, entry);
        match &tree.data {
            Data::Null => Value::new(Kind::Null, origin),
            Data::Bool(value) => Value::new(*value, origin),
            Data::Number(number) => Value::new(Kind::Number(*number), origin),
            Data::String(text) => Value::new(dynamic(text), origin),
            Data::List(items) => {
                let values = items.iter().map(|item| (item, self.value(item, item.span)));
                // What `AWS::NoValue` leaves out of a list is not there; a null that is written is.
                let values = values
                    .filter(|(item, value)| item.is_null() || !value.is_null())
                    .map(|(_, value)| value);
                Value::new(values.collect::<Vec<_>>(), origin)
            }
            Data::Map(fields) => {
                let place = Place {
                    span: tree.span,
                    entry,
                };
                match tree.function() {
                    Some((name, argument)) => self.call(name, argument, place),
                    None => self.map(fields, place),
                }
            }
        }
    }

    fn map(&self, fields: &Fields, place: Place) -> Value {
        if let Some(transform) = fields.get("Fn::Transform") {
            return self.transform(&transform.value, place);
        }
        let entries: Map = fields
            .iter()
            .map(|(key, field)| (key.clone(), self.value(&field.value, field.entry())))
            .collect();
        Value::new(entries, Origin::literal(place.span, place.entry))
    }

    /// An unknown of these cases: what contradicts the resource's own condition is left out, and where only one value is left
    /// it is known.
    pub(super) fn cases(&self, reason: Reason, cases: Vec<Candidate>) -> Kind {
        let given = self.given.borrow();
        let is_possible = |case: &Candidate| {
            given.is_empty() || given.iter().any(|known| agree(known, &case.when).is_some())
        };
        let mut kept: Vec<Candidate> = Vec::new();
        for case in cases.into_iter().filter(is_possible) {
            if !kept
                .iter()
                .any(|known| known.when == case.when && known.value.same(&case.value))
            {
                kept.push(case);
            }
        }
        match kept.first() {
            Some(first) if kept.iter().all(|case| case.value.same(&first.value)) => {
                first.value.kind.clone()
            }
            _ if kept.len() > MAXIMUM_CANDIDATES => reason.into(),
            _ => Kind::from(Unknown {
                reason,
                candidates: kept,
            }),
        }
    }

    /// The value under assumptions: the candidates of an unknown that agree with them.
    pub(super) fn under(when: &[Assumption], value: &Value, cases: &mut Vec<Candidate>) {
        match &value.kind {
            Kind::Unknown(unknown) if !unknown.candidates.is_empty() => {
                for inner in &unknown.candidates {
                    cases.extend(agree(when, &inner.when).map(|when| Candidate {
                        when,
                        value: inner.value.clone(),
                    }));
                }
            }
            _ => cases.push(Candidate {
                when: when.to_vec(),
                value: value.clone(),
            }),
        }
    }

    /// A function of values that are all known, tried on every combination of what unknown ones can be. None where an input is
    /// unknown without candidates, there are too many combinations, or the function has no result for one.
    pub(super) fn lift(
        &self,
        inputs: &[Value],
        function: impl Fn(&[Value]) -> Option<Value>,
    ) -> Option<Kind> {
        let mut combinations: Vec<(Vec<Assumption>, Vec<Value>)> = vec![Default::default()];
        let mut reason = None;
        for input in inputs {
            let mut options = Vec::new();
            Self::under(&[], input, &mut options);
            if let Kind::Unknown(unknown) = &input.kind {
                reason.get_or_insert_with(|| unknown.reason.clone());
            }
            if let [only] = options.as_slice()
                && only.when.is_empty()
            {
                for (_, values) in &mut combinations {
                    values.push(only.value.clone());
                }
                continue;
            }
            let mut next = Vec::new();
            for (when, values) in &combinations {
                for option in &options {
                    let Some(when) = agree(when, &option.when) else {
                        continue;
                    };
                    let mut values = values.clone();
                    values.push(option.value.clone());
                    next.push((when, values));
                }
            }
            if next.len() > MAXIMUM_COMBINATIONS {
                return None;
            }
            combinations = next;
        }
        let Some(reason) = reason else {
            return combinations
                .first()
                .and_then(|(_, values)| function(values))
                .map(|value| value.kind);
        };
        let cases: Option<Vec<_>> = combinations
            .into_iter()
            .map(|(when, values)| function(&values).map(|value| Candidate { when, value }))
            .collect();
        Some(self.cases(reason, cases?))
    }

    /// A text of parts: known, or a template, or an unknown of a few known texts.
    pub(super) fn text(&self, parts: Vec<Value>, place: Place) -> Value {
        let sensitive = parts.iter().any(|part| part.sensitive);
        let is_open = |part: &Value| scalar_text(part).is_none();
        let whole = |values: &[Value]| {
            let texts: Option<Vec<_>> = values.iter().map(scalar_text).collect();
            texts.map(|texts| Value::bare(texts.concat()))
        };
        let mut value = match parts.as_slice() {
            [one] if is_open(one) => place.using(one, None),
            _ => match self.lift(&parts, whole) {
                Some(kind) => place.value(kind),
                None => place.value(Kind::Template(Arc::new(joined(parts, place)))),
            },
        };
        value.sensitive |= sensitive;
        value
    }
}

/// The parts with neighboring known texts made one.
fn joined(parts: Vec<Value>, place: Place) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    for part in parts {
        let flat = match &part.kind {
            Kind::Template(inner) => inner.to_vec(),
            _ => vec![part],
        };
        for part in flat {
            let before = joined.last().and_then(scalar_text);
            match (before, scalar_text(&part)) {
                (_, Some(text)) if text.is_empty() => {}
                (Some(before), Some(text)) => {
                    joined.pop();
                    joined.push(place.value(format!("{before}{text}")));
                }
                _ => joined.push(part),
            }
        }
    }
    joined
}

/// A text as written: a dynamic reference is a reference to something outside.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>
fn dynamic(text: &Arc<str>) -> Kind {
    const OPEN: &str = "{{resolve:";
    if !text.contains(OPEN) {
        return Kind::String(text.clone());
    }
    let mut parts = Vec::new();
    let mut rest: &str = text;
    while let Some(start) = rest.find(OPEN) {
        let Some(length) = rest[start..].find("}}") else {
            break;
        };
        if start > 0 {
            parts.push(Value::bare(&rest[..start]));
        }
        let end = start + length + 2;
        parts.push(Value::bare(Reference {
            target: Target::External(rest[start..end].into()),
            attribute: "".into(),
        }));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        parts.push(Value::bare(rest));
    }
    match parts.as_slice() {
        [one] => one.kind.clone(),
        _ => Kind::Template(Arc::new(parts)),
    }
}
