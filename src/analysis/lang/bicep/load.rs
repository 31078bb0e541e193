//! Files that a template includes when it is compiled: `loadTextContent` and its siblings
//! (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-files>).

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use palisade_model::{
    Encoded, Encoding, Frame, FrameKind, Kind, Map, Origin, Reason, Segment, Span, Value,
};
use palisade_syntax::TextRange;
use palisade_syntax::bicep::Expression;
use palisade_syntax::data::{Data, Node};
use palisade_syntax::{json, yaml};

use super::super::arm::functions;
use super::engine::{Engine, normalized};
use super::expression::Scope;
use crate::system::SourceFile;

/// Calls one of the functions.
pub(super) fn call(
    at: &Scope<'_>,
    engine: &Engine<'_>,
    name: &str,
    arguments: &[Expression],
    place: (TextRange, TextRange),
) -> Value {
    let origin = at.origin(place.0, place.1);
    let written = arguments
        .first()
        .map(|path| at.evaluate(engine, path, path.range));
    let Some(path) = written.as_ref().and_then(Value::as_str) else {
        return at.wrong(
            engine,
            format!("`{name}` takes the path of a file"),
            place.0,
            place.1,
        );
    };
    let folder = at.instance.unit.path.parent().unwrap_or(Path::new(""));
    let file = normalized(&folder.join(path.replace('\\', "/")));
    let further: Vec<Value> = arguments
        .iter()
        .skip(1)
        .map(|argument| at.evaluate(engine, argument, argument.range))
        .collect();
    let further: Vec<Option<&str>> = further.iter().map(Value::as_str).collect();
    let further = |position: usize| further.get(position).copied().flatten();
    let kind = match name {
        "loadDirectoryFileInfo" => listing(engine, (folder, path), further(0)),
        "loadFileAsBase64" => bytes(engine, &file)
            .map(|bytes| Kind::from(base64::engine::general_purpose::STANDARD.encode(bytes))),
        "loadTextContent" => document(engine, &file, further(0)).map(|it| it.text()),
        _ => document(engine, &file, further(1)).and_then(|it| it.tree(name, further(0))),
    };
    match kind {
        Ok(kind) => {
            let mut value = Value::new(kind, origin);
            value.origin.via = Some(Arc::new(Frame {
                kind: FrameKind::Include,
                label: path.into(),
                span: at.span(place.0),
                next: None,
            }));
            value
        }
        Err(message) => {
            engine.unresolved(format!("file `{path}` {message}"), at.span(place.0));
            Value::new(Reason::MissingFile(path.into()), origin)
        }
    }
}

/// The bytes of a file inside the roots.
fn bytes(engine: &Engine<'_>, path: &Path) -> Result<Vec<u8>, String> {
    let system = engine.context.system;
    let resolved = system
        .canonicalize(path)
        .map_err(|_| "does not exist".to_owned())?;
    if !engine.is_inside(&resolved) {
        return Err("lies outside the given folders".to_owned());
    }
    let metadata = system.metadata(path).map_err(|error| error.to_string())?;
    if metadata.is_directory || metadata.length > crate::system::MAXIMUM_FILE_LENGTH {
        return Err("cannot be read".to_owned());
    }
    system.read(path).map_err(|error| error.to_string())
}

/// The files of a folder whose names fit a pattern of `*` and `?`, in the order of their names
/// (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-files#loaddirectoryfileinfo>).
fn listing(
    engine: &Engine<'_>,
    (home, written): (&Path, &str),
    pattern: Option<&str>,
) -> Result<Kind, String> {
    let system = engine.context.system;
    let folder = normalized(&home.join(written.replace('\\', "/")));
    let resolved = system.canonicalize(&folder);
    let resolved = resolved.map_err(|_| "does not exist".to_owned())?;
    if !engine.is_inside(&resolved) {
        return Err("lies outside the given folders".to_owned());
    }
    let paths = system.read_directory(&folder);
    let mut paths = paths.map_err(|error| error.to_string())?;
    paths.sort();
    let relative = normalized(Path::new(&written.replace('\\', "/")));
    let mut files = Vec::new();
    for path in paths {
        let is_file = system.metadata(&path).is_ok_and(|it| !it.is_directory);
        let Some(name) = path.file_name().map(|name| name.to_string_lossy()) else {
            continue;
        };
        if !is_file || !pattern.is_none_or(|pattern| fits(pattern, &name)) {
            continue;
        }
        let extension = path
            .extension()
            .map(|it| format!(".{}", it.to_string_lossy()));
        let shown = relative.join(&*name).to_string_lossy().replace('\\', "/");
        let mut entry = Map::new();
        entry.insert("relativePath".into(), Value::bare(shown));
        entry.insert("baseName".into(), Value::bare(&*name));
        entry.insert(
            "extension".into(),
            Value::bare(extension.unwrap_or_default()),
        );
        files.push(Value::bare(entry));
    }
    Ok(files.into())
}

