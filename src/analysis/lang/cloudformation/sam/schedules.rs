//! Rules and schedules of EventBridge: `Schedule`, `ScheduleV2`, `EventBridgeRule` and `CloudWatchEvent` of functions and state machines.

use serde_json::json;

use super::super::tree::Tree;
use super::Sam;
use super::events::Event;
use super::make::{attribute, copy, copy_all, document, empty, fill, tree};
use super::policies::trust;

/// Expands an event of a kind that EventBridge sends; false where it is of another kind.
pub(super) fn expand(sam: &mut Sam<'_, '_>, event: &Event<'_>) -> bool {
    match event.kind {
        "Schedule" => rule(
            sam,
            event,
            &[
                ("Schedule", "ScheduleExpression"),
                ("Name", "Name"),
                ("Description", "Description"),
            ],
        ),
        "EventBridgeRule" | "CloudWatchEvent" => {
            rule(
                sam,
                event,
                &[
                    ("Pattern", "EventPattern"),
                    ("RuleName", "Name"),
                    ("EventBusName", "EventBusName"),
                ],
            );
        }
        "ScheduleV2" => schedule(sam, event),
        _ => return false,
    }
    true
}

fn rule(sam: &mut Sam<'_, '_>, event: &Event<'_>, names: &[(&str, &str)]) {
    let span = event.span();
    let mut properties = empty(span);
    for (from, to) in names {
        copy(event.properties, from, to, &mut properties);
    }
    if let Some(state) = state(event) {
        properties.set("State", state);
    }
    let mut target = Tree::map([("Arn", event.target.arn())], span);
    let given = event.properties.at(&["Target", "Id"]).cloned();
    let id = format!("{}{}Target", event.id, event.target.label());
    target.set("Id", given.unwrap_or_else(|| Tree::string(id, span)));
    copy_all(
        event.properties,
        &["Input", "InputPath", "InputTransformer", "RetryPolicy"],
        &mut target,
    );
    if let Some(queue) = dead_letters(sam, event, true) {
        target.set("DeadLetterConfig", queue);
    }
    if let Some(role) = start_role(sam, event) {
        target.set("RoleArn", role);
    } else if !event.target.is_machine() {
        event.permit(
            sam,
            "events.amazonaws.com",
            attribute(&event.id, "Arn", span),
        );
    }
    properties.set("Targets", Tree::list(vec![target], span));
    event.add(sam, event.id.as_str(), "AWS::Events::Rule", properties);
}

/// `State`, or what `Enabled` says.
fn state(event: &Event<'_>) -> Option<Tree> {
    if let Some(state) = event.properties.get("State") {
        return Some(state.clone());
    }
    let enabled = event.properties.get("Enabled")?;
    let text = match enabled.as_bool() {
        Some(false) => "DISABLED",
        _ => "ENABLED",
    };
    Some(Tree::string(text, enabled.span))
}

/// Where events go that cannot be delivered: a given queue, or one made here, which a rule has to be let write to.
fn dead_letters(sam: &mut Sam<'_, '_>, event: &Event<'_>, is_rule: bool) -> Option<Tree> {
    let config = event.properties.get("DeadLetterConfig")?;
    let span = config.span;
    if config.str_of("Type").is_none() {
        return Some(config.clone());
    }
    let named = config.str_of("QueueLogicalId").map(str::to_owned);
    let queue = named.unwrap_or_else(|| format!("{}Queue", event.id));
    event.add(sam, queue.as_str(), "AWS::SQS::Queue", empty(span));
    if is_rule {
        let policy = json!({
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
                "Action": "sqs:SendMessage", "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
                "Resource": {"Fn::GetAtt": [queue, "Arn"]},
                "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [event.id, "Arn"]}}},
            }]},
            "Queues": [{"Ref": queue}],
        });
        let id = format!("{}QueuePolicy", event.id);
        event.add(sam, id, "AWS::SQS::QueuePolicy", tree(&policy, span));
    }
    Some(tree(&json!({"Arn": {"Fn::GetAtt": [queue, "Arn"]}}), span))
}

/// The role by which a rule starts a state machine: a given one, or one made here. None for functions.
fn start_role(sam: &mut Sam<'_, '_>, event: &Event<'_>) -> Option<Tree> {
    if !event.target.is_machine() {
        return None;
    }
    if let Some(role) = event.properties.get("RoleArn") {
        return Some(role.clone());
    }
    let id = format!("{}Role", event.id);
    let policy = format!("{id}StartExecutionPolicy");
    start_policy_role(sam, event, &id, "events.amazonaws.com", &policy);
    Some(attribute(&id, "Arn", event.span()))
}

