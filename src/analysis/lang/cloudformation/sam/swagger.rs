//! The definition of a REST API: paths and methods of its events, and what its properties add. Every step copies the document before
//! and after, as the translator does: its order is part of the digest of a deployment.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>

use std::sync::Arc;

use palisade_model::Span;

use super::super::tree::Tree;
use super::policy;
use super::python::{Doc, Part};
use super::routes::{ANY, Route};

/// The key of an integration.
const INTEGRATION: &str = "x-amazon-apigateway-integration";

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
fn conditional(condition: &str, value: Doc) -> Doc {
    let span = value.span;
    let none = Doc::of([("Ref", Doc::text("AWS::NoValue", span))], span);
    Doc::of(
        [(
            "Fn::If",
            Doc::list(vec![Doc::given(condition, span), value, none], span),
        )],
        span,
    )
}

/// Makes a path depend on a condition.
pub(super) fn condition_path(doc: &mut Doc, path: &str, condition: &str) {
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

/// The answers of an API that starts a state machine.
fn answers(span: Span, key: &str, texts: [&str; 2]) -> Doc {
    let mut answers = Doc::map(span);
    for (status, text) in ["200", "400"].into_iter().zip(texts) {
        answers.set(status, Doc::of([(key, Doc::text(text, span))], span));
    }
    answers
}

fn start_integration(route: &Route, role: &str, machine: &str) -> Doc {
    let span = route.span;
    let is_unescaped = route
        .properties
        .get("UnescapeMappingTemplate")
        .and_then(Tree::as_bool);
    let escaped = "$util.escapeJavaScript($input.json('$'))";
    let input = match is_unescaped {
        Some(true) => format!("{escaped}.replaceAll(\"\\\\'\",\"'\")"),
        _ => escaped.to_owned(),
    };
    let template = format!("{{\"input\": \"{input}\", \"stateMachineArn\": \"${{{machine}}}\"}}");
    let template = Doc::of([("Fn::Sub", Doc::text(template, span))], span);
    let attribute = vec![Doc::text(role, span), Doc::text("Arn", span)];
    Doc::of(
        [
            ("type", Doc::text("aws", span)),
            ("httpMethod", Doc::text("POST", span)),
            ("uri", Doc::of([("Fn::Sub", route.uri.clone())], span)),
            ("responses", answers(span, "statusCode", ["200", "400"])),
            (
                "credentials",
                Doc::of([("Fn::GetAtt", Doc::list(attribute, span))], span),
            ),
            (
                "requestTemplates",
                Doc::of([("application/json", template)], span),
            ),
        ],
        span,
    )
}

/// What an API says about all of its methods.
pub(super) struct Defaults<'a> {
    /// `Auth` of the API.
    pub(super) auth: Option<&'a Tree>,
    pub(super) stage: &'a Doc,
    pub(super) is_v3: bool,
}

impl Defaults<'_> {
    fn authorizer(&self) -> Option<&str> {
        self.auth?.str_of("DefaultAuthorizer")
    }

    /// The scopes of an authorizer.
    fn scopes(&self, authorizer: &str) -> Option<&Tree> {
        self.auth?
            .at(&["Authorizers", authorizer, "AuthorizationScopes"])
    }
}

/// Writes the integration of an event, who may call it and what it takes.
pub(super) fn integrate(doc: &mut Doc, route: &Route, defaults: &Defaults<'_>) {
    let (span, path, method) = (route.span, route.path(), route.method());
    condition_method(doc, route, path);
    for found in methods(doc, path, &method) {
        let (integration, responses) = match &route.machine {
            Some((role, machine)) => (
                start_integration(route, role, machine),
                answers(span, "description", ["OK", "Bad Request"]),
            ),
            None => (invoke_integration(route, defaults), Doc::map(span)),
        };
        found.set(INTEGRATION, integration);
        found.set("responses", responses);
    }
    let needs = authorize(doc, route, defaults);
    if let Some(given) = route.properties.at(&["Auth", "ResourcePolicy"]) {
        policy::add(
            doc,
            given,
            &[(path.into(), method.as_str().into())],
            defaults.stage,
        );
    }
    tune(doc, route, defaults);
    if let Some(definitions) = needs {
        let all = doc.entry_mut("securityDefinitions", false);
        for (name, definition) in definitions {
            if all.get(name).is_none() {
                all.set(name, definition);
            }
        }
    }
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
            *found = conditional(condition, value);
        }
    }
}

