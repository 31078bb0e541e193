//! Events that a function polls for: queues, streams, brokers and clusters. Each is an event source mapping, and what the role of the
//! function has to be allowed.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>

use palisade_model::Span;
use serde_json::json;

use super::super::tree::Tree;
use super::Sam;
use super::events::Event;
use super::make::{copy, copy_all, document, empty, fill, tree};
use super::policies::Grants;

/// Properties that the mapping takes as they are.
const PASSED: [&str; 22] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "LoggingConfig",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "MetricsConfig",
    "ParallelizationFactor",
    "ProvisionedPollerConfig",
    "Queues",
    "ScalingConfig",
    "SourceAccessConfigurations",
    "StartingPosition",
    "StartingPositionTimestamp",
    "Topics",
    "TumblingWindowInSeconds",
    "DestinationConfig",
    "EventSourceArn",
];

/// How the source of events is named, by kind; the managed policy that the role needs.
fn source_of(kind: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match kind {
        "Kinesis" => ("Stream", Some("AWSLambdaKinesisExecutionRole")),
        "DynamoDB" => ("Stream", Some("AWSLambdaDynamoDBExecutionRole")),
        "SQS" => ("Queue", Some("AWSLambdaSQSQueueExecutionRole")),
        "MSK" => ("Stream", Some("AWSLambdaMSKExecutionRole")),
        "MQ" => ("Broker", None),
        "DocumentDB" => ("Cluster", None),
        "SelfManagedKafka" => ("", None),
        _ => return None,
    })
}

/// Expands an event of a kind that is polled for; false where it is of another kind.
pub(super) fn expand(sam: &mut Sam<'_, '_>, event: &Event<'_>, grants: &mut Grants) -> bool {
    let Some((source, managed)) = source_of(event.kind) else {
        return false;
    };
    let span = event.span();
    let mut properties = Tree::map([("FunctionName", event.target.name())], span);
    copy_all(event.properties, &PASSED, &mut properties);
    copy(event.properties, source, "EventSourceArn", &mut properties);
    send_failures(event, &mut properties, grants);
    match event.kind {
        "MSK" => kafka(
            event,
            "AmazonManagedKafkaEventSourceConfig",
            &mut properties,
        ),
        "SelfManagedKafka" => {
            kafka(event, "SelfManagedKafkaEventSourceConfig", &mut properties);
            endpoints(event, &mut properties);
        }
        "DocumentDB" => {
            let mut config = empty(span);
            let names = ["DatabaseName", "CollectionName", "FullDocument"];
            copy_all(event.properties, &names, &mut config);
            properties.set("DocumentDBEventSourceConfig", config);
        }
        _ => {}
    }
    event.add(
        sam,
        event.id.as_str(),
        "AWS::Lambda::EventSourceMapping",
        properties,
    );
    if let Some(managed) = managed {
        grants.manage_named(managed, span);
    }
    allow(event, grants);
    true
}

/// Where records go that cannot be processed: the mapping is told the place alone, the role may write there.
fn send_failures(event: &Event<'_>, properties: &mut Tree, grants: &mut Grants) {
    let Some(mut config) = properties.take("DestinationConfig") else {
        return;
    };
    if let Some(mut failure) = config.take("OnFailure") {
        let kind = failure.take("Type");
        if let Some(destination) = failure.get("Destination") {
            let kind = kind.as_ref().and_then(Tree::as_str).unwrap_or_default();
            allow_failures(event, kind, destination, grants);
        }
        config.set("OnFailure", failure);
    }
    properties.set("DestinationConfig", config);
}

fn allow_failures(event: &Event<'_>, kind: &str, destination: &Tree, grants: &mut Grants) {
    let span = destination.span;
    let statements = match kind {
        "SQS" => json!([{"Action": "sqs:SendMessage", "Effect": "Allow", "Resource": "$to"}]),
        "SNS" => json!([{"Action": "sns:publish", "Effect": "Allow", "Resource": "$to"}]),
        "S3" => json!([
            {"Action": "s3:PutObject", "Effect": "Allow", "Resource": {"Fn::Join": ["/", ["$to", "*"]]}},
            {"Action": "s3:ListBucket", "Effect": "Allow", "Resource": "$to"},
        ]),
        _ => return,
    };
    let document = fill(
        &json!({ "Statement": statements }),
        &[("$to", destination)],
        span,
    );
    grants.allow(&format!("{}{kind}Policy", event.id), document, span);
}

fn kafka(event: &Event<'_>, name: &str, properties: &mut Tree) {
    let mut config = empty(event.span());
    let parts = ["ConsumerGroupId", "SchemaRegistryConfig"];
    copy_all(event.properties, &parts, &mut config);
    if config.fields().is_some_and(|fields| !fields.is_empty()) {
        properties.set(name, config);
    }
}

fn endpoints(event: &Event<'_>, properties: &mut Tree) {
    if let Some(servers) = event.properties.get("KafkaBootstrapServers") {
        let endpoints = json!({"Endpoints": {"KafkaBootstrapServers": "$servers"}});
        let source = fill(&endpoints, &[("$servers", servers)], servers.span);
        properties.set("SelfManagedEventSource", source);
    }
}

