//! `AWS::Serverless::GraphQLApi`: the API of AppSync with its schema, keys, cache, domain, data sources, functions and resolvers, and
//! the roles of these.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-graphqlapi.html>

use std::collections::HashMap;
use std::sync::Arc;

use palisade_model::Span;
use serde_json::{Value as Json, json};

use super::super::tree::{Field, Tree};
use super::make::{attribute, copy, copy_all, empty, fill, reference, tree};
use super::policies::trusting;
use super::{Sam, Source, connectors};

/// What a resolver without code runs: the functions of its pipeline, one after the other.
const PIPELINE: &str = "export function request() { return {}; }\nexport function response(context) { return context.prev.result; }\n";

/// Properties that the API has under the same names.
const PASSED: [&str; 7] = [
    "IntrospectionConfig",
    "Name",
    "OwnerContact",
    "QueryDepthLimit",
    "ResolverCountLimit",
    "Visibility",
    "XrayEnabled",
];

/// The API that is being expanded.
struct Api<'s, 't> {
    source: &'s Source<'t>,
    /// `Fn::GetAtt` of its id.
    id: Tree,
    /// The names of its data sources by the names that the template gives them.
    data_sources: HashMap<Arc<str>, Tree>,
    /// The same of functions.
    functions: HashMap<Arc<str>, Tree>,
}

/// Expands a GraphQL API.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let id = attribute(source.id, "ApiId", source.span());
    let mut api = Api {
        source,
        id,
        data_sources: HashMap::new(),
        functions: HashMap::new(),
    };
    api.expand_api(sam);
    api.expand_parts(sam);
    api.expand_data_sources(sam);
    api.expand_functions(sam);
    api.expand_resolvers(sam);
}

/// The entries of a map, in order.
fn entries(tree: Option<&Tree>) -> impl Iterator<Item = (&Arc<str>, &Field)> {
    tree.and_then(Tree::fields).into_iter().flatten()
}

/// The name and content of the property that configures an authorizer; none where its type needs none.
fn authorizer(given: &Tree, is_additional: bool) -> Option<(&'static str, Tree)> {
    let (from, to) = match given.str_of("Type")? {
        "AWS_LAMBDA" => ("LambdaAuthorizer", "LambdaAuthorizerConfig"),
        "OPENID_CONNECT" => ("OpenIDConnect", "OpenIDConnectConfig"),
        "AMAZON_COGNITO_USER_POOLS" => ("UserPool", "UserPoolConfig"),
        _ => return None,
    };
    let mut content = given.get(from)?.clone();
    if is_additional && from == "UserPool" {
        content.take("DefaultAction");
    }
    Some((to, content))
}

impl Api<'_, '_> {
    /// Adds a part; its id starts with that of the API.
    fn add(
        &self,
        sam: &mut Sam<'_, '_>,
        place: (Span, Span),
        id: &str,
        kind: &str,
        properties: Tree,
    ) {
        sam.add_at(self.source, place, id, kind, properties);
        if let Some(depends) = self.source.tree.get("DependsOn") {
            sam.set_attribute(id, "DependsOn", depends.clone());
        }
    }

    /// Lets one part use another; what is made for that is not kept with the API.
    fn connect(&self, sam: &mut Sam<'_, '_>, id: &str, from: &Tree, connector: &Tree) {
        let mut bare = self.source.tree.clone();
        for attribute in ["DeletionPolicy", "UpdateReplacePolicy"] {
            bare.take(attribute);
        }
        let source = Source {
            tree: &bare,
            properties: self.source.properties.clone(),
            ..*self.source
        };
        connectors::connect(sam, &source, id, from, connector);
    }

    /// A constant with the id of the API in it.
    fn properties(&self, json: &Json, span: Span) -> Tree {
        fill(json, &[("$api", &self.id)], span)
    }

    fn expand_api(&self, sam: &mut Sam<'_, '_>) {
        let (source, span) = (self.source, self.source.span());
        let mut properties = Tree::map([("Name", Tree::string(source.id.clone(), span))], span);
        source.copy_all(&PASSED, &mut properties);
        let auth = source.property("Auth").cloned();
        let auth = auth.unwrap_or_else(|| empty(span));
        copy(&auth, "Type", "AuthenticationType", &mut properties);
        let mut functions = Vec::new();
        if let Some((name, content)) = authorizer(&auth, false) {
            functions.extend(content.get("AuthorizerUri").cloned());
            properties.set(name, content);
        }
        let mut others = Vec::new();
        for given in auth
            .get("Additional")
            .and_then(Tree::items)
            .unwrap_or_default()
        {
            let mut other = empty(given.span);
            copy(given, "Type", "AuthenticationType", &mut other);
            if let Some((name, content)) = authorizer(given, true) {
                functions.extend(content.get("AuthorizerUri").cloned());
                other.set(name, content);
            }
            others.push(other);
        }
        if !others.is_empty() {
            properties.set(
                "AdditionalAuthenticationProviders",
                Tree::list(others, span),
            );
        }
        properties.set("Tags", source.signed_tags("graphqlapi:createdBy"));
        if let Some(log) = self.log(sam) {
            properties.set("LogConfig", log);
        }
        sam.add_main(source, source.id, "AWS::AppSync::GraphQLApi", properties);
        for (index, function) in functions.iter().enumerate() {
            self.permit(sam, index + 1, function);
        }
    }

