//! Runs the calls of the tables and makes resources of the answers.

use indexmap::IndexMap;
use palisade_model::{Address, Language, Map, Origin, OriginKind, Resource, Value};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::fields::{at, items, properties};
use crate::snapshot::Binding;
use crate::table::{Call, Table};
use crate::{Request, Transport, answer};

/// Pages of one list at most: a hundred thousand resources in the usual page size.
const MAXIMUM_PAGES: usize = 1000;

/// What was read.
#[derive(Debug, Default)]
pub struct Collected {
    /// Sorted by address.
    pub resources: Vec<Resource>,
    /// Types whose list was read to its end: what is not in it does not exist.
    pub complete: Vec<String>,
    /// What could not be read.
    pub denied: Vec<Denied>,
}

/// A call that gave no answer of use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Denied {
    /// The canonical type it was made for.
    pub resource_type: String,
    /// The resource, where the call was about one.
    pub id: Option<String>,
    /// The action or path.
    pub call: String,
    /// The provider's error code and message, or what kept the call from being made.
    pub reason: String,
}

/// Reads the types of these tables.
pub fn collect(transport: &dyn Transport, tables: &[Table]) -> Collected {
    let mut collected = Collected::default();
    for table in tables {
        read_type(transport, table, &mut collected);
    }
    collected
        .resources
        .sort_by(|a, b| a.address.cmp(&b.address));
    collected.denied.sort();
    collected
}

fn read_type(transport: &dyn Transport, table: &Table, collected: &mut Collected) {
    let (listed, end) = list(transport, &table.list);
    match end {
        Ok(()) => collected.complete.push(table.resource_type.clone()),
        Err(reason) => collected
            .denied
            .push(denied(table, None, &table.list, reason)),
    }
    for item in listed.iter().filter(|item| !skipped(table, item)) {
        let Some(id) = at(item, &table.id).and_then(Value::as_str) else {
            continue;
        };
        let mut entries = item.as_map().cloned().unwrap_or_default();
        for (name, call) in &table.details {
            match send(transport, call, Some(id), None) {
                Ok(Some(answer)) => {
                    entries.insert(name.as_str().into(), answer);
                }
                Ok(None) => {}
                Err(reason) => {
                    collected
                        .denied
                        .push(denied(table, Some(id), call, reason.clone()));
                    entries.insert(name.as_str().into(), unknown(table, name, &reason));
                }
            }
        }
        collected
            .resources
            .push(resource(table, id, &Value::bare(entries)));
    }
}

/// All pages of a list, and whether its end was reached.
fn list(transport: &dyn Transport, call: &Call) -> (Vec<Value>, Result<(), String>) {
    let (mut listed, mut token) = (Vec::new(), None::<String>);
    for _ in 0..MAXIMUM_PAGES {
        let answer = match send(transport, call, None, token.as_deref()) {
            Ok(Some(answer)) => answer,
            Ok(None) => return (listed, Ok(())),
            Err(reason) => return (listed, Err(reason)),
        };
        listed.extend(items(&answer, &call.items).into_iter().cloned());
        let next = call
            .page
            .as_ref()
            .and_then(|(path, _)| at(&answer, path)?.as_str().map(str::to_owned));
        match next {
            None => return (listed, Ok(())),
            same if same == token => {
                return (
                    listed,
                    Err("the same page comes again and again".to_owned()),
                );
            }
            next => token = next,
        }
    }
    (listed, Err(format!("more than {MAXIMUM_PAGES} pages")))
}

/// One call: its answer, none where an error of the provider means that there is nothing.
fn send(
    transport: &dyn Transport,
    call: &Call,
    id: Option<&str>,
    token: Option<&str>,
) -> Result<Option<Value>, String> {
    let response = transport.send(&request(call, id, token))?;
    let answer = answer::parse(&response.body);
    if (200..300).contains(&response.status) {
        return answer.map(Some);
    }
    let answer = answer.unwrap_or_else(|_| Value::null());
    let error = at(&answer, "Error")
        .or_else(|| at(&answer, "Errors.Error"))
        .unwrap_or(&answer);
    let text = |name| at(error, name).and_then(Value::as_str).unwrap_or("");
    if call.absent.iter().any(|code| code == text("Code")) {
        return Ok(None);
    }
    Err(
        format!("{} {} {}", response.status, text("Code"), text("Message"))
            .trim_end()
            .to_owned(),
    )
}

