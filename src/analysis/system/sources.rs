use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, RwLock};

use palisade_model::{Diagnostic, DiagnosticCode, FileId, Level, Span};

use super::System;

/// The largest file that is read as configuration, in bytes. A plan in JSON is streamed and has its own limit.
pub const MAXIMUM_FILE_LENGTH: u64 = 32 << 20;

/// One text of an analysis.
#[derive(Debug)]
pub struct SourceFile {
    /// Its id in the [`Sources`] that loaded it.
    pub id: FileId,
    /// As the user or the referring file named it.
    pub path: PathBuf,
    /// The whole text, a byte order mark included.
    pub text: Box<str>,
    lines: OnceLock<Vec<u32>>,
    /// Scalar values before each block of a text with long lines; none where each byte is one.
    scalars: OnceLock<Option<Vec<u32>>>,
}

/// Bytes of a block: what is counted anew for one column.
const BLOCK: usize = 512;

/// A byte order mark in UTF-8.
const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// The scalar values that start in these bytes, byte order marks not counted.
fn scalars(text: &[u8], start: usize, end: usize) -> u32 {
    let starts = text[start..end].iter().filter(|byte| **byte & 0xC0 != 0x80);
    // A mark that starts here may end behind.
    let around = &text[start..text.len().min(end + MARK.len() - 1)];
    let marks = around.windows(MARK.len()).filter(|bytes| *bytes == MARK);
    (starts.count() - marks.count()) as u32
}

/// A place as people count: both 1-based, columns in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// 1-based.
    pub line: u32,
    /// 1-based, in Unicode scalar values.
    pub column: u32,
}

/// Why a file is not read. The message names no path; [`ReadError::diagnostic`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// Lower case, no full stop.
    pub message: String,
}

/// All texts of an analysis, each loaded once. Shared by threads; ids depend on the order of loading and are never shown.
#[derive(Default)]
pub struct Sources {
    table: RwLock<Table>,
    made: RwLock<HashMap<(TypeId, PathBuf), Arc<dyn Any + Send + Sync>>>,
}

#[derive(Debug, Default)]
struct Table {
    files: Vec<Arc<SourceFile>>,
    by_path: HashMap<PathBuf, FileId>,
}

impl SourceFile {
    /// Where a byte offset lies.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let lines = self.line_starts();
        let line = lines.partition_point(|&start| start <= offset).max(1) - 1;
        let column = self.scalars_before(offset as usize, lines[line] as usize);
        LineColumn {
            line: line as u32 + 1,
            column: column + 1,
        }
    }

    /// The scalar values between two offsets. A line can be as long as the file: a plan in JSON.
    fn scalars_before(&self, end: usize, start: usize) -> u32 {
        let text = self.text.as_bytes();
        let end = if self.text.is_char_boundary(end) {
            end
        } else {
            start
        };
        if end - start <= BLOCK {
            return scalars(text, start, end);
        }
        let blocks = self.scalars.get_or_init(|| {
            let mut counted = 0;
            let block = |at: usize| {
                let before = counted;
                counted += scalars(text, at, text.len().min(at + BLOCK));
                before
            };
            let blocks = (0..text.len()).step_by(BLOCK);
            (!text.is_ascii()).then(|| blocks.map(block).collect())
        });
        let Some(blocks) = blocks else {
            return (end - start) as u32;
        };
        let before = |at: usize| {
            let block = (at / BLOCK).min(blocks.len() - 1);
            blocks[block] + scalars(text, block * BLOCK, at)
        };
        before(end) - before(start)
    }

    /// The byte offset where each line starts.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self
                .text
                .bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0)
                .chain(breaks.map(|(offset, _)| offset as u32 + 1))
                .collect()
        })
    }

    /// The text of a span of this file.
    pub fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }
}

impl Sources {
    /// The text of a path, read at most once.
    pub fn load(&self, system: &dyn System, path: &Path) -> Result<Arc<SourceFile>, ReadError> {
        if let Some(known) = self.find(path) {
            return Ok(known);
        }
        let text = read_text(system, path).map_err(|message| ReadError {
            path: path.to_path_buf(),
            message,
        })?;
        Ok(self.insert(path, text))
    }

