//! A state of version 4. Terraform documents no format of it; what is read is what `statefile/version4.go` of OpenTofu writes
//! (<https://github.com/opentofu/opentofu/blob/main/internal/states/statefile/version4.go>).

use std::path::Path;
use std::sync::Arc;

use palisade_model::{Address, Key, Kind, Language, Resource, Value};
use palisade_syntax::TextRange;
use palisade_syntax::data::{Data, Node};

use super::reader::{Marks, Object, Reader};
use super::{failed, load, other_format, sorted};
use crate::lang::{Context, Evaluation};

/// Ends of names of attributes that hold a secret. A state of an older Terraform tells only what the configuration called sensitive,
/// not what the provider does.
const SECRETS: [&str; 9] = [
    "password",
    "passphrase",
    "secret",
    "secret_string",
    "secret_key",
    "access_key",
    "token",
    "private_key",
    "connection_string",
];

/// The resources of a state.
pub(in super::super) fn state(path: &Path, context: &Context<'_>) -> Evaluation {
    let source = match load(context, path) {
        Ok(source) => source,
        Err(diagnostic) => return failed(diagnostic),
    };
    let mut reader = Reader::new(&source);
    let top = reader.top();
    let version = top.get("version").map(|range| range.slice(&source.text));
    if version != Some("4") {
        return other_format(path, "is no state of version 4");
    }
    let mut made = Vec::new();
    for range in reader.items(top.get("resources")) {
        let object = reader.object(range);
        made.extend(resources(&mut reader, &object));
    }
    sorted(made, vec![path.to_path_buf()])
}

/// Each instance of a resource. Objects that wait for their deletion (`deposed`) are none.
fn resources(reader: &mut Reader<'_>, object: &Object<'_>) -> Vec<Resource> {
    let mut text = |name: &str| reader.string(object.get(name));
    let (Some(ty), Some(name)) = (text("type"), text("name")) else {
        return Vec::new();
    };
    let mode = match text("mode").as_deref() {
        Some("data") => "data.",
        _ => "",
    };
    let module = text("module").map_or_else(String::new, |module| format!("{module}."));
    let provider = text("provider");
    let provider = provider.as_deref().and_then(|it| it.split('"').nth(1));
    let provider = provider.map(|name| reader.provider(name));
    let header = reader.entry(object, "name");
    let mut made = Vec::new();
    for range in reader.items(object.get("instances")) {
        let instance = reader.object(range);
        let key = key(reader, &instance);
        let address = Address::parse(&format!("{module}{mode}{ty}.{name}{key}"));
        let (Ok(address), Some(attributes), None) =
            (address, instance.get("attributes"), instance.get("deposed"))
        else {
            continue;
        };
        let secrets = instance.get("sensitive_attributes");
        let properties = properties(reader, attributes, secrets);
        let mut resource = Resource::new(address, ty.clone(), Language::TerraformState, properties);
        reader.describe(&mut resource, object.range, header, provider.clone());
        made.push(resource);
    }
    made
}

/// Which instance it is, as addresses say it.
fn key(reader: &Reader<'_>, instance: &Object<'_>) -> String {
    let key = instance.get("index_key").map(|range| reader.part(range));
    match key.map(|part| part.node.data) {
        Some(Data::Number(digits)) => format!("[{digits}]"),
        Some(Data::String(text)) => Key::Name((*text).into()).to_string(),
        _ => String::new(),
    }
}

fn properties(reader: &mut Reader<'_>, attributes: TextRange, secrets: Option<TextRange>) -> Value {
    let part = reader.part(attributes);
    let mut properties = reader.value(&part, Marks::default(), "");
    let secrets = secrets.map(|range| reader.part(range));
    for path in secrets.iter().flat_map(|part| part.node.items()) {
        hide(&mut properties, path.items());
    }
    hide_named(&mut properties);
    properties
}

/// Marks the value at a path of `sensitive_attributes`; what the path ends before, where it leads nowhere.
fn hide(value: &mut Value, path: &[Node]) {
    let Some((step, rest)) = path.split_first() else {
        value.sensitive = true;
        return;
    };
    let named = step.get("value");
    // `{"type": "get_attr", "value": "name"}`, or `{"type": "index", "value": {"value": 0, "type": "number"}}`.
    let named = named.and_then(|it| it.get("value")).or(named);
    let below = match (&mut value.kind, named.map(|it| &it.data)) {
        (Kind::Map(entries), Some(Data::String(name))) => Arc::make_mut(entries).get_mut(name),
        (Kind::List(items), Some(Data::Number(digits))) => {
            let at = digits.parse::<usize>().ok();
            at.and_then(|at| Arc::make_mut(items).get_mut(at))
        }
        _ => None,
    };
    match below {
        Some(below) => hide(below, rest),
        None => value.sensitive = true,
    }
}

/// Marks texts whose name says that they are secret.
fn hide_named(value: &mut Value) {
    match &mut value.kind {
        Kind::Map(entries) => {
            for (name, inner) in Arc::make_mut(entries) {
                let is_text = inner.as_str().is_some();
                if is_text && SECRETS.iter().any(|end| name.ends_with(end)) {
                    inner.sensitive = true;
                }
                hide_named(inner);
            }
        }
        Kind::List(items) => Arc::make_mut(items).iter_mut().for_each(hide_named),
        _ => {}
    }
}
