//! Actions a rule asks for: names, patterns and named groups of them.

use palisade_syntax::data::Node;

use super::document::glob;
use crate::rules::reader::Reader;

/// What a rule asks whether it is granted.
#[derive(Debug)]
pub(super) enum Wanted {
    /// An action, or a pattern that must be granted as a whole.
    Action(String),
    /// Anything that changes something, told by its verb.
    Write,
    /// Anything that changes permissions.
    Permissions,
}

/// Reads secrets, objects or parameters, or copies databases out.
const DATA_EXFILTRATION: [&str; 8] = [
    "s3:GetObject",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "secretsmanager:GetSecretValue",
    "rds:CopyDBSnapshot",
    "rds:CreateDBSnapshot",
    "dynamodb:ExportTableToPointInTime",
];

/// Answers with credentials.
const CREDENTIALS: [&str; 24] = [
    "chime:CreateApiKey",
    "codepipeline:PollForJobs",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken",
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "connect:GetFederationToken",
    "ec2:GetPasswordData",
    "ecr:GetAuthorizationToken",
    "gamelift:RequestUploadCredentials",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential",
    "iam:UpdateAccessKey",
    "lightsail:GetBucketAccessKeys",
    "lightsail:GetRelationalDatabaseMasterUserPassword",
    "mediapackage:RotateIngestEndpointCredentials",
    "rds-db:connect",
    "redshift:GetClusterCredentials",
    "sso:GetRoleCredentials",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetFederationToken",
];

/// Verbs that read only, as the service authorization reference classes their actions.
const READING: [&str; 22] = [
    "BatchDetect",
    "BatchGet",
    "Check",
    "Classify",
    "Count",
    "Decode",
    "Describe",
    "Detect",
    "Discover",
    "Download",
    "Estimate",
    "Evaluate",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Preview",
    "Query",
    "Scan",
    "Search",
    "Select",
    "View",
];

/// What follows a verb in the names of actions that change permissions.
const PERMISSION_NOUNS: [&str; 15] = [
    "Policy",
    "PolicyVersion",
    "Role",
    "Permission",
    "Permissions",
    "Acl",
    "Grant",
    "AccessKey",
    "LoginProfile",
    "UserToGroup",
    "AssumeRolePolicy",
    "InstanceProfile",
    "PublicAccessBlock",
    "ResourceShare",
    "ObjectAcl",
];

/// The value of `actions`: one text or several.
pub(super) fn wanted(node: &Node, reader: &mut Reader) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for text in reader.texts(node) {
        match &*text {
            "@write" => wanted.push(Wanted::Write),
            "@permissions" => wanted.push(Wanted::Permissions),
            "@data_exfiltration" => wanted.extend(DATA_EXFILTRATION.map(Wanted::action)),
            "@credentials" => wanted.extend(CREDENTIALS.map(Wanted::action)),
            group if group.starts_with('@') => reader.error(
                node,
                format!("`{group}` is no group; known are @write, @permissions, @data_exfiltration, @credentials"),
            ),
            action => wanted.push(Wanted::action(action)),
        }
    }
    wanted
}

impl Wanted {
    pub(super) fn action(text: &str) -> Self {
        Self::Action(text.to_owned())
    }

    /// Whether the pattern of a statement grants it.
    pub(super) fn is_granted_by(&self, pattern: &str) -> bool {
        match self {
            Self::Action(action) => glob(pattern, action),
            Self::Write => is_write(pattern),
            Self::Permissions => is_permission(pattern),
        }
    }

    /// Whether the pattern of a `NotAction` keeps it back, wholly or in part.
    pub(super) fn overlaps(&self, pattern: &str) -> bool {
        match self {
            Self::Action(action) => glob(pattern, action) || glob(action, pattern),
            Self::Write | Self::Permissions => pattern == "*",
        }
    }
}

/// Whether a pattern grants an action that changes something.
fn is_write(pattern: &str) -> bool {
    let Some((_, name)) = pattern.split_once(':') else {
        return pattern.starts_with('*');
    };
    !READING.iter().any(|verb| starts_with(name, verb))
}

/// Whether a pattern grants an action that changes permissions.
fn is_permission(pattern: &str) -> bool {
    let Some((service, name)) = pattern.split_once(':') else {
        return pattern.starts_with('*');
    };
    if !is_write(pattern) {
        return false;
    }
    let stem = name.trim_end_matches('*');
    name == "*"
        || service.eq_ignore_ascii_case("iam")
        || (stem.len() < name.len()
            && ["Put", "Create", "Delete", "Set", "Add", "Attach"].contains(&stem))
        || PERMISSION_NOUNS.iter().any(|noun| stem.ends_with(noun))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}
