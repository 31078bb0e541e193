//! What a file includes, under what it says itself.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#include>: shallow replaces, deep joins maps and lists;
//! `remote_state` and `generate` are never joined deeply, `locals` not at all.

use std::sync::Arc;

use super::super::types::Type;
use super::super::value::{Entries, TfValue};
use super::read::Config;

/// The file over all it includes, of which the later ones go over the earlier ones.
pub(super) fn all(parents: Vec<(Config, bool)>, own: Config) -> Config {
    let merge = |above: Config, (mut below, is_deep): (Config, bool)| {
        below.entries.remove("locals");
        below.entries.remove("feature");
        over(below, above, is_deep)
    };
    parents.into_iter().rev().fold(own, merge)
}

/// One configuration under another.
fn over(below: Config, above: Config, is_deep: bool) -> Config {
    let mut entries = below.entries;
    if above.rest.is_some() {
        // Any input below can be replaced by one that is not known.
        entries.remove("inputs");
    }
    for (name, value) in above.entries {
        let merged = match (&*name, entries.remove(&name)) {
            (_, None) => value,
            ("inputs" | "terraform", Some(below)) if is_deep => joined(below, value),
            ("inputs" | "dependency" | "generate", Some(below)) => layered(below, value),
            ("terraform", Some(below)) => terraform(below, value),
            _ => value,
        };
        entries.insert(name, merged);
    }
    Config {
        entries,
        rest: above.rest.or(below.rest),
        header: above.header.or(below.header),
    }
}

/// The entries of both, those above first.
fn layered(below: TfValue, above: TfValue) -> TfValue {
    let (Some(under), Some(upper)) = (below.as_entries(), above.as_entries()) else {
        return above;
    };
    let mut entries = under.clone();
    entries.extend(
        upper
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    TfValue::object(entries).with_origin(above.origin)
}

/// `terraform`: its blocks by label, its attributes one by one.
fn terraform(below: TfValue, above: TfValue) -> TfValue {
    let (Some(under), Some(upper)) = (below.as_entries(), above.as_entries()) else {
        return above;
    };
    let mut entries = under.clone();
    for (name, value) in upper {
        let merged = match entries.remove(name) {
            Some(known) if name.ends_with("_arguments") || name.ends_with("_hook") => {
                layered(known, value.clone())
            }
            _ => value.clone(),
        };
        entries.insert(name.clone(), merged);
    }
    TfValue::object(entries).with_origin(above.origin)
}

/// The entries of both, joined where both have one.
pub(super) fn deep(below: Entries, above: &Entries) -> Entries {
    let mut entries = below;
    for (name, value) in above {
        let merged = match entries.remove(name) {
            Some(known) => joined(known, value.clone()),
            None => value.clone(),
        };
        entries.insert(Arc::clone(name), merged);
    }
    entries
}

/// Maps are joined, lists appended, everything else is replaced.
pub(super) fn joined(below: TfValue, above: TfValue) -> TfValue {
    if let (Some(under), Some(upper)) = (below.as_entries(), above.as_entries()) {
        let entries = deep(under.clone(), upper);
        return TfValue::object(entries).with_origin(above.origin);
    }
    if let (Some(under), Some(upper)) = (below.as_items(), above.as_items()) {
        let items = under.iter().chain(upper).cloned().collect();
        return TfValue::tuple(items).with_origin(above.origin);
    }
    let collection = |value: &TfValue| value.as_items().is_some() || value.as_entries().is_some();
    if !above.is_known() && collection(&below) {
        // What it is joined with is not known, so the result is not.
        let origin = above.origin.clone();
        return TfValue::unknown_like(Type::Dynamic, &[above]).with_origin(origin);
    }
    if !below.is_known() && collection(&above) {
        let origin = above.origin.clone();
        return TfValue::unknown_like(Type::Dynamic, &[below]).with_origin(origin);
    }
    above
}
