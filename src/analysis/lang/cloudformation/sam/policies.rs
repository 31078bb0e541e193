//! Policies of functions and state machines: managed ones by name or ARN, documents, and the templates that SAM names.

use palisade_model::Span;
use serde_json::{Value as Json, json};

use super::super::tree::Tree;
use super::make::{reference, tree};

/// The policies that SAM names.
const TEMPLATES: &str = include_str!("policies.tsv");

/// Managed policies whose ARN has a folder: those that execution roles use.
const SERVICE_ROLES: [&str; 16] = [
    "AWSCodeDeployRole",
    "AWSCodeDeployRoleForLambda",
    "AWSCodeDeployRoleForLambdaLimited",
    "AWSLambdaBasicDurableExecutionRolePolicy",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonS3ObjectLambdaExecutionRolePolicy",
    "AmazonSNSRole",
];

/// What a role is made of.
#[derive(Default)]
pub(super) struct Grants {
    /// ARNs of managed policies.
    pub(super) managed: Vec<Tree>,
    /// Policies with names.
    pub(super) inline: Vec<Tree>,
}

/// The ARN of a policy of AWS by its name.
pub(super) fn managed_arn(name: &str) -> String {
    let folder = if SERVICE_ROLES.contains(&name) {
        "service-role/"
    } else {
        ""
    };
    format!("arn:aws:iam::aws:policy/{folder}{name}")
}

impl Grants {
    /// Adds a managed policy, once.
    pub(super) fn manage(&mut self, arn: Tree) {
        use super::super::tree::KeyOrder::Sorted;
        let text = arn.to_json(Sorted);
        if !self
            .managed
            .iter()
            .any(|known| known.to_json(Sorted) == text)
        {
            self.managed.push(arn);
        }
    }

    pub(super) fn manage_named(&mut self, name: &str, span: Span) {
        self.manage(Tree::string(managed_arn(name), span));
    }

    /// Adds statements under a name.
    pub(super) fn allow(&mut self, name: &str, document: Tree, span: Span) {
        let mut policy = tree(&json!({ "PolicyName": name }), span);
        policy.set("PolicyDocument", document);
        policy.span = span;
        self.inline.push(policy);
    }

    /// Adds what a `Policies` property says; policies with no name get that of the role and their position.
    pub(super) fn add_all(&mut self, policies: Option<&Tree>, role: &str) {
        let Some(policies) = policies else { return };
        let is_one = policies.items().is_none();
        let entries = if is_one {
            std::slice::from_ref(policies)
        } else {
            policies.items().unwrap_or_default()
        };
        for (index, policy) in entries.iter().enumerate() {
            let name = format!("{role}Policy{index}");
            if let Some(text) = policy.as_str() {
                let arn = if text.starts_with("arn:") {
                    text.to_owned()
                } else {
                    managed_arn(text)
                };
                self.manage(Tree::string(arn, policy.span));
            } else if let Some(("Fn::If", argument)) = policy.function() {
                self.add_branches(argument, policy, &name);
            } else if policy.is_call() {
                self.manage(policy.clone());
            } else if policy.get("Statement").is_some() {
                self.allow(&name, policy.clone(), policy.span);
            } else if let Some((template, field)) = policy.fields().and_then(|map| map.first()) {
                let document = from_template(template, &field.value).unwrap_or_else(|| {
                    // A name that is not in the table: what it allows is not known, and evaluation says so.
                    let call = json!({"Fn::Transform": {"Name": &**template}});
                    tree(&call, policy.span)
                });
                self.allow(&name, document, policy.span);
            }
        }
    }

    /// `Fn::If` of policies: documents are put into policies, names are ARNs.
    fn add_branches(&mut self, argument: &Tree, whole: &Tree, name: &str) {
        let Some([condition, yes, no]) = argument.items() else {
            return;
        };
        let is_document = [yes, no]
            .iter()
            .any(|branch| branch.fields().is_some() && !branch.is_call());
        let convert = |branch: &Tree| {
            if let Some(text) = branch.as_str() {
                let arn = if text.starts_with("arn:") {
                    text.to_owned()
                } else {
                    managed_arn(text)
                };
                return Tree::string(arn, branch.span);
            }
            if branch.is_call() {
                return branch.clone();
            }
            let document = match branch.fields().and_then(|fields| fields.first()) {
                Some((template, field)) if branch.get("Statement").is_none() => {
                    from_template(template, &field.value).unwrap_or_else(|| branch.clone())
                }
                _ => branch.clone(),
            };
            let mut policy = tree(&json!({ "PolicyName": name }), branch.span);
            policy.set("PolicyDocument", document);
            policy
        };
        let items = vec![condition.clone(), convert(yes), convert(no)];
        let call = Tree::map([("Fn::If", Tree::list(items, argument.span))], whole.span);
        if is_document {
            self.inline.push(call);
        } else {
            self.manage(call);
        }
    }
}

