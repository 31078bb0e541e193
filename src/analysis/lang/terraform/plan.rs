//! Plans (`terraform show -json`) and states (version 4) to the same resources that the configuration gives.
//!
//! Sources: <https://developer.hashicorp.com/terraform/internals/json-format>. A plan is read change by change: only one is a
//! tree at a time. Where the configuration lies beside the plan, a value that both know gets the place where it is written,
//! and a value that is known only after apply gets the reference that the configuration tells; where it does not, the copy of the
//! configuration in the plan tells the reference.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use palisade_model::{
    Address, Diagnostic, DiagnosticCode, FileId, Kind, Language, Level, Map, Mode, Number, Origin,
    OriginKind, Presence, Provider, Reason, Resource, Span, Value,
};
use palisade_syntax::data::{Data, Node};
use palisade_syntax::{TextRange, json};

use super::elements::{elements, members};
use super::plan_references;
use crate::discover::display;
use crate::lang::{Context, Evaluation};
use crate::system::SourceFile;

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
    Ok(context.sources.insert(path, text.into()))
}

/// One part of a file, parsed by itself.
struct Part {
    node: Node,
    file: FileId,
    base: u32,
}

impl Part {
    fn read(source: &SourceFile, range: TextRange) -> Self {
        Self {
            node: json::parse(range.slice(&source.text)).tree,
            file: source.id,
            base: range.start,
        }
    }

    fn span(&self, range: TextRange) -> Span {
        Span::new(self.file, self.base + range.start, self.base + range.end)
    }

    /// A value, with what is not known and what is secret of it.
    fn value(
        &self,
        node: &Node,
        unknown: Option<&Node>,
        secret: Option<&Node>,
        what: &str,
    ) -> Value {
        let place = self.span(node.range);
        let origin = Origin::literal(place, place);
        let is_true =
            |node: Option<&Node>| matches!(node.map(|node| &node.data), Some(Data::Bool(true)));
        if is_true(unknown) {
            return Value::new(Reason::Computed(what.into()), origin);
        }
        let kind = match &node.data {
            Data::Null
                if unknown.is_none_or(|it| it.entries().is_empty() && it.items().is_empty()) =>
            {
                Kind::Null
            }
            Data::Bool(value) => Kind::Bool(*value),
            Data::Number(digits) => Kind::Number(match digits.parse::<i64>() {
                Ok(integer) => Number::Integer(integer),
                Err(_) => Number::Float(digits.parse().unwrap_or(f64::NAN)),
            }),
            Data::String(text) => super::declared::text(text, &origin),
            Data::Sequence(items) => self.list(items, unknown, secret, what),
            Data::Null if unknown.is_some_and(|it| !it.items().is_empty()) => {
                self.list(&[], unknown, secret, what)
            }
            Data::Mapping(_) | Data::Null => self.map(node, unknown, secret, what),
        };
        let mut value = Value::new(kind, origin);
        value.sensitive = is_true(secret);
        value
    }

    fn list(
        &self,
        items: &[Node],
        unknown: Option<&Node>,
        secret: Option<&Node>,
        what: &str,
    ) -> Kind {
        let null = Node::new(Data::Null, TextRange::default());
        let count = items.len().max(unknown.map_or(0, |it| it.items().len()));
        let item = |at: usize| {
            let inner = |node: Option<&Node>| node.and_then(|node| node.items().get(at).cloned());
            let node = items.get(at).unwrap_or(&null);
            self.value(node, inner(unknown).as_ref(), inner(secret).as_ref(), what)
        };
        Kind::from((0..count).map(item).collect::<Vec<_>>())
    }

