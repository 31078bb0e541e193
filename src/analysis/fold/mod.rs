//! Fold: satellites into their parents.

use palisade_model::Resource;

/// Folds.
pub fn fold(resources: Vec<Resource>) -> Vec<Resource> {
    resources
}
