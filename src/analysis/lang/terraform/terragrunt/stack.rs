//! `terragrunt.stack.hcl`: units that are made of others, each with values of its own.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/features/stacks/explicit/>. A unit of a stack is evaluated as it would be
//! generated: its paths start from `.terragrunt-stack/PATH`, its text is that of its source.

use std::path::{Path, PathBuf};

use palisade_model::{Diagnostic, DiagnosticCode, Level, Reason};

use super::super::value::{Entries, TfValue};
use super::read::Place;
use super::session::Session;
use crate::discover::{clean, display};

/// The file that makes a folder a stack.
pub(super) const STACK: &str = "terragrunt.stack.hcl";
/// Where a stack is generated.
const GENERATED: &str = ".terragrunt-stack";

/// A unit: where it is, and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// The folder that holds its text.
    pub(super) written: PathBuf,
    /// What the stack gives it.
    pub(super) values: Option<TfValue>,
    /// The folders of the stacks inside the first one that lead to it.
    pub(super) through: Vec<PathBuf>,
}

impl Member {
    /// A unit that is where it is written.
    pub(super) fn plain(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            written: folder.to_path_buf(),
            values: None,
            through: Vec::new(),
        }
    }
}

/// The unit of a folder: the one that is there, or the one that a stack above would put there.
pub(super) fn member(session: &Session<'_>, folder: &Path) -> Member {
    let plain = Member::plain(folder);
    if session.is_unit(folder) {
        return plain;
    }
    let above = folder.ancestors().skip(1);
    let stacks = above.filter(|above| session.exists(&above.join(STACK)));
    let found = stacks.flat_map(|stack| units(session, stack));
    let found = { found }.find(|member| member.folder == folder);
    found.unwrap_or(plain)
}

/// The units of the stack in a folder, those of stacks inside it included.
pub(super) fn units(session: &Session<'_>, folder: &Path) -> Vec<Member> {
    let mut made = Vec::new();
    expand(session, &Member::plain(folder), &mut made);
    made
}

fn expand(session: &Session<'_>, stack: &Member, made: &mut Vec<Member>) {
    let file = stack.written.join(STACK);
    if !session.exists(&file) {
        return;
    }
    let place = Place {
        file,
        ..Place::of_unit(session, stack)
    };
    let Ok(config) = session.read(place, None) else {
        return;
    };
    for keyword in ["unit", "stack"] {
        for (label, block) in config.labelled(keyword) {
            let Some(entries) = block.as_entries() else {
                continue;
            };
            let member = inner(session, stack, entries, keyword);
            let member = member.and_then(|member| allowed(stack, member, made.len()));
            match member {
                Ok(member) if keyword == "unit" => made.push(member),
                Ok(mut member) => {
                    member.through.push(member.written.clone());
                    expand(session, &member, made);
                }
                Err(reason) => {
                    let message = format!("the {keyword} `{label}` is not here: {reason}");
                    let code = DiagnosticCode::Unresolved;
                    session.tell(match block.origin.mark() {
                        Some(place) => Diagnostic::at(Level::Warning, code, message, place),
                        None => {
                            let path = display(&stack.written);
                            Diagnostic::about(Level::Warning, code, message, path)
                        }
                    });
                }
            }
        }
    }
}

/// Units of one stack, those of stacks inside it included.
const MAXIMUM_UNITS: usize = 10_000;
/// Stacks inside stacks.
const MAXIMUM_DEPTH: usize = 16;

/// What a stack is made of, unless that is itself or too much.
fn allowed(stack: &Member, inner: Member, count: usize) -> Result<Member, Reason> {
    let parts = inner.folder.components();
    let depth = parts.filter(|it| it.as_os_str() == GENERATED).count();
    if stack.written == inner.written {
        return Err(Reason::Error("the stack is made of itself".into()));
    }
    if count >= MAXIMUM_UNITS || depth > MAXIMUM_DEPTH {
        let limit = format!("{MAXIMUM_UNITS} units, {MAXIMUM_DEPTH} stacks inside each other");
        return Err(Reason::Limit(limit.into()));
    }
    Ok(inner)
}

/// The unit or stack that a block describes.
fn inner(
    session: &Session<'_>,
    stack: &Member,
    block: &Entries,
    keyword: &str,
) -> Result<Member, Reason> {
    let text = |argument: &str| match block.get(argument) {
        Some(value) => value.as_str().ok_or_else(|| {
            let unknown = value.as_unknown().map(|it| it.reason.clone());
            unknown.unwrap_or_else(|| Reason::Error(format!("`{argument}` is no text").into()))
        }),
        None => Err(Reason::NoValue(argument.into())),
    };
    let (source, path) = (text("source")?, text("path")?);
    let plain = source
        .split('?')
        .next()
        .unwrap_or(source)
        .replace("//", "/");
    let written = session.named(&stack.written.join(plain));
    let is_here = match keyword {
        "unit" => session.is_unit(&written),
        _ => session.exists(&written.join(STACK)),
    };
    if source.contains("://") || source.contains("::") || !is_here {
        return Err(Reason::MissingModule(source.into()));
    }
    let flat = block
        .get("no_dot_terragrunt_stack")
        .and_then(TfValue::as_bool)
        == Some(true);
    let below = if flat { "" } else { GENERATED };
    Ok(Member {
        folder: clean(stack.folder.join(below).join(path)),
        written,
        values: block.get("values").cloned(),
        through: stack.through.clone(),
    })
}
