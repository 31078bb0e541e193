//! Suppressions in comments: `palisade:ignore[RULE] reason="…" until=2027-01-31`, and the forms of other scanners.

use palisade_model::{Diagnostic, DiagnosticCode, Level, Span};

use super::extent::Lines;
use super::{Entry, Kind, Scope};
use crate::config::Selector;
use crate::system::{MAXIMUM_FILE_LENGTH, SourceFile};

/// How each scanner starts a suppression.
const FORMS: [(&str, Form); 8] = [
    ("palisade:ignore-file", Form::OwnFile),
    ("palisade:ignore", Form::Own),
    ("checkov:skip=", Form::Checkov),
    ("tfsec:ignore:", Form::Trivy),
    ("trivy:ignore:", Form::Trivy),
    ("kics-scan ", Form::Kics),
    ("#disable-next-line ", Form::Bicep),
    ("ts:skip=", Form::Checkov),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    OwnFile,
    Own,
    Checkov,
    Trivy,
    Kics,
    Bicep,
}

/// What a directive says.
#[derive(Default)]
struct Said {
    rules: Vec<String>,
    reason: Option<String>,
    until: Option<jiff::civil::Date>,
    place: Place,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// The line of the comment where it holds code, otherwise what follows.
    #[default]
    Here,
    /// The block around the comment.
    Around,
    /// The file.
    File,
}

/// The suppressions in the comments of a file.
pub(super) fn entries(file: &SourceFile, diagnostics: &mut Vec<Diagnostic>) -> Vec<Entry> {
    let text = file.text.as_ref();
    // Only plans and states are as long, and they hold no comments.
    if text.len() as u64 > MAXIMUM_FILE_LENGTH {
        return Vec::new();
    }
    if !FORMS.iter().any(|(start, _)| text.contains(start)) {
        return Vec::new();
    }
    let extension = file
        .path
        .extension()
        .map(|name| name.to_string_lossy().to_lowercase());
    let lines = Lines::new(text, extension.as_deref().unwrap_or_default());
    let mut entries = Vec::new();
    for (number, &start) in file.line_starts().iter().enumerate() {
        let end = file
            .line_starts()
            .get(number + 1)
            .map_or(text.len(), |&next| next as usize);
        let line = text[start as usize..end].trim_end();
        let mut from = 0;
        while let Some((at, length, form)) = next_directive(line, from) {
            let span =
                |length: usize| Span::new(file.id, start + at as u32, start + (at + length) as u32);
            let rest = &line[at + length..];
            match said(form, rest) {
                Ok((said, used)) => {
                    if form == Form::Own && said.rules.is_empty() {
                        let message = "suppression names no rule and hides every finding here";
                        diagnostics.push(problem(message, span(length)));
                    }
                    let scope = scope(&said, file, &lines, number);
                    entries.push(entry(form, said, span(length + used), scope));
                    from = at + length + used;
                }
                Err(message) => {
                    diagnostics.push(problem(&message, span(line.len() - at)));
                    from = at + length;
                }
            }
        }
    }
    entries
}

fn problem(message: &str, span: Span) -> Diagnostic {
    Diagnostic::at(Level::Warning, DiagnosticCode::Suppression, message, span)
}

/// The first directive in a comment of a line: its offset, the length of its start, its form.
fn next_directive(line: &str, from: usize) -> Option<(usize, usize, Form)> {
    let found = FORMS.iter().filter_map(|&(start, form)| {
        let at = from + line.get(from..)?.find(start)?;
        let before = &line[..at];
        let comment = form == Form::Bicep
            || ["#", "//", "/*", "<!--"]
                .iter()
                .any(|mark| before.contains(mark))
            || before.trim_start().starts_with('*');
        comment.then_some((at, start.len(), form))
    });
    // Of `palisade:ignore-file` and `palisade:ignore` at one place the longer one is meant.
    found.min_by_key(|&(at, length, _)| (at, usize::MAX - length))
}

fn said(form: Form, rest: &str) -> Result<(Said, usize), String> {
    match form {
        Form::Own | Form::OwnFile => own(form, rest),
        Form::Checkov => Ok(checkov(rest)),
        Form::Trivy => Ok(trivy(rest)),
        Form::Kics => Ok(kics(rest)),
        Form::Bicep => {
            let rules = rest.split_whitespace().map(str::to_owned).collect();
            Ok((
                Said {
                    rules,
                    ..Said::default()
                },
                rest.len(),
            ))
        }
    }
}

