//! Usage plans of REST APIs: `Auth.UsagePlan`, one for each API or one for all of them.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiusageplan.html>

use serde_json::json;

use super::super::tree::Tree;
use super::events::depend;
use super::make::{copy_all, empty, tree};
use super::{Sam, Source};

/// The plan, key and their link of an API.
pub(super) fn expand(sam: &mut Sam<'_, '_>, source: &Source<'_>, stage: &str) {
    let auth = source.property("Auth");
    let Some(given) = auth.and_then(|auth| auth.get("UsagePlan")) else {
        return;
    };
    let owner = match given.str_of("CreateUsagePlan") {
        Some("PER_API") => &**source.id,
        Some("SHARED") => "Serverless",
        _ => return,
    };
    let span = given.span;
    let (plan, key) = (format!("{owner}UsagePlan"), format!("{owner}ApiKey"));
    let used = json!([{"ApiId": {"Ref": &**source.id}, "Stage": {"Ref": stage}}]);
    let stages = earlier(sam, &plan, "ApiStages", tree(&used, span));
    let waits = earlier_dependencies(sam, &plan);
    let mut properties = earlier_properties(sam, &plan, given);
    copy_all(
        given,
        &["Description", "Quota", "Tags", "Throttle", "UsagePlanName"],
        &mut properties,
    );
    properties.set("ApiStages", stages);
    sam.add(
        source,
        plan.as_str(),
        "AWS::ApiGateway::UsagePlan",
        properties,
    );
    for name in waits.iter().rev() {
        wait(sam, &plan, name);
    }
    wait_last(sam, &plan, source.id);
    let used = json!([{"RestApiId": {"Ref": &**source.id}, "StageName": {"Ref": stage}}]);
    let stages = earlier(sam, &key, "StageKeys", tree(&used, span));
    let mut properties = tree(&json!({"Enabled": true}), span);
    properties.set("StageKeys", stages);
    sam.add(source, key.as_str(), "AWS::ApiGateway::ApiKey", properties);
    wait(sam, &key, &plan);
    let link = format!("{owner}UsagePlanKey");
    let properties =
        json!({"KeyId": {"Ref": key}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": plan}});
    sam.add(
        source,
        link.as_str(),
        "AWS::ApiGateway::UsagePlanKey",
        tree(&properties, span),
    );
    wait(sam, &link, &key);
}

fn earlier_properties(sam: &Sam<'_, '_>, id: &str, given: &Tree) -> Tree {
    let known = sam
        .made
        .get(id)
        .and_then(|field| field.value.get("Properties"));
    known.cloned().unwrap_or_else(|| empty(given.span))
}

/// A list of a resource made before, and more.
fn earlier(sam: &Sam<'_, '_>, id: &str, name: &str, more: Tree) -> Tree {
    let known = sam
        .made
        .get(id)
        .and_then(|field| field.value.at(&["Properties", name]));
    let mut all = known.and_then(Tree::items).unwrap_or_default().to_vec();
    all.extend(more.items().unwrap_or_default().iter().cloned());
    Tree::list(all, more.span)
}

fn earlier_dependencies(sam: &Sam<'_, '_>, id: &str) -> Vec<String> {
    let known = sam
        .made
        .get(id)
        .and_then(|field| field.value.get("DependsOn"));
    let names = known.and_then(Tree::items).unwrap_or_default().iter();
    names.filter_map(Tree::as_str).map(str::to_owned).collect()
}

fn wait(sam: &mut Sam<'_, '_>, id: &str, on: &str) {
    if let Some(field) = sam.made.get_mut(id) {
        depend(&mut field.value, on);
    }
}

fn wait_last(sam: &mut Sam<'_, '_>, id: &str, on: &str) {
    if let Some(field) = sam.made.get_mut(id) {
        let span = field.value.span;
        let known = field.value.get("DependsOn").and_then(Tree::items);
        let mut all = known.unwrap_or_default().to_vec();
        all.push(Tree::string(on, span));
        field.value.set("DependsOn", Tree::list(all, span));
    }
}
