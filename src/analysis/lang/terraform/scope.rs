//! What an expression can see, and how it fails.

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{FileId, FrameKind, Key, Origin, OriginKind, Reason, Span};
use palisade_syntax::TextRange;

use super::config::{ResourceKey, span};
use super::instance::Instance;
use super::shared::Record;
use super::value::{Entries, TfValue};

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'e> {
    pub(super) instance: &'s Rc<Instance<'e>>,
    /// `each` and `count`, where the block is repeated.
    pub(super) repetition: Option<&'s Repetition>,
    /// Names of `for`, `dynamic` and template files, innermost first.
    pub(super) bindings: Option<&'s Binding<'s>>,
    /// The resource that `self` is.
    pub(super) this: Option<&'s ResourceKey>,
    pub(super) file: FileId,
    /// The variables of a template file, beside which nothing is visible.
    pub(super) closed: Option<&'s Entries>,
    /// Whether functions may be called.
    pub(super) functions: bool,
}

/// A name and its value.
pub(super) struct Binding<'s> {
    pub(super) name: &'s str,
    pub(super) value: TfValue,
    pub(super) next: Option<&'s Self>,
}

/// One instance of a repeated block.
#[derive(Clone, Debug, Default)]
pub(super) struct Repetition {
    /// What `each` and `count` rest on.
    pub(super) record: Option<Rc<Record>>,
    pub(super) key: Option<Key>,
    pub(super) count: Option<TfValue>,
    pub(super) each: Option<(TfValue, TfValue)>,
}

/// Why an expression has no value.
#[derive(Clone, Debug)]
pub(super) struct Failure(Box<Problem>);

#[derive(Clone, Debug)]
struct Problem {
    message: String,
    span: Span,
    is_limit: bool,
}

/// The value of an expression, or why it has none.
pub(super) type Eval = Result<TfValue, Failure>;

impl Failure {
    pub(super) fn new(message: impl Into<String>, span: Span) -> Self {
        Self(Box::new(Problem {
            message: message.into(),
            span,
            is_limit: false,
        }))
    }

    /// The expression is not wrong: its value would take more than there is. `try` and `can` see no mistake in it.
    pub(super) fn limit(message: impl Into<String>, span: Span) -> Self {
        let mut failure = Self::new(message, span);
        failure.0.is_limit = true;
        failure
    }

    pub(super) fn is_limit(&self) -> bool {
        self.0.is_limit
    }

    pub(super) fn message(&self) -> &str {
        &self.0.message
    }

    pub(super) fn span(&self) -> Span {
        self.0.span
    }

    pub(super) fn reason(&self) -> Reason {
        let message = self.message().into();
        if self.is_limit() {
            Reason::Limit(message)
        } else {
            Reason::Error(message)
        }
    }
}

impl<'s, 'e> Scope<'s, 'e> {
    /// The top of a module: nothing is repeated, nothing bound.
    pub(super) fn module(instance: &'s Rc<Instance<'e>>, file: FileId) -> Self {
        Self {
            instance,
            repetition: None,
            bindings: None,
            this: None,
            file,
            closed: None,
            functions: true,
        }
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        span(self.file, range)
    }

    /// The value bound to a name.
    pub(super) fn binding(&self, name: &str) -> Option<&'s TfValue> {
        let mut binding = self.bindings;
        while let Some(found) = binding {
            if found.name == name {
                return Some(&found.value);
            }
            binding = found.next;
        }
        self.closed?.get(name)
    }
}

/// A value as it is at `place`, behind a link of the chain; the link leads to where the value is written.
pub(super) fn referred(
    mut value: TfValue,
    place: Span,
    kind: FrameKind,
    label: impl Into<Arc<str>>,
    written: Option<Span>,
) -> TfValue {
    let target = written.or(value.origin.mark());
    let link = target.map(|target| (kind, label.into(), target));
    value.origin = value.origin.used_at(place, place, link);
    value
}

/// The value made by the expression at `place`, chain kept.
pub(super) fn made_at(mut value: TfValue, place: Span) -> TfValue {
    value.origin = Origin {
        kind: OriginKind::Expression,
        span: Some(place),
        entry: Some(place),
        via: value.origin.via.take(),
        of: value.origin.of.take(),
    };
    value
}

/// The value written at `place`.
pub(super) fn written_at(mut value: TfValue, place: Span) -> TfValue {
    value.origin = Origin::literal(place, place);
    value
}
