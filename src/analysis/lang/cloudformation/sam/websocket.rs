//! `AWS::Serverless::WebSocketApi`: the API, a route with its integration and permission for each key, the authorizer of the connection,
//! the stage and the domain.

use palisade_model::Span;
use serde_json::json;

use super::super::tree::{Field, Tree};
use super::domains::{self, Domain};
use super::make::{copy, copy_all, empty, fill, reference, tree};
use super::rest::permit_authorizer;
use super::{Sam, Source};

/// The tag of everything SAM makes of it.
const TAG: &str = "websocketapi:createdBy";

/// The stage where none is named.
const STAGE: &str = "default";

/// The route by which a connection is opened: the one that is authorized.
const CONNECT: &str = "$connect";

/// Expands a web socket API.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let mut properties = tree(
        &json!({"Name": &**source.id, "ProtocolType": "WEBSOCKET"}),
        span,
    );
    source.copy_all(
        &[
            "ApiKeySelectionExpression",
            "Description",
            "DisableExecuteApiEndpoint",
            "DisableSchemaValidation",
            "IpAddressType",
            "Name",
            "RouteSelectionExpression",
        ],
        &mut properties,
    );
    let given = source.property("Tags").cloned();
    let mut tags = given.unwrap_or_else(|| empty(span));
    tags.set(TAG, Tree::string("SAM", span));
    properties.set("Tags", tags.clone());
    sam.add_main(source, source.id, "AWS::ApiGatewayV2::Api", properties);
    let propagates = source.property("PropagateTags").and_then(Tree::as_bool) == Some(true);
    if !propagates || source.property("Tags").is_none() {
        tags = tree(&json!({ TAG: "SAM" }), span);
    }
    let routes = source.property("Routes").map(|routes| sam.resolved(routes));
    let auth = source.property("Auth").map(|auth| sam.resolved(auth));
    let mut ids = Vec::new();
    for (key, field) in routes.as_ref().and_then(Tree::fields).into_iter().flatten() {
        ids.push(route(sam, source, (key, field), auth.as_ref()));
    }
    let stage = expand_stage(sam, source, &ids, tags.clone());
    if let Some(given) = source.property("Domain") {
        let domain = Domain::new(sam, given);
        domains::http(sam, source, &domain, (&stage, tags));
    }
    if let Some(auth) = auth.filter(|auth| auth.str_of("AuthType") == Some("CUSTOM")) {
        authorize(sam, source, &auth);
    }
}

fn stage_name(source: &Source<'_>) -> Tree {
    let given = source.property("StageName").cloned();
    given.unwrap_or_else(|| Tree::string(STAGE, source.span()))
}

/// Adds a route, what it leads to, and the permission to call that; its logical id.
fn route(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    (key, field): (&str, &Field),
    auth: Option<&Tree>,
) -> String {
    let (span, given) = (field.value.span, &field.value);
    let base = format!("{}{}", source.id, capitalized(key));
    let place = (field.key, span);
    let integration = format!("{base}Integration");
    let target = json!({"RouteKey": key, "ApiId": {"Ref": &**source.id},
        "Target": {"Fn::Join": ["/", ["integrations", {"Ref": &*integration}]]}});
    let mut properties = tree(&target, span);
    copy_all(
        given,
        &[
            "ApiKeyRequired",
            "ModelSelectionExpression",
            "OperationName",
            "RequestModels",
            "RequestParameters",
            "RouteResponseSelectionExpression",
        ],
        &mut properties,
    );
    if let Some(auth) = auth.filter(|_| key == CONNECT) {
        copy(auth, "AuthType", "AuthorizationType", &mut properties);
        if auth.str_of("AuthType") == Some("CUSTOM") {
            let id = format!("{}ConnectAuthorizer", source.id);
            properties.set("AuthorizerId", reference(&id, auth.span));
        }
    }
    let id = format!("{base}Route");
    sam.add_at(source, place, &*id, "AWS::ApiGatewayV2::Route", properties);
    if let Some(function) = given.get("FunctionArn") {
        integrate(sam, source, (key, field), function);
    }
    id
}

