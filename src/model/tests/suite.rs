//! The one test binary of this crate.

mod address;
mod map;
mod path;