    /// Lets the API call a function that authorizes.
    fn permit(&self, sam: &mut Sam<'_, '_>, number: usize, function: &Tree) {
        let id = format!("{}ToLambdaAuthConnector{number}", self.source.id);
        let from = json!({"Type": "AWS::AppSync::GraphQLApi", "ResourceId": "$api"});
        let mut from = self.properties(&from, function.span);
        from.set("Arn", reference(self.source.id, function.span));
        let connector = json!({"Destination": {"Type": "AWS::Lambda::Function", "Arn": "$function"}, "Permissions": ["Write"]});
        let connector = fill(&connector, &[("$function", function)], function.span);
        self.connect(sam, &id, &from, &connector);
    }

    /// Logs are on unless they are switched off; without a role given, there is one for them.
    fn log(&self, sam: &mut Sam<'_, '_>) -> Option<Tree> {
        let (source, span) = (self.source, self.source.span());
        let given = source.property("Logging");
        if given.and_then(Tree::as_bool) == Some(false) {
            return None;
        }
        let place = given.map_or(span, |given| given.span);
        let mut log = tree(&json!({"FieldLogLevel": "ALL"}), place);
        if let Some(given) = given.filter(|given| given.fields().is_some()) {
            let names = [
                "CloudWatchLogsRoleArn",
                "ExcludeVerboseContent",
                "FieldLogLevel",
            ];
            copy_all(given, &names, &mut log);
            if given.get("ExcludeVerboseContent").and_then(Tree::as_bool) == Some(false) {
                log.take("ExcludeVerboseContent");
            }
        }
        if log.get("CloudWatchLogsRoleArn").is_none() {
            let id = format!("{}CloudWatchRole", source.id);
            let policy =
                "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs";
            let mut role = trusting("appsync.amazonaws.com", place);
            role.set(
                "ManagedPolicyArns",
                tree(&json!([{ "Fn::Sub": policy }]), place),
            );
            self.add(sam, (source.key, span), &id, "AWS::IAM::Role", role);
            log.set("CloudWatchLogsRoleArn", attribute(&id, "Arn", place));
        }
        Some(log)
    }

    /// The schema, keys, the cache and the domain.
    fn expand_parts(&self, sam: &mut Sam<'_, '_>) {
        let (source, span) = (self.source, self.source.span());
        let place = (source.key, span);
        let own = |span| self.properties(&json!({"ApiId": "$api"}), span);
        let mut schema = own(span);
        source.copy("SchemaInline", "Definition", &mut schema);
        source.copy("SchemaUri", "DefinitionS3Location", &mut schema);
        let id = format!("{}Schema", source.id);
        self.add(sam, place, &id, "AWS::AppSync::GraphQLSchema", schema);
        for (name, field) in entries(source.property("ApiKeys")) {
            let mut key = own(field.value.span);
            copy_all(&field.value, &["ApiKeyId", "Description"], &mut key);
            copy(&field.value, "ExpiresOn", "Expires", &mut key);
            let id = format!("{}{name}", source.id);
            let place = (field.key, field.value.span);
            self.add(sam, place, &id, "AWS::AppSync::ApiKey", key);
        }
        if let Some(given) = source.property("Cache") {
            let mut cache = own(given.span);
            let names = [
                "ApiCachingBehavior",
                "AtRestEncryptionEnabled",
                "TransitEncryptionEnabled",
                "Ttl",
                "Type",
            ];
            copy_all(given, &names, &mut cache);
            let id = format!("{}ApiCache", source.id);
            self.add(sam, place, &id, "AWS::AppSync::ApiCache", cache);
        }
        if let Some(given) = source.property("DomainName") {
            let mut name = empty(given.span);
            let names = ["CertificateArn", "Description", "DomainName"];
            copy_all(given, &names, &mut name);
            let id = format!("{}DomainName", source.id);
            self.add(sam, place, &id, "AWS::AppSync::DomainName", name);
            let mut association = own(given.span);
            association.set("DomainName", reference(&id, given.span));
            let id = format!("{}DomainNameApiAssociation", source.id);
            let kind = "AWS::AppSync::DomainNameApiAssociation";
            self.add(sam, place, &id, kind, association);
        }
    }

