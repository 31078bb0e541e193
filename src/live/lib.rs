//! Read-only collectors: a deployed account as the same resources that templates declare.
//!
//! A table per resource type (`tables/<provider>/`) says which calls read it and where each canonical property stands in the
//! answers; the code knows protocols, not services. Nothing here writes to an account: every call is a `GET` or a `Describe…`,
//! `List…`, `Get…` action. What may not be read is reported as denied, never taken as absent.

#![warn(missing_docs)]

mod answer;
mod aws;
mod collect;
mod credentials;
mod fields;
mod snapshot;
mod table;

pub use aws::AwsClient;
pub use collect::{Collected, Denied, collect, stack_bindings};
pub use credentials::{Credentials, CredentialsError};
pub use snapshot::{Binding, Scope, Snapshot, SnapshotError};
pub use table::{Call, Table, TableError, tables};

/// A call to a provider's API, before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The service it is signed for: `s3`, `ec2`.
    pub service: String,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// With its query, percent-encoded: `/bucket?versioning`.
    pub path: String,
    /// Form-encoded; empty for `GET`.
    pub body: String,
}

/// What the provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The text of the answer.
    pub body: String,
}

/// Sends requests: over the network, or from a recording.
pub trait Transport {
    /// The answer of any status; an error only where there was none, with what went wrong.
    fn send(&self, request: &Request) -> Result<Response, String>;
}