/// By what text the API calls the function of a route.
pub(super) fn route_uri(route: &Route) -> Doc {
    let uri = Doc::of([("Fn::Sub", route.uri.clone())], route.span);
    match &route.condition {
        Some(condition) => conditional(condition, uri),
        None => uri,
    }
}

fn invoke_integration(route: &Route, defaults: &Defaults<'_>) -> Doc {
    const CALLER: &str = "arn:aws:iam::*:user/*";
    let span = route.span;
    let mut integration = Doc::of(
        [
            ("type", Doc::text("aws_proxy", span)),
            ("httpMethod", Doc::text("POST", span)),
            ("uri", route_uri(route)),
        ],
        span,
    );
    let own = route
        .properties
        .at(&["Auth", "Authorizer"])
        .and_then(Tree::as_str);
    let authorizer = own.or_else(|| defaults.authorizer());
    if authorizer == Some("AWS_IAM") {
        let role = route.properties.at(&["Auth", "InvokeRole"]);
        let role = role.or_else(|| defaults.auth?.get("InvokeRole"));
        match (role.and_then(Tree::as_str), role) {
            (None, None) | (Some("CALLER_CREDENTIALS"), _) => {
                integration.set("credentials", Doc::text(CALLER, span));
            }
            (Some("NONE"), _) | (_, None) => {}
            (_, Some(role)) => integration.set("credentials", Doc::from_tree(role)),
        }
    }
    integration
}

/// The definition of an API key.
fn key_definition(span: Span) -> Doc {
    Doc::of(
        [
            ("type", Doc::text("apiKey", span)),
            ("name", Doc::text("x-api-key", span)),
            ("in", Doc::text("header", span)),
        ],
        span,
    )
}

/// The definition of signed requests.
fn signed_definition(span: Span) -> Doc {
    Doc::of(
        [
            ("x-amazon-apigateway-authtype", Doc::text("awsSigv4", span)),
            ("type", Doc::text("apiKey", span)),
            ("name", Doc::text("Authorization", span)),
            ("in", Doc::text("header", span)),
        ],
        span,
    )
}

/// `{name: scopes}`
pub(super) fn requirement(name: &Tree, scopes: Option<&Tree>) -> Doc {
    let mut requirement = Doc::map(name.span);
    let scopes = scopes.map_or_else(|| Doc::list(Vec::new(), name.span), Doc::from_tree);
    let text = name.as_str().unwrap_or_default();
    match text {
        "NONE" | "AWS_IAM" => requirement.set(text, scopes),
        _ => requirement.set_given(text, scopes),
    }
    requirement
}

/// Who may call one method; the definitions that this needs.
fn authorize(
    doc: &mut Doc,
    route: &Route,
    defaults: &Defaults<'_>,
) -> Option<Vec<(&'static str, Doc)>> {
    let span = route.span;
    let auth = route.properties.get("Auth");
    let authorizer = auth.and_then(|auth| auth.get("Authorizer"));
    let key = auth
        .and_then(|auth| auth.get("ApiKeyRequired"))
        .and_then(Tree::as_bool);
    let mut definitions = Vec::new();
    let mut security = Vec::new();
    if let Some(name) = authorizer {
        let text = name.as_str().unwrap_or_default();
        let scopes = auth.and_then(|auth| auth.get("AuthorizationScopes"));
        security.push(requirement(name, scopes.or_else(|| defaults.scopes(text))));
        if text == "AWS_IAM" {
            definitions.push(("AWS_IAM", signed_definition(span)));
        }
    } else if let (Some(scopes), Some(name)) = (
        auth.and_then(|auth| auth.get("AuthorizationScopes")),
        defaults.auth.and_then(|auth| auth.get("DefaultAuthorizer")),
    ) {
        security.push(requirement(name, Some(scopes)));
    }
    match key {
        Some(true) => {
            let required = Doc::of([("api_key", Doc::list(Vec::new(), span))], span);
            security.insert(0, required);
            definitions.push(("api_key", key_definition(span)));
        }
        Some(false) => security.push(Doc::of([(NO_KEY, Doc::list(Vec::new(), span))], span)),
        None => {}
    }
    if !security.is_empty() {
        for found in methods(doc, route.path(), &route.method()) {
            found.set("security", Doc::list(security.clone(), span));
        }
    }
    (!definitions.is_empty()).then_some(definitions)
}

