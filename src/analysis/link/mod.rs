//! link: see src/README.md.
