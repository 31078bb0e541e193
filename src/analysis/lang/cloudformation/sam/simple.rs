//! Tables, layers and nested applications.

use serde_json::json;

use super::super::tree::{KeyOrder, Tree};
use super::make::{digest, empty, s3_location, tag_list, tree};
use super::{Sam, Source};

/// `AWS::Serverless::SimpleTable`: a table with one key.
pub(super) fn table(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let key = source.property("PrimaryKey");
    let name = key.and_then(|key| key.get("Name"));
    let name = name.cloned().unwrap_or_else(|| Tree::string("id", span));
    let kind = match key.and_then(|key| key.str_of("Type")) {
        Some("Number") => "N",
        Some("Binary") => "B",
        _ => "S",
    };
    let mut properties = empty(span);
    let mut definition = tree(&json!({ "AttributeType": kind }), span);
    definition.set("AttributeName", name.clone());
    properties.set("AttributeDefinitions", Tree::list(vec![definition], span));
    let mut schema = tree(&json!({"KeyType": "HASH"}), span);
    schema.set("AttributeName", name);
    properties.set("KeySchema", Tree::list(vec![schema], span));
    if source.property("ProvisionedThroughput").is_none() {
        properties.set("BillingMode", Tree::string("PAY_PER_REQUEST", span));
    }
    source.copy_all(
        &[
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "SSESpecification",
            "TableName",
        ],
        &mut properties,
    );
    if let Some(tags) = tag_list(source.property("Tags"), None, span) {
        properties.set("Tags", tags);
    }
    sam.add_main(source, source.id, "AWS::DynamoDB::Table", properties);
}

/// `AWS::Serverless::LayerVersion`: its logical id changes with it, so that old versions can be kept.
pub(super) fn layer(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let mut hashed = tree(&json!({"Type": "AWS::Serverless::LayerVersion"}), span);
    hashed.set("Properties", source.properties.clone());
    if let Some(depends) = source.tree.get("DependsOn") {
        hashed.set("DependsOn", depends.clone());
    }
    let hashed = Tree::map([(source.id.clone(), hashed)], span);
    let id = format!("{}{}", source.id, digest(&hashed.to_json(KeyOrder::Sorted)));
    let mut properties = empty(span);
    properties.set("LayerName", Tree::string(source.id.clone(), span));
    source.copy_all(
        &[
            "CompatibleArchitectures",
            "CompatibleRuntimes",
            "Description",
            "LayerName",
            "LicenseInfo",
        ],
        &mut properties,
    );
    if let Some(content) = source.property("ContentUri") {
        properties.set(
            "Content",
            s3_location(content, ["S3Bucket", "S3Key", "S3ObjectVersion"]),
        );
    }
    sam.add_main(source, &id, "AWS::Lambda::LayerVersion", properties);
    let retention = source
        .property("RetentionPolicy")
        .and_then(|policy| sam.text(policy));
    let policy = match retention.as_deref().map(str::to_lowercase).as_deref() {
        Some("delete") => Some("Delete"),
        Some("retain") => Some("Retain"),
        _ if source.tree.get("DeletionPolicy").is_none() => Some("Retain"),
        _ => None,
    };
    if let Some(policy) = policy {
        sam.set_attribute(&id, "DeletionPolicy", Tree::string(policy, span));
    }
    sam.renamed.insert(source.id.clone(), id.into());
}

/// `AWS::Serverless::Application`: a nested stack.
pub(super) fn application(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let mut properties = empty(span);
    source.copy("Location", "TemplateURL", &mut properties);
    source.copy_all(
        &["NotificationARNs", "Parameters", "TimeoutInMinutes"],
        &mut properties,
    );
    if let Some(tags) = tag_list(source.property("Tags"), Some("lambda:createdBy"), span) {
        properties.set("Tags", tags);
    }
    sam.add_main(source, source.id, "AWS::CloudFormation::Stack", properties);
}
