//! What is in effect where nothing is set.

use palisade_model::{Kind, OriginKind, Path, Resource};

/// A default, as `lower` tells it.
pub(crate) struct Default {
    pub(crate) kind: Kind,
    pub(crate) layer: OriginKind,
    pub(crate) source: &'static str,
    pub(crate) note: &'static str,
}

/// The default at a concrete path.
pub(crate) fn default_of(_resource: &Resource, _path: &Path) -> Option<Default> {
    None
}
