//! `palisade resources`: the evaluated model.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use palisade_analysis::analyzer::{Analyzer, Keeps};
use palisade_analysis::system::OsSystem;
use palisade_model::{Kind, Presence, Resource, Value};
use serde_json::{Map, Value as Json, json};

use crate::args::{ListFormat, ResourcesOptions};
use crate::report::View;
use crate::{Status, check, inputs};

pub(crate) fn run(options: &ResourcesOptions) -> anyhow::Result<Status> {
    let analyzer = Analyzer::new(Arc::new(OsSystem));
    let mut request = inputs::request(&options.input)?;
    request.overrides.select = Some(Vec::new());
    request.keeps = if options.canonical {
        Keeps::Canonical
    } else {
        Keeps::All
    };
    let analysis = check::analyze(&analyzer, &request)?;
    let view = View::new(&analysis, false);
    let mut resources: Vec<&Resource> = Vec::new();
    for unit in &analysis.units {
        if options.canonical {
            resources.extend(unit.graph.resources().map(|(_, resource)| resource));
        } else {
            resources.extend(unit.declared.iter().map(Arc::as_ref));
        }
    }
    let mut out = BufWriter::new(io::stdout());
    match options.output_format {
        ListFormat::Json => {
            let list: Vec<Json> = resources.iter().map(|one| resource(&view, one)).collect();
            writeln!(out, "{:#}", Json::Array(list))?;
        }
        ListFormat::Human => {
            for one in &resources {
                let place = one
                    .header
                    .or(one.origin.mark())
                    .map(|span| view.place(span));
                let place = place.map_or(String::new(), |place| {
                    format!("{}:{}", place.file, place.line)
                });
                writeln!(out, "{}  {}  {place}", one.address, one.resource_type)?;
            }
        }
    }
    out.flush()?;
    for diagnostic in view.diagnostics() {
        let place = view.diagnostic_place(diagnostic).unwrap_or_default();
        let _ = writeln!(io::stderr(), "{place}: {}", diagnostic.message);
    }
    Ok(if analysis.summary.errors > 0 {
        Status::Incomplete
    } else {
        Status::Clean
    })
}

fn resource(view: &View<'_>, resource: &Resource) -> Json {
    let span = resource.header.or(resource.origin.mark());
    let place = span.map(|span| view.place(span));
    json!({
        "address": resource.address.to_string(),
        "resource_type": resource.resource_type.as_ref(),
        "declared_type": resource.declared_type.as_ref(),
        "api_version": resource.api_version.as_deref(),
        "name": resource.properties.get("name").map(value),
        "scope": resource.scope.as_ref().map(value),
        "condition": match &resource.presence {
            Presence::Certain => Json::Null,
            Presence::Conditional(unknown) | Presence::Symbolic(unknown) => {
                json!({ "$unknown": unknown.reason.to_string() })
            }
            Presence::External => json!("external"),
        },
        "properties": value(&resource.properties),
        "language": resource.language.as_str(),
        "file": place.as_ref().map(|place| place.file.clone()),
        "line": place.as_ref().map(|place| place.line),
    })
}

/// A value in JSON. What is secret is not printed.
fn value(from: &Value) -> Json {
    if from.sensitive && !from.is_null() {
        return json!({ "$unknown": "the value is secret" });
    }
    match &from.kind {
        Kind::Null => Json::Null,
        Kind::Bool(known) => json!(known),
        Kind::Number(number) => match number.as_i64() {
            Some(whole) => json!(whole),
            None => json!(number.as_f64()),
        },
        Kind::String(text) => json!(text.as_ref()),
        Kind::List(items) => items.iter().map(value).collect(),
        Kind::Map(entries) => {
            let entries: Map<String, Json> = entries
                .iter()
                .map(|(key, entry)| (key.to_string(), value(entry)))
                .collect();
            Json::Object(entries)
        }
        Kind::Encoded(encoded) => match &encoded.text {
            Some(text) => json!(text.as_ref()),
            None => json!({ "$encoded": value(&encoded.value) }),
        },
        Kind::Reference(reference) => {
            let target = match &reference.target {
                palisade_model::Target::Address(address) => address.to_string(),
                palisade_model::Target::External(id) => id.to_string(),
            };
            json!({ "$ref": target, "attr": reference.attribute.as_ref() })
        }
        Kind::Template(parts) => {
            json!({ "$template": parts.iter().map(value).collect::<Vec<_>>() })
        }
        Kind::Unknown(unknown) => json!({ "$unknown": unknown.reason.to_string() }),
    }
}
