//! The one test binary of this crate.

mod check;
mod frameworks;
mod schema;
