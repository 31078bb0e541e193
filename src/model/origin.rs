//! Where a value comes from.

use std::sync::Arc;

use crate::{Reference, Span};

/// Of more resources the others are left out.
const MAXIMUM_TAKEN: usize = 16;

/// Where a value is written, and through what it came there.
///
/// For `acl = var.acl` with a default in another file, `span` is `var.acl`, `entry` is `acl = var.acl`, and `via` leads to the
/// variable and its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// How it came to be.
    pub kind: OriginKind,
    /// The text of the value at its place of use: an expression, a scalar, a block's body from brace to brace.
    pub span: Option<Span>,
    /// The attribute, entry or block that holds the value: its key or header, and the value. A finding about the value
    /// underlines it; of a block or mapping only the header, which is `entry.start..span.start`.
    pub entry: Option<Span>,
    /// The chain behind the value, nearest link first.
    pub via: Option<Arc<Frame>>,
    /// The attributes of other resources that the value is, or holds, although it is told without them:
    /// `aws_s3_bucket.logs.bucket` where the bucket's name is written.
    pub of: Option<Arc<Taken>>,
}

/// Attributes of resources that a value is taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The value is the attribute as it stands; otherwise a part of it is.
    pub whole: bool,
    /// Which. Several where one resource takes its attribute from another, or a text is put together.
    pub references: Vec<Reference>,
}

/// How a value came to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OriginKind {
    /// Written out at `span`: replacing that text changes exactly this value.
    Literal,
    /// Computed by the expression at `span`.
    #[default]
    Expression,
    /// What the language or its provider sends when nothing is written; `span` is what implies it.
    LanguageDefault,
    /// What the service does when nothing is sent.
    ServiceDefault,
    /// Read from a deployed account.
    Observed,
}

/// One link of the chain behind a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What kind of link.
    pub kind: FrameKind,
    /// As its author would name it: `var.acl`, `prod.tfvars`, `module.logs`.
    pub label: Arc<str>,
    /// Where the link is written.
    pub span: Span,
    /// The link behind this one.
    pub next: Option<Arc<Frame>>,
}

/// The kinds of links between a value and the place that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrameKind {
    /// The argument of a module call, nested stack or nested deployment.
    ModuleArgument,
    /// The call itself, for resources of a module.
    ModuleCall,
    /// A variable's or parameter's declaration with its default.
    Variable,
    /// A line of a variable or parameter file.
    VariableFile,
    /// A local value or template variable.
    Local,
    /// The collection of a `for_each`, `for`, `dynamic` or copy loop.
    Loop,
    /// A mapping, look-up table or included file.
    Include,
    /// A resource that was folded into another.
    Satellite,
}

impl Origin {
    /// Written out at `span`, held by `entry`.
    pub fn literal(span: Span, entry: Span) -> Self {
        Self {
            kind: OriginKind::Literal,
            span: Some(span),
            entry: Some(entry),
            ..Self::default()
        }
    }

    /// Computed by the expression at `span`, held by `entry`.
    pub fn expression(span: Span, entry: Span) -> Self {
        Self {
            kind: OriginKind::Expression,
            span: Some(span),
            entry: Some(entry),
            ..Self::default()
        }
    }

    /// Of no place: made by a default or an observation.
    pub fn of_kind(kind: OriginKind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    /// The same origin used at another place: an expression there whose chain now starts with `kind` at the old place.
    #[must_use]
    pub fn used_at(
        &self,
        span: Span,
        entry: Span,
        link: Option<(FrameKind, Arc<str>, Span)>,
    ) -> Self {
        let via = match link {
            Some((kind, label, place)) => Some(Arc::new(Frame {
                kind,
                label,
                span: place,
                next: self.via.clone(),
            })),
            None => self.via.clone(),
        };
        Self {
            kind: OriginKind::Expression,
            span: Some(span),
            entry: Some(entry),
            via,
            of: self.of.clone(),
        }
    }

    /// The same origin of a value that is also an attribute of a resource.
    #[must_use]
    pub fn taken_from(mut self, reference: Reference) -> Self {
        let inner = self.of.take().filter(|inner| inner.whole);
        let inner = inner.map_or_else(Vec::new, |inner| inner.references.clone());
        self.of = Some(Arc::new(Taken {
            whole: true,
            references: std::iter::once(reference)
                .chain(inner)
                .take(MAXIMUM_TAKEN)
                .collect(),
        }));
        self
    }

    /// The same origin of a value that holds, or is, what others were made of.
    #[must_use]
    pub fn made_of<'o>(mut self, parts: impl IntoIterator<Item = &'o Taken>, whole: bool) -> Self {
        let mut references: Vec<Reference> = Vec::new();
        for reference in parts.into_iter().flat_map(|part| &part.references) {
            if !references.contains(reference) {
                references.push(reference.clone());
            }
            if references.len() == MAXIMUM_TAKEN {
                break;
            }
        }
        self.of = (!references.is_empty()).then(|| Arc::new(Taken { whole, references }));
        self
    }

    /// The links of the chain, nearest first.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        std::iter::successors(self.via.as_deref(), |frame| frame.next.as_deref())
    }

    /// What a finding about this value underlines when the value itself is meant.
    pub fn mark(&self) -> Option<Span> {
        self.entry.or(self.span)
    }

    /// The header of a block or mapping: from the start of the entry to the start of the body. White space and `=` or `:`
    /// at its end are trimmed by whoever has the text. None where the entry has no header (an item of a list).
    pub fn header(&self) -> Option<Span> {
        let (entry, body) = (self.entry?, self.span?);
        (entry.file == body.file && entry.start < body.start)
            .then(|| Span::new(entry.file, entry.start, body.start))
    }
}
