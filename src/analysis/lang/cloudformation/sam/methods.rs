//! The methods of a REST API: each calls a function or starts a state machine, and says what it takes.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>

use palisade_model::Span;

use super::super::tree::Tree;
use super::authorizers::{Defaults, authorize};
use super::policy;
use super::python::Doc;
use super::routes::Route;
use super::swagger::{INTEGRATION, condition_method, methods, route_uri};

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
                ("required", Doc::bool(says("Required"), span)),
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
