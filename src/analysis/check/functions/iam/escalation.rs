//! Ways to more rights than a document grants in so many words.

use palisade_model::{Resource, Value};

use super::document::Document;
use super::groups::Wanted;
use crate::check::Truth;
use crate::check::functions::{Function, Hit, Judgement};

/// `iam.privilege_escalation: true`: together the statements on all resources allow one of the known ways.
#[derive(Debug)]
pub(super) struct Escalation;

/// Sets of actions each of which leads to more rights; known since "AWS IAM Privilege Escalation – Methods and Mitigation"
/// (Rhino Security Labs, 2018), with the services added since.
const WAYS: [&[&str]; 28] = [
    &["iam:CreatePolicyVersion"],
    &["iam:SetDefaultPolicyVersion"],
    &["iam:CreateAccessKey"],
    &["iam:CreateLoginProfile"],
    &["iam:UpdateLoginProfile"],
    &["iam:AttachUserPolicy"],
    &["iam:AttachGroupPolicy"],
    &["iam:AttachRolePolicy"],
    &["iam:PutUserPolicy"],
    &["iam:PutGroupPolicy"],
    &["iam:PutRolePolicy"],
    &["iam:AddUserToGroup"],
    &["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"],
    &["iam:PassRole", "ec2:RunInstances"],
    &[
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:InvokeFunction",
    ],
    &[
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:CreateEventSourceMapping",
    ],
    &[
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:AddPermission",
    ],
    &["lambda:UpdateFunctionCode"],
    &["iam:PassRole", "glue:CreateDevEndpoint"],
    &["glue:UpdateDevEndpoint"],
    &["iam:PassRole", "cloudformation:CreateStack"],
    &[
        "iam:PassRole",
        "datapipeline:CreatePipeline",
        "datapipeline:PutPipelineDefinition",
    ],
    &["iam:PassRole", "codestar:CreateProject"],
    &["codestar:AssociateTeamMember", "codestar:CreateProject"],
    &[
        "iam:PassRole",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
    ],
    &["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"],
    &[
        "iam:PassRole",
        "codebuild:CreateProject",
        "codebuild:StartBuild",
    ],
    &[
        "iam:PassRole",
        "states:CreateStateMachine",
        "states:StartExecution",
    ],
];

impl Function for Escalation {
    fn looks_at(&self, properties: &Value) -> Option<&'static [&'static str]> {
        Document::looks_at(properties)
    }

    fn judge(&self, value: &Value, resource: &Resource) -> Judgement {
        let document = Document::of(value, resource);
        let mut reason = document.reason.clone();
        for way in WAYS {
            let mut truth = Truth::True;
            let mut first = None;
            for action in way {
                let (granted, statement) = grants(&document, action);
                truth = truth.and(granted);
                first = first.or(statement);
            }
            match (truth, first) {
                (Truth::True, Some(statement)) => {
                    return Judgement::of_hits(
                        vec![Hit {
                            path: statement.path.clone(),
                            value: statement.value.clone(),
                            note: Some(way.join(" + ")),
                            excerpt: None,
                            is_item: !statement.path.is_empty(),
                        }],
                        None,
                    );
                }
                (Truth::Unknown, Some(statement)) => {
                    reason = reason.or_else(|| Some(statement.reason()));
                }
                _ => {}
            }
        }
        Judgement::of_hits(Vec::new(), reason)
    }
}

/// Whether the document allows an action on all resources, and the statement that does.
fn grants<'d>(
    document: &'d Document,
    action: &str,
) -> (Truth, Option<&'d super::document::Statement>) {
    let wanted = Wanted::action(action);
    let mut best = (Truth::False, None);
    let mut denied = Truth::False;
    for statement in &document.statements {
        let reach = statement
            .grants(&wanted)
            .and(statement.covers_resource("*"))
            .and(!statement.is_conditioned());
        denied = denied.or(statement.has_effect("Deny").and(reach));
        let allowed = statement.has_effect("Allow").and(reach);
        if allowed > best.0 {
            best = (allowed, Some(statement));
        }
    }
    match denied {
        Truth::True => (Truth::False, None),
        _ => (best.0.and(!denied), best.1),
    }
}
