//! Who may call the methods of an API: authorizers, signed requests, API keys.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html>

use palisade_model::Span;

use super::super::tree::Tree;
use super::python::{Doc, Part};
use super::routes::Route;
use super::swagger::{INTEGRATION, all_methods, methods};

/// What an API says about all of its methods.
pub(super) struct Defaults<'a> {
    /// `Auth` of the API.
    pub(super) auth: Option<&'a Tree>,
    pub(super) stage: &'a Doc,
    pub(super) is_v3: bool,
}

impl Defaults<'_> {
    pub(super) fn authorizer(&self) -> Option<&str> {
        self.auth?.str_of("DefaultAuthorizer")
    }

    /// The scopes of an authorizer.
    fn scopes(&self, authorizer: &str) -> Option<&Tree> {
        self.auth?
            .at(&["Authorizers", authorizer, "AuthorizationScopes"])
    }
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
    requirement.set_given(text, scopes);
    requirement
}

/// Who may call one method; the definitions that this needs.
pub(super) fn authorize(
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
        for found in integrated(doc, &path, &method) {
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
        for found in integrated(doc, &path, &method) {
            // A key that a method asks for itself comes last all the same.
            if let Some(security) = found.get_mut("security").and_then(Doc::items_mut) {
                security.retain(|one| one.get("api_key").is_none());
            }
            require(found, &required, |known| known == NO_KEY);
            if let Some(security) = found.get_mut("security").and_then(Doc::items_mut) {
                security.retain(|one| one.get(NO_KEY).is_none());
            }
        }
    }
}

/// The methods that have an integration: others are not the API's yet.
fn integrated<'d>(doc: &'d mut Doc, path: &str, method: &str) -> Vec<&'d mut Doc> {
    let found = methods(doc, path, method).into_iter();
    found
        .filter(|method| method.get(INTEGRATION).is_some())
        .collect()
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
        all.set_given("AWS_IAM", signed);
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
            details.set("identitySource", Doc::given(sources.join(", "), span));
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
