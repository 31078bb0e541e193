//! `AWS::Serverless::HttpApi`: the HTTP API with its definition, its stage and domain, and the permissions of functions that authorize.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html>

use std::sync::Arc;

use palisade_model::Span;
use serde_json::json;

use super::super::tree::Tree;
use super::domains::{self, Domain};
use super::make::{copy, empty, s3_location, tree};
use super::python::Doc;
use super::rest::{condition_paths, disable_endpoint, permit_authorizers};
use super::routes::{IMPLICIT_HTTP, Route, stage_suffix};
use super::swagger;
use super::{Sam, Source, authorizers};

/// The tag of everything SAM makes of an HTTP API.
const TAG: &str = "httpapi:createdBy";

/// Expands an HTTP API.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let routes = sam.take_routes(source.id);
    let mut properties = empty(span);
    source.copy("FailOnWarnings", "FailOnWarnings", &mut properties);
    let has_body = source.property("DefinitionUri").is_none();
    match source.property("DefinitionUri") {
        Some(location) => {
            let place = s3_location(location, ["Bucket", "Key", "Version"]);
            properties.set("BodyS3Location", place);
        }
        None => properties.set("Body", define(sam, source, &routes).to_tree()),
    }
    sam.add_main(source, source.id, "AWS::ApiGatewayV2::Api", properties);
    let stage = stage_id(source);
    let mut properties = tree(
        &json!({"ApiId": {"Ref": &**source.id}, "AutoDeploy": true, "StageName": "$default"}),
        span,
    );
    source.copy_all(
        &[
            "AccessLogSettings",
            "DefaultRouteSettings",
            "RouteSettings",
            "StageName",
            "StageVariables",
        ],
        &mut properties,
    );
    for route in &routes {
        settle(route, &mut properties);
    }
    if has_body {
        properties.set("Tags", tags(source));
    }
    sam.add(
        source,
        stage.as_str(),
        "AWS::ApiGatewayV2::Stage",
        properties,
    );
    sam.members
        .insert((source.id.clone(), "Stage"), stage.as_str().into());
    if let Some(given) = source.property("Domain") {
        let domain = Domain::new(sam, given);
        domains::http(sam, source, &domain, (&stage, tags(source)));
    }
    permit_authorizers(sam, source, "${AWS::Partition}", |authorizer| {
        authorizer
            .get("EnableFunctionDefaultPermissions")
            .and_then(Tree::as_bool)
            == Some(true)
    });
}

fn stage_id(source: &Source<'_>) -> String {
    let name = source.property("StageName");
    match (name, stage_suffix(name)) {
        (None, _) => format!("{}ApiGatewayDefaultStage", source.id),
        (Some(name), Some(suffix)) if name.as_str() == Some(&suffix) => {
            format!("{}{suffix}Stage", source.id)
        }
        (Some(_), Some(suffix)) => format!("{}Stage{suffix}", source.id),
        (Some(_), None) => format!("{}Stage", source.id),
    }
}

/// What a route says about itself, in the settings of the stage.
fn settle(route: &Route, stage: &mut Tree) {
    let Some(given) = route.properties.get("RouteSettings") else {
        return;
    };
    let method = route
        .properties
        .str_of("Method")
        .unwrap_or("any")
        .to_uppercase();
    let key = match route.properties.str_of("Path") {
        Some(path) => format!("{method} {path}"),
        None => "$default".to_owned(),
    };
    let mut all = stage
        .take("RouteSettings")
        .unwrap_or_else(|| empty(given.span));
    let mut own = all.take(&key).unwrap_or_else(|| empty(given.span));
    match &route.condition {
        Some(condition) => {
            let call = json!({"Fn::If": [&**condition, "$given", {"Ref": "AWS::NoValue"}]});
            let call = super::make::fill(&call, &[("$given", given)], given.span);
            copy(&call, "Fn::If", "Fn::If", &mut own);
        }
        None => own = super::globals::merge(given, &own),
    }
    all.set(key, own);
    stage.set("RouteSettings", all);
}

/// Its tags and the one that SAM adds.
fn tags(source: &Source<'_>) -> Tree {
    let span = source.span();
    let given = source
        .property("Tags")
        .filter(|tags| tags.fields().is_some());
    let mut tags = given.cloned().unwrap_or_else(|| empty(span));
    tags.set(TAG, Tree::string("SAM", span));
    tags
}

