//! config: see src/README.md.