    fn expand_data_sources(&mut self, sam: &mut Sam<'_, '_>) {
        let given = self.source.property("DataSources").cloned();
        let of = |kind| given.as_ref().and_then(|given| given.get(kind));
        for (name, field) in entries(of("DynamoDb")) {
            self.expand_table(sam, name, field);
        }
        for (name, field) in entries(of("Lambda")) {
            let mut config = empty(field.value.span);
            copy(
                &field.value,
                "FunctionArn",
                "LambdaFunctionArn",
                &mut config,
            );
            let function = field.value.get("FunctionArn").cloned();
            let end = Tree::map(
                [
                    ("Type", Tree::string("AWS::Lambda::Function", field.key)),
                    ("Arn", function.unwrap_or_else(|| empty(field.key))),
                ],
                field.key,
            );
            let permissions = tree(&json!(["Write"]), field.key);
            let connector = Tree::map(
                [("Destination", end), ("Permissions", permissions)],
                field.key,
            );
            let source = DataSource {
                name,
                field,
                kind: ("Lambda", "AWS_LAMBDA", "ToLambdaConnector"),
                config: ("LambdaConfig", config),
                connector,
            };
            self.expand_data_source(sam, source);
        }
    }

    fn expand_table(&mut self, sam: &mut Sam<'_, '_>, name: &Arc<str>, field: &Field) {
        let (given, span) = (&field.value, field.value.span);
        let region = given.get("Region").cloned();
        let region = region.unwrap_or_else(|| reference("AWS::Region", span));
        let mut config = Tree::map([("AwsRegion", region.clone())], span);
        copy_all(
            given,
            &["TableName", "UseCallerCredentials", "Versioned"],
            &mut config,
        );
        for flag in ["UseCallerCredentials", "Versioned"] {
            if config.get(flag).and_then(Tree::as_bool) == Some(false) {
                config.take(flag);
            }
        }
        copy(given, "DeltaSync", "DeltaSyncConfig", &mut config);
        let arn = given.get("TableArn").cloned().unwrap_or_else(|| {
            let text = "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}";
            let table = given.get("TableName").cloned();
            let table = table.unwrap_or_else(|| empty(span));
            let call = json!({"Fn::Sub": [text, {"__TableName__": "$table", "__Region__": "$region"}]});
            fill(&call, &[("$table", &table), ("$region", &region)], span)
        });
        let permissions = given.get("Permissions").cloned();
        let permissions = permissions.unwrap_or_else(|| tree(&json!(["Read", "Write"]), span));
        let connector = json!({"Destination": {"Type": "AWS::DynamoDB::Table", "Arn": "$arn"}, "Permissions": "$permissions"});
        let connector = fill(
            &connector,
            &[("$arn", &arn), ("$permissions", &permissions)],
            span,
        );
        let source = DataSource {
            name,
            field,
            kind: ("DynamoDB", "AMAZON_DYNAMODB", "ToTableConnector"),
            config: ("DynamoDBConfig", config),
            connector,
        };
        self.expand_data_source(sam, source);
    }

    fn expand_data_source(&mut self, sam: &mut Sam<'_, '_>, source: DataSource<'_>) {
        let (given, span) = (&source.field.value, source.field.value.span);
        let place = (source.field.key, span);
        let (kind, native, suffix) = source.kind;
        let id = format!("{}{}{kind}DataSource", self.source.id, source.name);
        let mut properties = self.properties(&json!({"ApiId": "$api", "Type": native}), span);
        properties.set("Name", Tree::string(source.name.clone(), span));
        copy_all(
            given,
            &["Description", "Name", "ServiceRoleArn"],
            &mut properties,
        );
        properties.set(source.config.0, source.config.1);
        let role = format!("{id}Role");
        let has_role = properties.get("ServiceRoleArn").is_some();
        if !has_role {
            properties.set("ServiceRoleArn", attribute(&role, "Arn", span));
        }
        self.add(sam, place, &id, "AWS::AppSync::DataSource", properties);
        self.data_sources
            .insert(source.name.clone(), attribute(&id, "Name", span));
        if has_role {
            return;
        }
        let trust = trusting("appsync.amazonaws.com", span);
        self.add(sam, place, &role, "AWS::IAM::Role", trust);
        let from = json!({"Type": "AWS::AppSync::DataSource", "Arn": {"Fn::GetAtt": [id, "DataSourceArn"]}, "RoleName": {"Ref": role}});
        let connector = format!("{id}{suffix}");
        let from = tree(&from, span);
        self.connect(sam, &connector, &from, &source.connector);
    }

