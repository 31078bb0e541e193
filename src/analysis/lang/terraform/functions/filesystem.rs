//! Filesystem functions. Nothing outside the given roots is read: such a file is an unknown that names it.

use std::path::Component;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use palisade_model::{Reason, Span};
use sha2::Digest as _;

use super::hash::hex;
use super::*;
use crate::system::MAXIMUM_FILE_LENGTH;

type Context<'a> = FunctionContext<'a>;

/// Whether a place may be read.
enum Place {
    /// Inside the roots; as it was named.
    Inside(PathBuf),
    /// Not there.
    Missing,
    /// Not ours to read.
    Outside,
}

fn place(path: &str, context: &Context<'_>) -> Place {
    let named = if Path::new(path).is_absolute() {
        PathBuf::from(path)
    } else {
        clean(&context.directory.join(path))
    };
    match context.system.canonicalize(&named) {
        Ok(real) if context.roots.iter().any(|root| real.starts_with(root)) => Place::Inside(named),
        Ok(_) => Place::Outside,
        Err(_) => {
            let mut parent = named.as_path();
            while let Some(above) = parent.parent() {
                let above = if above.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    above
                };
                if let Ok(real) = context.system.canonicalize(above) {
                    return match context.roots.iter().any(|root| real.starts_with(root)) {
                        true => Place::Missing,
                        false => Place::Outside,
                    };
                }
                if above == parent || above == Path::new(".") {
                    break;
                }
                parent = above;
            }
            Place::Missing
        }
    }
}

fn missing(path: &str) -> TfValue {
    TfValue::unknown(Type::String, Reason::MissingFile(path.into()))
}

/// The bytes of a file, or the unknown that stands for them.
fn bytes(path: &str, context: &Context<'_>) -> Result<Vec<u8>, TfValue> {
    let Place::Inside(named) = place(path, context) else {
        return Err(missing(path));
    };
    let small = context
        .system
        .metadata(&named)
        .is_ok_and(|found| !found.is_directory && found.length <= MAXIMUM_FILE_LENGTH);
    if !small {
        return Err(missing(path));
    }
    context.files.borrow_mut().insert(named.clone());
    context.system.read(&named).map_err(|_| missing(path))
}

pub(super) fn file(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    Ok(load(path, context).map_or_else(|unknown| unknown, |(value, _)| value))
}

/// The text of a file with its place, and the path that was read.
fn load(path: &str, context: &Context<'_>) -> Result<(TfValue, PathBuf), TfValue> {
    let Place::Inside(named) = place(path, context) else {
        return Err(missing(path));
    };
    let source = context
        .sources
        .load(context.system, &named)
        .map_err(|_| missing(path))?;
    context.files.borrow_mut().insert(named.clone());
    let mut value = TfValue::string(&source.text);
    if let TfKind::String(text) = &mut value.kind {
        let whole = Span::new(source.id, 0, source.text.len() as u32);
        text.source = (*text.text == *source.text).then_some(whole);
    }
    Ok((value, named))
}

fn encoded(arguments: &[TfValue], context: &Context<'_>, encode: fn(&[u8]) -> String) -> Outcome {
    Ok(bytes(text(arguments, 0), context)
        .map_or_else(|unknown| unknown, |bytes| TfValue::string(encode(&bytes))))
}

pub(super) fn file_base64(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    encoded(arguments, context, |bytes| STANDARD.encode(bytes))
}

pub(super) fn file_base64_sha256(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    encoded(arguments, context, |bytes| {
        STANDARD.encode(sha2::Sha256::digest(bytes))
    })
}

pub(super) fn file_base64_sha512(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    encoded(arguments, context, |bytes| {
        STANDARD.encode(sha2::Sha512::digest(bytes))
    })
}

pub(super) fn file_md5(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    encoded(arguments, context, |bytes| hex(&md5::Md5::digest(bytes)))
}

pub(super) fn file_sha1(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    encoded(arguments, context, |bytes| hex(&sha1::Sha1::digest(bytes)))
}

pub(super) fn file_sha256(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    encoded(arguments, context, |bytes| {
        hex(&sha2::Sha256::digest(bytes))
    })
}

pub(super) fn file_sha512(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    encoded(arguments, context, |bytes| {
        hex(&sha2::Sha512::digest(bytes))
    })
}

/// A file that is not here now may be there when the tool runs, but the language answers for now.
pub(super) fn exists(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    match place(path, context) {
        Place::Missing => Ok(TfValue::bool(false)),
        Place::Outside => Ok(TfValue::unknown(
            Type::Bool,
            Reason::MissingFile(path.into()),
        )),
        Place::Inside(named) => match context.system.metadata(&named) {
            Ok(found) if found.is_directory => Err(wrong(0, format!("{path} is a folder"))),
            found => Ok(TfValue::bool(found.is_ok())),
        },
    }
}

/// How many files and folders `fileset` looks at.
const FILE_SET_LIMIT: usize = 50_000;

