//! Plans in JSON (`terraform show -json`) and states.
//!
//! They can be as large as what they describe, so nothing but the text is held as a whole: each resource is parsed by itself, and its
//! tree is dropped. A plan says of each value whether it is known and whether it is secret; a state only the latter. The formats:
//! <https://developer.hashicorp.com/terraform/internals/json-format>.

mod beside;
mod planned;
mod reader;
mod state;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{
    Address, Diagnostic, DiagnosticCode, Language, Level, Mode, OMITTED, Resource, Value,
};
use palisade_syntax::TextRange;

use super::plan_references;
use crate::discover::display;
use crate::lang::{Context, Evaluation, shared};
use crate::system::SourceFile;
use planned::{Planned, walk};
use reader::{Marks, Object, Reader};
pub(super) use state::state;

/// The largest plan or state that is read.
const MAXIMUM_LENGTH: u64 = 512 << 20;

/// Reads a file up to the limit of plans.
fn load(context: &Context<'_>, path: &Path) -> Result<Arc<SourceFile>, Diagnostic> {
    let fail = |why: &str| {
        let shown = display(path);
        let message = format!("{shown} {why}");
        Diagnostic::about(Level::Error, DiagnosticCode::Unreadable, message, shown)
    };
    if let Some(known) = context.sources.find(path) {
        return Ok(known);
    }
    let length = context
        .system
        .metadata(path)
        .map_or(0, |metadata| metadata.length);
    if length > MAXIMUM_LENGTH {
        return Err(fail("is larger than 512 MiB"));
    }
    let bytes = context
        .system
        .read(path)
        .map_err(|error| fail(&format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| fail("is not UTF-8"))?;
    Ok(context.sources.insert(path, text))
}

/// The resources of a plan.
pub(super) fn evaluate(
    path: &Path,
    context: &Context<'_>,
    beside: Option<Evaluation>,
) -> Evaluation {
    let source = match load(context, path) {
        Ok(source) => source,
        Err(diagnostic) => return failed(diagnostic),
    };
    let mut reader = Reader::new(&source);
    let top = reader.top();
    if top
        .get("resource_changes")
        .or(top.get("planned_values"))
        .is_none()
    {
        return other_format(
            path,
            "has no `resource_changes`: it is not the JSON of a whole plan",
        );
    }
    let mut files = vec![path.to_path_buf()];
    let mut made = resources(&mut reader, &top);
    if let Some(beside) = beside {
        beside::overlay(&mut made, &beside.resources);
        files.extend(beside.files);
        files.sort();
        files.dedup();
    }
    if let Some(range) = top.get("configuration") {
        let configuration = reader.part(range);
        plan_references::refer(&mut made, &configuration.node);
    }
    sorted(made, files)
}

/// The resources of an input, in the order of their addresses.
fn sorted(made: Vec<Resource>, files: Vec<PathBuf>) -> Evaluation {
    let mut resources = shared(made);
    resources.sort_by(|a, b| a.address.cmp(&b.address));
    Evaluation {
        resources,
        files,
        ..Evaluation::default()
    }
}

/// A file that is not what it was taken for.
fn other_format(path: &Path, why: &str) -> Evaluation {
    let shown = display(path);
    let message = format!("{shown} {why}");
    let (level, code) = (Level::Error, DiagnosticCode::Syntax);
    failed(Diagnostic::about(level, code, message, shown))
}

fn failed(diagnostic: Diagnostic) -> Evaluation {
    Evaluation {
        diagnostics: vec![diagnostic],
        ..Evaluation::default()
    }
}

/// What the plan leads to: `resource_changes`, then what only `planned_values` has, then the data sources that were read while planning,
/// which are in `prior_state` alone.
fn resources(reader: &mut Reader<'_>, top: &Object<'_>) -> Vec<Resource> {
    let mut planned = Planned::read(reader, top.get("planned_values"));
    let mut made = Vec::new();
    let mut seen: BTreeSet<Arc<str>> = BTreeSet::new();
    for range in reader.items(top.get("resource_changes")) {
        let object = reader.object(range);
        let Some(address) = reader.string(object.get("address")) else {
            continue;
        };
        let fallback = planned.take(&address);
        made.extend(change(reader, &object, &address, fallback));
        seen.insert(address);
    }
    for (address, range) in planned.rest() {
        let object = reader.object(range);
        if let Some(mut resource) = valued(reader, &object, &address) {
            let reason = format!("what the plan leaves out of {address}");
            let meta = [(OMITTED.into(), Value::bare(reason))];
            resource.meta = Value::bare(meta.into_iter().collect::<palisade_model::Map>());
            made.push(resource);
            seen.insert(address);
        }
    }
    let before = top.get("prior_state").map(|range| reader.object(range));
    let values = before.and_then(|before| before.get("values"));
    for range in walk(reader, values) {
        let object = reader.object(range);
        let address = reader.string(object.get("address"));
        let is_read = reader.string(object.get("mode")).as_deref() == Some("data");
        if let (true, Some(address)) = (is_read, address)
            && !seen.contains(&address)
        {
            made.extend(valued(reader, &object, &address));
        }
    }
    made
}

/// What a change leads to; none where it deletes. `fallback` is what `planned_values` has of it.
fn change(
    reader: &mut Reader<'_>,
    object: &Object<'_>,
    address: &Arc<str>,
    fallback: Option<TextRange>,
) -> Option<Resource> {
    let change = reader.object(object.get("change")?);
    let actions = reader.part(change.get("actions")?);
    let mut actions = actions.node.items().iter().filter_map(|it| it.as_str());
    if let (Some("delete" | "forget"), None) = (actions.next(), actions.next()) {
        return None;
    }
    let part = |reader: &Reader<'_>, range: Option<TextRange>| range.map(|it| reader.part(it));
    let mut after = part(reader, change.get("after"));
    let mut secret = part(reader, change.get("after_sensitive"));
    let unknown = part(reader, change.get("after_unknown"));
    let is_missing = after
        .as_ref()
        .is_none_or(|part| part.node.entries().is_empty());
    if is_missing && let Some(planned) = fallback.map(|range| reader.object(range)) {
        after = part(reader, planned.get("values")).or(after);
        secret = secret.or_else(|| part(reader, planned.get("sensitive_values")));
    }
    let marks = Marks::new(unknown.as_ref(), secret.as_ref());
    made(reader, object, address, after, marks)
}

/// A resource with its values: those of `planned_values`, or of a state as a plan shows it.
fn valued(reader: &mut Reader<'_>, object: &Object<'_>, address: &Arc<str>) -> Option<Resource> {
    let values = object.get("values").map(|range| reader.part(range));
    let secret = object.get("sensitive_values").map(|it| reader.part(it));
    made(
        reader,
        object,
        address,
        values,
        Marks::new(None, secret.as_ref()),
    )
}

fn made(
    reader: &mut Reader<'_>,
    object: &Object<'_>,
    address: &Arc<str>,
    values: Option<reader::Part>,
    marks: Marks<'_>,
) -> Option<Resource> {
    let resource_type = reader.string(object.get("type"))?;
    let mut parsed = Address::parse(address).ok()?;
    if reader.string(object.get("mode")).as_deref() == Some("data") {
        parsed.mode = Mode::Data;
    }
    let properties = match &values {
        Some(part) => reader.value(part, marks, address),
        None => Value::null(),
    };
    let mut resource = Resource::new(parsed, resource_type, Language::TerraformPlan, properties);
    let provider = reader.string(object.get("provider_name"));
    let provider = provider.map(|name| reader.provider(&name));
    let header = reader.entry(object, "address");
    reader.describe(&mut resource, object.range, header, provider);
    Some(resource)
}