/// A method that needs no key although all others do; taken out again at the end.
const NO_KEY: &str = "api_key_false";

/// Timeout, models, validation and parameters of one method.
fn tune(doc: &mut Doc, route: &Route, defaults: &Defaults<'_>) {
    let properties = &route.properties;
    let validator = properties.get("RequestModel").and_then(validator);
    for found in methods(doc, route.path(), &route.method()) {
        if let (Some(timeout), Some(integration)) = (
            properties.get("TimeoutInMillis"),
            found.get_mut(INTEGRATION),
        ) {
            integration.set("timeoutInMillis", Doc::from_tree(timeout));
        }
        if let Some(model) = properties.get("RequestModel") {
            take_model(found, model, defaults.is_v3);
        }
        if let Some((name, _)) = &validator {
            found.set(
                "x-amazon-apigateway-request-validator",
                Doc::text(*name, route.span),
            );
        }
        if let Some(parameters) = properties.get("RequestParameters").and_then(Tree::items) {
            take_parameters(found, parameters);
        }
    }
    if let Some((name, definition)) = validator {
        let validators = doc.entry_mut("x-amazon-apigateway-request-validators", false);
        if validators.get(name).is_none() {
            validators.set(name, definition);
        }
    }
}

fn validator(model: &Tree) -> Option<(&'static str, Doc)> {
    let says = |name: &str| model.get(name).and_then(Tree::as_bool);
    let (body, parameters) = (says("ValidateBody"), says("ValidateParameters"));
    if body.is_none() && parameters.is_none() {
        return None;
    }
    let (body, parameters) = (body.unwrap_or(false), parameters.unwrap_or(false));
    let name = match (body, parameters) {
        (true, true) => "body-and-params",
        (true, false) => "body-only",
        (false, true) => "params-only",
        (false, false) => "no-validation",
    };
    let definition = Doc::of(
        [
            ("validateRequestBody", Doc::bool(body, model.span)),
            (
                "validateRequestParameters",
                Doc::bool(parameters, model.span),
            ),
        ],
        model.span,
    );
    Some((name, definition))
}

fn take_model(method: &mut Doc, model: &Tree, is_v3: bool) {
    let span = model.span;
    let Some(name) = model.str_of("Model").map(str::to_lowercase) else {
        return;
    };
    let required = model.get("Required");
    if is_v3 {
        let reference = Doc::text(format!("#/components/schemas/{name}"), span);
        let schema = Doc::of([("schema", Doc::of([("$ref", reference)], span))], span);
        let mut body = Doc::of(
            [("content", Doc::of([("application/json", schema)], span))],
            span,
        );
        if let Some(required) = required {
            body.set("required", Doc::from_tree(required));
        }
        return method.set("requestBody", body);
    }
    let reference = Doc::text(format!("#/definitions/{name}"), span);
    let mut parameter = Doc::of(
        [
            ("in", Doc::text("body", span)),
            ("name", Doc::given(name, span)),
            ("schema", Doc::of([("$ref", reference)], span)),
        ],
        span,
    );
    if let Some(required) = required {
        parameter.set("required", Doc::from_tree(required));
    }
    add_parameters(method, vec![parameter]);
}

fn add_parameters(method: &mut Doc, parameters: Vec<Doc>) {
    let span = method.span;
    let mut all = method
        .get("parameters")
        .map(|known| known.items().to_vec())
        .unwrap_or_default();
    all.extend(parameters);
    method.set("parameters", Doc::list(all, span));
}

