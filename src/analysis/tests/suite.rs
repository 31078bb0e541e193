//! The one test binary of this crate.

mod frameworks;
mod schema;