    /// Adds a text that is in no file of its own (a generated block, a decoded document), or replaces nothing where the path is
    /// there already.
    pub fn insert(&self, path: &Path, text: impl Into<Box<str>>) -> Arc<SourceFile> {
        let mut table = self
            .table
            .write()
            .expect("no thread panics while it holds the table");
        let path = undotted(path);
        if let Some(&id) = table.by_path.get(path) {
            return table.files[id.number()].clone();
        }
        let id = FileId::new(table.files.len() as u32);
        let file = Arc::new(SourceFile {
            id,
            path: path.to_path_buf(),
            text: text.into(),
            lines: OnceLock::new(),
            scalars: OnceLock::new(),
        });
        table.files.push(file.clone());
        table.by_path.insert(path.to_path_buf(), id);
        file
    }

    /// The file of a path that was loaded.
    pub fn find(&self, path: &Path) -> Option<Arc<SourceFile>> {
        let table = self
            .table
            .read()
            .expect("no thread panics while it holds the table");
        table
            .by_path
            .get(undotted(path))
            .map(|id| table.files[id.number()].clone())
    }

    /// What is made of the texts at a path and of nothing else, made once for all projects and environments: a syntax tree.
    pub fn shared<T: Any + Send + Sync>(&self, path: &Path, make: impl FnOnce() -> T) -> Arc<T> {
        let key = (TypeId::of::<T>(), path.to_path_buf());
        let known = self
            .made
            .read()
            .expect("no thread panics while it holds the table")
            .get(&key)
            .cloned();
        if let Some(known) = known.and_then(|known| known.downcast().ok()) {
            return known;
        }
        let made = Arc::new(make());
        let mut table = self
            .made
            .write()
            .expect("no thread panics while it holds the table");
        table.insert(key, made.clone());
        made
    }

    /// The file of an id.
    pub fn file(&self, id: FileId) -> Arc<SourceFile> {
        self.table
            .read()
            .expect("no thread panics while it holds the table")
            .files[id.number()]
        .clone()
    }

    /// All files, in the order of loading.
    pub fn files(&self) -> Vec<Arc<SourceFile>> {
        self.table
            .read()
            .expect("no thread panics while it holds the table")
            .files
            .clone()
    }
}

/// A path without `./` before it: `./main.tf` and `main.tf` are one file.
fn undotted(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

/// The text of a file, or why it is none.
fn read_text(system: &dyn System, path: &Path) -> Result<String, String> {
    let metadata = system.metadata(path).map_err(|error| error_text(&error))?;
    if metadata.is_directory {
        return Err("is a folder".to_owned());
    }
    if metadata.length > MAXIMUM_FILE_LENGTH {
        let (length, limit) = (metadata.length >> 20, MAXIMUM_FILE_LENGTH >> 20);
        return Err(format!(
            "is too large to read: {length} MiB, the limit is {limit} MiB"
        ));
    }
    let bytes = system.read(path).map_err(|error| error_text(&error))?;
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        if bytes[..bytes.len().min(8192)].contains(&0) {
            return "is binary, not text".to_owned();
        }
        let line = bytes[..offset]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count()
            + 1;
        format!("is not UTF-8: invalid byte at offset {offset}, line {line}")
    })
}

/// An operating system error without its number.
fn error_text(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            "does not exist, or is a link that leads nowhere".to_owned()
        }
        std::io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.files()).finish()
    }
}

impl ReadError {
    /// The error as a diagnostic of the file.
    pub fn diagnostic(&self) -> Diagnostic {
        let path = self.path.to_string_lossy().replace('\\', "/");
        Diagnostic::about(
            Level::Error,
            DiagnosticCode::Unreadable,
            self.to_string(),
            path,
        )
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.display(), self.message)
    }
}

impl std::error::Error for ReadError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_long_lines_are_those_of_counting() {
        let text = format!(
            "\u{feff}first\n{}é\u{feff}ü\nlast",
            "aß€😀\u{feff}".repeat(3000)
        );
        let sources = Sources::default();
        let file = sources.insert(Path::new("long"), text.as_str());
        for (offset, _) in text.char_indices().step_by(97).chain([(text.len(), ' ')]) {
            let before = &text[..offset];
            let start = before.rfind('\n').map_or(0, |at| at + 1);
            let counted = before[start..].chars().filter(|it| *it != '\u{feff}');
            let expected = LineColumn {
                line: before.matches('\n').count() as u32 + 1,
                column: counted.count() as u32 + 1,
            };
            assert_eq!(file.line_column(offset as u32), expected, "at {offset}");
        }
    }
}