/// `method.request.header.Name` and the like, each with what it says about the parameter.
fn take_parameters(method: &mut Doc, declared: &[Tree]) {
    let mut parameters = Vec::new();
    let mut cached = Vec::new();
    for one in declared {
        let span = one.span;
        let (name, settings) = match (one.as_str(), one.fields().and_then(|fields| fields.first()))
        {
            (Some(name), _) => (name, None),
            (None, Some((name, field))) => (&**name, Some(&field.value)),
            _ => continue,
        };
        let mut parts = name.splitn(4, '.').skip(2);
        let (Some(place), Some(field)) = (parts.next(), parts.next()) else {
            continue;
        };
        let says = |key: &str| {
            settings
                .and_then(|settings| settings.get(key))
                .and_then(Tree::as_bool)
                == Some(true)
        };
        let place_name = if place == "querystring" {
            Doc::text("query", span)
        } else {
            Doc::given(place, span)
        };
        parameters.push(Doc::of(
            [
                ("in", place_name),
                ("name", Doc::given(field, span)),
                (
                    "required",
                    Doc::bool(says("Required") || place == "path", span),
                ),
                ("type", Doc::text("string", span)),
            ],
            span,
        ));
        if says("Caching") {
            cached.push(Doc::given(name, span));
        }
    }
    if !cached.is_empty()
        && let Some(integration) = method.get_mut(INTEGRATION)
    {
        let span = integration.span;
        integration.set("cacheKeyParameters", Doc::list(cached, span));
    }
    add_parameters(method, parameters);
}

/// Applies the default authorizer to every method that names none.
pub(super) fn apply_default_authorizer(doc: &mut Doc, auth: &Tree) {
    let Some(name) = auth.get("DefaultAuthorizer") else {
        return;
    };
    let text = name.as_str().unwrap_or_default();
    let required = requirement(name, auth.at(&["Authorizers", text, "AuthorizationScopes"]));
    let with_options = auth
        .get("AddDefaultAuthorizerToCorsPreflight")
        .and_then(Tree::as_bool);
    for (path, method) in all_methods(doc) {
        if method.as_ref() == "options" && with_options == Some(false) {
            continue;
        }
        for found in methods(doc, &path, &method) {
            require(found, &required, |known| {
                known != "api_key" && known != NO_KEY
            });
        }
    }
}

/// Asks a key of every method that does not say otherwise.
pub(super) fn apply_default_key(doc: &mut Doc, auth: &Tree) {
    let says = |name: &str| auth.get(name).and_then(Tree::as_bool);
    if says("ApiKeyRequired") != Some(true) {
        return;
    }
    let span = auth.span;
    doc.entry_mut("securityDefinitions", false)
        .set("api_key", key_definition(span));
    let required = Doc::of([("api_key", Doc::list(Vec::new(), span))], span);
    let with_options = says("AddApiKeyRequiredToCorsPreflight") != Some(false);
    for (path, method) in all_methods(doc) {
        if method.as_ref() == "options" && !with_options {
            continue;
        }
        for found in methods(doc, &path, &method) {
            require(found, &required, |known| {
                known == "api_key" || known == NO_KEY
            });
            if let Some(security) = found.get_mut("security").and_then(Doc::items_mut) {
                security.retain(|one| one.get(NO_KEY).is_none());
            }
        }
    }
}

