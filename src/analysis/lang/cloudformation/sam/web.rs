//! `AWS::Serverless::WebFunction`: the function, its revision and its endpoint, and the role it runs with where none is given.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::tree::{Field, Tree};
use super::make::{attribute, empty, fill, s3_location, tag_list, tree};
use super::policies::{managed_arn, trusting};
use super::{Sam, Source};

/// Groups of regions that `ReplicaRegions` names.
const GROUPS: [(&str, &[&str]); 6] = [
    ("US", &["us-east-1", "us-east-2", "us-west-1", "us-west-2"]),
    (
        "AP",
        &[
            "ap-south-1",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-southeast-1",
            "ap-southeast-2",
        ],
    ),
    ("CA", &["ca-central-1"]),
    (
        "EU",
        &[
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "eu-central-1",
            "eu-north-1",
        ],
    ),
    ("SA", &["sa-east-1"]),
    (
        "SPARSE_GLOBAL",
        &[
            "us-east-1",
            "eu-west-1",
            "eu-central-1",
            "ap-northeast-1",
            "ap-southeast-2",
            "sa-east-1",
            "ap-southeast-1",
        ],
    ),
];

/// Characters of the logical id in a name that is made.
const MAXIMUM_NAME: usize = 55;

/// Expands a web function.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let name = name(source);
    let role = role(sam, source);
    let mut function = Tree::map([("FunctionName", name.clone())], span);
    let tags = tag_list(source.property("Tags"), Some("lambda:createdBy"), span);
    if let Some(tags) = &tags {
        function.set("Tags", tags.clone());
    }
    sam.add_main(source, source.id, "AWS::Lambda::WebFunction", function);
    let revision = format!("{}Revision", source.id);
    let mut properties = Tree::map([("FunctionName", name.clone())], span);
    source.copy("RevisionDescription", "Description", &mut properties);
    source.copy("KmsKeyArn", "KmsKeyArn", &mut properties);
    properties.set("BuildConfig", build(source));
    properties.set("ServiceConfig", service(source, role));
    let kind = "AWS::Lambda::WebFunctionRevision";
    sam.add(source, &*revision, kind, properties);
    let waits = json!([&**source.id]);
    sam.set_attribute(&revision, "DependsOn", tree(&waits, span));
    let endpoint = format!("{}Endpoint", source.id);
    let properties = endpoint_of(source, name, &revision);
    let kind = "AWS::Lambda::WebFunctionEndpoint";
    sam.add(source, &*endpoint, kind, properties);
    let waits = json!([&**source.id, &*revision]);
    sam.set_attribute(&endpoint, "DependsOn", tree(&waits, span));
}

