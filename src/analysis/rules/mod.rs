//! rules: see src/README.md.