pub(super) fn file_set(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    let (path, pattern) = (text(arguments, 0), text(arguments, 1));
    let pattern = clean(Path::new(pattern));
    if pattern.starts_with("..") {
        let reason = Reason::MissingFile(slashed(&pattern).into());
        return Ok(TfValue::unknown(Type::set(Type::String), reason));
    }
    let pattern = spelled(&slashed(&pattern)).ok_or_else(malformed)?;
    let glob = globset::GlobBuilder::new(&pattern)
        .literal_separator(true)
        .build();
    let matcher = glob.map_err(|_| malformed())?.compile_matcher();
    let root = match place(path, context) {
        Place::Inside(root) => root,
        Place::Missing => return Ok(TfValue::set(Type::String, Vec::new())),
        Place::Outside => {
            return Ok(TfValue::unknown(
                Type::set(Type::String),
                Reason::MissingFile(path.into()),
            ));
        }
    };
    let mut found = Vec::new();
    let mut open = vec![root.clone()];
    let mut seen = 0;
    while let Some(folder) = open.pop() {
        for entry in context.system.read_directory(&folder).unwrap_or_default() {
            seen += 1;
            if seen > FILE_SET_LIMIT {
                return Err(limit(format!("more than {FILE_SET_LIMIT} files")));
            }
            let entry = if entry.starts_with(&folder) {
                entry
            } else {
                folder.join(entry)
            };
            let inside = context.system.canonicalize(&entry);
            if !inside.is_ok_and(|real| context.roots.iter().any(|root| real.starts_with(root))) {
                continue;
            }
            match context.system.metadata(&entry) {
                Ok(kind) if kind.is_directory => open.push(entry),
                Ok(_) => {
                    let relative = entry.strip_prefix(&root).unwrap_or(&entry);
                    if matcher.is_match(relative) {
                        found.push(TfValue::string(slashed(relative)));
                    }
                }
                Err(_) => {}
            }
        }
    }
    Ok(TfValue::set(Type::String, found))
}

fn malformed() -> CallError {
    wrong(1, "the pattern is malformed")
}

/// A pattern as it is read here: an exclamation mark excludes nothing, and a slash does not stand in braces.
fn spelled(pattern: &str) -> Option<String> {
    let mut depth = 0usize;
    for letter in pattern.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth > 0 => return None,
            _ => {}
        }
    }
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, inner)) = rest.split_once("[!") {
        let (class, after) = inner.split_once(']')?;
        text.push_str(&format!("{before}[{class}!]"));
        rest = after;
    }
    Some(text + rest)
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// Without `.`, and without `..` where a name stands before it; `.` when nothing is left.
fn clean(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match result.components().next_back() {
                Some(Component::Normal(_)) => {
                    result.pop();
                }
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => result.push(".."),
            },
            other => result.push(other),
        }
    }
    if result.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        result
    }
}

pub(super) fn absolute(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    let path = context
        .system
        .current_directory()
        .join(context.directory)
        .join(text(arguments, 0));
    Ok(TfValue::string(slashed(&clean(&path))))
}

pub(super) fn base_name(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    let trimmed = path.trim_end_matches('/');
    Ok(TfValue::string(match (path, trimmed) {
        ("", _) => ".",
        (_, "") => "/",
        _ => trimmed.rsplit('/').next().unwrap_or(trimmed),
    }))
}

pub(super) fn directory_name(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    let folder = path.rfind('/').map_or("", |slash| &path[..=slash]);
    Ok(TfValue::string(slashed(&clean(Path::new(folder)))))
}

/// The home folder is the user's, not the configuration's.
pub(super) fn expand(arguments: &[TfValue], _: &Context<'_>) -> Outcome {
    let path = text(arguments, 0);
    if path == "~" || path.starts_with("~/") {
        return Ok(TfValue::unknown(
            Type::String,
            Reason::Impure("pathexpand".into()),
        ));
    }
    if path.starts_with('~') {
        return Err(wrong(0, "the home folder of another user is not looked up"));
    }
    Ok(TfValue::string(path))
}

/// How deep templates may include each other.
const TEMPLATE_DEPTH: usize = 64;

pub(super) fn template_file(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    let path = text(arguments, 0).to_owned();
    let named = arguments[1].as_entries().into_iter().flatten();
    let is_name = |name: &str| {
        let letters = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
            && name.chars().all(letters)
    };
    if let Some((name, _)) = named.into_iter().find(|(name, _)| !is_name(name)) {
        return Err(wrong(1, format!("\"{name}\" is no name of a variable")));
    }
    match load(&path, context) {
        Err(unknown) => Ok(TfValue {
            ty: Type::Dynamic,
            ..unknown
        }),
        Ok((value, named)) => {
            let text = value.as_str().unwrap_or("");
            let made = template(text, Some(&named), &arguments[1], context)?;
            match made.is_null() {
                true => Err(wrong(0, "the template is null")),
                false => Ok(made),
            }
        }
    }
}

pub(super) fn template_string(arguments: &[TfValue], context: &Context<'_>) -> Outcome {
    let Some(text) = arguments[0].as_str() else {
        return unknown(Type::String, arguments);
    };
    let value = template(text, None, &arguments[1], context)?;
    convert(&value, &Type::String).map_err(|error| error.to_string().into())
}

fn template(
    text: &str,
    source: Option<&Path>,
    variables: &TfValue,
    context: &Context<'_>,
) -> Outcome {
    if !(variables.ty.is_mapping() || variables.ty == Type::Dynamic) {
        return Err(wrong(1, "a map or object is required"));
    }
    let Some(entries) = variables.as_entries() else {
        return unknown(Type::Dynamic, std::slice::from_ref(variables));
    };
    if context.depth >= TEMPLATE_DEPTH {
        return Err(limit(format!(
            "templates inside templates more than {TEMPLATE_DEPTH} deep"
        )));
    }
    match context.templates {
        Some(templates) => Ok(templates
            .evaluate(text, source, entries, context.depth + 1)?
            .with_marks(variables.marks)),
        None => Ok(TfValue::unknown(
            Type::Dynamic,
            Reason::Foreign("the template".into()),
        )),
    }
}
