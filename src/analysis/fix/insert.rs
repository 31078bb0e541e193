//! New attributes, entries, blocks and resources, in the style of their surroundings.

use std::sync::Arc;

use indexmap::IndexMap;
use palisade_model::{Resource, Span, Value};

use super::write::{self, Style};
use crate::check::Edit;
use crate::lower::NewResource;
use crate::system::{SourceFile, Sources};

/// What is added to one block.
#[derive(Clone, Debug, Default)]
pub(super) struct Additions(IndexMap<Arc<str>, Addition>);

#[derive(Clone, Debug)]
enum Addition {
    Value(Value),
    Block(Additions),
}

impl Additions {
    /// Adds a value, below blocks that are opened for it.
    pub(super) fn put(&mut self, open: &[Arc<str>], name: Arc<str>, value: Value) {
        match open.split_first() {
            None => {
                self.0.insert(name, Addition::Value(value));
            }
            Some((first, rest)) => {
                let block = self
                    .0
                    .entry(first.clone())
                    .or_insert_with(|| Addition::Block(Self::default()));
                if let Addition::Block(inner) = block {
                    inner.put(rest, name, value);
                }
            }
        }
    }

    /// One entry a line, each with this indentation, without a last line end.
    fn lines(&self, style: Style, indent: &str) -> Option<String> {
        let mut lines = Vec::new();
        for (name, addition) in &self.0 {
            lines.push(match addition {
                Addition::Value(value) => {
                    format!("{indent}{}{}", style.key(name), write::value(value, style)?)
                }
                Addition::Block(inner) => inner.block(name, style, indent)?,
            });
        }
        let between = if style == Style::Json { ",\n" } else { "\n" };
        Some(lines.join(between))
    }

    fn block(&self, name: &str, style: Style, indent: &str) -> Option<String> {
        let body = self.lines(style, &format!("{indent}  "))?;
        Some(match style {
            Style::Hcl => format!("{indent}{name} {{\n{body}\n{indent}}}"),
            Style::Yaml => format!("{indent}{}\n{body}", style.key(name).trim_end()),
            Style::Json | Style::Bicep => {
                format!("{indent}{}{{\n{body}\n{indent}}}", style.key(name))
            }
        })
    }

    /// All on one line, separated by commas.
    fn inline(&self, style: Style) -> Option<String> {
        let entry = |(name, addition): (&Arc<str>, &Addition)| {
            Some(match addition {
                Addition::Value(value) => {
                    format!("{}{}", style.key(name), write::value(value, style)?)
                }
                Addition::Block(inner) => {
                    format!("{}{{ {} }}", style.key(name), inner.inline(style)?)
                }
            })
        };
        let entries: Option<Vec<_>> = self.0.iter().map(entry).collect();
        Some(entries?.join(", "))
    }
}

/// Into a block, object or mapping that exists.
pub(super) fn into(
    file: &SourceFile,
    span: Span,
    resource: &Resource,
    additions: &Additions,
) -> Option<Edit> {
    let style = Style::of(resource.language, file, span);
    let text = file.slice(span);
    if !text.starts_with('{') {
        return (style == Style::Yaml)
            .then(|| before_first(file, span, additions))
            .flatten();
    }
    let end = text.rfind('}')?;
    let inner = &text[1..end];
    if inner.contains('\n') {
        return multi_line(file, span, style, additions);
    }
    if style == Style::Hcl {
        return one_line_block(file, span, inner.trim(), additions);
    }
    let added = additions.inline(style)?;
    let at = span.start + 1;
    let text = if inner.trim().is_empty() {
        format!(" {added} ")
    } else {
        format!(" {added},")
    };
    let end = if inner.trim().is_empty() {
        at + inner.len() as u32
    } else {
        at
    };
    Some(Edit {
        span: Span::new(span.file, at, end),
        text,
    })
}

/// A block mapping of YAML: the new entries come before its first one, whose column they share.
fn before_first(file: &SourceFile, span: Span, additions: &Additions) -> Option<Edit> {
    let indent = " ".repeat(column(file, span.start));
    let lines = additions.lines(Style::Yaml, &indent)?;
    Some(Edit {
        span: Span::new(span.file, span.start, span.start),
        text: format!("{}\n{indent}", lines.trim_start()),
    })
}

