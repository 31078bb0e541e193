//! The one test binary of this crate.

#![expect(
    clippy::print_stderr,
    reason = "tests over corpora say what they measured"
)]

mod arm_expression;
mod bicep;
mod hcl;
mod json;
mod shared;
mod yaml;