fn request(call: &Call, id: Option<&str>, token: Option<&str>) -> Request {
    let id = id.map(|id| {
        utf8_percent_encode(id, NON_ALPHANUMERIC)
            .to_string()
            .replace("%2D", "-")
            .replace("%2E", ".")
    });
    if let Some(path) = &call.path {
        let path = path.replace("{id}", id.as_deref().unwrap_or(""));
        return Request {
            service: call.service.clone(),
            method: "GET",
            path,
            body: String::new(),
        };
    }
    let mut parameters: IndexMap<&str, &str> = IndexMap::new();
    parameters.extend(call.action.iter().map(|action| ("Action", action.as_str())));
    parameters.extend(
        call.version
            .iter()
            .map(|version| ("Version", version.as_str())),
    );
    parameters.extend(
        call.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    parameters.extend(
        call.page
            .as_ref()
            .zip(token)
            .map(|((_, name), token)| (name.as_str(), token)),
    );
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let body: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    Request {
        service: call.service.clone(),
        method: "POST",
        path: "/".to_owned(),
        body: body.join("&"),
    }
}

fn skipped(table: &Table, item: &Value) -> bool {
    table.skip.iter().any(|(path, starts)| {
        let text = at(item, path).and_then(Value::as_str).unwrap_or("");
        starts.iter().any(|start| text.starts_with(start.as_str()))
    })
}

fn resource(table: &Table, id: &str, item: &Value) -> Resource {
    let made = properties(&table.properties, item);
    let properties = Value::new(made, Origin::of_kind(OriginKind::Observed));
    let meta = meta(table.identifier.as_deref(), table.properties.keys());
    observed(&table.resource_type, id, properties, meta)
}

/// A deployed resource, under its physical id.
pub(crate) fn observed(resource_type: &str, id: &str, properties: Value, meta: Value) -> Resource {
    let address = Address::new(resource_type, id);
    let mut resource = Resource::new(address, resource_type, Language::Live, properties);
    resource.meta = meta;
    resource
}

/// What a comparison has to know of an observed resource: the property a template names it by, and the properties the answers
/// tell, so that one that is not there is known not to be set.
pub(crate) fn meta<'a>(identifier: Option<&str>, told: impl Iterator<Item = &'a String>) -> Value {
    let told: Vec<Value> = told.map(|name| Value::bare(name.as_str())).collect();
    let mut entries = Map::from_iter([("told".into(), Value::bare(told))]);
    entries.extend(identifier.map(|name| ("identifier".into(), Value::bare(name))));
    Value::bare(entries)
}

fn unknown(table: &Table, name: &str, reason: &str) -> Value {
    let what = format!("{name} of {} ({reason})", table.resource_type);
    Value::new(
        palisade_model::Reason::NotCollected(what.into()),
        Origin::of_kind(OriginKind::Observed),
    )
}

fn denied(table: &Table, id: Option<&str>, call: &Call, reason: String) -> Denied {
    let call = call
        .action
        .clone()
        .or_else(|| call.path.clone())
        .unwrap_or_default();
    Denied {
        resource_type: table.resource_type.clone(),
        id: id.map(str::to_owned),
        call,
        reason,
    }
}

/// Which physical resource each logical id of a CloudFormation stack is (DescribeStackResources).
pub fn stack_bindings(transport: &dyn Transport, stack: &str) -> Result<Vec<Binding>, String> {
    let call = Call {
        service: "cloudformation".to_owned(),
        action: Some("DescribeStackResources".to_owned()),
        version: Some("2010-05-15".to_owned()),
        parameters: IndexMap::from([("StackName".to_owned(), stack.to_owned())]),
        path: None,
        items: "DescribeStackResourcesResult.StackResources.member".to_owned(),
        page: None,
        absent: Vec::new(),
    };
    let (members, end) = list(transport, &call);
    end?;
    let text =
        |member: &Value, name: &str| at(member, name).and_then(Value::as_str).map(str::to_owned);
    let binding = |member: &Value| {
        Some(Binding {
            stack: stack.to_owned(),
            logical_id: text(member, "LogicalResourceId")?,
            resource_type: text(member, "ResourceType")?,
            id: text(member, "PhysicalResourceId")?,
        })
    };
    Ok(members.iter().filter_map(binding).collect())
}