/// What a route leads to, and the permission to call it.
fn integrate(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    (key, field): (&str, &Field),
    function: &Tree,
) {
    let (span, given) = (field.value.span, &field.value);
    let place = (field.key, span);
    let base = format!("{}{}", source.id, capitalized(key));
    let mut properties = invoked(function, "FunctionArn");
    properties = Tree::map(
        [
            ("ApiId", reference(source.id, span)),
            ("IntegrationType", Tree::string("AWS_PROXY", span)),
            ("IntegrationUri", properties),
        ],
        span,
    );
    copy(
        given,
        "IntegrationTimeout",
        "TimeoutInMillis",
        &mut properties,
    );
    let kind = "AWS::ApiGatewayV2::Integration";
    sam.add_at(
        source,
        place,
        format!("{base}Integration"),
        kind,
        properties,
    );
    let permission = json!({"Action": "lambda:InvokeFunction", "FunctionName": "$function",
        "Principal": "apigateway.amazonaws.com", "SourceArn": "$source"});
    let caller = caller(source, key, span);
    let holes = [("$function", function), ("$source", &caller)];
    let permission = fill(&permission, &holes, span);
    let kind = "AWS::Lambda::Permission";
    sam.add_at(source, place, format!("{base}Permission"), kind, permission);
}

/// The route of the stage, as a permission names it.
fn caller(source: &Source<'_>, key: &str, span: Span) -> Tree {
    let start = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{}.ApiId}}",
        source.id
    );
    let stage = stage_name(source);
    match stage.as_str() {
        Some(stage) => tree(&json!({"Fn::Sub": format!("{start}/{stage}/{key}")}), span),
        None => {
            let text = format!("{start}/${{__StageName__}}/{key}");
            let call = json!({"Fn::Sub": [text, {"__StageName__": "$stage"}]});
            fill(&call, &[("$stage", &stage)], span)
        }
    }
}

/// The address by which API Gateway calls a function.
fn invoked(function: &Tree, name: &str) -> Tree {
    let text = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{name}}}/invocations"
    );
    let call = json!({"Fn::Sub": [text, {name: "$function"}]});
    fill(&call, &[("$function", function)], function.span)
}

/// The key of a route as a part of a logical id: a capital, then small letters.
fn capitalized(key: &str) -> String {
    let key = key.strip_prefix('$').unwrap_or(key);
    let mut characters = key.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first
        .chain(characters.flat_map(char::to_lowercase))
        .collect()
}

fn expand_stage(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    routes: &[String],
    tags: Tree,
) -> String {
    let span = source.span();
    let name = stage_name(source);
    let id = match name.as_str() {
        Some(STAGE) => format!("{}DefaultStage", source.id),
        Some(name) => format!("{}{name}Stage", source.id),
        None => format!("{}Stage", source.id),
    };
    let mut properties = tree(
        &json!({"ApiId": {"Ref": &**source.id}, "AutoDeploy": true}),
        span,
    );
    properties.set("StageName", name);
    source.copy_all(
        &[
            "AccessLogSettings",
            "DefaultRouteSettings",
            "RouteSettings",
            "StageVariables",
        ],
        &mut properties,
    );
    properties.set("Tags", tags);
    sam.add(source, &*id, "AWS::ApiGatewayV2::Stage", properties);
    if source.property("RouteSettings").is_some() {
        sam.set_attribute(&id, "DependsOn", tree(&json!(routes), span));
    }
    sam.members
        .insert((source.id.clone(), "Stage"), id.as_str().into());
    id
}

/// The function that authorizes connections.
fn authorize(sam: &mut Sam<'_, '_>, source: &Source<'_>, auth: &Tree) {
    let span = auth.span;
    let Some(function) = auth.get("AuthArn") else {
        return;
    };
    let id = format!("{}ConnectAuthorizer", source.id);
    let given = json!({"ApiId": {"Ref": &**source.id}, "AuthorizerType": "REQUEST", "Name": &*id});
    let mut properties = tree(&given, span);
    copy_all(auth, &["IdentitySource", "Name"], &mut properties);
    copy(
        auth,
        "InvokeRole",
        "AuthorizerCredentialsArn",
        &mut properties,
    );
    properties.set("AuthorizerUri", invoked(function, "AuthArn"));
    let kind = "AWS::ApiGatewayV2::Authorizer";
    sam.add_at(source, (source.key, span), &*id, kind, properties);
    if auth.get("InvokeRole").is_none() {
        let id = format!("{}AuthorizerPermission", source.id);
        permit_authorizer(sam, source, (id, "${AWS::Partition}"), function);
    }
}