/// `[RULE, RULE] reason="…" until=2027-01-31`
fn own(form: Form, rest: &str) -> Result<(Said, usize), String> {
    let mut said = Said {
        place: if form == Form::OwnFile {
            Place::File
        } else {
            Place::Here
        },
        ..Said::default()
    };
    let mut behind = rest;
    if let Some(list) = rest.strip_prefix('[') {
        let end = list
            .find(']')
            .ok_or("suppression is not closed: expected `]`")?;
        said.rules = names(&list[..end]);
        behind = &list[end + 1..];
    }
    loop {
        let word = behind.trim_start();
        if let Some(value) = word.strip_prefix("reason=") {
            let (reason, after) =
                quoted(value).ok_or("suppression's reason is not closed: expected `\"`")?;
            said.reason = Some(reason.to_owned());
            behind = after;
        } else if let Some(value) = word.strip_prefix("until=") {
            let value = value.trim_start_matches('"');
            let length = value
                .find(|c: char| !c.is_ascii_digit() && c != '-')
                .unwrap_or(value.len());
            let date = value[..length].parse();
            said.until = Some(date.map_err(|_| {
                format!(
                    "`{}` is no date: expected until=YYYY-MM-DD",
                    &value[..length]
                )
            })?);
            behind = value[length..].trim_start_matches('"');
        } else {
            break;
        }
    }
    Ok((said, rest.len() - behind.len()))
}

/// A text in quotes, or one word.
fn quoted(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('"') {
        Some(inner) => {
            let end = inner.find('"')?;
            Some((&inner[..end], &inner[end + 1..]))
        }
        None => Some(text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))),
    }
}

/// `CKV_AWS_20,CKV_AWS_21:reason`, anywhere inside the block it is about (Checkov, "Suppressing and Skipping Policies").
fn checkov(rest: &str) -> (Said, usize) {
    let (ids, reason) = match rest.split_once(':') {
        Some((ids, reason)) => (ids, Some(reason.trim().to_owned())),
        None => (rest.split_whitespace().next().unwrap_or(""), None),
    };
    (
        Said {
            rules: names(ids),
            reason,
            place: Place::Around,
            ..Said::default()
        },
        rest.len(),
    )
}

/// `AWS-0086:exp:2027-01-31`, on a line or above what it is about (Trivy, "Filtering", inline).
fn trivy(rest: &str) -> (Said, usize) {
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let mut parts = rest[..length].split(':');
    let id = parts.next().unwrap_or("").split('[').next().unwrap_or("");
    let options: Vec<&str> = parts.collect();
    let until = options
        .iter()
        .position(|option| *option == "exp")
        .and_then(|at| options.get(at + 1)?.parse().ok());
    let rules = vec![if id == "*" {
        "all".to_owned()
    } else {
        id.to_owned()
    }];
    (
        Said {
            rules,
            until,
            ..Said::default()
        },
        length,
    )
}

/// `ignore`, `ignore-line`, `ignore-block`, `disable=ID,ID` (KICS, "Running KICS", inline).
fn kics(rest: &str) -> (Said, usize) {
    let word = rest.split_whitespace().next().unwrap_or("");
    let mut said = Said::default();
    match word.split_once('=') {
        Some(("disable", ids)) => {
            said.rules = names(ids);
            said.place = Place::File;
        }
        _ if word == "ignore" => said.place = Place::File,
        _ if matches!(word, "ignore-line" | "ignore-block") => {}
        _ => said.rules.push(String::new()),
    }
    (said, word.len())
}

fn names(list: &str) -> Vec<String> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn scope(said: &Said, file: &SourceFile, lines: &Lines<'_>, number: usize) -> Scope {
    let (first, last) = match said.place {
        Place::File => return Scope::File(file.id),
        Place::Around => lines.around(number),
        Place::Here if lines.is_code(number) => lines.at(number),
        Place::Here => lines.after(number + 1),
    };
    Scope::Lines(file.id, first, last)
}

fn entry(form: Form, said: Said, span: Span, scope: Scope) -> Entry {
    Entry {
        kind: Kind::Comment,
        own: matches!(form, Form::Own | Form::OwnFile),
        rules: said.rules.iter().map(|rule| Selector::new(rule)).collect(),
        reason: said.reason,
        until: said.until,
        span: Some(span),
        scope,
    }
}
