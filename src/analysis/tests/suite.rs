//! The one test binary of this crate.

#![expect(
    clippy::print_stderr,
    reason = "tests over corpora say what they measured"
)]

mod arm;
mod bicep;
mod cases;
mod check;
mod cloudformation;
mod damaged;
mod drift;
mod environments;
mod frameworks;
mod link;
mod lower;
mod schema;
mod shared;
mod subject;
mod terraform;
mod terragrunt;