/// Adds a requirement to a method that has none that decides already.
fn require(method: &mut Doc, requirement: &Doc, decides: impl Fn(&str) -> bool) {
    let span = method.span;
    let mut all = method
        .get("security")
        .map(|known| known.items().to_vec())
        .unwrap_or_default();
    let is_decided = all.iter().flat_map(Doc::keys).any(|name| decides(&name));
    if !is_decided {
        all.push(requirement.clone());
    }
    method.set("security", Doc::list(all, span));
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

/// The definitions of an API's authorizers.
/// Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html>
pub(super) fn add_authorizers(doc: &mut Doc, auth: &Tree) {
    let declared = Doc::from_tree(
        auth.get("Authorizers")
            .unwrap_or(&Tree::map::<&str>([], auth.span)),
    );
    let mut definitions = Vec::new();
    for name in declared.keys() {
        if let Some(authorizer) = auth.at(&["Authorizers", &name]) {
            definitions.push((name, authorizer_definition(authorizer)));
        }
    }
    let all = doc.entry_mut("securityDefinitions", false);
    for (name, definition) in definitions {
        all.set_given(&name, definition);
    }
    if auth.str_of("DefaultAuthorizer") == Some("AWS_IAM") && all.get("AWS_IAM").is_none() {
        let span = auth.span;
        let mut signed = key_definition(span);
        signed.set("name", Doc::text("Authorization", span));
        signed.set("x-amazon-apigateway-authtype", Doc::text("awsSigv4", span));
        all.set("AWS_IAM", signed);
    }
    if all.keys().is_empty() {
        doc.remove("securityDefinitions");
    }
}

fn authorizer_definition(authorizer: &Tree) -> Doc {
    let span = authorizer.span;
    let identity = authorizer.get("Identity");
    let is_pool = authorizer.get("UserPoolArn").is_some();
    let is_request = authorizer.str_of("FunctionPayloadType") == Some("REQUEST");
    let name = match identity.and_then(|identity| identity.get("Header")) {
        _ if is_request => Doc::text("Unused", span),
        Some(header) => Doc::from_tree(header),
        None => Doc::text("Authorization", span),
    };
    let kind = if is_pool {
        "cognito_user_pools"
    } else {
        "custom"
    };
    let mut definition = Doc::of(
        [
            ("type", Doc::text("apiKey", span)),
            ("name", name),
            ("in", Doc::text("header", span)),
            ("x-amazon-apigateway-authtype", Doc::text(kind, span)),
        ],
        span,
    );
    let details = if is_pool {
        pool_details(authorizer)
    } else {
        function_details(authorizer, is_request)
    };
    definition.set("x-amazon-apigateway-authorizer", details);
    definition
}

fn pool_details(authorizer: &Tree) -> Doc {
    let span = authorizer.span;
    let pools = authorizer.get("UserPoolArn").map(Doc::from_tree);
    let pools = match pools {
        Some(list) if matches!(list.value, Part::List(_)) => list,
        one => Doc::list(one.into_iter().collect(), span),
    };
    let mut details = Doc::of(
        [
            ("type", Doc::text("cognito_user_pools", span)),
            ("providerARNs", pools),
        ],
        span,
    );
    if let Some(expression) = authorizer.at(&["Identity", "ValidationExpression"]) {
        details.set("identityValidationExpression", Doc::from_tree(expression));
    }
    details
}

fn function_details(authorizer: &Tree, is_request: bool) -> Doc {
    let span = authorizer.span;
    let kind = if is_request { "request" } else { "token" };
    let mut details = Doc::of([("type", Doc::text(kind, span))], span);
    if let Some(function) = authorizer.get("FunctionArn") {
        details.set("authorizerUri", authorizer_uri(function));
    }
    if let Some(role) = authorizer.get("FunctionInvokeRole")
        && role.as_str() != Some("NONE")
    {
        details.set("authorizerCredentials", Doc::from_tree(role));
    }
    let identity = authorizer.get("Identity");
    if let Some(seconds) = identity.and_then(|identity| identity.get("ReauthorizeEvery")) {
        details.set("authorizerResultTtlInSeconds", Doc::from_tree(seconds));
    }
    if let Some(identity) = identity.filter(|_| is_request) {
        let sources = identity_sources(
            identity,
            [
                "method.request.header",
                "method.request.querystring",
                "stageVariables",
                "context",
            ],
        );
        if !sources.is_empty() {
            details.set("identitySource", Doc::text(sources.join(", "), span));
        }
    }
    if let Some(expression) = identity.and_then(|identity| identity.get("ValidationExpression")) {
        details.set("identityValidationExpression", Doc::from_tree(expression));
    }
    details
}

/// Where a function that authorizes finds who asks, in the words of a kind of API.
pub(super) fn identity_sources(identity: &Tree, prefixes: [&str; 4]) -> Vec<String> {
    let keys = ["Headers", "QueryStrings", "StageVariables", "Context"];
    keys.into_iter()
        .zip(prefixes)
        .flat_map(|(key, prefix)| {
            let names = identity.get(key).and_then(Tree::items).unwrap_or_default();
            names
                .iter()
                .filter_map(Tree::as_str)
                .map(move |name| format!("{prefix}.{name}"))
        })
        .collect()
}

/// By what text an API calls a function that authorizes.
pub(super) fn authorizer_uri(function: &Tree) -> Doc {
    const URI: &str = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations";
    let span = function.span;
    let names = Doc::of([("__FunctionArn__", Doc::from_tree(function))], span);
    let parts = vec![Doc::text(URI, span), names];
    Doc::of([("Fn::Sub", Doc::list(parts, span))], span)
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
            parameters.set(
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
