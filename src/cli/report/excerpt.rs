//! Excerpts of sources, drawn by `codespan-reporting` over the texts of an analysis.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use codespan_reporting::diagnostic::{Diagnostic, Label, LabelStyle, Severity};
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::{self, Config, DisplayStyle, WriteStyle};
use palisade_analysis::system::SourceFile;
use palisade_model::{FileId, Span};

use super::{Style, View};

/// Lines longer than this are minified text, which no excerpt makes readable.
const LONGEST_LINE: usize = 400;

/// How many lines of a longer span are underlined.
const MOST_LINES: usize = 12;

/// What is drawn.
pub(super) struct Excerpt<'e> {
    /// `high`, `error`.
    pub(super) word: &'e str,
    /// The color of the word and of the primary mark.
    pub(super) color: &'static str,
    /// A rule's or diagnostic's id.
    pub(super) code: &'e str,
    pub(super) message: &'e str,
    /// What is underlined, with a word beside it.
    pub(super) primary: (Span, String),
    /// What explains it.
    pub(super) secondary: Vec<(Span, String)>,
    /// Lines below.
    pub(super) notes: Vec<String>,
}

/// Draws.
pub(super) fn draw(
    out: &mut dyn Write,
    view: &View<'_>,
    style: Style,
    excerpt: Excerpt<'_>,
) -> anyhow::Result<()> {
    let (span, word) = &excerpt.primary;
    if !readable(view, *span) {
        return plain(out, view, style, &excerpt);
    }
    let mut marked = vec![*span];
    let mut labels = vec![Label::primary(span.file, range(view, *span)).with_message(word)];
    for (span, word) in &excerpt.secondary {
        if readable(view, *span) && !marked.contains(span) {
            marked.push(*span);
            labels.push(Label::secondary(span.file, range(view, *span)).with_message(word));
        }
    }
    let diagnostic = Diagnostic::new(Severity::Error)
        .with_code(excerpt.code)
        .with_message(excerpt.message)
        .with_labels(labels)
        .with_notes(excerpt.notes.clone());
    let config = Config {
        display_style: DisplayStyle::Rich,
        start_context_lines: 2,
        ..Config::default()
    };
    let mut writer = Writer {
        out,
        style,
        word: excerpt.word,
        color: excerpt.color,
        in_header: false,
    };
    term::emit_to_write_style(&mut writer, &config, &Texts(view), &diagnostic)?;
    Ok(())
}

/// The same in words, where no line can be shown.
fn plain(
    out: &mut dyn Write,
    view: &View<'_>,
    style: Style,
    excerpt: &Excerpt<'_>,
) -> anyhow::Result<()> {
    let place = view.place(excerpt.primary.0);
    let (color, bold, dim, reset) = (excerpt.color, style.bold(), style.dim(), style.reset());
    let (word, code, message) = (excerpt.word, excerpt.code, excerpt.message);
    writeln!(out, "{color}{word}[{code}]{reset}{bold}: {message}{reset}")?;
    let (file, line, column) = (place.file, place.line, place.column);
    writeln!(
        out,
        "  {dim}┌─{reset} {file}:{line}:{column} {}",
        excerpt.primary.1
    )?;
    for note in &excerpt.notes {
        writeln!(out, "  {dim}={reset} {note}")?;
    }
    writeln!(out)?;
    Ok(())
}

/// Whether a line can be shown. Of plans and states none is: secrets stand beside what is marked.
fn readable(view: &View<'_>, span: Span) -> bool {
    use palisade_analysis::discover::ProjectKind::{TerraformPlan, TerraformState};
    let file = view.analysis.sources.file(span.file);
    let is_output = view.analysis.units.iter().any(|unit| {
        matches!(unit.project.kind, TerraformPlan | TerraformState)
            && unit.project.root == file.path
    });
    if is_output {
        return false;
    }
    let starts = file.line_starts();
    let line = starts.partition_point(|&start| start <= span.start).max(1) - 1;
    let end = starts
        .get(line + 1)
        .map_or(file.text.len(), |&next| next as usize);
    end - starts[line] as usize <= LONGEST_LINE
}

/// The span in bytes, without the white space at its end, at most some lines of it.
fn range(view: &View<'_>, span: Span) -> Range<usize> {
    let file = view.analysis.sources.file(span.file);
    let text = file.slice(span).trim_end();
    let shown: usize = text
        .split_inclusive('\n')
        .take(MOST_LINES)
        .map(str::len)
        .sum();
    let length = text[..shown].trim_end().len();
    span.start as usize..span.start as usize + length
}

/// The texts of an analysis.
struct Texts<'v, 'a>(&'v View<'a>);

/// A text that can be looked into.
struct Text(Arc<SourceFile>);

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0.text
    }
}

impl Texts<'_, '_> {
    fn file(&self, id: FileId) -> Arc<SourceFile> {
        self.0.analysis.sources.file(id)
    }
}

impl<'f> Files<'f> for Texts<'_, '_> {
    type FileId = FileId;
    type Name = String;
    type Source = Text;

    fn name(&'f self, id: FileId) -> Result<String, Error> {
        Ok(self.0.path(&self.file(id).path))
    }

    fn source(&'f self, id: FileId) -> Result<Text, Error> {
        Ok(Text(self.file(id)))
    }

    fn line_index(&'f self, id: FileId, byte_index: usize) -> Result<usize, Error> {
        let file = self.file(id);
        let starts = file.line_starts();
        Ok(starts
            .partition_point(|&start| start as usize <= byte_index)
            .max(1)
            - 1)
    }

    fn line_range(&'f self, id: FileId, line_index: usize) -> Result<Range<usize>, Error> {
        let file = self.file(id);
        let starts = file.line_starts();
        let start = starts.get(line_index).copied().ok_or(Error::LineTooLarge {
            given: line_index,
            max: starts.len(),
        })?;
        let end = starts
            .get(line_index + 1)
            .map_or(file.text.len(), |&next| next as usize);
        Ok(start as usize..end)
    }
}

/// Colors, and our own word in place of codespan's `error`.
struct Writer<'w> {
    out: &'w mut dyn Write,
    style: Style,
    word: &'w str,
    color: &'static str,
    in_header: bool,
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.in_header && bytes == b"error" {
            self.in_header = false;
            self.out.write_all(self.word.as_bytes())?;
            return Ok(bytes.len());
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Writer<'_> {
    fn code(&mut self, code: &str) -> io::Result<()> {
        self.out.write_all(code.as_bytes())
    }
}

impl WriteStyle for Writer<'_> {
    fn set_header(&mut self, _: Severity) -> io::Result<()> {
        self.in_header = true;
        self.code(self.color)
    }

    fn set_header_message(&mut self) -> io::Result<()> {
        self.code(self.style.bold())
    }

    fn set_line_number(&mut self) -> io::Result<()> {
        self.code(self.style.dim())
    }

    fn set_note_bullet(&mut self) -> io::Result<()> {
        self.code(self.style.dim())
    }

    fn set_source_border(&mut self) -> io::Result<()> {
        self.code(self.style.dim())
    }

    fn set_label(&mut self, _: Severity, label: LabelStyle) -> io::Result<()> {
        match label {
            LabelStyle::Primary => self.code(self.color),
            LabelStyle::Secondary => self.code(self.style.dim()),
        }
    }

    fn reset(&mut self) -> io::Result<()> {
        self.code(self.style.reset())
    }
}
