//! `AWS::Serverless::Function`: the function, its role, version and alias, its URL, where its asynchronous results go, its events.

use serde_json::json;

use super::super::tree::Tree;
use super::events::{self, Target, TargetKind};
use super::make::{
    attribute, copy, copy_all, empty, reference, s3_location, tag_list, tree, tree_digest,
};
use super::policies::{Grants, trust};
use super::{Sam, Source};

/// Properties that are passed on as they are.
const PASSED: [&str; 26] = [
    "Architectures",
    "CodeSigningConfigArn",
    "Description",
    "DurableConfig",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "FunctionName",
    "FunctionScalingConfig",
    "Handler",
    "ImageConfig",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "PublishToLatestPublished",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "RuntimeManagementConfig",
    "SnapStart",
    "TenancyConfig",
    "Timeout",
    "VpcConfig",
];

/// The tag of everything SAM makes of a function.
const TAG: &str = "lambda:createdBy";

/// Expands a function.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let mut properties = empty(span);
    source.copy_all(&PASSED, &mut properties);
    if let Some(code) = code(source) {
        properties.set("Code", code.clone());
    }
    if let Some(tags) = tag_list(source.property("Tags"), Some(TAG), span) {
        properties.set("Tags", tags);
    }
    let is_traced = is_traced(sam, source);
    if is_traced && let Some(mode) = source.property("Tracing") {
        properties.set(
            "TracingConfig",
            Tree::map([("Mode", mode.clone())], mode.span),
        );
    }
    if let Some(queue) = source
        .property("DeadLetterQueue")
        .and_then(|queue| queue.get("TargetArn"))
    {
        properties.set(
            "DeadLetterConfig",
            Tree::map([("TargetArn", queue.clone())], queue.span),
        );
    }
    describe_code(sam, source, &mut properties);
    if let Some(config) = source.property("CapacityProviderConfig") {
        properties.set("CapacityProviderConfig", capacity(config));
    }
    let version = version(sam, source, &properties);
    if source.property("Role").is_none() {
        properties.set(
            "Role",
            attribute(&format!("{}Role", source.id), "Arn", span),
        );
    }
    sam.add_main(source, source.id, "AWS::Lambda::Function", properties);
    let alias = publish(sam, source, version);
    let target = Target {
        source,
        alias,
        kind: TargetKind::Function,
    };
    expand_url(sam, &target);
    let mut grants = managed(source, is_traced);
    allow_dead_letters(source, &mut grants);
    grants.add_all(source.property("Policies"), &format!("{}Role", source.id));
    expand_invoke_config(sam, &target, &mut grants);
    events::expand(sam, &target, &mut grants);
    if source.property("Role").is_none() {
        expand_role(sam, source, grants);
    }
}

/// The managed policies of its role.
fn managed(source: &Source<'_>, is_traced: bool) -> Grants {
    let span = source.span();
    let mut grants = Grants::default();
    let basic = match source.property("DurableConfig") {
        Some(_) => "AWSLambdaBasicDurableExecutionRolePolicy",
        None => "AWSLambdaBasicExecutionRole",
    };
    grants.manage_named(basic, span);
    if is_traced {
        grants.manage_named("AWSXrayWriteOnlyAccess", span);
    }
    if source.property("VpcConfig").is_some() {
        grants.manage_named("AWSLambdaVPCAccessExecutionRole", span);
    }
    grants
}

fn is_traced(sam: &Sam<'_, '_>, source: &Source<'_>) -> bool {
    source
        .property("Tracing")
        .is_some_and(|mode| sam.text(mode).as_deref() != Some("Disabled"))
}

fn code(source: &Source<'_>) -> Option<Tree> {
    if let Some(text) = source.property("InlineCode") {
        return Some(Tree::map([("ZipFile", text.clone())], text.span));
    }
    if let Some(image) = source.property("ImageUri") {
        return Some(Tree::map([("ImageUri", image.clone())], image.span));
    }
    let location = source.property("CodeUri")?;
    let mut code = s3_location(location, ["S3Bucket", "S3Key", "S3ObjectVersion"]);
    source.copy("SourceKMSKeyArn", "SourceKMSKeyArn", &mut code);
    Some(code)
}

/// Where the function runs on instances: the names of CloudFormation for what SAM says.
fn capacity(config: &Tree) -> Tree {
    let mut instances = config.clone();
    if let Some(arn) = instances.take("Arn") {
        instances.set("CapacityProviderArn", arn);
    }
    let name = "LambdaManagedInstancesCapacityProviderConfig";
    Tree::map([(name, instances)], config.span)
}