/// Whether a name fits a pattern in which `*` stands for any text and `?` for one character. Case does not matter, as in .NET.
fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    // Which beginnings of the name the pattern so far fits.
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for wanted in pattern {
        let mut next = vec![false; name.len() + 1];
        for position in 0..=name.len() {
            let behind = position > 0 && reached[position - 1];
            next[position] = match wanted {
                '*' => reached[position] || position > 0 && next[position - 1],
                '?' => behind,
                _ => behind && name[position - 1] == wanted,
            };
        }
        reached = next;
    }
    reached[name.len()]
}

/// A file that is read as text.
enum Loaded {
    /// UTF-8: every part has a place in it.
    Source(Arc<SourceFile>),
    /// Another encoding, decoded.
    Decoded(String),
}

/// The text of a file in one of the encodings the functions take.
fn document(engine: &Engine<'_>, path: &Path, encoding: Option<&str>) -> Result<Loaded, String> {
    let Some(encoding) = encoding.filter(|it| !it.eq_ignore_ascii_case("utf-8")) else {
        return engine.text(path).map(Loaded::Source);
    };
    let bytes = bytes(engine, path)?;
    let units = |order: fn([u8; 2]) -> u16| {
        let pairs = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
        String::from_utf16_lossy(&pairs.collect::<Vec<u16>>())
    };
    let text = match encoding.to_ascii_lowercase().as_str() {
        "utf-16" => units(u16::from_le_bytes),
        "utf-16be" => units(u16::from_be_bytes),
        "iso-8859-1" => bytes.iter().map(|&byte| char::from(byte)).collect(),
        "us-ascii" => bytes
            .iter()
            .map(|&byte| {
                if byte.is_ascii() {
                    char::from(byte)
                } else {
                    '?'
                }
            })
            .collect(),
        _ => return Err(format!("has an encoding that is not known: {encoding}")),
    };
    Ok(Loaded::Decoded(
        text.trim_start_matches('\u{feff}').to_owned(),
    ))
}

impl Loaded {
    fn text(&self) -> Kind {
        match self {
            Self::Source(source) => text_kind(source, source.text.trim_start_matches('\u{feff}')),
            Self::Decoded(text) => text.as_str().into(),
        }
    }

    /// The JSON or YAML of the file, or the parts that a path selects.
    fn tree(&self, name: &str, path: Option<&str>) -> Result<Kind, String> {
        let value = match self {
            Self::Source(source) => {
                let text = source.text.trim_start_matches('\u{feff}');
                let shift = (source.text.len() - text.len()) as u32;
                let tree = parsed(name, text)?;
                tree.map_or_else(Value::null, |tree| from_node(&tree, source, shift, None))
            }
            Self::Decoded(text) => {
                parsed(name, text)?.map_or_else(Value::null, |tree| plain(&tree))
            }
        };
        match path {
            Some(path) => select(&value, path).map(|found| found.kind),
            None => Ok(value.kind),
        }
    }
}

/// The tree of a text; none where it is empty.
fn parsed(name: &str, text: &str) -> Result<Option<Node>, String> {
    if name == "loadYamlContent" {
        let parse = yaml::parse(text);
        return match parse.errors.first() {
            Some(error) => Err(format!("is no YAML: {}", error.message)),
            None => Ok(parse.tree.into_iter().next()),
        };
    }
    let parse = json::parse(text);
    match parse.errors.first() {
        Some(error) => Err(format!("is no JSON: {}", error.message)),
        None => Ok(Some(parse.tree)),
    }
}

/// The value of a node that has no place.
fn plain(node: &Node) -> Value {
    Value::bare(match &node.data {
        Data::Null => Kind::Null,
        Data::Bool(value) => (*value).into(),
        Data::Number(digits) => Kind::Number(functions::number(digits)),
        Data::String(text) => (**text).into(),
        Data::Sequence(items) => items.iter().map(plain).collect::<Vec<_>>().into(),
        Data::Mapping(entries) => {
            let entries = entries
                .iter()
                .filter_map(|entry| Some((entry.key.as_str()?.into(), plain(&entry.value))));
            entries.collect::<Map>().into()
        }
    })
}

