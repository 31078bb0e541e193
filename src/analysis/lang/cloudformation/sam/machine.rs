//! `AWS::Serverless::StateMachine`: the machine, its role, version and alias, its events.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html>

use serde_json::json;

use super::super::tree::{Data, Tree};
use super::events::{self, Target, TargetKind};
use super::make::{
    attribute, copy_all, empty, fill, quoted, reference, s3_location, tag_list, tree,
};
use super::policies::{Grants, trust};
use super::{Sam, Source};

/// The tag of everything SAM makes of a state machine.
const TAG: &str = "stateMachine:createdBy";

/// Expands a state machine.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let mut properties = empty(span);
    for (from, to) in [
        ("DefinitionSubstitutions", "DefinitionSubstitutions"),
        ("Logging", "LoggingConfiguration"),
        ("Name", "StateMachineName"),
        ("Role", "RoleArn"),
        ("Tracing", "TracingConfiguration"),
        ("Type", "StateMachineType"),
    ] {
        source.copy(from, to, &mut properties);
    }
    define(source, &mut properties);
    if let Some(tags) = tag_list(source.property("Tags"), Some(TAG), span) {
        properties.set("Tags", tags);
    }
    if source.property("Role").is_none() {
        properties.set(
            "RoleArn",
            attribute(&format!("{}Role", source.id), "Arn", span),
        );
        expand_role(sam, source);
    }
    sam.add_main(
        source,
        source.id,
        "AWS::StepFunctions::StateMachine",
        properties,
    );
    let alias = publish(sam, source);
    let follows = source
        .property("UseAliasAsEventTarget")
        .and_then(Tree::as_bool);
    let target = Target {
        source,
        alias: alias.filter(|_| follows == Some(true)),
        kind: TargetKind::Machine,
    };
    events::expand(sam, &target, &mut Grants::default());
}

/// The definition: a text, each function in it replaced by a substitution, or a place in S3.
fn define(source: &Source<'_>, properties: &mut Tree) {
    let span = source.span();
    if let Some(location) = source.property("DefinitionUri") {
        properties.set(
            "DefinitionS3Location",
            s3_location(location, ["Bucket", "Key", "Version"]),
        );
    }
    let Some(definition) = source.property("Definition") else {
        return;
    };
    let mut substitutions = properties
        .take("DefinitionSubstitutions")
        .unwrap_or_else(|| empty(span));
    let mut count = 0;
    let plain = substituted(definition, &mut substitutions, &mut count);
    let mut text = String::new();
    write_indented(&plain, 0, &mut text);
    let lines = text
        .split('\n')
        .map(|line| Tree::string(line, definition.span));
    let lines = Tree::list(lines.collect(), definition.span);
    let joined = fill(
        &json!({"Fn::Join": ["\n", "$lines"]}),
        &[("$lines", &lines)],
        definition.span,
    );
    properties.set("DefinitionString", joined);
    if substitutions
        .fields()
        .is_some_and(|fields| !fields.is_empty())
    {
        properties.set("DefinitionSubstitutions", substitutions);
    }
}

/// The definition with its keys sorted, and a named substitution in place of each function.
fn substituted(part: &Tree, substitutions: &mut Tree, count: &mut usize) -> Tree {
    if part.is_call() {
        *count += 1;
        let name = format!("definition_substitution_{count}");
        substitutions.set(name.as_str(), part.clone());
        return Tree::string(format!("${{{name}}}"), part.span);
    }
    match &part.data {
        Data::List(items) => {
            let items = items
                .iter()
                .map(|item| substituted(item, substitutions, count));
            Tree::list(items.collect(), part.span)
        }
        Data::Map(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            let pairs = sorted
                .into_iter()
                .map(|(key, field)| (key.clone(), substituted(&field.value, substitutions, count)));
            Tree::map(pairs, part.span)
        }
        _ => part.clone(),
    }
}

/// JSON with four spaces a level.
fn write_indented(part: &Tree, level: usize, out: &mut String) {
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        out.push_str(&"    ".repeat(level));
    };
    match &part.data {
        Data::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                line(out, level + 1);
                write_indented(item, level + 1, out);
            }
            line(out, level);
            out.push(']');
        }
        Data::Map(fields) if !fields.is_empty() => {
            for (index, (key, field)) in fields.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                line(out, level + 1);
                out.push_str(&quoted(key));
                out.push_str(": ");
                write_indented(&field.value, level + 1, out);
            }
            line(out, level);
            out.push('}');
        }
        _ => out.push_str(&part.to_json(super::super::tree::KeyOrder::Sorted)),
    }
}

fn expand_role(sam: &mut Sam<'_, '_>, source: &Source<'_>) {
    let span = source.span();
    let id = format!("{}Role", source.id);
    let mut grants = Grants::default();
    grants.add_all(source.property("Policies"), &id);
    let traced = source
        .property("Tracing")
        .and_then(|tracing| tracing.get("Enabled"));
    if traced.and_then(Tree::as_bool) == Some(true) {
        grants.manage_named("AWSXrayWriteOnlyAccess", span);
    }
    let trusted = tree(&trust("states.amazonaws.com"), span);
    let mut properties = Tree::map([("AssumeRolePolicyDocument", trusted)], span);
    properties.set("ManagedPolicyArns", Tree::list(grants.managed, span));
    if !grants.inline.is_empty() {
        properties.set("Policies", Tree::list(grants.inline, span));
    }
    source.copy("RolePath", "Path", &mut properties);
    source.copy(
        "PermissionsBoundary",
        "PermissionsBoundary",
        &mut properties,
    );
    if let Some(tags) = tag_list(source.property("Tags"), Some(TAG), span) {
        properties.set("Tags", tags);
    }
    sam.add(source, id, "AWS::IAM::Role", properties);
}

/// The version and the alias; the logical id of the alias.
fn publish(sam: &mut Sam<'_, '_>, source: &Source<'_>) -> Option<String> {
    let span = source.span();
    let name = sam.text(source.property("AutoPublishAlias")?)?;
    let version = format!("{}Version", source.id);
    let properties = json!({
        "StateMachineArn": {"Ref": &**source.id},
        "StateMachineRevisionId": {"Fn::GetAtt": [&**source.id, "StateMachineRevisionId"]},
    });
    sam.add(
        source,
        version.as_str(),
        "AWS::StepFunctions::StateMachineVersion",
        tree(&properties, span),
    );
    for kept in ["DeletionPolicy", "UpdateReplacePolicy"] {
        sam.set_attribute(&version, kept, Tree::string("Retain", span));
    }
    let alias = format!("{}Alias{name}", source.id);
    let mut preference = tree(&json!({"Type": "ALL_AT_ONCE"}), span);
    if let Some(given) = source.property("DeploymentPreference") {
        copy_all(
            given,
            &["Alarms", "Interval", "Percentage", "Type"],
            &mut preference,
        );
    }
    preference.set("StateMachineVersionArn", reference(&version, span));
    let mut properties = Tree::map([("DeploymentPreference", preference)], span);
    properties.set("Name", Tree::string(name, span));
    sam.add(
        source,
        alias.as_str(),
        "AWS::StepFunctions::StateMachineAlias",
        properties,
    );
    Some(alias)
}