/// The logical id of the version, which ends in a digest of what makes a new version: the code and what it runs with, or every
/// property.
fn version(sam: &Sam<'_, '_>, source: &Source<'_>, properties: &Tree) -> String {
    let given = source.property("AutoPublishCodeSha256");
    if let Some(digest) = given.and_then(|digest| sam.text(digest)) {
        let suffix: String = digest.chars().take(10).collect();
        return format!("{}Version{suffix}", source.id);
    }
    let all = source.property("AutoPublishAliasAllProperties");
    let hashed = if all.and_then(Tree::as_bool) == Some(true) {
        with_layers(sam, properties)
    } else {
        let code = properties.get("Code").map(|code| sam.resolved(code));
        let mut hashed = code.unwrap_or_else(|| empty(source.span()));
        let environment = properties.get("Environment").and_then(Tree::fields);
        for (key, field) in environment.into_iter().flatten() {
            hashed.set_field(key.clone(), field.clone());
        }
        copy(properties, "MemorySize", "MemorySize", &mut hashed);
        let snapshots = properties.at(&["SnapStart", "ApplyOn"]);
        if snapshots.is_some_and(|on| on.as_str() != Some("None")) {
            copy(properties, "SnapStart", "SnapStart", &mut hashed);
        }
        hashed
    };
    format!("{}Version{}", source.id, tree_digest(&hashed))
}

/// The properties, and those of each layer whose changes publish the function anew.
fn with_layers(sam: &Sam<'_, '_>, properties: &Tree) -> Tree {
    let mut hashed = properties.clone();
    let layers = properties.get("Layers").and_then(Tree::items);
    for id in layers.unwrap_or_default().iter().filter_map(Tree::as_ref) {
        let layer = sam.declared.get(id);
        let layer = layer.and_then(|field| field.value.get("Properties"));
        let publishes = layer.and_then(|layer| layer.get("PublishLambdaVersion"));
        if let Some(layer) = layer.filter(|_| publishes.and_then(Tree::as_bool) == Some(true)) {
            hashed.set(id, layer.clone());
        }
    }
    hashed
}

/// The description ends in the digest of the code, where it is given.
fn describe_code(sam: &Sam<'_, '_>, source: &Source<'_>, properties: &mut Tree) {
    let digest = source
        .property("AutoPublishCodeSha256")
        .filter(|_| source.property("AutoPublishAlias").is_some())
        .and_then(|digest| sam.text(digest));
    let Some(digest) = digest else { return };
    let described = source
        .property("Description")
        .map(|description| sam.text(description));
    let text = match described {
        Some(Some(description)) => format!("{description} {digest}"),
        Some(None) => return,
        None => digest.to_string(),
    };
    properties.set("Description", Tree::string(text, source.span()));
}

/// The version and the alias; the logical id of the alias.
fn publish(sam: &mut Sam<'_, '_>, source: &Source<'_>, version: String) -> Option<String> {
    let span = source.span();
    let name = sam.text(source.property("AutoPublishAlias")?)?;
    let mut properties = Tree::map([("FunctionName", reference(source.id, span))], span);
    source.copy("VersionDescription", "Description", &mut properties);
    let runs_on_instances = source.property("CapacityProviderConfig").is_some();
    if runs_on_instances {
        source.copy_all(&["FunctionScalingConfig"], &mut properties);
    }
    sam.add(source, version.as_str(), "AWS::Lambda::Version", properties);
    let kept = source
        .property("VersionDeletionPolicy")
        .and_then(|policy| sam.text(policy));
    let default = if runs_on_instances {
        "Delete"
    } else {
        "Retain"
    };
    if source.tree.get("DeletionPolicy").is_none() {
        let policy = kept.unwrap_or_else(|| default.into());
        sam.set_attribute(&version, "DeletionPolicy", Tree::string(policy, span));
    }
    let alias = format!("{}Alias{name}", source.id);
    let mut properties = tree(&json!({ "Name": &*name }), span);
    properties.set("FunctionName", reference(source.id, span));
    properties.set("FunctionVersion", attribute(&version, "Version", span));
    source.copy_all(&["ProvisionedConcurrencyConfig"], &mut properties);
    sam.add(source, alias.as_str(), "AWS::Lambda::Alias", properties);
    sam.members
        .insert((source.id.clone(), "Version"), version.into());
    sam.members
        .insert((source.id.clone(), "Alias"), alias.as_str().into());
    expand_deployment(sam, source, &alias);
    Some(alias)
}

