//! Paths into values: `BucketEncryption.ServerSideEncryptionConfiguration[].BucketKeyEnabled`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A path of property names, list positions and `[]` for "each item".
///
/// Names are separated by dots; a name that holds a dot, bracket or quote is written in brackets and quotes:
/// `Attributes["routing.http.drop_invalid_header_fields.enabled"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Arc<[Segment]>);

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// The entry of a map.
    Key(Arc<str>),
    /// The item at a 0-based position of a list.
    Index(usize),
    /// Each item of a list, or each value of a map: `[]`.
    Each,
}

/// Why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What was expected there.
    pub expected: &'static str,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.offset)
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// The path of these steps.
    pub fn new(segments: Vec<Segment>) -> Self {
        Self(segments.into())
    }

    /// The steps, outermost first.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether the path names the value itself.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same path with one more step.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        Self(self.0.iter().cloned().chain([segment]).collect())
    }

    /// This path, then `tail`.
    #[must_use]
    pub fn concat(&self, tail: &Self) -> Self {
        Self(self.0.iter().chain(&*tail.0).cloned().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Each => f.write_str("[]")?,
                Segment::Key(key) if key.is_empty() || key.contains(['.', '[', ']', '"']) => {
                    write!(
                        f,
                        "[\"{}\"]",
                        key.replace('\\', "\\\\").replace('"', "\\\"")
                    )?;
                }
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut segments = Vec::new();
        let mut at = 0;
        while at < text.len() {
            at = if text[at..].starts_with('[') {
                parse_bracket(text, at, &mut segments)?
            } else {
                parse_name(text, at, &mut segments)?
            };
        }
        Ok(Self(segments.into()))
    }
}

/// A `.name` (or `name` at the start) at `at`; the offset behind it.
fn parse_name(text: &str, at: usize, segments: &mut Vec<Segment>) -> Result<usize, PathError> {
    let start = if segments.is_empty() {
        at
    } else if text[at..].starts_with('.') {
        at + 1
    } else {
        return Err(PathError {
            offset: at,
            expected: "`.` or `[`",
        });
    };
    let end = text[start..]
        .find(['.', '['])
        .map_or(text.len(), |length| start + length);
    if start == end {
        return Err(PathError {
            offset: start,
            expected: "a name",
        });
    }
    segments.push(Segment::Key(text[start..end].into()));
    Ok(end)
}

/// A `[]`, `[3]` or `["name"]` at `at`; the offset behind it.
fn parse_bracket(text: &str, at: usize, segments: &mut Vec<Segment>) -> Result<usize, PathError> {
    let rest = &text[at + 1..];
    if rest.starts_with(']') {
        segments.push(Segment::Each);
        return Ok(at + 2);
    }
    if let Some(quoted) = rest.strip_prefix('"') {
        return parse_quoted(quoted, at + 2, segments);
    }
    let length = rest.find(']').ok_or(PathError {
        offset: text.len(),
        expected: "`]`",
    })?;
    let index = rest[..length].parse().map_err(|_| PathError {
        offset: at + 1,
        expected: "a position",
    })?;
    segments.push(Segment::Index(index));
    Ok(at + 1 + length + 1)
}

/// The rest of `["name"]` behind the opening quote, which ends at byte `start`; the offset behind the bracket.
fn parse_quoted(
    quoted: &str,
    start: usize,
    segments: &mut Vec<Segment>,
) -> Result<usize, PathError> {
    let mut name = String::new();
    let mut characters = quoted.char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            '\\' => name.extend(characters.next().map(|(_, escaped)| escaped)),
            '"' if quoted[offset + 1..].starts_with(']') => {
                segments.push(Segment::Key(name.into()));
                return Ok(start + offset + 2);
            }
            '"' => break,
            other => name.push(other),
        }
    }
    Err(PathError {
        offset: start + quoted.len(),
        expected: "`\"]`",
    })
}
