//! Texts of known and unknown parts.

use std::sync::Arc;

use palisade_model::{Frame, Kind, Reason, Reference, Segment, Target, Value};

use super::json;

/// The text of these values one behind the other: a string where all are known, else a template.
pub fn concat<'v>(values: impl IntoIterator<Item = &'v Value>) -> Kind {
    let mut parts = Parts::default();
    for value in values {
        parts.push(value);
    }
    parts.finish()
}

/// A text in the making.
#[derive(Default)]
pub(super) struct Parts {
    done: Vec<Value>,
    text: String,
    is_too_long: bool,
}

/// How many bytes one text has at most.
const MAXIMUM_LENGTH: usize = 16 << 20;

impl Parts {
    pub(super) fn push_text(&mut self, text: &str) {
        if text.len() > MAXIMUM_LENGTH - self.text.len() {
            self.is_too_long = true;
        } else {
            self.text.push_str(text);
        }
    }

    pub(super) fn push(&mut self, value: &Value) {
        match &value.kind {
            Kind::Template(parts) => parts.iter().for_each(|part| self.push(part)),
            Kind::Reference(_) | Kind::Unknown(_) => self.push_part(value.clone()),
            Kind::List(_) | Kind::Map(_) if deep_reason(value).is_some() => {
                let reason = deep_reason(value).unwrap_or_else(|| Reason::Error("".into()));
                self.push_part(Value::new(reason, value.origin.clone()));
            }
            Kind::Encoded(encoded) if encoded.text.is_none() => {
                let reason = deep_reason(value).unwrap_or_else(|| Reason::Error("".into()));
                self.push_part(Value::new(reason, value.origin.clone()));
            }
            Kind::String(text) => self.push_text(text),
            _ => self.push_text(&display(value)),
        }
    }

    fn push_part(&mut self, part: Value) {
        self.flush();
        self.done.push(part);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.done.push(Value::bare(text));
        }
    }

    pub(super) fn finish(mut self) -> Kind {
        if self.is_too_long {
            return Reason::Limit("length of a text".into()).into();
        }
        if self.done.is_empty() {
            return self.text.into();
        }
        self.flush();
        match <[Value; 1]>::try_from(self.done) {
            Ok([only]) => only.kind,
            Err(parts) => Kind::Template(Arc::new(parts)),
        }
    }
}

/// A wholly known value as `format` and `string` print it: .NET's `True`, objects as JSON, null as nothing.
pub(super) fn display(value: &Value) -> String {
    match &value.kind {
        Kind::Null => String::new(),
        Kind::Bool(true) => "True".to_owned(),
        Kind::Bool(false) => "False".to_owned(),
        Kind::Number(number) => number.to_string(),
        Kind::String(text) => text.to_string(),
        Kind::Encoded(encoded) => encoded.text.as_deref().unwrap_or_default().to_owned(),
        _ => json::render(value),
    }
}

/// Why the value itself is not known; none where it is, though its parts may not be.
pub fn reason_of(value: &Value) -> Option<Reason> {
    match &value.kind {
        Kind::Unknown(unknown) => Some(unknown.reason.clone()),
        Kind::Reference(reference) => Some(Reason::Computed(render_reference(reference).into())),
        Kind::Template(parts) => parts.iter().find_map(reason_of),
        Kind::Encoded(encoded) if encoded.text.is_none() => deep_reason(&encoded.value),
        _ => None,
    }
}

/// Why the value or anything inside it is not known.
pub(super) fn deep_reason(value: &Value) -> Option<Reason> {
    match &value.kind {
        Kind::List(items) => items.iter().find_map(deep_reason),
        Kind::Map(entries) => entries.values().find_map(deep_reason),
        _ => reason_of(value),
    }
}

/// The reference as its author would read it.
pub(super) fn render_reference(reference: &Reference) -> String {
    let target = match &reference.target {
        Target::Address(address) => address.to_string(),
        Target::External(id) => id.to_string(),
    };
    if reference.attribute.is_empty() {
        target
    } else {
        format!("{target}.{}", reference.attribute)
    }
}

