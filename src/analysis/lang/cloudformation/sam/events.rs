//! Events that invoke a function: a resource that sends them, and the permission to invoke.

use std::sync::Arc;

use palisade_model::Span;
use serde_json::json;

use super::super::tree::{Field, Tree};
use super::make::{attribute, copy, copy_all, empty, fill, reference, tree};
use super::policies::Grants;
use super::{Sam, Source, pull, routes, schedules};

/// What events invoke: a function or a state machine.
pub(super) struct Target<'s> {
    /// The resource.
    pub(super) source: &'s Source<'s>,
    /// Its alias, where events go to one.
    pub(super) alias: Option<String>,
    /// Which of both.
    pub(super) kind: TargetKind,
}

/// Kinds of [`Target`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    Function,
    Machine,
}

impl Target<'_> {
    /// The name, or the alias, by which it is invoked.
    pub(super) fn name(&self) -> Tree {
        let id = self.alias.as_deref().unwrap_or(self.source.id);
        reference(id, self.source.span())
    }

    /// Its ARN, or that of its alias.
    pub(super) fn arn(&self) -> Tree {
        match (&self.alias, self.kind) {
            (None, TargetKind::Function) => attribute(self.source.id, "Arn", self.source.span()),
            _ => self.name(),
        }
    }

    pub(super) fn is_machine(&self) -> bool {
        self.kind == TargetKind::Machine
    }

    /// How targets of rules are named.
    pub(super) fn label(&self) -> &'static str {
        match self.kind {
            TargetKind::Function => "Lambda",
            TargetKind::Machine => "StepFunctions",
        }
    }
}

/// One event.
pub(super) struct Event<'e> {
    /// The logical id of what sends it.
    pub(super) id: String,
    pub(super) kind: &'e str,
    pub(super) properties: &'e Tree,
    pub(super) target: &'e Target<'e>,
    key: Span,
    span: Span,
}

impl Event<'_> {
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// Adds a resource that this event makes.
    pub(super) fn add(
        &self,
        sam: &mut Sam<'_, '_>,
        id: impl Into<Arc<str>>,
        kind: &str,
        properties: Tree,
    ) {
        let place = (self.key, self.span);
        sam.add_at(self.target.source, place, id, kind, properties);
    }

    /// Lets a service invoke the function from one source.
    pub(super) fn permit(&self, sam: &mut Sam<'_, '_>, service: &str, source: Tree) {
        let mut more = empty(self.span);
        more.set("SourceArn", source);
        self.permit_with(sam, &format!("{}Permission", self.id), service, &more);
    }

    /// The same with these other properties.
    pub(super) fn permit_with(&self, sam: &mut Sam<'_, '_>, id: &str, service: &str, more: &Tree) {
        let permission = json!({"Action": "lambda:InvokeFunction", "FunctionName": "$function", "Principal": service});
        let mut permission = fill(
            &permission,
            &[("$function", &self.target.name())],
            self.span,
        );
        for (name, field) in more.fields().into_iter().flatten() {
            permission.set_field(name.clone(), field.clone());
        }
        self.add(sam, id, "AWS::Lambda::Permission", permission);
    }

    fn copied(&self, names: &[&str], into: &mut Tree) {
        copy_all(self.properties, names, into);
    }
}

/// Expands all events of a function or state machine, in the order of their names.
pub(super) fn expand(sam: &mut Sam<'_, '_>, target: &Target<'_>, grants: &mut Grants) {
    let declared = target.source.property("Events").and_then(Tree::fields);
    let mut events: Vec<(&Arc<str>, &Field)> = declared.into_iter().flatten().collect();
    events.sort_by_key(|(name, _)| *name);
    for (name, field) in events {
        let none = empty(field.value.span);
        let event = Event {
            id: format!("{}{name}", target.source.id),
            kind: field.value.str_of("Type").unwrap_or_default(),
            properties: field.value.get("Properties").unwrap_or(&none),
            target,
            key: field.key,
            span: field.value.span,
        };
        let is_expanded = schedules::expand(sam, &event)
            || routes::expand(sam, &event, name)
            || (!target.is_machine()
                && (pull::expand(sam, &event, grants) || push(sam, &event, grants)));
        if !is_expanded {
            sam.not_expanded(&format!("{name}: {}", event.kind), field.key);
        }
    }
}

/// Expands an event that its source sends; false where it is of another kind.
fn push(sam: &mut Sam<'_, '_>, event: &Event<'_>, grants: &mut Grants) -> bool {
    match event.kind {
        "SNS" => topic(sam, event, grants),
        "S3" => bucket(sam, event),
        "CloudWatchLogs" => logs(sam, event),
        "IoTRule" => things(sam, event),
        "AlexaSkill" => skill(sam, event),
        "Cognito" => pool(sam, event),
        _ => return false,
    }
    true
}

