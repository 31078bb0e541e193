//! The one test binary of this crate.

mod check;
mod cloudformation;
mod frameworks;
mod schema;