fn define(sam: &mut Sam<'_, '_>, source: &Source<'_>, routes: &[Route]) -> Doc {
    let span = source.span();
    let given = source.property("DefinitionBody");
    let mut doc = match given {
        Some(body) => Doc::from_tree(body),
        None => swagger::skeleton(("openapi", "3.0.1"), span),
    };
    let auth = source.property("Auth").cloned();
    if given.is_none() {
        for route in routes {
            swagger::add_path(&mut doc, route, &path_of(source, route));
        }
        let path = |route: &Route| path_of(source, route);
        condition_paths(sam, source, routes, path, &mut doc);
        for route in routes {
            integrate(source, route, auth.as_ref(), &mut doc);
        }
    }
    if let Some(auth) = &auth {
        authorize(auth, &mut doc);
    }
    describe(source, &mut doc);
    doc
}

/// The path of a route; the one without is called with a slash in all APIs but the implicit one.
fn path_of(source: &Source<'_>, route: &Route) -> Arc<str> {
    match route.properties.str_of("Path") {
        Some(path) => path.into(),
        None if **source.id == *IMPLICIT_HTTP => "$default".into(),
        None => "/$default".into(),
    }
}

fn integrate(source: &Source<'_>, route: &Route, auth: Option<&Tree>, doc: &mut Doc) {
    let span = route.span;
    let path = path_of(source, route);
    swagger::condition_method(doc, route, &path);
    let version = route
        .properties
        .get("PayloadFormatVersion")
        .map(Doc::from_tree);
    let mut integration = Doc::of(
        [
            ("type", Doc::text("aws_proxy", span)),
            ("httpMethod", Doc::text("POST", span)),
            ("uri", swagger::route_uri(route)),
            (
                "payloadFormatVersion",
                version.unwrap_or_else(|| Doc::text("2.0", span)),
            ),
        ],
        span,
    );
    if let Some(timeout) = route.properties.get("TimeoutInMillis") {
        integration.set("timeoutInMillis", Doc::from_tree(timeout));
    }
    let named = route.properties.at(&["Auth", "Authorizer"]);
    let scopes = |name: &Tree| {
        let own = route.properties.at(&["Auth", "AuthorizationScopes"]);
        let text = name.as_str().unwrap_or_default();
        let declared =
            || auth.and_then(|auth| auth.at(&["Authorizers", text, "AuthorizationScopes"]));
        own.or_else(declared).cloned()
    };
    let default = auth.and_then(|auth| auth.get("DefaultAuthorizer"));
    let security = named
        .or(default)
        .map(|name| authorizers::requirement(name, scopes(name).as_ref()));
    for method in swagger::methods(doc, &path, &route.method()) {
        method.set("x-amazon-apigateway-integration", integration.clone());
        method.set("responses", Doc::map(span));
        if route.properties.get("Path").is_none() {
            method.set("isDefaultRoute", Doc::bool(true, span));
        }
        let parameters = path_parameters(&path, span);
        if !parameters.is_empty() {
            method.set("parameters", Doc::list(parameters, span));
        }
        if let Some(security) = &security {
            method.set("security", Doc::list(vec![security.clone()], span));
        }
    }
}

fn path_parameters(path: &str, span: Span) -> Vec<Doc> {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next());
    names
        .map(|name| {
            Doc::of(
                [
                    ("name", Doc::given(name, span)),
                    ("in", Doc::text("path", span)),
                    ("required", Doc::bool(true, span)),
                ],
                span,
            )
        })
        .collect()
}

/// The authorizers, and the default one where a given document says nothing.
fn authorize(auth: &Tree, doc: &mut Doc) {
    let span = auth.span;
    let mut definitions = Vec::new();
    for (name, field) in auth
        .get("Authorizers")
        .and_then(Tree::fields)
        .into_iter()
        .flatten()
    {
        definitions.push((name.clone(), definition(&field.value)));
    }
    let signs = auth.get("EnableIamAuthorizer").and_then(Tree::as_bool) == Some(true);
    if signs {
        let signed = Doc::of(
            [
                ("type", Doc::text("apiKey", span)),
                ("name", Doc::text("Authorization", span)),
                ("in", Doc::text("header", span)),
                ("x-amazon-apigateway-authtype", Doc::text("awsSigv4", span)),
            ],
            span,
        );
        definitions.push(("AWS_IAM".into(), signed));
    }
    if !definitions.is_empty() {
        let all = doc
            .entry_mut("components", false)
            .entry_mut("securitySchemes", false);
        for (name, definition) in definitions {
            all.set_given(&name, definition);
        }
    }
    authorizers::apply_default_authorizer(doc, auth);
}

