//! The definition of a REST API: paths and methods of its events, and what its properties add. Every step copies the document before
//! and after, as the translator does: its order is part of the digest of a deployment.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>

use std::sync::Arc;

use palisade_model::Span;

use super::super::tree::Tree;
use super::python::{Doc, Part};
use super::routes::{ANY, Route};

/// The key of an integration.
pub(super) const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// A document with no paths.
pub(super) fn skeleton(version: (&str, &str), span: Span) -> Doc {
    let title = Doc::of([("Ref", Doc::text("AWS::StackName", span))], span);
    let mut doc = Doc::map(span);
    doc.set(version.0, Doc::text(version.1, span));
    doc.set(
        "info",
        Doc::of(
            [("version", Doc::text("1.0", span)), ("title", title)],
            span,
        ),
    );
    doc.set("paths", Doc::map(span));
    doc
}

/// One edit: a copy, the edit, a copy.
pub(super) fn edited<R>(doc: &mut Doc, edit: impl FnOnce(&mut Doc) -> R) -> R {
    *doc = doc.copied();
    let result = edit(doc);
    *doc = doc.copied();
    result
}

/// Adds the path and method of an event, empty yet.
pub(super) fn add_path(doc: &mut Doc, route: &Route, path: &str) {
    let method = route.method();
    let is_given = method != ANY;
    doc.entry_mut("paths", false)
        .entry_mut(path, true)
        .entry_mut(&method, is_given);
}

/// `Fn::If` of a value that is there only under a condition.
fn conditional(condition: Doc, value: Doc) -> Doc {
    let span = value.span;
    let none = Doc::of([("Ref", Doc::text("AWS::NoValue", span))], span);
    Doc::of(
        [("Fn::If", Doc::list(vec![condition, value, none], span))],
        span,
    )
}

/// Makes a path depend on a condition.
pub(super) fn condition_path(doc: &mut Doc, path: &str, condition: Doc) {
    if let Some(item) = doc.get_mut("paths").and_then(|paths| paths.get_mut(path)) {
        let value = std::mem::replace(item, Doc::map(item.span));
        *item = conditional(condition, value);
    }
}

/// The maps that a part can be: itself, or the branches of its `Fn::If`.
fn branches(doc: &mut Doc) -> Vec<&mut Doc> {
    if doc.get("Fn::If").is_none() {
        return vec![doc];
    }
    let Some(items) = doc.get_mut("Fn::If").and_then(Doc::items_mut) else {
        return Vec::new();
    };
    items
        .iter_mut()
        .skip(1)
        .filter(|item| matches!(item.value, Part::Map(_)) && item.get("Ref").is_none())
        .collect()
}

/// The methods at a path and method, whatever conditions are on the way.
pub(super) fn methods<'d>(doc: &'d mut Doc, path: &str, method: &str) -> Vec<&'d mut Doc> {
    let Some(item) = doc.get_mut("paths").and_then(|paths| paths.get_mut(path)) else {
        return Vec::new();
    };
    branches(item)
        .into_iter()
        .filter_map(|item| item.get_mut(method))
        .flat_map(branches)
        .collect()
}

/// The paths, in order, each with its methods.
pub(super) fn all_methods(doc: &mut Doc) -> Vec<(Arc<str>, Arc<str>)> {
    let mut found = Vec::new();
    let Some(paths) = doc.get_mut("paths") else {
        return found;
    };
    for path in paths.keys() {
        let Some(item) = paths.get_mut(&path) else {
            continue;
        };
        for item in branches(item) {
            let methods = item.keys().into_iter().filter(|name| is_method(name));
            found.extend(methods.map(|method| (path.clone(), method)));
        }
    }
    found
}

fn is_method(name: &str) -> bool {
    name == ANY
        || matches!(
            name,
            "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace"
        )
}