    fn map(&self, node: &Node, unknown: Option<&Node>, secret: Option<&Node>, what: &str) -> Kind {
        let inner =
            |node: Option<&'_ Node>, key: &str| node.and_then(|node| node.get(key).cloned());
        let mut made = Map::new();
        for entry in node.entries() {
            let key = entry.key.as_str().unwrap_or("");
            let longer = format!("{what}.{key}");
            let mut value = self.value(
                &entry.value,
                inner(unknown, key).as_ref(),
                inner(secret, key).as_ref(),
                &longer,
            );
            value.origin.entry = Some(self.span(entry.range()));
            made.insert(key.into(), value);
        }
        for entry in unknown.map_or(&[][..], |unknown| unknown.entries()) {
            let key = entry.key.as_str().unwrap_or("");
            let empty = matches!(&entry.value.data, Data::Bool(false))
                || (entry.value.entries().is_empty()
                    && entry.value.items().is_empty()
                    && entry.value.data != Data::Bool(true));
            if !made.contains_key(key) && !empty {
                let null = Node::new(Data::Null, entry.value.range);
                let value = self.value(&null, Some(&entry.value), None, &format!("{what}.{key}"));
                made.insert(key.into(), value);
            }
        }
        Kind::from(made)
    }
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
    let top = members(&source.text, TextRange::from(0..source.text.len()));
    let Some(changes) = top.iter().find(|(key, _)| *key == "resource_changes") else {
        let shown = display(path);
        let message =
            format!("{shown} has no `resource_changes`: it is not the JSON of a whole plan");
        return failed(Diagnostic::about(
            Level::Error,
            DiagnosticCode::Syntax,
            message,
            shown,
        ));
    };
    let mut made = Evaluation {
        files: vec![path.to_path_buf()],
        ..Evaluation::default()
    };
    for range in elements(&source.text, changes.1) {
        let part = Part::read(&source, range);
        made.resources.extend(change(&part));
    }
    if let Some(beside) = beside {
        overlay(&mut made.resources, &beside.resources);
        made.files.extend(beside.files);
        made.files.sort();
        made.files.dedup();
    }
    if let Some((_, range)) = top.iter().find(|(key, _)| *key == "configuration") {
        let configuration = Part::read(&source, *range);
        plan_references::refer(&mut made.resources, &configuration.node);
    }
    made.resources.sort_by(|a, b| a.address.cmp(&b.address));
    made
}

fn failed(diagnostic: Diagnostic) -> Evaluation {
    Evaluation {
        diagnostics: vec![diagnostic],
        ..Evaluation::default()
    }
}

/// What a change leads to; none where it deletes.
fn change(part: &Part) -> Option<Resource> {
    let node = &part.node;
    let text = |name: &str| node.get(name).and_then(Node::as_str);
    let change = node.get("change")?;
    let actions: Vec<&str> = change
        .get("actions")?
        .items()
        .iter()
        .filter_map(Node::as_str)
        .collect();
    if actions == ["delete"] || actions == ["forget"] {
        return None;
    }
    let address = Address::parse(text("address")?).ok()?;
    let null = Node::new(Data::Null, node.range);
    let after = change.get("after").unwrap_or(&null);
    let what = address.to_string();
    let properties = part.value(
        after,
        change.get("after_unknown"),
        change.get("after_sensitive"),
        &what,
    );
    let mut resource = Resource::new(address, text("type")?, Language::TerraformPlan, properties);
    describe(&mut resource, part, text("provider_name"));
    Some(resource)
}

fn describe(resource: &mut Resource, part: &Part, provider: Option<&str>) {
    let place = part.span(part.node.range);
    if !matches!(resource.properties.kind, Kind::Map(_)) {
        resource.properties = Value::new(Map::new(), Origin::literal(place, place));
    }
    let address = part.node.entry("address").or(part.node.entry("name"));
    resource.header = Some(address.map_or(place, |entry| part.span(entry.range())));
    resource.origin = Origin::literal(place, place);
    if resource.address.mode == Mode::Data {
        resource.presence = Presence::External;
    }
    resource.provider = provider.map(|name| Provider {
        source: name
            .strip_prefix("registry.terraform.io/")
            .or_else(|| name.strip_prefix("registry.opentofu.org/"))
            .unwrap_or(name)
            .into(),
        alias: None,
        version: None,
    });
}

/// Gives planned resources the places and references of their configuration.
fn overlay(planned: &mut [Resource], configured: &[Resource]) {
    let exact: HashMap<&Address, &Resource> =
        configured.iter().map(|it| (&it.address, it)).collect();
    let blocks: HashMap<Address, &Resource> = configured
        .iter()
        .map(|it| (it.address.block(), it))
        .collect();
    for resource in planned {
        let found = exact.get(&resource.address).copied();
        let Some(found) = found.or_else(|| blocks.get(&resource.address.block()).copied()) else {
            continue;
        };
        resource.header = found.header;
        resource.origin = found.origin.clone();
        resource.meta = found.meta.clone();
        if let (Some(provider), Some(known)) = (&found.provider, &mut resource.provider) {
            known.alias.clone_from(&provider.alias);
            known.version.clone_from(&provider.version);
        }
        resource.properties = placed(&resource.properties, &found.properties);
    }
}