/// `DeploymentPreference`: a deployment group for the alias.
fn expand_deployment(sam: &mut Sam<'_, '_>, source: &Source<'_>, alias: &str) {
    const APPLICATION: &str = "ServerlessDeploymentApplication";
    const ROLE: &str = "CodeDeployServiceRole";
    let span = source.span();
    let Some(preference) = source.property("DeploymentPreference").cloned() else {
        return;
    };
    if preference.get("Enabled").and_then(Tree::as_bool) == Some(false) {
        return;
    }
    let group = format!("{}DeploymentGroup", source.id);
    let update = json!({"CodeDeployLambdaAliasUpdate": {
        "ApplicationName": {"Ref": APPLICATION}, "DeploymentGroupName": {"Ref": group}
    }});
    let mut update = tree(&update, span);
    if let Some(hooks) = preference.get("Hooks")
        && let Some(mut inner) = update.take("CodeDeployLambdaAliasUpdate")
    {
        copy(hooks, "PreTraffic", "BeforeAllowTrafficHook", &mut inner);
        copy(hooks, "PostTraffic", "AfterAllowTrafficHook", &mut inner);
        update.set("CodeDeployLambdaAliasUpdate", inner);
    }
    sam.set_attribute(alias, "UpdatePolicy", update);
    let properties = deployment_group(&preference, (APPLICATION, ROLE), span);
    sam.add(
        source,
        group,
        "AWS::CodeDeploy::DeploymentGroup",
        properties,
    );
    if !sam.made.contains_key(APPLICATION) {
        let properties = tree(&json!({"ComputePlatform": "Lambda"}), span);
        sam.add(
            source,
            APPLICATION,
            "AWS::CodeDeploy::Application",
            properties,
        );
    }
    if preference.get("Role").is_none() && !sam.made.contains_key(ROLE) {
        let properties = json!({
            "AssumeRolePolicyDocument": trust("codedeploy.amazonaws.com"),
            "ManagedPolicyArns": [super::policies::managed_arn("AWSCodeDeployRoleForLambda")],
        });
        sam.add(source, ROLE, "AWS::IAM::Role", tree(&properties, span));
    }
}

/// The properties of the deployment group, for the shared application and role.
fn deployment_group(
    preference: &Tree,
    (application, role): (&str, &str),
    span: palisade_model::Span,
) -> Tree {
    let kind = preference.str_of("Type").unwrap_or_default();
    let mut properties = tree(
        &json!({
            "ApplicationName": {"Ref": application},
            "AutoRollbackConfiguration": {"Enabled": true, "Events": [
                "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"
            ]},
            "DeploymentConfigName": {"Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": kind}]},
            "DeploymentStyle": {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"},
            "ServiceRoleArn": {"Fn::GetAtt": [role, "Arn"]},
        }),
        span,
    );
    if let Some(alarms) = preference.get("Alarms").and_then(Tree::items) {
        let alarms = alarms
            .iter()
            .map(|alarm| Tree::map([("Name", alarm.clone())], alarm.span));
        let mut configuration = tree(&json!({"Enabled": true}), span);
        configuration.set("Alarms", Tree::list(alarms.collect(), span));
        properties.set("AlarmConfiguration", configuration);
    }
    if let Some(role) = preference.get("Role") {
        properties.set("ServiceRoleArn", role.clone());
    }
    properties
}

/// `FunctionUrlConfig`: the URL, and where it asks for no authorization the permissions of everyone.
fn expand_url(sam: &mut Sam<'_, '_>, target: &Target<'_>) {
    let source = target.source;
    let span = source.span();
    let Some(config) = source.property("FunctionUrlConfig") else {
        return;
    };
    let mut properties = Tree::map([("TargetFunctionArn", target.name())], span);
    properties.span = config.span;
    copy_all(config, &["AuthType", "Cors", "InvokeMode"], &mut properties);
    sam.add(
        source,
        format!("{}Url", source.id),
        "AWS::Lambda::Url",
        properties,
    );
    let auth = config.get("AuthType").and_then(|auth| sam.text(auth));
    if auth.as_deref() != Some("NONE") {
        return;
    }
    let mut everyone = tree(
        &json!({"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE", "Principal": "*"}),
        config.span,
    );
    everyone.set("FunctionName", target.name());
    sam.add(
        source,
        format!("{}UrlPublicPermissions", source.id),
        "AWS::Lambda::Permission",
        everyone,
    );
    let mut invoke = tree(
        &json!({"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": true, "Principal": "*"}),
        config.span,
    );
    invoke.set("FunctionName", target.name());
    sam.add(
        source,
        format!("{}URLInvokeAllowPublicAccess", source.id),
        "AWS::Lambda::Permission",
        invoke,
    );
}

fn allow_dead_letters(source: &Source<'_>, grants: &mut Grants) {
    let Some(queue) = source.property("DeadLetterQueue") else {
        return;
    };
    let action = match queue.str_of("Type") {
        Some("SQS") => "sqs:SendMessage",
        _ => "sns:Publish",
    };
    let mut statement = tree(&json!({"Action": action, "Effect": "Allow"}), queue.span);
    copy_resource(queue, &mut statement);
    let mut document = tree(&json!({"Version": "2012-10-17"}), queue.span);
    document.set("Statement", Tree::list(vec![statement], queue.span));
    grants.allow("DeadLetterQueuePolicy", document, queue.span);
}