/// Makes a method depend on the condition of its function.
pub(super) fn condition_method(doc: &mut Doc, route: &Route, path: &str) {
    let (Some(condition), method) = (&route.condition, route.method()) else {
        return;
    };
    let at = doc.get_mut("paths").and_then(|paths| paths.get_mut(path));
    for item in at.map(branches).unwrap_or_default() {
        if let Some(found) = item.get_mut(&method)
            && found.get("Fn::If").is_none()
        {
            let value = std::mem::replace(found, Doc::map(route.span));
            let condition = Doc::given(condition.clone(), route.span);
            *found = conditional(condition, value);
        }
    }
}

/// By what text the API calls the function of a route.
pub(super) fn route_uri(route: &Route) -> Doc {
    let uri = Doc::of([("Fn::Sub", route.uri.clone())], route.span);
    match &route.condition {
        Some(condition) => conditional(Doc::given(condition.clone(), route.span), uri),
        None => uri,
    }
}

/// Answers to preflight requests, at every path that has none of its own.
pub(super) fn add_cors(doc: &mut Doc, cors: &Tree) {
    let listed = all_methods(doc);
    let Some(paths) = doc.get_mut("paths") else {
        return;
    };
    for path in paths.keys() {
        let own: Vec<&Arc<str>> = listed
            .iter()
            .filter(|(at, _)| *at == path)
            .map(|(_, method)| method)
            .collect();
        let answer = preflight(cors, &allowed_methods(&own));
        let Some(item) = paths.get_mut(&path) else {
            continue;
        };
        for item in branches(item) {
            if item.get("options").is_none() {
                item.set("options", answer.clone());
            }
        }
    }
}

/// The methods of a path as a header names them.
fn allowed_methods(methods: &[&Arc<str>]) -> String {
    let mut names: Vec<String> = if methods.iter().any(|method| ***method == *ANY) {
        ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]
            .map(str::to_owned)
            .into()
    } else {
        methods.iter().map(|method| method.to_uppercase()).collect()
    };
    names.push("OPTIONS".to_owned());
    names.sort();
    names.dedup();
    format!("'{}'", names.join(","))
}

fn preflight(cors: &Tree, methods: &str) -> Doc {
    let span = cors.span;
    let setting = |name: &str| {
        cors.get(name)
            .filter(|_| cors.as_str().is_none() && !cors.is_call())
    };
    let origin = match setting("AllowOrigin") {
        Some(origin) => Doc::from_tree(origin),
        None if cors.as_str().is_some() || cors.is_call() => Doc::from_tree(cors),
        None => Doc::text("'*'", span),
    };
    let credentials = setting("AllowCredentials").and_then(Tree::as_bool) == Some(true);
    let methods = setting("AllowMethods").map_or_else(|| Doc::text(methods, span), Doc::from_tree);
    let values = [
        ("Access-Control-Allow-Origin", "string", Some(origin)),
        (
            "Access-Control-Allow-Headers",
            "string",
            setting("AllowHeaders").map(Doc::from_tree),
        ),
        ("Access-Control-Allow-Methods", "string", Some(methods)),
        (
            "Access-Control-Max-Age",
            "integer",
            setting("MaxAge").map(Doc::from_tree),
        ),
        (
            "Access-Control-Allow-Credentials",
            "string",
            credentials.then(|| Doc::text("'true'", span)),
        ),
    ];
    let (mut parameters, mut headers) = (Doc::map(span), Doc::map(span));
    for (name, kind, value) in values {
        if let Some(value) = value {
            parameters.set(&format!("method.response.header.{name}"), value);
            headers.set(name, Doc::of([("type", Doc::text(kind, span))], span));
        }
    }
    preflight_method(span, parameters, headers)
}