/// The planned value, at the place of the configured one.
fn placed(planned: &Value, configured: &Value) -> Value {
    let mut made = planned.clone();
    made.origin = configured.origin.clone();
    made.sensitive |= configured.sensitive;
    made.kind = match (&planned.kind, &configured.kind) {
        (
            Kind::Unknown(_),
            Kind::Reference(_) | Kind::Template(_) | Kind::Unknown(_) | Kind::Encoded(_),
        ) => configured.kind.clone(),
        (Kind::Map(planned), Kind::Map(configured)) => {
            let entries = planned.iter().map(|(key, value)| {
                let value = match configured.get(key) {
                    Some(other) => placed(value, other),
                    None => without_place(value, &made.origin),
                };
                (key.clone(), value)
            });
            Kind::Map(Arc::new(entries.collect()))
        }
        (Kind::List(planned), Kind::List(configured)) if planned.len() == configured.len() => {
            let items = planned
                .iter()
                .zip(configured.iter())
                .map(|(a, b)| placed(a, b));
            Kind::List(Arc::new(items.collect()))
        }
        (Kind::Encoded(_), Kind::Encoded(other)) if other.text.is_none() => planned.kind.clone(),
        (_, Kind::Encoded(_))
            if configured.as_str().is_some() && configured.as_str() == planned.as_str() =>
        {
            configured.kind.clone()
        }
        (kind, _) => kind.clone(),
    };
    made
}

/// A value that only the plan knows: what the provider sends when nothing is written.
fn without_place(value: &Value, around: &Origin) -> Value {
    let mut made = value.clone();
    made.origin = Origin {
        kind: OriginKind::LanguageDefault,
        ..around.clone()
    };
    made
}

/// The resources of a state.
pub(super) fn state(path: &Path, context: &Context<'_>) -> Evaluation {
    let source = match load(context, path) {
        Ok(source) => source,
        Err(diagnostic) => return failed(diagnostic),
    };
    let top = members(&source.text, TextRange::from(0..source.text.len()));
    let mut made = Evaluation {
        files: vec![path.to_path_buf()],
        ..Evaluation::default()
    };
    let version = top
        .iter()
        .find(|(key, _)| *key == "version")
        .map(|(_, range)| range.slice(&source.text));
    if version != Some("4") {
        let shown = display(path);
        let message = format!("{shown} is no state of version 4");
        return failed(Diagnostic::about(
            Level::Error,
            DiagnosticCode::Syntax,
            message,
            shown,
        ));
    }
    let resources = top.iter().find(|(key, _)| *key == "resources");
    for range in resources
        .map(|(_, range)| elements(&source.text, *range))
        .unwrap_or_default()
    {
        let part = Part::read(&source, range);
        of_state(&part, &mut made.resources);
    }
    made.resources.sort_by(|a, b| a.address.cmp(&b.address));
    made
}

fn of_state(part: &Part, made: &mut Vec<Resource>) {
    let node = &part.node;
    let text = |name: &str| node.get(name).and_then(Node::as_str);
    let (Some(ty), Some(name)) = (text("type"), text("name")) else {
        return;
    };
    let mode = if text("mode") == Some("data") {
        "data."
    } else {
        ""
    };
    let module = text("module").map_or_else(String::new, |module| format!("{module}."));
    let provider = text("provider")
        .and_then(|it| it.split('"').nth(1))
        .map(str::to_owned);
    for instance in node
        .get("instances")
        .map_or(&[][..], |instances| instances.items())
    {
        let key = match instance.get("index_key").map(|key| &key.data) {
            Some(Data::Number(digits)) => format!("[{digits}]"),
            Some(Data::String(text)) => palisade_model::Key::Name((**text).into()).to_string(),
            _ => String::new(),
        };
        let Ok(address) = Address::parse(&format!("{module}{mode}{ty}.{name}{key}")) else {
            continue;
        };
        let Some(attributes) = instance.get("attributes") else {
            continue;
        };
        let mut properties = part.value(attributes, None, None, "");
        for secret in instance
            .get("sensitive_attributes")
            .map_or(&[][..], |secrets| secrets.items())
        {
            hide(&mut properties, secret);
        }
        let mut resource = Resource::new(address, ty, Language::TerraformState, properties);
        describe(&mut resource, part, provider.as_deref());
        made.push(resource);
    }
}

/// Marks the value at a path of a state's `sensitive_attributes`; of a longer path the attribute it starts at.
fn hide(properties: &mut Value, path: &Node) {
    let Some(name) = path
        .items()
        .first()
        .and_then(|step| step.get("value"))
        .and_then(Node::as_str)
    else {
        return;
    };
    if let Kind::Map(entries) = &mut properties.kind
        && let Some(value) = Arc::make_mut(entries).get_mut(name)
    {
        value.sensitive = true;
    }
}
