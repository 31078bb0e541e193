//! Actions a rule asks for: names, patterns and named groups of them.

use std::collections::HashMap;
use std::sync::LazyLock;

use palisade_syntax::data::Node;

use super::document::glob;
use crate::rules::reader::Reader;

/// What a rule asks whether it is granted.
#[derive(Debug)]
pub(super) enum Wanted {
    /// An action, or a pattern that must be granted as a whole.
    Action(String),
    /// Any action of an access level that can be limited to resources; of every level where there is none.
    Level(Option<&'static str>),
}

/// The actions that can be limited to resources, by service and access level: `s3 write AbortMultipartUpload …`. Source: the
/// service authorization reference; `generate.py` writes it.
const ACTIONS: &str = include_str!("actions.txt");

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

/// The value of `actions`: one text or several.
pub(super) fn wanted(node: &Node, reader: &mut Reader) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for text in reader.texts(node) {
        match &*text {
            "@restrictable" => wanted.push(Wanted::Level(None)),
            "@write" => wanted.push(Wanted::Level(Some("write"))),
            "@permissions" => wanted.push(Wanted::Level(Some("permissions"))),
            "@data_exfiltration" => wanted.extend(DATA_EXFILTRATION.map(Wanted::action)),
            "@credentials" => wanted.extend(CREDENTIALS.map(Wanted::action)),
            group if group.starts_with('@') => reader.error(
                node,
                format!("`{group}` is no group; known are @restrictable, @write, @permissions, @data_exfiltration, @credentials"),
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
            Self::Action(_) if pattern == "*:*" => true,
            Self::Action(action) => glob(pattern, action),
            Self::Level(level) => has_action_of(pattern, *level),
        }
    }

    /// Whether the pattern of a `NotAction` keeps it back, wholly or in part.
    pub(super) fn overlaps(&self, pattern: &str) -> bool {
        match self {
            Self::Action(action) => glob(pattern, action) || glob(action, pattern),
            Self::Level(_) => pattern == "*",
        }
    }
}

/// The lines of [`ACTIONS`] by service: access level and actions.
type Actions = HashMap<&'static str, Vec<(&'static str, Vec<&'static str>)>>;

static BY_SERVICE: LazyLock<Actions> = LazyLock::new(|| {
    let mut services = Actions::new();
    for line in ACTIONS.lines() {
        let mut words = line.split(' ');
        if let (Some(service), Some(level)) = (words.next(), words.next()) {
            let levels = services.entry(service).or_default();
            levels.push((level, words.collect()));
        }
    }
    services
});

/// Whether a pattern stands for an action of a level that can be limited to resources.
fn has_action_of(pattern: &str, level: Option<&str>) -> bool {
    let (service, name) = pattern.split_once(':').unwrap_or((pattern, "*"));
    let has = |levels: &Vec<(&str, Vec<&str>)>| {
        levels.iter().any(|(of, actions)| {
            level.is_none_or(|level| level == *of) && actions.iter().any(|it| glob(name, it))
        })
    };
    if service.contains(['*', '?']) {
        let mut services = BY_SERVICE.iter();
        return services.any(|(prefix, levels)| glob(service, prefix) && has(levels));
    }
    let service = service.to_ascii_lowercase();
    BY_SERVICE.get(&*service).is_some_and(has)
}
