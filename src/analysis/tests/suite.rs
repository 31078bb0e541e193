//! The one test binary of this crate.

mod bicep;
mod check;
mod cloudformation;
mod frameworks;
mod schema;
