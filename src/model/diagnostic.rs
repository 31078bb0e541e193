//! Problems with the input or the tool; never a security finding.

use crate::Span;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave.
    pub level: Level,
    /// What kind; closed, so that a user can look it up.
    pub code: DiagnosticCode,
    /// Lower case, no full stop, names the thing.
    pub message: String,
    /// Where; none where the problem has a file only, or none at all.
    pub span: Option<Span>,
    /// The file as the user named it, where there is no span into it.
    pub path: Option<String>,
    /// Places that explain the first, each with a word.
    pub related: Vec<(Span, String)>,
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something could not be done: exit status 2.
    Error,
    /// Something is odd, or was not analysed: counted.
    Warning,
    /// For information.
    Note,
}

/// The kinds of diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiagnosticCode {
    /// A file or folder could not be read (missing, permission, too large, binary, not UTF-8).
    Unreadable,
    /// A file could not be parsed at a place.
    Syntax,
    /// An expression, reference or block is wrong in its language.
    Evaluation,
    /// A module, template or file that is named is not here.
    Unresolved,
    /// A limit of size, depth or time was reached.
    Limit,
    /// A resource type has no table or schema.
    UnmappedType,
    /// The configuration file is wrong.
    Configuration,
    /// A rule file is wrong.
    Rule,
    /// A suppression is unused, unknown, expired or malformed.
    Suppression,
    /// Palisade itself failed on this input.
    Internal,
}

impl DiagnosticCode {
    /// Kebab-case, stable in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Syntax => "syntax",
            Self::Evaluation => "evaluation",
            Self::Unresolved => "unresolved",
            Self::Limit => "limit",
            Self::UnmappedType => "unmapped-type",
            Self::Configuration => "configuration",
            Self::Rule => "rule",
            Self::Suppression => "suppression",
            Self::Internal => "internal",
        }
    }
}

impl Diagnostic {
    /// A diagnostic at a place.
    pub fn at(level: Level, code: DiagnosticCode, message: impl Into<String>, span: Span) -> Self {
        Self {
            level,
            code,
            message: message.into(),
            span: Some(span),
            path: None,
            related: Vec::new(),
        }
    }

    /// A diagnostic about a whole file.
    pub fn about(
        level: Level,
        code: DiagnosticCode,
        message: impl Into<String>,
        path: impl Into<String>,
    ) -> Self {
        Self {
            level,
            code,
            message: message.into(),
            span: None,
            path: Some(path.into()),
            related: Vec::new(),
        }
    }

    /// The same with one more place.
    #[must_use]
    pub fn with_related(mut self, span: Span, word: impl Into<String>) -> Self {
        self.related.push((span, word.into()));
        self
    }
}
