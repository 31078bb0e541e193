//! The SAM transform: `AWS::Serverless::…` resources to what CloudFormation deploys, as the official translator makes them: the same
//! logical ids, types and properties. It works on the template as written, before anything is evaluated.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html>; checked
//! against the translator by `testdata/cloudformation/sam`.

mod authorizers;
mod compute;
mod connectors;
mod domains;
mod events;
mod function;
mod globals;
mod graphql;
mod http;
mod machine;
mod make;
mod methods;
mod names;
mod policies;
mod policy;
mod pull;
mod python;
mod rest;
mod routes;
mod schedules;
mod simple;
mod swagger;
mod usage;
mod web;
mod websocket;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use palisade_model::{DiagnosticCode, Span};
use serde_json::json;

use self::make::{copy, map_tags, set_properties, tree};
use self::names::Names;
use self::python::Doc;
use self::routes::{IMPLICIT_HTTP, IMPLICIT_REST, Route};
use super::stack::Stack;
use super::tree::{Data, Field, Fields, Tree};

/// The name of the transform.
pub(super) const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// What a function or state machine that propagates its tags gives them to.
const TAGGED: [&str; 13] = [
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::DomainName",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
];

/// Attributes of a SAM resource that what is made of it has too.
const SHARED_ATTRIBUTES: [&str; 3] = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"];

/// Whether a template asks for the transform.
pub(super) fn is_sam(tree: &Tree) -> bool {
    let Some(transform) = tree.get("Transform") else {
        return false;
    };
    let calls = transform.items().unwrap_or(std::slice::from_ref(transform));
    calls
        .iter()
        .any(|call| call.as_str().or_else(|| call.str_of("Name")) == Some(TRANSFORM))
}

/// The template without SAM resources.
pub(super) fn transform(stack: &Stack<'_>, tree: &Tree) -> Tree {
    let mut sam = Sam::new(stack, tree);
    sam.resources(tree);
    let (mut made, conditions, names) = (
        std::mem::take(&mut sam.made),
        std::mem::take(&mut sam.conditions),
        Names {
            renamed: std::mem::take(&mut sam.renamed),
            members: std::mem::take(&mut sam.members),
        },
    );
    for field in made.values_mut() {
        field.value = names.replaced(&field.value);
    }
    let mut transformed = tree.clone();
    let place = tree.get("Resources").map_or(tree.span, |tree| tree.span);
    let resources = Tree::new(Data::Map(Arc::new(made)), place);
    transformed.set_field(
        "Resources",
        Field {
            key: place,
            value: resources,
        },
    );
    if let Some(outputs) = tree.get("Outputs") {
        transformed.set("Outputs", names.replaced(outputs));
    }
    if !conditions.is_empty() {
        let mut all = tree
            .get("Conditions")
            .cloned()
            .unwrap_or_else(|| Tree::map::<&str>([], place));
        for (name, field) in conditions {
            all.set_field(name, field);
        }
        transformed.set("Conditions", all);
    }
    transformed
}

/// The transform of one template.
struct Sam<'s, 'a> {
    stack: &'s Stack<'a>,
    /// The resources of the template, globals in them.
    declared: Fields,
    made: Fields,
    conditions: Fields,
    /// The events of APIs, until the API takes them.
    routes: Vec<Route>,
    /// The APIs of events.
    called: HashSet<Arc<str>>,
    /// The tags of resources without those of globals.
    own_tags: HashMap<Arc<str>, Tree>,
    /// Resources that got another logical id: layers.
    renamed: HashMap<Arc<str>, Arc<str>>,
    /// What `Name.Member` stands for: `Function.Alias`.
    members: HashMap<(Arc<str>, &'static str), Arc<str>>,
}

/// A SAM resource.
struct Source<'t> {
    id: &'t Arc<str>,
    /// The key of the logical id.
    key: Span,
    tree: &'t Tree,
    properties: Tree,
}

impl<'t> Source<'t> {
    fn new(id: &'t Arc<str>, field: &'t Field) -> Self {
        let empty = || Tree::map::<&str>([], field.value.span);
        let properties = field.value.get("Properties");
        Self {
            id,
            key: field.key,
            tree: &field.value,
            properties: properties.cloned().unwrap_or_else(empty),
        }
    }