/// A text; of JSON with its document, so that what it says can be checked.
fn text_kind(source: &SourceFile, text: &str) -> Kind {
    let is_document = text.trim_start().starts_with(['{', '[']);
    if is_document {
        let parse = json::parse(text);
        if parse.errors.is_empty() {
            let shift = (source.text.len() - text.len()) as u32;
            return Kind::Encoded(Arc::new(Encoded {
                encoding: Encoding::Json,
                text: Some(text.into()),
                value: from_node(&parse.tree, source, shift, None),
            }));
        }
    }
    text.into()
}

/// How many parts a path selects at most, before its last step too.
const MAXIMUM_SELECTED: usize = 10_000;

/// What a JSON path selects: one part as it is, several as an array, as the compiler has it. Names, positions, `*` and `..`
/// are followed; what filters by a script is not.
fn select(value: &Value, path: &str) -> Result<Value, String> {
    let unknown = || format!("has nothing at `{path}`");
    let mut found = vec![value.clone()];
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix("..") {
            found = found
                .iter()
                .flat_map(descendants)
                .take(MAXIMUM_SELECTED)
                .collect();
            rest = behind;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
        }
        let (step, behind) = first_step(rest).ok_or_else(unknown)?;
        if step.starts_with(['?', '(']) {
            return Err(format!(
                "is selected by a script, which is not run: `{path}`"
            ));
        }
        found = found.iter().flat_map(|it| selected(it, step)).collect();
        rest = behind;
        if found.len() > MAXIMUM_SELECTED {
            return Err(format!("has too many parts at `{path}`"));
        }
    }
    match <[Value; 1]>::try_from(found) {
        Ok([only]) => Ok(only),
        Err(several) if several.is_empty() => Err(unknown()),
        Err(several) => Ok(Value::bare(several)),
    }
}

/// The first step of a path without its brackets, and what stands behind it.
fn first_step(path: &str) -> Option<(&str, &str)> {
    if let Some(inner) = path.strip_prefix('[') {
        let end = inner.find(']')?;
        return Some((&inner[..end], &inner[end + 1..]));
    }
    let end = path.find(['.', '[']).unwrap_or(path.len());
    (end > 0).then(|| path.split_at(end))
}

/// The parts of a value that one step selects.
fn selected(value: &Value, step: &str) -> Vec<Value> {
    if step == "*" {
        return children(value);
    }
    let segments = step.split(',').map(|one| {
        let one = one.trim();
        let name = one.trim_matches(['\'', '"']);
        match one.parse() {
            Ok(index) if value.as_list().is_some() => Segment::Index(index),
            _ => Segment::Key(name.into()),
        }
    });
    let parts = segments.filter_map(|segment| match (&segment, &value.kind) {
        (Segment::Key(_), Kind::Map(_)) | (Segment::Index(_), Kind::List(_)) => {
            functions::access(value, &segment)
        }
        _ => None,
    });
    parts.collect()
}

fn children(value: &Value) -> Vec<Value> {
    match (value.as_list(), value.as_map()) {
        (Some(items), _) => items.to_vec(),
        (None, Some(entries)) => entries.values().cloned().collect(),
        (None, None) => Vec::new(),
    }
}

/// The value and all its parts, from the outside in.
fn descendants(value: &Value) -> Vec<Value> {
    let mut all = vec![value.clone()];
    all.extend(children(value).iter().flat_map(descendants));
    all
}

/// The value of a node, every part at its own place.
pub(super) fn from_node(
    node: &Node,
    source: &SourceFile,
    shift: u32,
    entry: Option<Span>,
) -> Value {
    let span = |range: TextRange| Span::new(source.id, range.start + shift, range.end + shift);
    let own = span(node.range);
    let kind = match &node.data {
        Data::Null => Kind::Null,
        Data::Bool(value) => (*value).into(),
        Data::Number(digits) => digits.parse::<i64>().map_or_else(
            |_| Kind::from(digits.parse::<f64>().unwrap_or(f64::NAN)),
            Kind::from,
        ),
        Data::String(text) => Kind::from(&**text),
        Data::Sequence(items) => {
            let items = items
                .iter()
                .map(|item| from_node(item, source, shift, None));
            items.collect::<Vec<_>>().into()
        }
        Data::Mapping(entries) => {
            let entries = entries.iter().filter_map(|entry| {
                let key = entry.key.as_str()?;
                let place = span(entry.range());
                Some((
                    key.into(),
                    from_node(&entry.value, source, shift, Some(place)),
                ))
            });
            entries.collect::<Map>().into()
        }
    };
    Value::new(kind, Origin::literal(own, entry.unwrap_or(own)))
}