/// What the role of the function has to be allowed beside the managed policy.
fn allow(event: &Event<'_>, grants: &mut Grants) {
    let span = event.span();
    match event.kind {
        "MQ" => {
            let mut statements = secrets(event, &["BASIC_AUTH"]);
            statements.extend(describe(event, "mq:DescribeBroker", "Broker"));
            statements.extend(decrypt(event, json!("kms:Decrypt")));
            let name = match event
                .properties
                .get("DynamicPolicyName")
                .and_then(Tree::as_bool)
            {
                Some(true) => format!("{}AMQPolicy", event.id),
                _ => "SamAutoGeneratedAMQPolicy".to_owned(),
            };
            grants.allow(&name, document(statements, span), span);
        }
        "DocumentDB" => {
            let name = "SamAutoGeneratedDocumentDBPolicy";
            grants.allow(name, document(document_db(event), span), span);
        }
        "MSK" => {
            let mut statements = registry(event);
            statements.extend(secrets(event, &["CLIENT_CERTIFICATE_TLS_AUTH"]));
            if !statements.is_empty() {
                grants.allow("MSKExecutionRolePolicy", document(statements, span), span);
            }
        }
        "SelfManagedKafka" => {
            let mut statements = secrets(event, &KAFKA_SECRETS);
            if has_access(event, "VPC_SUBNET") {
                statements.push(network_interfaces(span));
            }
            statements.extend(decrypt(event, json!(["kms:Decrypt"])));
            statements.extend(registry(event));
            let mut document = document(statements, span);
            document.set("Version", Tree::string("2012-10-17", span));
            grants.allow("SelfManagedKafkaExecutionRolePolicy", document, span);
        }
        _ => {}
    }
}

/// Ways of a Kafka cluster to know its clients whose secret is read.
const KAFKA_SECRETS: [&str; 5] = [
    "BASIC_AUTH",
    "CLIENT_CERTIFICATE_TLS_AUTH",
    "SASL_SCRAM_256_AUTH",
    "SASL_SCRAM_512_AUTH",
    "SERVER_ROOT_CA_CERTIFICATE",
];

fn document_db(event: &Event<'_>) -> Vec<Tree> {
    let span = event.span();
    let mut statements = secrets(event, &["BASIC_AUTH"]);
    for (action, kind) in [
        ("rds:DescribeDBClusterParameters", "cluster-pg"),
        ("rds:DescribeDBSubnetGroups", "subgrp"),
    ] {
        let resource =
            format!("arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:{kind}:*");
        let statement =
            json!({"Action": [action], "Effect": "Allow", "Resource": {"Fn::Sub": resource}});
        statements.push(tree(&statement, span));
    }
    statements.extend(describe(event, "rds:DescribeDBClusters", "Cluster"));
    statements.push(network_interfaces(span));
    statements.extend(decrypt(event, json!(["kms:Decrypt"])));
    statements
}

fn accesses<'e>(event: &'e Event<'_>, path: &[&str]) -> &'e [Tree] {
    event
        .properties
        .at(path)
        .and_then(Tree::items)
        .unwrap_or_default()
}

fn has_access(event: &Event<'_>, kind: &str) -> bool {
    let mut all = accesses(event, &["SourceAccessConfigurations"]).iter();
    all.any(|access| access.str_of("Type") == Some(kind))
}

fn secrets(event: &Event<'_>, kinds: &[&str]) -> Vec<Tree> {
    let all = accesses(event, &["SourceAccessConfigurations"]).iter();
    let secret = |access: &&Tree| {
        access
            .str_of("Type")
            .is_some_and(|kind| kinds.contains(&kind))
    };
    all.filter(secret).filter_map(read_secret).collect()
}

fn read_secret(access: &Tree) -> Option<Tree> {
    let uri = access.get("URI")?;
    let statement =
        json!({"Action": ["secretsmanager:GetSecretValue"], "Effect": "Allow", "Resource": "$uri"});
    Some(fill(&statement, &[("$uri", uri)], uri.span))
}

/// A registry of schemas: its secrets, and one of Glue may be read.
fn registry(event: &Event<'_>) -> Vec<Tree> {
    let access = accesses(event, &["SchemaRegistryConfig", "AccessConfigs"]);
    let mut statements: Vec<Tree> = access.iter().filter_map(read_secret).collect();
    let Some(uri) = event
        .properties
        .at(&["SchemaRegistryConfig", "SchemaRegistryURI"])
    else {
        return statements;
    };
    let name = uri.as_str().filter(|text| text.contains(":glue:"));
    if let Some(name) = name.and_then(|text| text.rsplit('/').next()) {
        let schemas = format!(
            "arn:${{AWS::Partition}}:glue:${{AWS::Region}}:${{AWS::AccountId}}:schema/{name}/*"
        );
        let read = json!({"Action": ["glue:GetRegistry"], "Effect": "Allow", "Resource": "$uri"});
        statements.push(fill(&read, &[("$uri", uri)], uri.span));
        let versions = json!({"Action": ["glue:GetSchemaVersion"], "Effect": "Allow", "Resource": [{"Fn::Sub": schemas}]});
        statements.push(tree(&versions, uri.span));
    }
    statements
}

fn describe(event: &Event<'_>, action: &str, source: &str) -> Option<Tree> {
    let resource = event.properties.get(source)?;
    let statement = json!({"Action": [action], "Effect": "Allow", "Resource": "$source"});
    Some(fill(&statement, &[("$source", resource)], resource.span))
}

fn decrypt(event: &Event<'_>, action: serde_json::Value) -> Option<Tree> {
    let key = event.properties.get("SecretsManagerKmsKeyId")?;
    let id = key.as_str()?;
    let resource =
        format!("arn:${{AWS::Partition}}:kms:${{AWS::Region}}:${{AWS::AccountId}}:key/{id}");
    let statement = json!({"Action": action, "Effect": "Allow", "Resource": {"Fn::Sub": resource}});
    Some(tree(&statement, key.span))
}

fn network_interfaces(span: Span) -> Tree {
    let statement = json!({"Action": [
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface",
        "ec2:DescribeVpcs", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups",
    ], "Effect": "Allow", "Resource": "*"});
    tree(&statement, span)
}