    fn property(&self, name: &str) -> Option<&Tree> {
        self.properties.get(name).filter(|value| !value.is_null())
    }

    fn span(&self) -> Span {
        self.tree.span
    }

    /// The tags that everything made of it gets.
    fn propagated(&self) -> Option<Tree> {
        self.property("PropagateTags")
            .and_then(Tree::as_bool)
            .filter(|propagates| *propagates)?;
        let tags = self.property("Tags")?;
        map_tags(tags, self.span())
    }

    /// Its tags, and behind them the one that says that SAM made it.
    fn signed_tags(&self, key: &str) -> Tree {
        let span = self.span();
        let given = self.property("Tags").cloned();
        let mut tags = given.unwrap_or_else(|| Tree::map::<&str>([], span));
        tags.take(key);
        tags.set(key, Tree::string("SAM", span));
        map_tags(&tags, span).unwrap_or(tags)
    }

    /// Copies a property under a name, with its place.
    fn copy(&self, from: &str, to: &str, into: &mut Tree) {
        copy(&self.properties, from, to, into);
    }

    fn copy_all(&self, names: &[&str], into: &mut Tree) {
        for name in names {
            self.copy(name, name, into);
        }
    }
}

/// When a resource is expanded: what adds to others comes before them.
fn rank(kind: &str) -> u8 {
    match kind {
        "AWS::Serverless::Function" => 0,
        "AWS::Serverless::StateMachine" => 1,
        "AWS::Serverless::Connector" => 3,
        _ => 2,
    }
}

impl<'s, 'a> Sam<'s, 'a> {
    fn new(stack: &'s Stack<'a>, tree: &Tree) -> Self {
        let written = tree.get("Resources").and_then(Tree::fields);
        let tags = |(id, field): (&Arc<str>, &Field)| {
            let tags = field.value.at(&["Properties", "Tags"])?;
            Some((id.clone(), tags.clone()))
        };
        Self {
            stack,
            declared: globals::applied(tree),
            made: Fields::new(),
            conditions: Fields::new(),
            routes: Vec::new(),
            called: HashSet::new(),
            own_tags: written.into_iter().flatten().filter_map(tags).collect(),
            renamed: HashMap::new(),
            members: HashMap::new(),
        }
    }

    fn resources(&mut self, tree: &Tree) {
        let declared = self.declared.clone();
        let mut sources = Vec::new();
        for (id, field) in &declared {
            let kind = field.value.str_of("Type").unwrap_or_default();
            if kind.starts_with("AWS::Serverless::") {
                sources.push((rank(kind), Source::new(id, field)));
            } else {
                self.made.insert(id.clone(), field.clone());
            }
        }
        sources.sort_by_key(|(rank, _)| *rank);
        let first = sources.partition_point(|(rank, _)| *rank < 2);
        for (_, source) in &sources[..first] {
            self.resource(source);
        }
        for (id, kind) in [
            (IMPLICIT_REST, "AWS::Serverless::Api"),
            (IMPLICIT_HTTP, "AWS::Serverless::HttpApi"),
        ] {
            if !declared.contains_key(id) {
                self.implicit_api(tree, id, kind);
            }
        }
        let visited = self.visited("");
        let mut rest: Vec<_> = sources.drain(first..).collect();
        rest.sort_by_key(|(rank, source)| (*rank, visited.iter().position(|id| id == source.id)));
        for (_, source) in &rest {
            self.resource(source);
        }
        connectors::expand_embedded(self, &declared);
    }

    /// The API that events of no API go to; it is there where one of their functions is.
    fn implicit_api(&mut self, tree: &Tree, id: &str, kind: &str) {
        let Some((id, mut field)) = routes::implicit(self, id, kind) else {
            return;
        };
        let conditions: Vec<Option<Arc<str>>> = self
            .routes
            .iter()
            .filter(|route| route.api == id)
            .map(|route| route.condition.clone())
            .collect();
        let conditions: Vec<Option<&Arc<str>>> = conditions.iter().map(Option::as_ref).collect();
        let span = field.value.span;
        if let Some(condition) = self.either(&conditions, &format!("{id}Condition"), span) {
            field.value.set("Condition", Tree::string(condition, span));
        }
        globals::apply(tree, &mut field);
        self.resource(&Source::new(&id, &field));
    }

