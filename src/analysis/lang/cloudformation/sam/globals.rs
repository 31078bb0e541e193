//! `Globals`: properties that every resource of a type has. Maps are merged, lists are joined, everything else is overridden.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use super::super::tree::{Data, Fields, Tree};

/// The resources of a template with its globals in them.
pub(super) fn applied(tree: &Tree) -> Fields {
    let mut resources = tree
        .get("Resources")
        .and_then(Tree::fields)
        .cloned()
        .unwrap_or_default();
    let Some(globals) = tree.get("Globals").and_then(Tree::fields) else {
        return resources;
    };
    for field in resources.values_mut() {
        let section = field
            .value
            .str_of("Type")
            .and_then(|kind| kind.strip_prefix("AWS::Serverless::"));
        let Some(global) = section.and_then(|section| globals.get(section)) else {
            continue;
        };
        let merged = match field.value.get("Properties") {
            Some(own) => merge(&global.value, own),
            None => global.value.clone(),
        };
        field.value.set("Properties", merged);
    }
    resources
}

/// Both, `own` winning.
pub(super) fn merge(global: &Tree, own: &Tree) -> Tree {
    match (&global.data, &own.data) {
        (Data::Map(_), Data::Map(fields)) if !global.is_call() && !own.is_call() => {
            let mut merged = global.clone();
            merged.span = own.span;
            for (key, field) in fields.iter() {
                let mut field = field.clone();
                if let Some(below) = merged.get(key) {
                    field.value = merge(below, &field.value);
                }
                merged.set_field(key.clone(), field);
            }
            merged
        }
        (Data::List(first), Data::List(second)) => Tree::list(
            first.iter().chain(second.iter()).cloned().collect(),
            own.span,
        ),
        _ => own.clone(),
    }
}