fn copy_resource(queue: &Tree, statement: &mut Tree) {
    copy(queue, "TargetArn", "Resource", statement);
}

/// `EventInvokeConfig`: destinations, made where they are not given, and the right to send there.
fn expand_invoke_config(sam: &mut Sam<'_, '_>, target: &Target<'_>, grants: &mut Grants) {
    let source = target.source;
    let span = source.span();
    let Some(config) = source.property("EventInvokeConfig").cloned() else {
        return;
    };
    let id = format!("{}EventInvokeConfig", source.id);
    let alias = source
        .property("AutoPublishAlias")
        .and_then(|alias| sam.text(alias));
    let qualifier = alias.unwrap_or_else(|| "$LATEST".into());
    let mut properties = tree(&json!({ "Qualifier": &*qualifier }), config.span);
    properties.set("FunctionName", reference(source.id, span));
    copy_all(
        &config,
        &["MaximumEventAgeInSeconds", "MaximumRetryAttempts"],
        &mut properties,
    );
    let mut destinations = empty(config.span);
    for when in ["OnSuccess", "OnFailure"] {
        let Some(declared) = config
            .get("DestinationConfig")
            .and_then(|config| config.get(when))
        else {
            continue;
        };
        let destination = destination(sam, source, declared, &format!("{id}{when}"), grants);
        if let Some(arn) = destination {
            destinations.set(when, Tree::map([("Destination", arn)], declared.span));
        }
    }
    if destinations
        .fields()
        .is_some_and(|fields| !fields.is_empty())
    {
        properties.set("DestinationConfig", destinations);
    }
    sam.add(source, id, "AWS::Lambda::EventInvokeConfig", properties);
}

fn destination(
    sam: &mut Sam<'_, '_>,
    source: &Source<'_>,
    declared: &Tree,
    id: &str,
    grants: &mut Grants,
) -> Option<Tree> {
    let span = declared.span;
    let kind = declared.str_of("Type");
    let arn = match (declared.get("Destination"), kind) {
        (Some(given), _) => given.clone(),
        (None, Some("SQS")) => {
            let queue = format!("{id}Queue");
            sam.add(source, queue.as_str(), "AWS::SQS::Queue", empty(span));
            sam.members.insert(
                (source.id.clone(), "DestinationQueue"),
                queue.as_str().into(),
            );
            attribute(&queue, "Arn", span)
        }
        (None, Some("SNS")) => {
            let topic = format!("{id}Topic");
            sam.add(source, topic.as_str(), "AWS::SNS::Topic", empty(span));
            sam.members.insert(
                (source.id.clone(), "DestinationTopic"),
                topic.as_str().into(),
            );
            reference(&topic, span)
        }
        _ => return None,
    };
    let (name, action) = match kind {
        Some("SQS") => ("SQSPolicy", "sqs:SendMessage"),
        Some("SNS") => ("SNSPolicy", "sns:publish"),
        Some("EventBridge") => ("EventBridgePolicy", "events:PutEvents"),
        Some("Lambda") => ("LambdaPolicy", "lambda:InvokeFunction"),
        Some("S3Bucket") => ("S3Policy", "s3:PutObject"),
        _ => return Some(arn),
    };
    let mut statement = tree(&json!({"Action": action, "Effect": "Allow"}), span);
    statement.set("Resource", arn.clone());
    let document = Tree::map([("Statement", Tree::list(vec![statement], span))], span);
    grants.allow(&format!("{id}{name}"), document, span);
    Some(arn)
}

/// The role that a function runs with.
fn expand_role(sam: &mut Sam<'_, '_>, source: &Source<'_>, grants: Grants) {
    let span = source.span();
    let trusted = source.property("AssumeRolePolicyDocument").cloned();
    let trusted = trusted.unwrap_or_else(|| tree(&trust("lambda.amazonaws.com"), span));
    let mut properties = Tree::map([("AssumeRolePolicyDocument", trusted)], span);
    properties.set("ManagedPolicyArns", Tree::list(grants.managed, span));
    if !grants.inline.is_empty() {
        properties.set("Policies", Tree::list(grants.inline, span));
    }
    source.copy("RolePath", "Path", &mut properties);
    source.copy_all(&["PermissionsBoundary"], &mut properties);
    if let Some(tags) = tag_list(source.property("Tags"), Some(TAG), span) {
        properties.set("Tags", tags);
    }
    sam.add(
        source,
        format!("{}Role", source.id),
        "AWS::IAM::Role",
        properties,
    );
}