fn preflight_method(span: Span, parameters: Doc, headers: Doc) -> Doc {
    let json = || Doc::list(vec![Doc::text("application/json", span)], span);
    let template = |text: &str| Doc::of([("application/json", Doc::text(text, span))], span);
    let default = Doc::of(
        [
            ("statusCode", Doc::text("200", span)),
            ("responseParameters", parameters),
            ("responseTemplates", template("{}\n")),
        ],
        span,
    );
    let integration = Doc::of(
        [
            ("type", Doc::text("mock", span)),
            (
                "requestTemplates",
                template("{\n  \"statusCode\" : 200\n}\n"),
            ),
            ("responses", Doc::of([("default", default)], span)),
        ],
        span,
    );
    let answer = Doc::of(
        [
            (
                "description",
                Doc::text("Default response for CORS method", span),
            ),
            ("headers", headers),
        ],
        span,
    );
    Doc::of(
        [
            ("summary", Doc::text("CORS support", span)),
            ("consumes", json()),
            ("produces", json()),
            (INTEGRATION, integration),
            ("responses", Doc::of([("200", answer)], span)),
        ],
        span,
    )
}

/// Moves what `OpenAPI` 3 has elsewhere.
pub(super) fn to_open_api(doc: &mut Doc) {
    if doc.get("openapi").is_none() {
        return;
    }
    if let Some(definitions) = doc.get("securityDefinitions").cloned() {
        doc.entry_mut("components", false)
            .set("securitySchemes", definitions);
        doc.remove("securityDefinitions");
    }
    if let Some(definitions) = doc.get("definitions").cloned() {
        doc.entry_mut("components", false)
            .set("schemas", definitions);
        doc.remove("definitions");
    }
    let Some(paths) = doc.get_mut("paths") else {
        return;
    };
    for path in paths.keys() {
        let Some(item) = paths.get_mut(&path) else {
            continue;
        };
        for found in branches(item)
            .into_iter()
            .filter_map(|item| item.get_mut("options"))
            .flat_map(branches)
        {
            modernize(found);
        }
    }
}

/// The answer to preflight requests in `OpenAPI` 3; the translator wraps the headers every time it comes by.
fn modernize(options: &mut Doc) {
    let headers = options
        .get_mut("responses")
        .and_then(|responses| responses.get_mut("200"))
        .and_then(|answer| answer.get_mut("headers"));
    if let Some(headers) = headers {
        for name in headers.keys() {
            if let Some(header) = headers.get_mut(&name) {
                let span = header.span;
                let old = std::mem::replace(header, Doc::map(span));
                header.set("schema", old);
            }
        }
    }
    options.remove("produces");
    options.remove("consumes");
}

/// Answers of the gateway itself.
pub(super) fn add_gateway_responses(doc: &mut Doc, declared: &Tree) {
    let mut all = Doc::map(declared.span);
    for (name, field) in declared.fields().into_iter().flatten() {
        all.set_given(name, gateway_response(&field.value));
    }
    doc.set("x-amazon-apigateway-gateway-responses", all);
}

fn gateway_response(declared: &Tree) -> Doc {
    let span = declared.span;
    let mut parameters = Doc::map(span);
    for (key, place) in [
        ("Headers", "header"),
        ("Paths", "path"),
        ("QueryStrings", "querystring"),
    ] {
        let given = declared
            .at(&["ResponseParameters", key])
            .and_then(Tree::fields);
        for (name, field) in given.into_iter().flatten() {
            parameters.set_given(
                &format!("gatewayresponse.{place}.{name}"),
                Doc::from_tree(&field.value),
            );
        }
    }
    let templates = declared
        .get("ResponseTemplates")
        .map_or_else(|| Doc::map(span), Doc::from_tree);
    let mut response = Doc::of(
        [
            ("responseParameters", parameters),
            ("responseTemplates", templates),
        ],
        span,
    );
    if let Some(status) = declared.get("StatusCode").and_then(Tree::scalar_text) {
        response.set("statusCode", Doc::text(status, span));
    }
    response
}

/// The models by their names in lower case.
pub(super) fn add_models(doc: &mut Doc, declared: &Tree) {
    let mut all = Doc::map(declared.span);
    for (name, field) in declared.fields().into_iter().flatten() {
        all.set_given(&name.to_lowercase(), Doc::from_tree(&field.value));
    }
    doc.set("definitions", all);
}
