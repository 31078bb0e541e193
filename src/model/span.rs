//! Places in files.

use std::num::NonZeroU32;

/// A file of one analysis; the analysis holds its path and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(NonZeroU32);

impl FileId {
    /// The file of a 0-based number.
    pub const fn new(number: u32) -> Self {
        // A number that is never zero: each value has two places that may be none, and `None` needs no room of its own then.
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    /// Its 0-based number.
    pub const fn number(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A half-open byte range in one file. Lines, columns and UTF-16 exist only where something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span `start..end` of `file`.
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The smallest span that holds both; the first one where they lie in different files.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Whether `other` lies inside.
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}
