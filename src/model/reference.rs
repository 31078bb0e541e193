//! References from one resource to another.

use std::sync::Arc;

use crate::Address;

/// A value that is an attribute of another resource: `aws_s3_bucket.logs.id`, `!GetAtt Logs.Arn`, `logs.properties.x`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Whose.
    pub target: Target,
    /// Which, as the language spells it: `id`, `arn`, `Arn`, `properties.primaryEndpoints.blob`; empty for the resource
    /// itself (`!Ref`).
    pub attribute: Arc<str>,
}

/// What a reference points to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A resource declared in the same analysis.
    Address(Address),
    /// An identifier of something outside: an ARN, an ARM id, an export name.
    External(Arc<str>),
}