    fn expand_functions(&mut self, sam: &mut Sam<'_, '_>) {
        let source = self.source;
        for (name, field) in entries(source.property("Functions")) {
            let (given, span) = (&field.value, field.value.span);
            if let Some(id) = given.get("Id") {
                self.functions.insert(name.clone(), id.clone());
                continue;
            }
            let mut properties = self.properties(&json!({"ApiId": "$api"}), span);
            properties.set("Name", Tree::string(name.clone(), span));
            copy_all(
                given,
                &["Description", "MaxBatchSize", "Name"],
                &mut properties,
            );
            copy(given, "InlineCode", "Code", &mut properties);
            copy(given, "CodeUri", "CodeS3Location", &mut properties);
            copy(given, "Sync", "SyncConfig", &mut properties);
            properties.set("DataSourceName", self.data_source(sam, given));
            properties.set("Runtime", runtime(given));
            let id = format!("{}{name}", self.source.id);
            let kind = "AWS::AppSync::FunctionConfiguration";
            self.add(sam, (field.key, span), &id, kind, properties);
            let own = attribute(&id, "FunctionId", span);
            self.functions.insert(name.clone(), own);
        }
    }

    /// The name of the data source of a function: a declared one, the one that is none, or whatever a call gives.
    fn data_source(&self, sam: &mut Sam<'_, '_>, function: &Tree) -> Tree {
        let span = function.span;
        let Some(given) = function.get("DataSource") else {
            return Tree::new(super::super::tree::Data::Null, span);
        };
        match given.as_str() {
            Some(name) if name.eq_ignore_ascii_case("none") => {
                let id = format!("{}NoneDataSource", self.source.id);
                let properties = json!({"ApiId": "$api", "Name": &*id, "Type": "NONE"});
                let properties = self.properties(&properties, given.span);
                let place = (self.source.key, given.span);
                self.add(sam, place, &id, "AWS::AppSync::DataSource", properties);
                attribute(&id, "Name", given.span)
            }
            Some(name) => self.data_sources.get(name).unwrap_or(given).clone(),
            None => given.clone(),
        }
    }

    fn expand_resolvers(&self, sam: &mut Sam<'_, '_>) {
        for (type_name, fields) in entries(self.source.property("Resolvers")) {
            for (name, field) in entries(Some(&fields.value)) {
                let (given, span) = (&field.value, field.value.span);
                let mut properties = self.properties(
                    &json!({"ApiId": "$api", "Kind": "PIPELINE", "FieldName": &**name, "TypeName": &**type_name}),
                    span,
                );
                copy_all(given, &["FieldName", "MaxBatchSize"], &mut properties);
                copy(given, "InlineCode", "Code", &mut properties);
                copy(given, "CodeUri", "CodeS3Location", &mut properties);
                copy(given, "Caching", "CachingConfig", &mut properties);
                if properties.get("Code").is_none() && properties.get("CodeS3Location").is_none() {
                    properties.set("Code", Tree::string(PIPELINE, span));
                    let runtime = json!({"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"});
                    properties.set("Runtime", tree(&runtime, span));
                } else {
                    properties.set("Runtime", runtime(given));
                }
                let pipeline = given.get("Pipeline").and_then(Tree::items);
                let functions = pipeline.unwrap_or_default().iter().map(|function| {
                    let id = function.as_str().and_then(|name| self.functions.get(name));
                    id.unwrap_or(function).clone()
                });
                let functions = Tree::list(functions.collect(), span);
                properties.set(
                    "PipelineConfig",
                    Tree::map([("Functions", functions)], span),
                );
                let id = format!("{}{type_name}{name}", self.source.id);
                let place = (field.key, span);
                sam.add_at(
                    self.source,
                    place,
                    &*id,
                    "AWS::AppSync::Resolver",
                    properties,
                );
                let schema = json!([format!("{}Schema", self.source.id)]);
                sam.set_attribute(&id, "DependsOn", tree(&schema, span));
            }
        }
    }
}

/// A data source with what connects it to what it reads.
struct DataSource<'f> {
    name: &'f Arc<str>,
    field: &'f Field,
    /// The part of its logical id, its type, and what the logical id of its connector ends in.
    kind: (&'static str, &'static str, &'static str),
    config: (&'static str, Tree),
    connector: Tree,
}

fn runtime(given: &Tree) -> Tree {
    let mut runtime = empty(given.span);
    if let Some(declared) = given.get("Runtime") {
        copy(declared, "Name", "Name", &mut runtime);
        copy(declared, "Version", "RuntimeVersion", &mut runtime);
    }
    runtime
}
