//! fold: see src/README.md.
