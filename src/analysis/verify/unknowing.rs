//! An unknown in place of the deciding value leaves the rule undecided.

use std::sync::Arc;

use palisade_model::{Kind, Lookup, Path, Reason, Segment, Value};

use super::stage::{Run, check_one};
use crate::link;
use crate::rules::Rule;

pub(super) fn check(run: &Run, rule: &Rule) -> Option<String> {
    let finding = run.checked.findings.first()?;
    if finding.property.is_empty() {
        return None;
    }
    let mut resources = run.resources.clone();
    let mut changed = false;
    for resource in &mut resources {
        let resource = Arc::make_mut(resource);
        if finding.instances.contains(&resource.address)
            && resource.resource_type == finding.resource_type
        {
            resource.properties = hide(&resource.properties, &finding.property);
            // The path may lead into what the language says of the resource.
            if resource.meta.as_map().is_some() {
                resource.meta = hide(&resource.meta, &finding.property);
            }
            changed = true;
        }
    }
    if !changed {
        return None;
    }
    let graph = link::link(resources);
    let checked = check_one(rule, &graph, &run.sources);
    if let Some(finding) = checked.findings.first() {
        return Some(format!(
            "with `{}` unknown there is still a finding: {}",
            finding.property, finding.message
        ));
    }
    checked.undecided.is_empty().then(|| {
        format!(
            "with `{}` unknown the rule passes instead of being undecided",
            finding.property
        )
    })
}

/// The same value with an unknown at a path; where nothing is there, at the deepest part that is missing.
fn hide(value: &Value, path: &Path) -> Value {
    let Some((first, rest)) = path.segments().split_first() else {
        let mut hidden = Value::bare(Reason::NoValue("var.hidden".into()));
        hidden.origin = value.origin.clone();
        // Of whose attribute it is, nothing is known either.
        hidden.origin.of = None;
        return hidden;
    };
    let rest = Path::new(rest.to_vec());
    let is_last = rest.is_empty();
    let absent = || Value::bare(Reason::NoValue("var.hidden".into()));
    let mut changed = value.clone();
    match (&value.kind, first) {
        (Kind::Map(entries), Segment::Key(key)) => {
            let mut entries = entries.as_ref().clone();
            let present = entries.get(key).filter(|inner| !inner.is_null() || is_last);
            let inner = present.map_or_else(absent, |inner| hide(inner, &rest));
            entries.insert(key.clone(), inner);
            changed.kind = Kind::Map(Arc::new(entries));
        }
        (Kind::List(items), Segment::Index(index)) => {
            let mut items = items.as_ref().clone();
            match items.get_mut(*index) {
                Some(item) => *item = hide(item, &rest),
                None => items.push(absent()),
            }
            changed.kind = Kind::List(Arc::new(items));
        }
        (Kind::Encoded(encoded), _) => {
            let mut inner = encoded.as_ref().clone();
            inner.value = hide(&inner.value, path);
            inner.text = None;
            changed.kind = Kind::Encoded(Arc::new(inner));
        }
        _ => {
            let mut hidden = absent();
            hidden.origin = value.origin.clone();
            return hidden;
        }
    }
    debug_assert!(!matches!(value.lookup(path), Lookup::Known(_)) || changed != *value);
    changed
}