/// A role that may start the state machine of the event.
pub(super) fn start_policy_role(
    sam: &mut Sam<'_, '_>,
    event: &Event<'_>,
    id: &str,
    service: &str,
    policy: &str,
) {
    let properties = json!({
        "AssumeRolePolicyDocument": trust(service),
        "Policies": [{"PolicyName": policy, "PolicyDocument": {"Statement": [
            {"Action": "states:StartExecution", "Effect": "Allow", "Resource": "$machine"}
        ]}}],
    });
    let machine = event.target.arn();
    let mut properties = fill(&properties, &[("$machine", &machine)], event.span());
    bound(event, &mut properties);
    event.add(sam, id, "AWS::IAM::Role", properties);
}

/// The permissions boundary of the event, else that of a state machine.
fn bound(event: &Event<'_>, role: &mut Tree) {
    const BOUNDARY: &str = "PermissionsBoundary";
    if event.properties.get(BOUNDARY).is_some() {
        copy(event.properties, BOUNDARY, BOUNDARY, role);
    } else if event.target.is_machine() && event.kind != "ScheduleV2" {
        event.target.source.copy(BOUNDARY, BOUNDARY, role);
    }
}

fn schedule(sam: &mut Sam<'_, '_>, event: &Event<'_>) {
    let span = event.span();
    let mut properties = tree(&json!({"FlexibleTimeWindow": {"Mode": "OFF"}}), span);
    if event.properties.get("OmitName").and_then(Tree::as_bool) != Some(true) {
        properties.set("Name", Tree::string(event.id.as_str(), span));
    }
    copy_all(
        event.properties,
        &[
            "Description",
            "EndDate",
            "FlexibleTimeWindow",
            "GroupName",
            "KmsKeyArn",
            "Name",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "StartDate",
            "State",
        ],
        &mut properties,
    );
    let mut target = Tree::map([("Arn", event.target.arn())], span);
    copy_all(event.properties, &["Input", "RetryPolicy"], &mut target);
    let queue = dead_letters(sam, event, false);
    let made = event
        .properties
        .at(&["DeadLetterConfig", "Type"])
        .and(queue.as_ref());
    let role = match event.properties.get("RoleArn") {
        Some(role) => role.clone(),
        None => schedule_role(sam, event, made.and_then(|queue| queue.get("Arn"))),
    };
    target.set("RoleArn", role);
    if let Some(queue) = queue {
        target.set("DeadLetterConfig", queue);
    }
    properties.set("Target", target);
    event.add(
        sam,
        event.id.as_str(),
        "AWS::Scheduler::Schedule",
        properties,
    );
}

/// The role of a schedule: it invokes the target, and writes to the queue made for it.
fn schedule_role(sam: &mut Sam<'_, '_>, event: &Event<'_>, queue: Option<&Tree>) -> Tree {
    let span = event.span();
    let id = format!("{}Role", event.id);
    let (policy, action) = if event.target.is_machine() {
        ("StartExecutionPolicy", "states:StartExecution")
    } else {
        ("LambdaPolicy", "lambda:InvokeFunction")
    };
    let allow = |policy: &str, action: &str, resource: &Tree| {
        let statement = json!({"Action": action, "Effect": "Allow", "Resource": "$resource"});
        let statement = fill(&statement, &[("$resource", resource)], span);
        let name = format!("{}{policy}", event.id);
        let document = document(vec![statement], span);
        fill(
            &json!({"PolicyName": name, "PolicyDocument": "$document"}),
            &[("$document", &document)],
            span,
        )
    };
    let mut policies = vec![allow(policy, action, &event.target.arn())];
    policies.extend(queue.map(|queue| allow("SQSPolicy", "sqs:SendMessage", queue)));
    let mut properties = tree(
        &json!({"AssumeRolePolicyDocument": trust("scheduler.amazonaws.com")}),
        span,
    );
    properties.set("Policies", Tree::list(policies, span));
    bound(event, &mut properties);
    event.add(sam, id.as_str(), "AWS::IAM::Role", properties);
    attribute(&id, "Arn", span)
}
