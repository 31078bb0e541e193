//! `AWS::Include`: the map of another file in place of the call, where that file is here.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html>

use std::path::Path;
use std::sync::Arc;

use super::run::Run;
use super::tree::{Data, Fields, Tree};

/// Files that include each other.
const MAXIMUM_DEPTH: usize = 5;

/// The name of the transform.
const INCLUDE: &str = "AWS::Include";

/// The template with the files that it includes at its top or at a part.
pub(super) fn resolve(run: &Run<'_>, tree: &Tree, folder: &Path) -> Tree {
    let mut resolved = walk(run, tree, folder, 0);
    let Some(transform) = tree.get("Transform") else {
        return resolved;
    };
    for call in transform.items().unwrap_or(std::slice::from_ref(transform)) {
        if let Some(included) = included(run, call, folder, 0) {
            let own = resolved.fields().cloned().unwrap_or_default();
            resolved = Tree::new(Data::Map(Arc::new(merged(included, &own))), tree.span);
        }
    }
    resolved
}

fn walk(run: &Run<'_>, tree: &Tree, folder: &Path, depth: usize) -> Tree {
    match &tree.data {
        Data::List(items) => {
            let items = items.iter().map(|item| walk(run, item, folder, depth));
            Tree::list(items.collect(), tree.span)
        }
        Data::Map(fields) => {
            let mut walked: Fields = fields
                .iter()
                .map(|(key, field)| {
                    let mut field = field.clone();
                    field.value = walk(run, &field.value, folder, depth);
                    (key.clone(), field)
                })
                .collect();
            let call = fields.get("Fn::Transform").map(|field| &field.value);
            if let Some(included) = call.and_then(|call| included(run, call, folder, depth)) {
                walked.shift_remove("Fn::Transform");
                walked = merged(included, &walked);
            }
            Tree::new(Data::Map(Arc::new(walked)), tree.span)
        }
        _ => tree.clone(),
    }
}

/// The map of the file that a call includes; none where the file is not here. A location in S3 never is.
fn included(run: &Run<'_>, call: &Tree, folder: &Path, depth: usize) -> Option<Fields> {
    if call.str_of("Name") != Some(INCLUDE) || depth >= MAXIMUM_DEPTH {
        return None;
    }
    let location = call.at(&["Parameters", "Location"])?;
    let named = location.as_str().filter(|named| !named.contains("://"))?;
    let loaded = run.follow(folder, named, location.span)?;
    let folder = loaded.path.parent().unwrap_or(folder).to_path_buf();
    walk(run, &loaded.tree, &folder, depth + 1)
        .fields()
        .cloned()
}

/// Both, what stands beside the call winning.
fn merged(mut included: Fields, own: &Fields) -> Fields {
    for (key, field) in own {
        included.insert(key.clone(), field.clone());
    }
    included
}