/// An authorizer: JSON web tokens, or a function.
fn definition(authorizer: &Tree) -> Doc {
    let span = authorizer.span;
    if authorizer.get("FunctionArn").is_none() {
        let mut details = Doc::of([("type", Doc::text("jwt", span))], span);
        for (from, to) in [
            ("JwtConfiguration", "jwtConfiguration"),
            ("IdentitySource", "identitySource"),
        ] {
            if let Some(value) = authorizer.get(from) {
                details.set(to, Doc::from_tree(value));
            }
        }
        return Doc::of(
            [
                ("type", Doc::text("oauth2", span)),
                ("x-amazon-apigateway-authorizer", details),
            ],
            span,
        );
    }
    Doc::of(
        [
            ("type", Doc::text("apiKey", span)),
            ("name", Doc::text("Unused", span)),
            ("in", Doc::text("header", span)),
            (
                "x-amazon-apigateway-authorizer",
                function_details(authorizer),
            ),
        ],
        span,
    )
}

fn function_details(authorizer: &Tree) -> Doc {
    let span = authorizer.span;
    let mut details = Doc::of([("type", Doc::text("request", span))], span);
    if let Some(function) = authorizer.get("FunctionArn") {
        details.set("authorizerUri", authorizers::authorizer_uri(function));
    }
    for (path, to) in [
        (&["FunctionInvokeRole"][..], "authorizerCredentials"),
        (
            &["Identity", "ReauthorizeEvery"],
            "authorizerResultTtlInSeconds",
        ),
        (
            &["AuthorizerPayloadFormatVersion"],
            "authorizerPayloadFormatVersion",
        ),
        (&["EnableSimpleResponses"], "enableSimpleResponses"),
    ] {
        if let Some(value) = authorizer.at(path) {
            details.set(to, Doc::from_tree(value));
        }
    }
    let prefixes = [
        "$request.header",
        "$request.querystring",
        "$stageVariables",
        "$context",
    ];
    let sources = authorizer
        .get("Identity")
        .map(|identity| authorizers::identity_sources(identity, prefixes));
    if let Some(sources) = sources.filter(|sources| !sources.is_empty()) {
        let sources = sources.into_iter().map(|source| Doc::text(source, span));
        details.set("identitySource", Doc::list(sources.collect(), span));
    }
    details
}

/// What the API says about itself.
fn describe(source: &Source<'_>, doc: &mut Doc) {
    let span = source.span();
    if let Some(cors) = source.property("CorsConfiguration") {
        doc.set("x-amazon-apigateway-cors", cors_of(cors));
    }
    if let Some(disabled) = source.property("DisableExecuteApiEndpoint") {
        disable_endpoint(doc, disabled);
    }
    for (from, to) in [("Description", "description"), ("Name", "title")] {
        if let Some(value) = source.property(from) {
            doc.entry_mut("info", false).set(to, Doc::from_tree(value));
        }
    }
    let tags = tags(source);
    let is_ordered = source
        .property("Auth")
        .and_then(|auth| auth.get("DefaultAuthorizer"));
    let ordered = if is_ordered.is_some() {
        Doc::from_tree(&tags).keys()
    } else {
        tags.fields()
            .into_iter()
            .flat_map(|fields| fields.keys().cloned())
            .collect()
    };
    let tag = |name: Arc<str>| {
        let value = tags
            .get(&name)
            .map_or_else(|| Doc::map(span), Doc::from_tree);
        Doc::of(
            [
                ("name", Doc::given(name, span)),
                ("x-amazon-apigateway-tag-value", value),
            ],
            span,
        )
    };
    let known = doc.get("tags").map(|tags| tags.items().to_vec());
    let mut all = known.unwrap_or_default();
    all.extend(ordered.into_iter().map(tag));
    doc.set("tags", Doc::list(all, span));
}

/// Who of other origins may ask, in the words of the definition.
fn cors_of(cors: &Tree) -> Doc {
    let span = cors.span;
    if cors.as_bool() == Some(true) {
        let everyone = Doc::list(vec![Doc::text("*", span)], span);
        return Doc::of([("allowOrigins", everyone)], span);
    }
    let mut made = Doc::map(span);
    for (from, to) in [
        ("AllowOrigins", "allowOrigins"),
        ("AllowHeaders", "allowHeaders"),
        ("AllowMethods", "allowMethods"),
        ("ExposeHeaders", "exposeHeaders"),
        ("MaxAge", "maxAge"),
        ("AllowCredentials", "allowCredentials"),
    ] {
        if let Some(value) = cors.get(from) {
            made.set(to, Doc::from_tree(value));
        }
    }
    if cors.is_call() {
        Doc::from_tree(cors)
    } else {
        made
    }
}