fn topic(sam: &mut Sam<'_, '_>, event: &Event<'_>, grants: &mut Grants) {
    let span = event.span;
    let mut subscription = empty(span);
    copy(event.properties, "Topic", "TopicArn", &mut subscription);
    event.copied(
        &[
            "FilterPolicy",
            "FilterPolicyScope",
            "RedrivePolicy",
            "Region",
        ],
        &mut subscription,
    );
    let through = event.properties.get("SqsSubscription");
    let (endpoint, protocol) = match through.filter(|queue| queue.as_bool() != Some(false)) {
        Some(queue) => {
            grants.manage_named("AWSLambdaSQSQueueExecutionRole", span);
            (queue_between(sam, event, queue), "sqs")
        }
        None => {
            let topic = event.properties.get("Topic").cloned();
            event.permit(
                sam,
                "sns.amazonaws.com",
                topic.unwrap_or_else(|| empty(span)),
            );
            (event.target.arn(), "lambda")
        }
    };
    subscription.set("Endpoint", endpoint);
    subscription.set("Protocol", Tree::string(protocol, span));
    event.add(
        sam,
        event.id.as_str(),
        "AWS::SNS::Subscription",
        subscription,
    );
}

/// A queue between topic and function, given or made here; its ARN.
fn queue_between(sam: &mut Sam<'_, '_>, event: &Event<'_>, given: &Tree) -> Tree {
    let span = event.span;
    let id = format!("{}Queue", event.id);
    let is_given = given.get("QueueArn").is_some();
    let arn = given.get("QueueArn").cloned();
    let arn = arn.unwrap_or_else(|| attribute(&id, "Arn", span));
    let url = given.get("QueueUrl").cloned();
    let url = url.unwrap_or_else(|| reference(&id, span));
    if !is_given {
        event.add(sam, id.as_str(), "AWS::SQS::Queue", empty(span));
    }
    let topic = event
        .properties
        .get("Topic")
        .cloned()
        .unwrap_or_else(|| empty(span));
    let policy = json!({
        "PolicyDocument": {"Version": "2012-10-17", "Statement": [{
            "Action": "sqs:SendMessage", "Effect": "Allow", "Principal": "*", "Resource": "$arn",
            "Condition": {"ArnEquals": {"aws:SourceArn": "$topic"}},
        }]},
        "Queues": ["$url"],
    });
    let policy = fill(
        &policy,
        &[("$arn", &arn), ("$topic", &topic), ("$url", &url)],
        span,
    );
    let named = given.str_of("QueuePolicyLogicalId").map(str::to_owned);
    let policy_id = named.unwrap_or_else(|| format!("{id}Policy"));
    event.add(sam, policy_id, "AWS::SQS::QueuePolicy", policy);
    let ten = Tree::integer(10, span);
    let batch = given.get("BatchSize").unwrap_or(&ten);
    let mapping = json!({"BatchSize": "$batch", "Enabled": true, "EventSourceArn": "$arn", "FunctionName": "$function"});
    let function = event.target.name();
    let holes = [("$batch", batch), ("$arn", &arn), ("$function", &function)];
    let mapping_id = format!("{}EventSourceMapping", event.id);
    event.add(
        sam,
        mapping_id,
        "AWS::Lambda::EventSourceMapping",
        fill(&mapping, &holes, span),
    );
    arn
}

/// A bucket tells the function: it is changed itself, and waits for the permission.
fn bucket(sam: &mut Sam<'_, '_>, event: &Event<'_>) {
    let span = event.span;
    let account = tree(&json!({"SourceAccount": {"Ref": "AWS::AccountId"}}), span);
    let permission = format!("{}Permission", event.id);
    event.permit_with(sam, &permission, "s3.amazonaws.com", &account);
    let id = event.properties.get("Bucket").and_then(Tree::as_ref);
    let Some(mut field) = id.and_then(|id| sam.made.get(id)).cloned() else {
        return sam.not_expanded("a bucket outside of the template", event.key);
    };
    let condition = event
        .target
        .source
        .tree
        .str_of("Condition")
        .map(str::to_owned);
    let condition = condition.filter(|name| field.value.str_of("Condition") != Some(name));
    let mut notified = Vec::new();
    let events = event.properties.get("Events");
    for one in events.map_or(&[][..], one_or_many) {
        let mut entry = Tree::map(
            [("Function", event.target.arn()), ("Event", one.clone())],
            span,
        );
        copy(event.properties, "Filter", "Filter", &mut entry);
        notified.push(match &condition {
            Some(name) => fill(
                &json!({"Fn::If": [name, "$entry", {"Ref": "AWS::NoValue"}]}),
                &[("$entry", &entry)],
                span,
            ),
            None => entry,
        });
    }
    let bucket = &mut field.value;
    append(
        bucket,
        &[
            "Properties",
            "NotificationConfiguration",
            "LambdaConfigurations",
        ],
        notified,
    );
    match condition {
        // A dependency cannot be conditional; a tag refers to the permission where there is one.
        Some(name) => {
            let tag = json!({
                "Key": format!("sam:ConditionalDependsOn:{permission}"),
                "Value": {"Fn::If": [name, {"Ref": permission}, "no dependency"]},
            });
            append(bucket, &["Properties", "Tags"], vec![tree(&tag, span)]);
        }
        None => depend(bucket, &permission),
    }
    if let Some(tags) = event.target.source.propagated() {
        change(bucket, &["Properties", "Tags"], |old| *old = tags);
    }
    sam.made.insert(id.unwrap_or_default().into(), field);
}

