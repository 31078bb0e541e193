//! `Globals`: properties that every resource of a type has. Maps are merged, lists are joined, everything else is overridden.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use super::super::tree::{Data, Field, Fields, Tree};

/// The resources of a template with its globals in them.
pub(super) fn applied(tree: &Tree) -> Fields {
    let resources = tree.get("Resources").and_then(Tree::fields);
    let mut resources = resources.cloned().unwrap_or_default();
    for field in resources.values_mut() {
        apply(tree, field);
    }
    resources
}

/// Puts the globals of a template into one resource.
pub(super) fn apply(tree: &Tree, field: &mut Field) {
    let kind = field.value.str_of("Type");
    let section = kind.and_then(|kind| kind.strip_prefix("AWS::Serverless::"));
    let Some(global) = section.and_then(|section| tree.get("Globals")?.get(section)) else {
        return;
    };
    let own = field
        .value
        .fields()
        .and_then(|fields| fields.get("Properties"));
    let merged = match own {
        Some(own) => Field {
            key: own.key,
            value: merge(global, &own.value),
        },
        None => Field {
            key: field.key,
            value: global.clone(),
        },
    };
    field.value.set_field("Properties", merged);
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
