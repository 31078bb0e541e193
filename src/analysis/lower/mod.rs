//! lower: see src/README.md.
