//! One pipeline from infrastructure code to findings.
//!
//! discover → parse → evaluate → lower → fold → link → check → suppress → report | fix | serve. `analyzer` runs it for the command
//! line, the language server and the tests alike. `src/README.md` is the architecture.

// In the order of the layers, lowest first; `tests/layers.rs` holds who may import whom.
pub mod embedded;
pub mod system;

pub mod config;
pub mod discover;
pub mod lang;
pub mod schema;

mod identity;

pub mod lower;

pub mod fold;

pub mod link;

pub mod check;
pub mod frameworks;
pub mod rules;

pub mod drift;
pub mod fix;
pub mod suppress;

pub mod analyzer;
pub mod verify;
