//! Where a finding is: the place of the value that decides.

use palisade_model::{Frame, FrameKind, Kind, Origin, Resource, Span, Value};

use super::finding::Related;
use super::outcome::{Decided, Leaf};
use super::run::Options;

/// The text that is underlined for a leaf.
pub(crate) fn span(leaf: &Leaf, resource: &Resource, options: &Options<'_>) -> Option<Span> {
    let found = match &leaf.decided {
        Decided::Resource => None,
        Decided::Value(value) if leaf.path.is_empty() && is_properties(value, resource) => None,
        Decided::Value(value) => of_value(value),
        Decided::Absent { holder, .. } if is_properties(holder, resource) => None,
        Decided::Absent { holder, .. } => of_value(holder),
        Decided::Unknown { value, .. } => value.origin.mark(),
    };
    let found = found.or_else(|| of_resource(resource))?;
    let origin = match &leaf.decided {
        Decided::Value(value) | Decided::Unknown { value, .. } => &value.origin,
        Decided::Absent { holder, .. } => &holder.origin,
        Decided::Resource => &resource.origin,
    };
    let placed = if (options.in_workspace)(found.file) {
        found
    } else {
        call(origin, resource, options).unwrap_or(found)
    };
    Some(narrowed(leaf, placed, options).unwrap_or_else(|| trim(placed, options)))
}

/// The words that decide, in a text of several lines that is written out at the place.
fn narrowed(leaf: &Leaf, place: Span, options: &Options<'_>) -> Option<Span> {
    let excerpt = leaf.excerpt.as_deref()?;
    let file = options.sources.file(place.file);
    let text = file.slice(place);
    let at = text.find(excerpt).filter(|_| text.contains('\n'))?;
    let start = place.start + at as u32;
    Some(Span::new(place.file, start, start + excerpt.len() as u32))
}

/// The header of a resource, or all of it.
pub(crate) fn of_resource(resource: &Resource) -> Option<Span> {
    resource.header.or_else(|| resource.origin.mark())
}

/// Of a block or mapping its header, of everything else the entry.
fn of_value(value: &Value) -> Option<Span> {
    match value.kind {
        Kind::Map(_) | Kind::List(_) => value.origin.header().or_else(|| value.origin.mark()),
        _ => value.origin.mark(),
    }
}

/// Whether a value is the resource's properties as a whole.
fn is_properties(value: &Value, resource: &Resource) -> bool {
    value.origin == resource.properties.origin && value.same(&resource.properties)
}

/// The place in the workspace that leads to a value outside of it: the argument, else the call.
fn call(origin: &Origin, resource: &Resource, options: &Options<'_>) -> Option<Span> {
    let inside = |frame: &&Frame| (options.in_workspace)(frame.span.file);
    origin
        .frames()
        .filter(inside)
        .chain(resource.origin.frames().filter(inside))
        .find(|frame| {
            matches!(
                frame.kind,
                FrameKind::ModuleArgument | FrameKind::ModuleCall
            )
        })
        .map(|frame| frame.span)
}

/// Without white space, `=`, `:` and `{` at its end, which headers have.
fn trim(span: Span, options: &Options<'_>) -> Span {
    let file = options.sources.file(span.file);
    let text = file.slice(span);
    let kept = text.trim_end();
    let stripped = kept.trim_end_matches([' ', '\t', '\r', '\n', '=', ':', '{', '[', '-']);
    let is_header = kept.len() < text.len() && !kept.ends_with(['}', ']']);
    let end = if is_header && !stripped.is_empty() {
        stripped
    } else {
        kept
    };
    Span::new(span.file, span.start, span.start + end.len() as u32)
}

/// The chain behind the leaves, and the places that the verdict also rests on.
pub(crate) fn related<'g>(
    leaves: &[Leaf],
    primary: Option<Span>,
    resource_of: &dyn Fn(&Leaf) -> &'g Resource,
    options: &Options<'_>,
) -> Vec<Related> {
    let mut related: Vec<Related> = Vec::new();
    let mut push = |span: Span, message: String| {
        let is_new = Some(span) != primary && related.iter().all(|known| known.span != span);
        if is_new {
            related.push(Related { span, message });
        }
    };
    if let Some(first) = leaves.first() {
        let resource = resource_of(first);
        if let Decided::Value(value) | Decided::Unknown { value, .. } = &first.decided {
            for frame in value.origin.frames() {
                push(frame.span, describe(frame));
            }
        }
        for frame in resource.origin.frames() {
            push(frame.span, describe(frame));
        }
        if let (Some(place), Some(construct)) = (of_construct(resource), construct(resource)) {
            push(place, construct);
        }
    }
    for leaf in leaves.iter().skip(1) {
        let resource = resource_of(leaf);
        let is_other = leaves.first().is_some_and(|first| first.node != leaf.node);
        let is_written = matches!(leaf.decided, Decided::Value(_));
        if !is_other && !is_written {
            continue;
        }
        if let Some(span) = span(leaf, resource, options) {
            let message = match &leaf.decided {
                Decided::Resource => format!("`{}`", resource.address),
                _ if is_other => format!("`{}` of `{}`", leaf.path, resource.address),
                _ => format!("`{}`", leaf.path),
            };
            push(span, message);
        }
    }
    related
}

/// The construct of the CDK that made a resource, and the line of its program where the metadata has it.
fn construct(resource: &Resource) -> Option<String> {
    let path = resource.meta.get("ConstructPath")?.as_str()?;
    let trace = resource.meta.get("ConstructTrace").and_then(Value::as_list);
    let line = trace.and_then(|lines| lines.first()?.as_str());
    Some(match line {
        Some(line) => format!("construct {path}, {line}"),
        None => format!("construct {path}"),
    })
}

/// Where the template names the construct.
fn of_construct(resource: &Resource) -> Option<Span> {
    let path = resource.meta.get("ConstructPath")?;
    path.origin.mark().or_else(|| of_resource(resource))
}

fn describe(frame: &Frame) -> String {
    let label = &frame.label;
    match frame.kind {
        FrameKind::ModuleArgument => format!("passed to {label} here"),
        FrameKind::ModuleCall => format!("{label} is called here"),
        FrameKind::Variable => format!("{label} is declared here"),
        FrameKind::VariableFile => format!("the value comes from {label}"),
        FrameKind::Local => format!("{label} is defined here"),
        FrameKind::Loop => format!("repeated by {label}"),
        FrameKind::Include => format!("looked up in {label}"),
        FrameKind::Satellite => format!("set by {label}"),
    }
}