/// A body with braces on lines of their own: behind its last entry, or in JSON before its first.
fn multi_line(file: &SourceFile, span: Span, style: Style, additions: &Additions) -> Option<Edit> {
    let text = file.slice(span);
    let end = text.rfind('}')?;
    let outer = indentation(file, span.start + end as u32);
    let indent = inner_indentation(&text[1..end]).unwrap_or_else(|| format!("{outer}  "));
    let lines = additions.lines(style, &indent)?;
    if style == Style::Json {
        let separator = if text[1..end].trim().is_empty() {
            ""
        } else {
            ","
        };
        let at = span.start + 1;
        return Some(Edit {
            span: Span::new(span.file, at, at),
            text: format!("\n{lines}{separator}"),
        });
    }
    let kept = text[..end].trim_end().len();
    let at = span.start + kept as u32;
    Some(Edit {
        span: Span::new(span.file, at, at),
        text: format!("\n{lines}"),
    })
}

/// `{ bucket = "b" }`: HCL allows one attribute on the line of the braces, so the body becomes lines.
fn one_line_block(
    file: &SourceFile,
    span: Span,
    inner: &str,
    additions: &Additions,
) -> Option<Edit> {
    let outer = indentation(file, span.start);
    let indent = format!("{outer}  ");
    let lines = additions.lines(Style::Hcl, &indent)?;
    let kept = if inner.is_empty() {
        String::new()
    } else {
        format!("{indent}{inner}\n")
    };
    Some(Edit {
        span,
        text: format!("{{\n{kept}{lines}\n{outer}}}"),
    })
}

/// `Properties` for a resource that has none: behind the line of its first entry.
pub(super) fn properties(
    file: &SourceFile,
    span: Span,
    resource: &Resource,
    additions: Additions,
) -> Option<Edit> {
    let mut outer = Additions::default();
    outer
        .0
        .insert("Properties".into(), Addition::Block(additions));
    let style = Style::of(resource.language, file, span);
    let text = file.slice(span);
    if style != Style::Yaml || text.starts_with('{') {
        return into(file, span, resource, &outer);
    }
    let indent = " ".repeat(column(file, span.start));
    let lines = outer.lines(style, &indent)?;
    let at = span.start + text.find('\n').unwrap_or(text.trim_end().len()) as u32;
    Some(Edit {
        span: Span::new(span.file, at, at),
        text: format!("\n{lines}"),
    })
}

/// A resource of its own, behind the one it belongs to.
pub(super) fn resource(
    sources: &Sources,
    owner: &Resource,
    new: &NewResource,
    additions: &Additions,
) -> Option<Edit> {
    let place = owner.origin.span.or(owner.header)?;
    let whole = owner.origin.entry.map_or(place, |entry| entry.cover(place));
    let file = sources.file(whole.file);
    let body = additions.lines(Style::Hcl, "  ")?;
    let (kind, name) = (&new.resource_type, &owner.address.name);
    let (attribute, taken) = &new.join;
    let target = format!("{}.{name}.{taken}", owner.declared_type);
    let end = whole.start + file.slice(whole).trim_end().len() as u32;
    Some(Edit {
        span: Span::new(whole.file, end, end),
        text: format!(
            "\n\nresource \"{kind}\" \"{name}\" {{\n  {attribute} = {target}\n{body}\n}}"
        ),
    })
}

/// How far a byte is from the start of its line, in characters.
fn column(file: &SourceFile, offset: u32) -> usize {
    file.line_column(offset).column as usize - 1
}

/// The white space at the start of the line of a byte.
fn indentation(file: &SourceFile, offset: u32) -> String {
    let start = file.text[..offset as usize]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    file.text[start..]
        .chars()
        .take_while(|character| matches!(character, ' ' | '\t'))
        .collect()
}

/// The indentation of the first line of a body that has text.
fn inner_indentation(inner: &str) -> Option<String> {
    let line = inner.lines().skip(1).find(|line| !line.trim().is_empty())?;
    Some(
        line.chars()
            .take_while(|character| matches!(character, ' ' | '\t'))
            .collect(),
    )
}