    /// The condition under which one of several holds, made where they differ; none where one is always there.
    fn either(
        &mut self,
        conditions: &[Option<&Arc<str>>],
        name: &str,
        span: Span,
    ) -> Option<Arc<str>> {
        let mut distinct: Vec<&Arc<str>> = conditions.iter().copied().collect::<Option<_>>()?;
        distinct.sort();
        distinct.dedup();
        match distinct.as_slice() {
            [] => None,
            [one] => Some((*one).clone()),
            several => {
                let all = several.iter().map(|one| json!({ "Condition": &***one }));
                let either = tree(&json!({"Fn::Or": all.collect::<Vec<_>>()}), span);
                let field = Field {
                    key: span,
                    value: either,
                };
                self.conditions.insert(name.into(), field);
                Some(name.into())
            }
        }
    }

    /// The events of an API.
    fn take_routes(&mut self, api: &str) -> Vec<Route> {
        let (own, others) = std::mem::take(&mut self.routes)
            .into_iter()
            .partition(|route| *route.api == *api);
        self.routes = others;
        own
    }

    /// The resources in the order in which the translator comes by them: that of a dictionary, to which the implicit APIs are added
    /// one after the other. `until` is the last of them that is there.
    fn visited(&self, until: &str) -> Vec<Arc<str>> {
        if !self.is_ordered_by_digest() {
            return self.declared.keys().cloned().collect();
        }
        let Some(span) = self.declared.values().next().map(|field| field.key) else {
            return Vec::new();
        };
        let mut names = Doc::map(span);
        for id in self.declared.keys() {
            names.set_given(id, Doc::map(span));
        }
        for implicit in [IMPLICIT_REST, IMPLICIT_HTTP] {
            names.set(implicit, Doc::map(span));
            if implicit == until {
                break;
            }
            if !self.is_called(implicit) {
                names.remove(implicit);
            }
        }
        names.keys()
    }

    /// Whether an event names the API, or none where it is an implicit one.
    fn is_called(&self, api: &str) -> bool {
        self.called.contains(api)
    }

    /// Whether maps of the template come in the order of digests: where it has an API whose definition is one.
    fn is_ordered_by_digest(&self) -> bool {
        self.declared.values().any(|field| {
            let events = field
                .value
                .at(&["Properties", "Events"])
                .and_then(Tree::fields);
            let mut events = events.into_iter().flat_map(Fields::values);
            let default = field.value.at(&["Properties", "Auth", "DefaultAuthorizer"]);
            match field.value.str_of("Type") {
                Some("AWS::Serverless::Api") => true,
                Some("AWS::Serverless::HttpApi") => default.is_some(),
                _ => events.any(|event| event.value.str_of("Type") == Some("Api")),
            }
        })
    }

    /// A part of the template with the values of its parameters, where they are known.
    fn resolved(&self, part: &Tree) -> Tree {
        if let Some(value) = part.as_ref().and_then(|name| self.parameter(name)) {
            return Tree::string(value, part.span);
        }
        match (&part.data, part.function()) {
            (_, Some(("Fn::Sub", text))) if text.as_str().is_some() => {
                let mut replaced = text.as_str().unwrap_or_default().to_owned();
                for name in self.stack.parameters.keys() {
                    if let Some(value) = self.parameter(name) {
                        replaced = replaced.replace(&format!("${{{name}}}"), &value);
                    }
                }
                Tree::map([("Fn::Sub", Tree::string(replaced, text.span))], part.span)
            }
            (Data::List(items), _) => Tree::list(
                items.iter().map(|item| self.resolved(item)).collect(),
                part.span,
            ),
            (Data::Map(fields), _) => {
                let resolved = |(key, field): (&Arc<str>, &Field)| {
                    let value = self.resolved(&field.value);
                    (
                        key.clone(),
                        Field {
                            key: field.key,
                            value,
                        },
                    )
                };
                Tree::new(
                    Data::Map(Arc::new(fields.iter().map(resolved).collect())),
                    part.span,
                )
            }
            _ => part.clone(),
        }
    }

