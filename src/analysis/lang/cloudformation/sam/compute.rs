//! What functions run on: capacity providers, network connectors, images of micro virtual machines, each with the role it acts with
//! where none is given.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-capacityprovider.html>

use serde_json::json;

use super::super::tree::Tree;
use super::make::{attribute, copy, empty, fill, map_tags, tree};
use super::policies::{managed_arn, trusting};
use super::{Sam, Source};

/// The tag of everything made here.
const TAG: &str = "lambda:createdBy";

/// The service that takes the roles.
const LAMBDA: &str = "lambda.amazonaws.com";

/// `AWS::Serverless::CapacityProvider`
pub(super) fn capacity(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let role = operator(sam, source, "AWSLambdaManagedEC2ResourceOperator");
    let mut properties = Tree::map(
        [(
            "PermissionsConfig",
            Tree::map([("CapacityProviderOperatorRoleArn", role)], span),
        )],
        span,
    );
    source.copy_all(
        &["CapacityProviderName", "KmsKeyArn", "VpcConfig"],
        &mut properties,
    );
    if let Some(given) = source.property("InstanceRequirements") {
        let mut requirements = empty(given.span);
        for (from, to) in [
            ("Architectures", "Architectures"),
            ("AllowedTypes", "AllowedInstanceTypes"),
            ("ExcludedTypes", "ExcludedInstanceTypes"),
        ] {
            copy(given, from, to, &mut requirements);
        }
        properties.set("InstanceRequirements", requirements);
    }
    if let Some(given) = source.property("ScalingConfig") {
        properties.set("CapacityProviderScalingConfig", scaling(given));
    }
    if let Some(given) = source.property("LoggingConfig") {
        let telemetry = Tree::map([("LoggingConfig", given.clone())], given.span);
        properties.set("TelemetryConfig", telemetry);
    }
    let managed = source
        .property("ManagedResourceTags")
        .and_then(|given| given.get("Tags"));
    if let Some(tags) = managed.and_then(|tags| map_tags(tags, tags.span)) {
        let propagated = json!({"Mode": "Explicit", "ExplicitTags": "$tags"});
        properties.set(
            "PropagateTags",
            fill(&propagated, &[("$tags", &tags)], tags.span),
        );
    }
    properties.set("Tags", source.signed_tags(TAG));
    let kind = "AWS::Lambda::CapacityProvider";
    sam.add_main(source, source.id, kind, properties);
}

fn scaling(given: &Tree) -> Tree {
    let span = given.span;
    let mut scaling = tree(&json!({"ScalingMode": "Auto"}), span);
    copy(given, "MaxVCpuCount", "MaxVCpuCount", &mut scaling);
    if let Some(target) = given.get("AverageCPUUtilization") {
        let policies = json!([{
            "PredefinedMetricType": "LambdaCapacityProviderAverageCPUUtilization", "TargetValue": "$target",
        }]);
        scaling.set("ScalingMode", Tree::string("Manual", target.span));
        scaling.set(
            "ScalingPolicies",
            fill(&policies, &[("$target", target)], target.span),
        );
    }
    scaling
}

/// `AWS::Serverless::NetworkConnector`
pub(super) fn network(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let role = operator(sam, source, "AWSLambdaNetworkConnectorOperatorPolicy");
    let mut egress = source
        .property("VpcConfig")
        .cloned()
        .unwrap_or_else(|| empty(span));
    let types = source.property("ComputeTypes").cloned();
    let types = types.unwrap_or_else(|| tree(&json!(["MicroVm"]), span));
    egress.set("AssociatedComputeResourceTypes", types);
    let mut properties = Tree::map(
        [(
            "Configuration",
            Tree::map([("VpcEgressConfiguration", egress)], span),
        )],
        span,
    );
    source.copy("Name", "Name", &mut properties);
    properties.set("OperatorRole", role);
    properties.set("Tags", source.signed_tags(TAG));
    let kind = "AWS::Lambda::NetworkConnector";
    sam.add_main(source, source.id, kind, properties);
}