/// The document that a named template makes with its parameters.
fn from_template(name: &str, parameters: &Tree) -> Option<Tree> {
    let rows: Vec<Vec<&str>> = TEMPLATES
        .lines()
        .filter(|line| line.split('\t').next() == Some(name))
        .map(|line| line.split('\t').collect())
        .collect();
    if rows.is_empty() {
        return None;
    }
    let span = parameters.span;
    let statements = rows.iter().map(|row| statement(row, parameters)).collect();
    Some(Tree::map(
        [("Statement", Tree::list(statements, span))],
        span,
    ))
}

fn statement(row: &[&str], parameters: &Tree) -> Tree {
    let span = parameters.span;
    let mut made = tree(&json!({"Effect": "Allow"}), span);
    let field = |index: usize| row.get(index).copied().unwrap_or_default();
    let actions = match field(1).strip_prefix('=') {
        Some(one) => json!(one),
        None => json!(field(1).split(',').collect::<Vec<_>>()),
    };
    made.set("Action", tree(&actions, span));
    let resources = match field(2).strip_prefix('=') {
        Some(one) => resource(one, parameters),
        None => Tree::list(
            field(2)
                .split(' ')
                .map(|text| resource(text, parameters))
                .collect(),
            span,
        ),
    };
    made.set("Resource", resources);
    if let Ok(condition) = serde_json::from_str::<Json>(field(3)) {
        made.set(
            "Condition",
            with_parameters(&tree(&condition, span), parameters),
        );
    }
    made
}

/// `~text` is substituted by CloudFormation alone, `&Name` is a parameter, `*` stays, anything else has variables.
fn resource(text: &str, parameters: &Tree) -> Tree {
    let span = parameters.span;
    if let Some(plain) = text.strip_prefix('~') {
        return tree(&json!({ "Fn::Sub": plain }), span);
    }
    if let Some(name) = text.strip_prefix('&') {
        return with_parameters(&reference(name, span), parameters);
    }
    let variables: Vec<&str> = text
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .filter(|name| !name.starts_with("AWS::"))
        .collect();
    if variables.is_empty() {
        return if text.contains("${") {
            tree(&json!({ "Fn::Sub": text }), span)
        } else {
            Tree::string(text, span)
        };
    }
    let values = variables.into_iter().map(|variable| {
        let given = parameters.fields().into_iter().flatten();
        let value = given
            .filter(|(key, _)| key.eq_ignore_ascii_case(variable))
            .map(|(_, field)| field.value.clone())
            .next();
        (variable, value.unwrap_or_else(|| reference(variable, span)))
    });
    let items = vec![Tree::string(text, span), Tree::map(values, span)];
    Tree::map([("Fn::Sub", Tree::list(items, span))], span)
}

/// The tree with references to parameters of the template replaced.
fn with_parameters(template: &Tree, parameters: &Tree) -> Tree {
    if let Some(value) = template.as_ref().and_then(|name| parameters.get(name)) {
        return value.clone();
    }
    if let Some(items) = template.items() {
        return Tree::list(
            items
                .iter()
                .map(|item| with_parameters(item, parameters))
                .collect(),
            template.span,
        );
    }
    match template.fields() {
        Some(fields) => Tree::map(
            fields
                .iter()
                .map(|(key, field)| (key.clone(), with_parameters(&field.value, parameters))),
            template.span,
        ),
        None => template.clone(),
    }
}

/// The trust policy of a role that services take.
pub(super) fn trust(service: &str) -> Json {
    json!({"Version": "2012-10-17", "Statement": [
        {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}
    ]})
}

/// A role that a service takes, with no policies.
pub(super) fn trusting(service: &str, span: Span) -> Tree {
    tree(&json!({ "AssumeRolePolicyDocument": trust(service) }), span)
}
