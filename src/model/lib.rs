//! The vocabulary that every stage shares: addresses, values with their origins, resources, references, the graph,
//! diagnostics.
//!
//! It knows no language, no rule and does no input or output. Syntax trees are in `palisade-syntax`; what the words mean to a
//! language is in `palisade-analysis`.

#![warn(missing_docs)]

mod address;
mod diagnostic;
mod graph;
mod map;
mod origin;
mod path;
mod reference;
mod resource;
mod severity;
mod span;
mod unknown;
mod value;

pub use address::{Address, AddressError, Key, Mode, ModuleStep};
pub use diagnostic::{Diagnostic, DiagnosticCode, Level};
pub use graph::{Edge, Graph, NodeId};
pub use map::Map;
pub use origin::{Frame, FrameKind, Origin, OriginKind, Taken};
pub use path::{Path, PathError, Segment};
pub use reference::{Reference, Target};
pub use resource::{Language, OMITTED, Presence, Provider, Resource};
pub use severity::Severity;
pub use span::{FileId, Span};
pub use unknown::{Assumption, Candidate, Reason, Unknown};
pub use value::{Encoded, Encoding, Kind, Lookup, Number, Value};