/// The ARN of the role that Lambda acts with: the given one, or one made with a managed policy.
fn operator(sam: &mut Sam<'_, '_>, source: &Source<'_>, policy: &str) -> Tree {
    let span = source.span();
    if let Some(given) = source.property("OperatorRole") {
        return given.clone();
    }
    let id = format!("{}OperatorRole", source.id);
    let mut role = trusting(LAMBDA, span);
    role.set(
        "ManagedPolicyArns",
        tree(&json!([managed_arn(policy)]), span),
    );
    add_role(sam, source, &id, role);
    attribute(&id, "Arn", span)
}

/// Adds a role; behind its own tag it has those of its source where these are propagated.
fn add_role(sam: &mut Sam<'_, '_>, source: &Source<'_>, id: &str, mut role: Tree) {
    let span = source.span();
    let propagated = source.propagated();
    let mut tags = vec![tree(&json!({"Key": TAG, "Value": "SAM"}), span)];
    tags.extend_from_slice(
        propagated
            .as_ref()
            .and_then(Tree::items)
            .unwrap_or_default(),
    );
    role.set("Tags", Tree::list(tags, span));
    let mut untagged = source.properties.clone();
    untagged.take("PropagateTags");
    let quiet = Source {
        properties: untagged,
        ..*source
    };
    sam.add(&quiet, id, "AWS::IAM::Role", role);
}

/// `AWS::Serverless::MicrovmImage`
pub(super) fn image(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let defaults = json!({
        "AdditionalOsCapabilities": [], "CpuConfigurations": [], "Description": "", "EgressNetworkConnectors": [],
        "EnvironmentVariables": [], "Hooks": {}, "Logging": {}, "Resources": [],
    });
    let mut properties = tree(&defaults, span);
    source.copy_all(
        &[
            "AdditionalOsCapabilities",
            "BaseImageArn",
            "BaseImageVersion",
            "BuildRoleArn",
            "CpuConfigurations",
            "Description",
            "EgressNetworkConnectors",
            "Hooks",
            "Logging",
            "Name",
            "Resources",
        ],
        &mut properties,
    );
    if let Some(variables) = source
        .property("EnvironmentVariables")
        .and_then(|given| map_tags(given, given.span))
    {
        properties.set("EnvironmentVariables", variables);
    }
    let code = source.property("CodeUri").cloned();
    let code = code.unwrap_or_else(|| empty(span));
    if source.property("BuildRoleArn").is_none() {
        let id = format!("{}BuildRole", source.id);
        let mut role = trusting(LAMBDA, span);
        role.set("Policies", build_policies(sam, &code));
        add_role(sam, source, &id, role);
        properties.set("BuildRoleArn", attribute(&id, "Arn", span));
    }
    let artifact = Tree::map([("Uri", code.clone())], code.span);
    properties.set("CodeArtifact", artifact);
    properties.set("Tags", source.signed_tags(TAG));
    sam.add_main(source, source.id, "AWS::Lambda::MicrovmImage", properties);
}

/// What builds the image reads its code and writes logs.
fn build_policies(sam: &Sam<'_, '_>, code: &Tree) -> Tree {
    let resolved = sam.resolved(code);
    let bucket = resolved.as_str().and_then(|uri| uri.strip_prefix("s3://"));
    let objects = match bucket.and_then(|path| path.split('/').next()) {
        Some(bucket) => json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:s3:::{bucket}/*")}),
        None => json!({"Fn::Sub": [
            "arn:${AWS::Partition}:s3:::${Bucket}/*",
            {"Bucket": {"Fn::Select": [2, {"Fn::Split": ["/", "$code"]}]}},
        ]}),
    };
    let policies = json!([{"PolicyName": "MicrovmImageBuildPolicy", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": objects},
        {"Effect": "Allow", "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
    ]}}]);
    fill(&policies, &[("$code", code)], code.span)
}
