//! `AWS::Serverless::Api`: the REST API with its definition, its deployment and stage, domain, usage plan, and the permissions of
//! functions that authorize.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html>

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use super::super::tree::Tree;
use super::domains::{self, Domain};
use super::make::{copy, digest, empty, fill, reference, s3_location, tag_list, tree};
use super::python::Doc;
use super::routes::{IMPLICIT_REST, Route, stage_suffix};
use super::swagger::{self, edited};
use super::{Sam, Source, authorizers, methods, usage};

/// Properties that the API takes as they are.
const PASSED: [&str; 9] = [
    "ApiKeySourceType",
    "BinaryMediaTypes",
    "Description",
    "EndpointAccessMode",
    "FailOnWarnings",
    "MinimumCompressionSize",
    "Mode",
    "Name",
    "SecurityPolicy",
];

/// Properties that the stage takes as they are.
const PASSED_TO_STAGE: [&str; 8] = [
    "AccessLogSetting",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "CanarySetting",
    "MethodSettings",
    "StageName",
    "TracingEnabled",
    "Variables",
];

/// Routes up to which their order is that of the translator: each has a permission, and a stack holds that many resources.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MAXIMUM_ROUTES: usize = 500;

/// Expands an API.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let routes = sam.take_routes(source.id);
    let mut properties = empty(span);
    source.copy_all(&PASSED, &mut properties);
    source.copy("Policy", "Policy", &mut properties);
    let hashed = match (
        source.property("DefinitionUri"),
        source.property("DefinitionBody"),
    ) {
        (Some(location), _) => {
            let place = s3_location(location, ["Bucket", "Key", "Version"]);
            properties.set("BodyS3Location", place.clone());
            place_printed(&place)
        }
        (None, given) => {
            let doc = define(sam, source, given, &routes);
            properties.set("Body", doc.to_tree());
            doc.printed()
        }
    };
    add_endpoint(source, &mut properties);
    sam.add_main(source, source.id, "AWS::ApiGateway::RestApi", properties);
    let suffix = stage_suffix(source.property("StageName"));
    let is_plain = source
        .property("StageName")
        .and_then(Tree::as_str)
        .is_some_and(|name| name.chars().all(char::is_alphanumeric));
    let stage = match suffix {
        Some(suffix) if is_plain => format!("{}{suffix}Stage", source.id),
        Some(suffix) => format!("{}Stage{suffix}", source.id),
        None => format!("{}Stage", source.id),
    };
    let domain = source
        .property("Domain")
        .map(|given| Domain::new(sam, given));
    let hashed = hashed_text(sam, source, hashed, domain.as_ref(), &routes);
    deploy(sam, source, &stage, &hashed);
    if let Some(domain) = &domain {
        domains::rest(sam, source, domain, &stage);
    }
    permit_authorizers(sam, source, "aws", |authorizer| {
        authorizer
            .get("DisableFunctionDefaultPermissions")
            .and_then(Tree::as_bool)
            != Some(true)
    });
    usage::expand(sam, source, &stage);
}

/// A place in S3 as it is printed; its keys are the translator's own.
fn place_printed(place: &Tree) -> String {
    let mut doc = Doc::map(place.span);
    for (key, field) in place.fields().into_iter().flatten() {
        doc.set(key, Doc::from_tree(&field.value));
    }
    doc.printed()
}

/// The document: the one given, or that of the events; with what the API says about all methods.
fn define(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    given: Option<&Tree>,
    routes: &[Route],
) -> Doc {
    let span = source.span();
    let version = source.property("OpenApiVersion");
    let mut doc = match given {
        Some(body) => Doc::from_tree(body),
        None => swagger::skeleton(("swagger", "2.0"), span),
    };
    let auth = source.property("Auth").map(|auth| sam.resolved(auth));
    if given.is_none() {
        add_paths(sam, source, routes, &mut doc);
        if let Some(version) = version {
            doc.set("openapi", Doc::from_tree(version));
            doc.remove("swagger");
        }
        let stage = source
            .property("StageName")
            .map_or_else(|| Doc::map(span), Doc::from_tree);
        let defaults = authorizers::Defaults {
            auth: auth.as_ref(),
            stage: &stage,
            is_v3: doc.get("openapi").is_some(),
        };
        let visited = sam.visited("");
        let mut ordered: Vec<&Route> = routes.iter().collect();
        ordered.sort_by_key(|route| {
            let position = visited.iter().position(|id| *id == route.owner);
            (route.machine.is_some(), position, route.event.clone())
        });
        for route in ordered {
            edited_one(&mut doc, routes, |doc| {
                methods::integrate(doc, route, &defaults);
            });
        }
    }
    complete(source, auth.as_ref(), &mut doc);
    doc
}

/// The edit for one of these routes, with the order of keys that the translator's copies give. Of more routes than a stack can hold
/// that order is of no use, and copies for each would take long.
fn edited_one(doc: &mut Doc, routes: &[Route], edit: impl FnOnce(&mut Doc)) {
    if routes.len() > MAXIMUM_ROUTES {
        edit(doc);
    } else {
        edited(doc, edit);
    }
}

