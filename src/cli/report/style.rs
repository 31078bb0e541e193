//! Colors.

use palisade_model::{Level, Severity};

/// Whether to color, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    colored: bool,
}

impl Style {
    pub(crate) const fn new(colored: bool) -> Self {
        Self { colored }
    }

    /// The escape sequence of these attributes (ECMA-48, Select Graphic Rendition); nothing without colors.
    pub(crate) const fn code(self, code: &'static str) -> &'static str {
        if self.colored { code } else { "" }
    }

    pub(crate) const fn reset(self) -> &'static str {
        self.code("\x1b[0m")
    }

    pub(crate) const fn bold(self) -> &'static str {
        self.code("\x1b[1m")
    }

    /// Borders and line numbers.
    pub(crate) const fn dim(self) -> &'static str {
        self.code("\x1b[34m")
    }

    pub(crate) const fn severity(self, severity: Severity) -> &'static str {
        self.code(match severity {
            Severity::Critical => "\x1b[1;35m",
            Severity::High => "\x1b[1;31m",
            Severity::Medium => "\x1b[1;33m",
            Severity::Low => "\x1b[1;36m",
            Severity::Info => "\x1b[1;32m",
        })
    }

    pub(crate) const fn level(self, level: Level) -> &'static str {
        self.code(match level {
            Level::Error => "\x1b[1;31m",
            Level::Warning => "\x1b[1;33m",
            Level::Note => "\x1b[1;36m",
        })
    }
}