/// The items of a list, or the only one that is written without a list.
fn one_or_many(tree: &Tree) -> &[Tree] {
    tree.items().unwrap_or(std::slice::from_ref(tree))
}

/// Changes what is below a path; maps on the way that are not there are made.
fn change(tree: &mut Tree, path: &[&str], edit: impl FnOnce(&mut Tree)) {
    let Some((first, rest)) = path.split_first() else {
        return edit(tree);
    };
    let span = tree.span;
    let known = tree.fields().and_then(|fields| fields.get(*first)).cloned();
    let mut field = known.unwrap_or_else(|| Field {
        key: span,
        value: empty(span),
    });
    change(&mut field.value, rest, edit);
    tree.set_field(*first, field);
}

/// Adds items to the list below a path.
fn append(tree: &mut Tree, path: &[&str], items: Vec<Tree>) {
    change(tree, path, |list| {
        let mut all = list.items().unwrap_or_default().to_vec();
        all.extend(items);
        *list = Tree::list(all, list.span);
    });
}

/// Makes a resource wait for another.
pub(super) fn depend(resource: &mut Tree, on: &str) {
    let span = resource.span;
    let mut names = vec![Tree::string(on, span)];
    match resource.take("DependsOn") {
        Some(before) if before.items().is_some() => {
            names.extend(before.items().unwrap_or_default().iter().cloned());
        }
        Some(before) => names.push(before),
        None => {}
    }
    resource.set("DependsOn", Tree::list(names, span));
}

fn logs(sam: &mut Sam<'_, '_>, event: &Event<'_>) {
    const GROUP: &str =
        "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*";
    let span = event.span;
    let none = empty(span);
    let group = event.properties.get("LogGroupName").unwrap_or(&none);
    let source = json!({"Fn::Sub": [GROUP, {"__LogGroupName__": "$group"}]});
    event.permit(
        sam,
        "logs.amazonaws.com",
        fill(&source, &[("$group", group)], span),
    );
    let mut filter = Tree::map([("DestinationArn", event.target.arn())], span);
    event.copied(&["FilterPattern", "LogGroupName"], &mut filter);
    event.add(
        sam,
        event.id.as_str(),
        "AWS::Logs::SubscriptionFilter",
        filter,
    );
    let permission = format!("{}Permission", event.id);
    if let Some(field) = sam.made.get_mut(event.id.as_str()) {
        depend(&mut field.value, &permission);
    }
}

fn things(sam: &mut Sam<'_, '_>, event: &Event<'_>) {
    let span = event.span;
    let source = json!({
        "SourceAccount": {"Fn::Sub": "${AWS::AccountId}"},
        "SourceArn": {"Fn::Sub": ["arn:aws:iot:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}", {"RuleName": {"Ref": event.id}}]},
    });
    let permission = format!("{}Permission", event.id);
    event.permit_with(sam, &permission, "iot.amazonaws.com", &tree(&source, span));
    let payload =
        json!({"RuleDisabled": false, "Actions": [{"Lambda": {"FunctionArn": "$function"}}]});
    let mut payload = fill(&payload, &[("$function", &event.target.arn())], span);
    event.copied(&["AwsIotSqlVersion", "Sql"], &mut payload);
    let rule = Tree::map([("TopicRulePayload", payload)], span);
    event.add(sam, event.id.as_str(), "AWS::IoT::TopicRule", rule);
}

fn skill(sam: &mut Sam<'_, '_>, event: &Event<'_>) {
    let mut token = empty(event.span);
    copy(event.properties, "SkillId", "EventSourceToken", &mut token);
    let permission = format!("{}Permission", event.id);
    event.permit_with(sam, &permission, "alexa-appkit.amazon.com", &token);
}

/// A user pool calls the function: it is changed itself.
fn pool(sam: &mut Sam<'_, '_>, event: &Event<'_>) {
    let span = event.span;
    let id = event.properties.get("UserPool").and_then(Tree::as_ref);
    let Some(mut field) = id.and_then(|id| sam.made.get(id)).cloned() else {
        return sam.not_expanded("a user pool outside of the template", event.key);
    };
    let id = id.unwrap_or_default();
    let mut source = empty(span);
    source.set("SourceArn", attribute(id, "Arn", span));
    let alias = event.target.alias.as_deref();
    let permission = format!(
        "{}CognitoPermission",
        alias.unwrap_or(event.target.source.id)
    );
    event.permit_with(sam, &permission, "cognito-idp.amazonaws.com", &source);
    let triggers = event.properties.get("Trigger").map_or(&[][..], one_or_many);
    for trigger in triggers.iter().filter_map(Tree::as_str) {
        let path = ["Properties", "LambdaConfig", trigger];
        change(&mut field.value, &path, |old| *old = event.target.arn());
    }
    sam.made.insert(id.into(), field);
}
