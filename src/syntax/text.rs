//! What all readers share: ranges, errors, comments.

use std::ops::Range;

/// A half-open range of byte offsets into one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextRange {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl TextRange {
    /// The range of `start..end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The empty range at `offset`.
    pub const fn at(offset: u32) -> Self {
        Self {
            start: offset,
            end: offset,
        }
    }

    /// Length in bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the range holds no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Whether `other` lies inside.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The text of this range; empty where it does not lie on character boundaries of `text`.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }
}

impl From<Range<usize>> for TextRange {
    fn from(range: Range<usize>) -> Self {
        Self {
            start: range.start as u32,
            end: range.end as u32,
        }
    }
}

/// A place the reader could not understand, and what it expected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Lower case, no full stop.
    pub message: String,
    /// Where.
    pub range: TextRange,
    /// A second place that explains the first: the other of two duplicate keys, the bracket never closed.
    pub related: Option<TextRange>,
}

impl SyntaxError {
    /// An error at `range` with no second place.
    pub fn new(message: impl Into<String>, range: TextRange) -> Self {
        Self {
            message: message.into(),
            range,
            related: None,
        }
    }
}

/// A comment as written, markers included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From the marker to the end of the comment, the line end excluded.
    pub range: TextRange,
}

/// A tree and everything that kept it from being perfect.
#[derive(Clone, Debug)]
pub struct Parse<T> {
    /// Always there; parts not understood are missing or marked in it.
    pub tree: T,
    /// In the order of the text.
    pub errors: Vec<SyntaxError>,
    /// In the order of the text.
    pub comments: Vec<Comment>,
}
