//! The events of functions and state machines that an API sends: each is a path and a method of an API, and a permission.

use std::sync::Arc;

use palisade_model::Span;
use serde_json::json;

use super::super::tree::{Field, Tree};
use super::Sam;
use super::events::Event;
use super::make::{digest, fill, tree};
use super::python::Doc;
use super::schedules::start_policy_role;

/// The REST API that events of no API go to.
pub(super) const IMPLICIT_REST: &str = "ServerlessRestApi";

/// The same of HTTP APIs.
pub(super) const IMPLICIT_HTTP: &str = "ServerlessHttpApi";

/// One path and method.
pub(super) struct Route {
    /// The logical id of its API.
    pub(super) api: Arc<str>,
    /// The function or state machine, and the event.
    pub(super) owner: Arc<str>,
    pub(super) event: Arc<str>,
    pub(super) properties: Tree,
    pub(super) span: Span,
    /// The condition of the owner.
    pub(super) condition: Option<Arc<str>>,
    /// The text by which the API calls the function; the name of its alias is the translator's own.
    pub(super) uri: Doc,
    /// The role by which the API starts a state machine, and the machine.
    pub(super) machine: Option<(String, String)>,
    /// The owner's tags, where it propagates them.
    pub(super) tags: Option<Tree>,
}

impl Route {
    pub(super) fn path(&self) -> &str {
        self.properties.str_of("Path").unwrap_or("/$default")
    }

    /// As documents call it.
    pub(super) fn method(&self) -> String {
        let method = self
            .properties
            .str_of("Method")
            .unwrap_or("any")
            .to_lowercase();
        match method.as_str() {
            "any" | "*" => ANY.to_owned(),
            _ => method,
        }
    }
}

/// How documents call any method.
pub(super) const ANY: &str = "x-amazon-apigateway-any-method";

/// Takes an event of an API; false where it is of another kind.
pub(super) fn expand(sam: &mut Sam<'_, '_>, event: &Event<'_>, name: &Arc<str>) -> bool {
    match (event.kind, event.target.is_machine()) {
        ("Api", true) => {
            let id = format!("{}Role", event.id);
            let policy = format!("{id}StartExecutionPolicy");
            start_policy_role(sam, event, &id, "apigateway.amazonaws.com", &policy);
            collect(sam, event, name, "RestApiId", IMPLICIT_REST);
        }
        ("Api", false) => {
            let api = collect(sam, event, name, "RestApiId", IMPLICIT_REST);
            permit_rest(sam, event, &api);
        }
        ("HttpApi", false) => {
            let api = collect(sam, event, name, "ApiId", IMPLICIT_HTTP);
            permit_http(sam, event, &api);
        }
        _ => return false,
    }
    true
}

/// Remembers the route; what the event says its API is.
fn collect(
    sam: &mut Sam<'_, '_>,
    event: &Event<'_>,
    name: &Arc<str>,
    key: &str,
    implicit: &str,
) -> Tree {
    let span = event.span();
    let given = event.properties.get(key).cloned();
    let api = given.unwrap_or_else(|| tree(&json!({ "Ref": implicit }), span));
    let source = event.target.source;
    let id = api.as_ref().or_else(|| api.as_str()).unwrap_or_default();
    let partition = if implicit == IMPLICIT_HTTP {
        "${AWS::Partition}"
    } else {
        "aws"
    };
    let function = |name: &str| {
        format!(
            "arn:{partition}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{name}}}/invocations"
        )
    };
    let uri = match (&event.target.alias, event.target.is_machine()) {
        (_, true) => Doc::text(
            "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution",
            span,
        ),
        (Some(alias), _) => Doc::text(function(alias), span),
        (None, _) => Doc::given(function(&format!("{}.Arn", source.id)), span),
    };
    let machine = event.target.is_machine().then(|| {
        let name = event.target.alias.clone();
        (
            format!("{}Role", event.id),
            name.unwrap_or_else(|| source.id.to_string()),
        )
    });
    sam.called.insert(id.into());
    sam.routes.push(Route {
        api: id.into(),
        owner: source.id.clone(),
        event: name.clone(),
        properties: event.properties.clone(),
        span,
        condition: source.tree.str_of("Condition").map(Arc::from),
        uri,
        machine,
        tags: source
            .propagated()
            .and(sam.own_tags.get(source.id).cloned()),
    });
    api
}

/// The suffix of logical ids for a stage: its name where it is plain, else a digest of it, else nothing.
pub(super) fn stage_suffix(stage: Option<&Tree>) -> Option<String> {
    let name = stage?.as_str()?;
    let is_plain = name.chars().all(char::is_alphanumeric);
    Some(if is_plain {
        name.to_owned()
    } else {
        digest(name)
    })
}

