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
    if name == "loadDirectoryFileInfo" {
        return Value::new(Reason::Foreign("loadDirectoryFileInfo()".into()), origin);
    }
    let kind = if name == "loadFileAsBase64" {
        bytes(engine, &file)
            .map(|bytes| Kind::from(base64::engine::general_purpose::STANDARD.encode(bytes)))
    } else {
        engine
            .text(&file)
            .and_then(|source| content(at, engine, name, &source, arguments))
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

fn content(
    at: &Scope<'_>,
    engine: &Engine<'_>,
    name: &str,
    source: &SourceFile,
    arguments: &[Expression],
) -> Result<Kind, String> {
    let text = source.text.trim_start_matches('\u{feff}');
    let tree = match name {
        "loadTextContent" => return Ok(text_kind(source, text)),
        "loadYamlContent" => {
            let parse = yaml::parse(text);
            if let Some(error) = parse.errors.first() {
                return Err(format!("is no YAML: {}", error.message));
            }
            parse.tree.into_iter().next()
        }
        _ => {
            let parse = json::parse(text);
            if let Some(error) = parse.errors.first() {
                return Err(format!("is no JSON: {}", error.message));
            }
            Some(parse.tree)
        }
    };
    let shift = (source.text.len() - text.len()) as u32;
    let value = tree.map_or_else(Value::null, |tree| from_node(&tree, source, shift, None));
    let path = arguments
        .get(1)
        .map(|path| at.evaluate(engine, path, path.range));
    match path.as_ref().and_then(Value::as_str) {
        Some(path) => select(&value, path).map(|found| found.kind),
        None => Ok(value.kind),
    }
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

/// The part of a value that a simple JSON path names: `$.a.b[0]`, `.a['b']`.
fn select(value: &Value, path: &str) -> Result<Value, String> {
    let unknown = || format!("has nothing at `{path}`");
    let mut current = value.clone();
    let mut rest = path.trim_start_matches('$');
    while !rest.is_empty() {
        let (segment, behind) = if let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']').ok_or_else(unknown)?;
            let segment = match inner[..end].parse() {
                Ok(index) => Segment::Index(index),
                Err(_) => Segment::Key(inner[..end].trim_matches(['\'', '"']).into()),
            };
            (segment, &inner[end + 1..])
        } else {
            let name = rest.trim_start_matches('.');
            let end = name.find(['.', '[']).unwrap_or(name.len());
            (Segment::Key(name[..end].into()), &name[end..])
        };
        current = functions::access(&current, &segment).ok_or_else(unknown)?;
        rest = behind;
    }
    Ok(current)
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