    fn parameter(&self, name: &str) -> Option<Arc<str>> {
        super::conditions::scalar_text(self.stack.parameters.get(name)?)
    }
}

impl Sam<'_, '_> {
    fn resource(&mut self, source: &Source<'_>) {
        match source.tree.str_of("Type") {
            Some("AWS::Serverless::Function") => function::expand(self, source),
            Some("AWS::Serverless::StateMachine") => machine::expand(self, source),
            Some("AWS::Serverless::Connector") => connectors::expand(self, source),
            Some("AWS::Serverless::Api") => rest::expand(self, source),
            Some("AWS::Serverless::HttpApi") => http::expand(self, source),
            Some("AWS::Serverless::WebSocketApi") => websocket::expand(self, source),
            Some("AWS::Serverless::GraphQLApi") => graphql::expand(self, source),
            Some("AWS::Serverless::CapacityProvider") => compute::capacity(self, source),
            Some("AWS::Serverless::NetworkConnector") => compute::network(self, source),
            Some("AWS::Serverless::MicrovmImage") => compute::image(self, source),
            Some("AWS::Serverless::WebFunction") => web::expand(self, source),
            Some("AWS::Serverless::SimpleTable") => simple::table(self, source),
            Some("AWS::Serverless::LayerVersion") => simple::layer(self, source),
            Some("AWS::Serverless::Application") => simple::application(self, source),
            kind => {
                self.not_expanded(kind.unwrap_or_default(), source.key);
                let field = Field {
                    key: source.key,
                    value: source.tree.clone(),
                };
                self.made.insert(source.id.clone(), field);
            }
        }
    }

    /// Says that a part of the template stays as it is.
    fn not_expanded(&self, what: &str, place: Span) {
        let message = format!("`{what}` is not expanded");
        let code = DiagnosticCode::Unresolved;
        self.stack.run.warning(code, message, place);
    }

    /// Adds the resource that stands for the SAM resource itself: it keeps every attribute.
    fn add_main(&mut self, source: &Source<'_>, id: &str, kind: &str, properties: Tree) {
        let mut resource = source.tree.clone();
        resource.take("Connectors");
        resource.set("Type", Tree::string(kind, source.span()));
        let properties = tagged(source, kind, properties);
        set_properties(&mut resource, source.tree, properties);
        self.made.insert(
            id.into(),
            Field {
                key: source.key,
                value: resource,
            },
        );
    }

    /// Adds another resource made of a SAM resource.
    fn add(&mut self, source: &Source<'_>, id: impl Into<Arc<str>>, kind: &str, properties: Tree) {
        self.add_at(source, (source.key, source.span()), id, kind, properties);
    }

    /// The same for what a part of a SAM resource makes; `place` is the part's key and itself.
    fn add_at(
        &mut self,
        source: &Source<'_>,
        (key, span): (Span, Span),
        id: impl Into<Arc<str>>,
        kind: &str,
        properties: Tree,
    ) {
        let mut resource = tree(&json!({ "Type": kind }), span);
        for name in SHARED_ATTRIBUTES {
            copy(source.tree, name, name, &mut resource);
        }
        resource.set("Properties", tagged(source, kind, properties));
        self.made.insert(
            id.into(),
            Field {
                key,
                value: resource,
            },
        );
    }

    /// Sets an attribute of a resource made before.
    fn set_attribute(&mut self, id: &str, name: &str, value: Tree) {
        if let Some(field) = self.made.get_mut(id) {
            field.value.set(name, value);
        }
    }

    /// The text of a value where it is a text, or a parameter whose value is one.
    fn text(&self, value: &Tree) -> Option<Arc<str>> {
        match value
            .as_ref()
            .and_then(|name| self.stack.parameters.get(name))
        {
            Some(parameter) => parameter.as_str().map(Arc::from),
            None => value.scalar_text(),
        }
    }
}

/// The properties with the tags that the SAM resource propagates.
fn tagged(source: &Source<'_>, kind: &str, mut properties: Tree) -> Tree {
    if TAGGED.contains(&kind)
        && let Some(tags) = source.propagated()
    {
        properties.set("Tags", tags);
    }
    properties
}