fn permit_rest(sam: &mut Sam<'_, '_>, event: &Event<'_>, api: &Tree) {
    let declared = api
        .as_ref()
        .or_else(|| api.as_str())
        .and_then(|id| sam.declared.get(id));
    let stage = declared.and_then(|field| field.value.at(&["Properties", "StageName"]));
    let suffix = match (stage_suffix(stage), api.as_ref()) {
        (Some(suffix), _) => suffix,
        (None, Some(IMPLICIT_REST)) => "Prod".to_owned(),
        _ => "Stage".to_owned(),
    };
    let path = event.properties.str_of("Path").unwrap_or("/");
    let source = format!("arn:aws:execute-api:{}", invoked(event, path));
    let id = format!("{}Permission{suffix}", event.id);
    permit(sam, event, &id, &source, api);
}

fn permit_http(sam: &mut Sam<'_, '_>, event: &Event<'_>, api: &Tree) {
    let path = event.properties.str_of("Path");
    // Where the function has the default route of an API too, that one's permission is for all of them.
    let events = event
        .target
        .source
        .property("Events")
        .and_then(Tree::fields);
    let api_of = |properties: Option<&Tree>| {
        let api = properties.and_then(|properties| properties.get("ApiId"));
        api.and_then(|api| api.as_ref().or_else(|| api.as_str()))
            .map(str::to_owned)
    };
    let is_default = |field: &Field| {
        field.value.str_of("Type") == Some("HttpApi")
            && field.value.at(&["Properties", "Path"]).is_none()
            && api_of(field.value.get("Properties")) == api_of(Some(event.properties))
    };
    if path.is_some()
        && events
            .into_iter()
            .flatten()
            .any(|(_, field)| is_default(field))
    {
        return;
    }
    let invoked = match path {
        Some(path) => invoked(event, path),
        None => "${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/*".to_owned(),
    };
    let source = format!("arn:${{AWS::Partition}}:execute-api:{invoked}");
    permit(sam, event, &format!("{}Permission", event.id), &source, api);
}

fn permit(sam: &mut Sam<'_, '_>, event: &Event<'_>, id: &str, source: &str, api: &Tree) {
    let more = json!({"SourceArn": {"Fn::Sub": [source, {"__ApiId__": "$api", "__Stage__": "*"}]}});
    let more = fill(&more, &[("$api", api)], event.span());
    event.permit_with(sam, id, "apigateway.amazonaws.com", &more);
}

/// Region, account, API, stage, method and path, parameters of the path as `*`.
fn invoked(event: &Event<'_>, path: &str) -> String {
    let method = event
        .properties
        .str_of("Method")
        .unwrap_or("any")
        .to_uppercase();
    let method = if matches!(method.as_str(), "ANY" | "*") {
        "*"
    } else {
        &method
    };
    let mut pattern = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, tail)) = after.split_once('}') else {
            break;
        };
        pattern.push_str(before);
        pattern.push('*');
        rest = tail;
    }
    pattern.push_str(rest);
    let pattern = match pattern.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() => shorter,
        _ => &pattern,
    };
    format!("${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}/{method}{pattern}")
}

/// The implicit API of these routes as a resource of the template; none where nothing uses it.
pub(super) fn implicit(sam: &Sam<'_, '_>, id: &str, kind: &str) -> Option<(Arc<str>, Field)> {
    let mut routes: Vec<&Route> = sam
        .routes
        .iter()
        .filter(|route| *route.api == *id)
        .collect();
    let visited = sam.visited(id);
    routes.sort_by_key(|route| visited.iter().position(|owner| *owner == route.owner));
    let first = routes.first()?;
    let span = first.span;
    let mut resource = tree(&json!({ "Type": kind, "Properties": {} }), span);
    if kind == "AWS::Serverless::Api" {
        let stage = Tree::string("Prod", span);
        resource.set("Properties", Tree::map([("StageName", stage)], span));
    }
    let mut tags = Tree::map::<&str>([], span);
    for (key, field) in routes
        .iter()
        .filter_map(|route| route.tags.as_ref()?.fields())
        .flatten()
    {
        tags.set_field(key.clone(), field.clone());
    }
    if tags.fields().is_some_and(|fields| !fields.is_empty()) {
        let mut properties = resource
            .take("Properties")
            .unwrap_or_else(|| Tree::map::<&str>([], span));
        properties.set("Tags", tags);
        properties.set("PropagateTags", Tree::bool(true, span));
        resource.set("Properties", properties);
    }
    Some((
        id.into(),
        Field {
            key: span,
            value: resource,
        },
    ))
}