/// The paths of events, each under the condition that it is there.
fn add_paths(sam: &mut Sam<'_, '_>, source: &Source<'_>, routes: &[Route], doc: &mut Doc) {
    for owner in &sam.visited(IMPLICIT_REST) {
        // The events of one function come in the order of a dictionary.
        let mut names = Doc::map(source.span());
        let written = sam
            .declared
            .get(owner)
            .and_then(|field| field.value.at(&["Properties", "Events"]));
        for (name, _) in written.and_then(Tree::fields).into_iter().flatten() {
            if routes
                .iter()
                .any(|route| route.owner == *owner && route.event == *name)
            {
                names.set_given(name, Doc::map(source.span()));
            }
        }
        for name in names.keys() {
            for route in routes
                .iter()
                .filter(|route| route.owner == *owner && route.event == name)
            {
                edited_one(doc, routes, |doc| {
                    swagger::add_path(doc, route, route.path());
                });
            }
        }
    }
    edited(doc, |doc| {
        condition_paths(sam, source, routes, |route| route.path().into(), doc);
    });
}

/// Gives each path the condition of its routes, where all of them have one.
pub(super) fn condition_paths(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    routes: &[Route],
    path_of: impl Fn(&Route) -> Arc<str>,
    doc: &mut Doc,
) {
    let paths = doc.get("paths").map(Doc::keys).unwrap_or_default();
    let mut by_path: HashMap<Arc<str>, Vec<Option<&Arc<str>>>> = HashMap::new();
    for route in routes {
        let conditions = by_path.entry(path_of(route)).or_default();
        conditions.push(route.condition.as_ref());
    }
    for path in paths {
        let conditions = by_path.get(&*path).map_or(&[][..], Vec::as_slice);
        let name = format!("{}{}PathCondition", source.id, plain_path(&path));
        if let Some(condition) = sam.either(conditions, &name, source.span()) {
            let span = source.span();
            let is_made = *condition == *name;
            let condition = if is_made {
                Doc::text(condition, span)
            } else {
                Doc::given(condition, span)
            };
            swagger::condition_path(doc, &path, condition);
        }
    }
}

/// A path in the name of a condition.
fn plain_path(path: &str) -> String {
    let mut plain = String::new();
    for character in path.chars() {
        match character {
            '/' => plain.push_str("SLASH"),
            '{' => plain.push_str("OB"),
            '}' => plain.push_str("CB"),
            _ if character.is_alphanumeric() => plain.push(character),
            _ => {}
        }
    }
    plain
}

/// What the API says about all methods.
fn complete(source: &Source<'_>, auth: Option<&Tree>, doc: &mut Doc) {
    if let Some(cors) = source.property("Cors") {
        edited(doc, |doc| swagger::add_cors(doc, cors));
    }
    if let Some(auth) = auth {
        edited(doc, |doc| {
            authorizers::add_authorizers(doc, auth);
            authorizers::apply_default_authorizer(doc, auth);
            authorizers::apply_default_key(doc, auth);
            if let Some(given) = auth.get("ResourcePolicy") {
                let span = source.span();
                let stage = source
                    .property("StageName")
                    .map_or_else(|| Doc::map(span), Doc::from_tree);
                let methods = swagger::all_methods(doc);
                super::policy::add(doc, given, &methods, &stage);
            }
        });
        swagger::to_open_api(doc);
    }
    if let Some(responses) = source.property("GatewayResponses") {
        edited(doc, |doc| swagger::add_gateway_responses(doc, responses));
    }
    if let Some(kinds) = source.property("BinaryMediaTypes").and_then(Tree::items) {
        let kind = |kind: &Tree| {
            let text = kind.as_str().map(|text| text.replace("~1", "/"));
            text.map_or_else(|| Doc::from_tree(kind), |text| Doc::given(text, kind.span))
        };
        let kinds = Doc::list(kinds.iter().map(kind).collect(), source.span());
        edited(doc, |doc| {
            doc.set("x-amazon-apigateway-binary-media-types", kinds);
        });
    }
    if let Some(models) = source.property("Models") {
        edited(doc, |doc| swagger::add_models(doc, models));
        swagger::to_open_api(doc);
    }
    if let Some(disabled) = source.property("DisableExecuteApiEndpoint") {
        edited(doc, |doc| disable_endpoint(doc, disabled));
    }
    swagger::to_open_api(doc);
}

/// Says whether the endpoint of the provider is off.
pub(super) fn disable_endpoint(doc: &mut Doc, disabled: &Tree) {
    const EXTENSION: &str = "x-amazon-apigateway-endpoint-configuration";
    let span = disabled.span;
    let setting = Doc::of(
        [("disableExecuteApiEndpoint", Doc::from_tree(disabled))],
        span,
    );
    if doc.get("openapi").is_none() {
        return doc.set(EXTENSION, setting);
    }
    let known = doc.get("servers").map(|servers| servers.items().to_vec());
    let mut servers = known
        .filter(|servers| !servers.is_empty())
        .unwrap_or_else(|| vec![Doc::map(span)]);
    for server in &mut servers {
        server.set(EXTENSION, setting.clone());
    }
    doc.set("servers", Doc::list(servers, span));
}