/// The text, with `{what is missing}` for its unknown parts. None where it is no text at all.
pub fn text_key(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::String(text) => Some(text.to_string()),
        Kind::Number(number) => Some(number.to_string()),
        Kind::Encoded(encoded) => encoded.text.as_deref().map(str::to_owned),
        Kind::Template(parts) => parts.iter().map(text_key).collect(),
        Kind::Reference(reference) => Some(format!("{{{}}}", render_reference(reference))),
        Kind::Unknown(unknown) => Some(format!("{{{}}}", missing_name(&unknown.reason))),
        _ => None,
    }
}

/// What a reason names.
fn missing_name(reason: &Reason) -> &str {
    match reason {
        Reason::NoValue(what)
        | Reason::Computed(what)
        | Reason::DataSource(what)
        | Reason::MissingModule(what)
        | Reason::MissingFile(what)
        | Reason::Impure(what)
        | Reason::Foreign(what)
        | Reason::ProviderVersion(what)
        | Reason::Sensitive(what)
        | Reason::Error(what)
        | Reason::Limit(what)
        | Reason::NotCollected(what)
        | Reason::Undeclared(what)
        | Reason::Condition(what) => what,
    }
}

/// The property or item of a value, as `value.name` and `value[index]` read it: names without regard to case. None where a known
/// value has nothing there.
pub fn access(value: &Value, segment: &Segment) -> Option<Value> {
    let mut found = match (&value.kind, segment) {
        (Kind::Unknown(unknown), _) => access_unknown(value, unknown, segment),
        (Kind::Template(_), _) => {
            let reason = reason_of(value)?;
            Value::new(reason, value.origin.clone())
        }
        (Kind::Reference(reference), _) => {
            let attribute = join_attribute(&reference.attribute, segment);
            let reference = Reference {
                target: reference.target.clone(),
                attribute: attribute.into(),
            };
            Value::new(reference, value.origin.clone())
        }
        (_, Segment::Key(key)) => {
            let entries = value.as_map()?;
            let exact = entries.get(key);
            let same = || {
                let found = entries
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(key));
                found.map(|(_, value)| value)
            };
            exact.or_else(same)?.clone()
        }
        (_, Segment::Index(index)) => value.as_list()?.get(*index)?.clone(),
        (_, Segment::Each) => return None,
    };
    found.sensitive |= value.sensitive;
    if found.origin.via.is_none() {
        found.origin.via = step(value, &found, segment);
    }
    Some(found)
}

/// The part of an unknown is unknown too; of its candidates the parts.
fn access_unknown(value: &Value, unknown: &palisade_model::Unknown, segment: &Segment) -> Value {
    let candidates = unknown
        .candidates
        .iter()
        .map(|candidate| palisade_model::Candidate {
            when: candidate.when.clone(),
            value: access(&candidate.value, segment).unwrap_or_else(Value::null),
        })
        .collect();
    let reason = unknown.reason.clone();
    let part = palisade_model::Unknown { reason, candidates };
    Value::new(part, value.origin.clone())
}

/// The chain of a part: the last link of the whole's, at the place of the part.
fn step(whole: &Value, part: &Value, segment: &Segment) -> Option<Arc<Frame>> {
    let frame = whole.origin.via.as_ref()?;
    let place = part.origin.mark().unwrap_or(frame.span);
    let label = match segment {
        Segment::Key(key) => format!("{}.{key}", frame.label),
        Segment::Index(index) => format!("{}[{index}]", frame.label),
        Segment::Each => frame.label.to_string(),
    };
    Some(Arc::new(Frame {
        kind: frame.kind,
        label: label.into(),
        span: place,
        next: frame.next.clone(),
    }))
}

fn join_attribute(attribute: &str, segment: &Segment) -> String {
    match segment {
        Segment::Key(key) if attribute.is_empty() => key.to_string(),
        Segment::Key(key) => format!("{attribute}.{key}"),
        Segment::Index(index) => format!("{attribute}[{index}]"),
        Segment::Each => format!("{attribute}[]"),
    }
}
