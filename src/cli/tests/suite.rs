//! The one test binary of this crate: the program from outside, and the source tree.

mod commands;
mod coverage;
mod demo;
mod hostile;
mod layers;
mod reports;
mod tidy;
mod tree;