fn add_endpoint(source: &Source<'_>, properties: &mut Tree) {
    let Some(endpoint) = source.property("EndpointConfiguration") else {
        return;
    };
    let kind = endpoint.get("Type").unwrap_or(endpoint);
    if kind.is_call() || kind.as_str().is_some() {
        let holes = [("$kind", kind)];
        let mut configuration = fill(&json!({"Types": ["$kind"]}), &holes, endpoint.span);
        copy(
            endpoint,
            "VPCEndpointIds",
            "VpcEndpointIds",
            &mut configuration,
        );
        copy(
            endpoint,
            "IpAddressType",
            "IpAddressType",
            &mut configuration,
        );
        properties.set("EndpointConfiguration", configuration);
        properties.set(
            "Parameters",
            fill(
                &json!({"endpointConfigurationTypes": "$kind"}),
                &holes,
                endpoint.span,
            ),
        );
    }
}

/// What the logical id of a deployment is a digest of: the definition, its version, the domain, the names of functions.
fn hashed_text(
    sam: &Sam<'_, '_>,
    source: &Source<'_>,
    mut text: String,
    domain: Option<&Domain>,
    routes: &[Route],
) -> String {
    let version = source.property("OpenApiVersion");
    if let Some(version) = version.and_then(Tree::scalar_text) {
        text = format!("{text}||{version}");
    }
    if let Some(domain) = domain {
        text = format!("{text}||{}", domain.printed);
    }
    let mut names = String::new();
    for owner in sam.visited("") {
        let named = sam
            .declared
            .get(&owner)
            .and_then(|field| field.value.at(&["Properties", "FunctionName"]));
        let Some(named) = named.map(|named| sam.resolved(named)) else {
            continue;
        };
        let text = named.scalar_text().map(|text| text.to_string());
        let text = text.unwrap_or_else(|| Doc::from_tree(&named).printed());
        let events = routes
            .iter()
            .filter(|route| route.owner == owner && route.machine.is_none());
        names.push_str(&text.repeat(events.count()));
    }
    if names.is_empty() {
        text
    } else {
        format!("{text}||{names}")
    }
}

/// The deployment, whose logical id changes with the definition, and the stage that points to it.
fn deploy(sam: &mut Sam<'_, '_>, source: &Source<'_>, stage: &str, hashed: &str) {
    let span = source.span();
    let version = source.property("OpenApiVersion");
    let (short, whole) = (digest(hashed), super::make::whole_digest(hashed));
    let id = format!("{}Deployment{short}", source.id);
    let mut deployment = tree(
        &json!({"Description": format!("RestApi deployment id: {whole}"), "RestApiId": {"Ref": &**source.id}}),
        span,
    );
    if version.is_none() {
        deployment.set("StageName", Tree::string("Stage", span));
    }
    sam.add(
        source,
        id.as_str(),
        "AWS::ApiGateway::Deployment",
        deployment,
    );
    let mut properties = tree(
        &json!({"DeploymentId": {"Ref": id}, "RestApiId": {"Ref": &**source.id}}),
        span,
    );
    source.copy_all(&PASSED_TO_STAGE, &mut properties);
    if let Some(tags) = tag_list(source.property("Tags"), None, span) {
        properties.set("Tags", tags);
    }
    sam.add(source, stage, "AWS::ApiGateway::Stage", properties);
    sam.members
        .insert((source.id.clone(), "Deployment"), id.into());
    sam.members
        .insert((source.id.clone(), "Stage"), stage.into());
}

/// Lets an API call the functions of its authorizers, those that are permitted to by what they say or leave out.
pub(super) fn permit_authorizers(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    partition: &str,
    is_permitted: fn(&Tree) -> bool,
) {
    let declared = source
        .property("Auth")
        .and_then(|auth| auth.get("Authorizers"));
    let declared = declared.and_then(Tree::fields).cloned().unwrap_or_default();
    for (name, field) in &declared {
        let function = field.value.get("FunctionArn");
        if let Some(function) = function.filter(|_| is_permitted(&field.value)) {
            let id = format!("{}{name}AuthorizerPermission", source.id);
            permit_authorizer(sam, source, (id, partition), function);
        }
    }
}

/// Lets an API call a function that authorizes.
pub(super) fn permit_authorizer(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    (id, partition): (String, &str),
    function: &Tree,
) {
    let arn = format!(
        "arn:{partition}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/authorizers/*"
    );
    let permission = json!({
        "Action": "lambda:InvokeFunction", "FunctionName": "$function", "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": [arn, {"__ApiId__": "$api"}]},
    });
    let api = reference(source.id, source.span());
    let permission = fill(
        &permission,
        &[("$function", function), ("$api", &api)],
        function.span,
    );
    sam.add(source, id, "AWS::Lambda::Permission", permission);
}