/// The name that all three have: the given one, or one made of the logical id and the id of the stack.
fn name(source: &Source<'_>) -> Tree {
    if let Some(given) = source.property("FunctionName") {
        return given.clone();
    }
    let id: String = source.id.chars().take(MAXIMUM_NAME).collect();
    let stack = json!({"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]});
    let name = json!({"Fn::Sub": [
        format!("{id}-${{StackIdSuffix}}"),
        {"StackIdSuffix": {"Fn::Select": [0, {"Fn::Split": ["-", stack]}]}},
    ]});
    tree(&name, source.span())
}

fn role(sam: &mut Sam<'_, '_>, source: &Source<'_>) -> Tree {
    let span = source.span();
    if let Some(given) = source.property("ExecutionRoleArn") {
        return given.clone();
    }
    let id = format!("{}Role", source.id);
    let mut role = trusting("lambda.amazonaws.com", span);
    let policies = json!([managed_arn("AWSLambdaBasicExecutionRole")]);
    role.set("ManagedPolicyArns", tree(&policies, span));
    let tags = tag_list(source.property("Tags"), Some("lambda:createdBy"), span);
    if let Some(tags) = tags {
        role.set("Tags", tags);
    }
    sam.add(source, &*id, "AWS::IAM::Role", role);
    attribute(&id, "Arn", span)
}

fn build(source: &Source<'_>) -> Tree {
    let span = source.span();
    let code = source.property("CodeUri");
    let code = code.map(|code| s3_location(code, ["Bucket", "Key", "VersionId"]));
    let mut runtime = empty(span);
    source.copy("Runtime", "Runtime", &mut runtime);
    let build = json!({"CodeConfig": {"S3Object": "$code"}, "RuntimeConfig": "$runtime"});
    let code = code.unwrap_or_else(|| empty(span));
    fill(&build, &[("$code", &code), ("$runtime", &runtime)], span)
}

fn service(source: &Source<'_>, role: Tree) -> Tree {
    let span = source.span();
    let mut service = Tree::map([("ExecutionRoleArn", role)], span);
    let given = source.property("EnvironmentVariables").cloned();
    let mut variables = given.unwrap_or_else(|| empty(span));
    if !variables.is_call() {
        let texts = variables.fields().cloned().unwrap_or_default();
        for (key, field) in texts {
            if let Some(text) = field.value.scalar_text() {
                let value = Tree::string(text, field.value.span);
                variables.set_field(key, Field { value, ..field });
            }
        }
        if let Some(entry) = source.property("EntryPoint") {
            variables.set("AWS_LAMBDA_NODEJS_ENTRYPOINT", entry.clone());
        }
    }
    if variables.fields().is_some_and(|fields| !fields.is_empty()) {
        service.set("EnvironmentVariables", variables);
    }
    if let Some(logging) = source.property("LoggingConfig") {
        let telemetry = Tree::map([("LoggingConfig", logging.clone())], logging.span);
        service.set("TelemetryConfig", telemetry);
    }
    service.set("TimeoutSeconds", Tree::integer(30, span));
    source.copy_all(
        &["EgressNetworkConnectorArn", "MaxConcurrencyPerEnvironment"],
        &mut service,
    );
    source.copy("Timeout", "TimeoutSeconds", &mut service);
    service
}

fn endpoint_of(source: &Source<'_>, name: Tree, revision: &str) -> Tree {
    let span = source.span();
    let defaults = json!({"EndpointName": "prod", "EndpointType": "HomeRegion"});
    let mut endpoint = tree(&defaults, span);
    endpoint.set("FunctionName", name);
    source.copy_all(
        &[
            "AuthType",
            "EndpointName",
            "EndpointType",
            "ScalingConfig",
            "ThrottleConfig",
        ],
        &mut endpoint,
    );
    source.copy("EndpointDescription", "Description", &mut endpoint);
    let given = source.property("RevisionWeights").and_then(Tree::fields);
    let weights: Vec<Tree> = match given {
        Some(weights) => weights
            .iter()
            .map(|(id, field)| {
                let mut weight = tree(&json!({ "RevisionId": &**id }), field.key);
                weight.set_field("Weight", field.clone());
                weight
            })
            .collect(),
        None => {
            let id = json!({"Fn::GetAtt": [revision, "RevisionId"]});
            vec![tree(&json!({"RevisionId": id, "Weight": 100}), span)]
        }
    };
    endpoint.set("RevisionWeights", Tree::list(weights, span));
    if let Some(regions) = source.property("ReplicaRegions") {
        endpoint.set("Regions", self::regions(regions));
    }
    endpoint
}

/// The regions of a list, or of `IncludeRegions` but not of `ExcludeRegions`; groups stand for what they hold.
fn regions(given: &Tree) -> Tree {
    if given.is_call() {
        return given.clone();
    }
    let listed = |tree: Option<&Tree>| tree.and_then(Tree::items).unwrap_or_default().to_vec();
    let (included, excluded) = match given.items() {
        Some(items) => (items.to_vec(), Vec::new()),
        None => (
            listed(given.get("IncludeRegions")),
            listed(given.get("ExcludeRegions")),
        ),
    };
    let excluded = expanded(&excluded);
    let mut regions: Vec<Tree> = expanded(&included)
        .difference(&excluded)
        .map(|region| Tree::string(region.as_str(), given.span))
        .collect();
    regions.extend(included.into_iter().filter(|item| item.as_str().is_none()));
    Tree::list(regions, given.span)
}

fn expanded(items: &[Tree]) -> BTreeSet<String> {
    let mut regions = BTreeSet::new();
    for name in items.iter().filter_map(Tree::as_str) {
        let key = name.to_uppercase();
        let groups = GROUPS
            .iter()
            .filter(|(group, _)| *group == key || key == "ALL_STANDARD");
        let before = regions.len();
        regions.extend(groups.flat_map(|(_, regions)| regions.iter().map(|one| (*one).to_owned())));
        if regions.len() == before && name.contains('-') {
            regions.insert(name.to_owned());
        }
    }
    regions
}
