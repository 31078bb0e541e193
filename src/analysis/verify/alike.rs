//! One case said in two languages lowers to the same resources: nothing that both say differs, and what the rule reads is the
//! same on both sides. What only one of them says elsewhere (a name that the other language makes up) is no difference.

use std::collections::BTreeMap;

use palisade_model::{Kind, Resource, Target, Value};

use super::stage::Run;
use crate::check::plain_text;
use crate::rules::{Place, Root, Rule, Selector, Step};

/// Compares the resources that the rule judges with those of the first language, property by property.
pub(super) fn check(runs: &[Run], rule: &Rule) -> Option<String> {
    let (first, others) = runs.split_first()?;
    let read = read_by(rule);
    let expected = shapes(first, rule);
    for other in others {
        let actual = shapes(other, rule);
        let (a, b) = (first.language, other.language);
        if expected.len() != actual.len() {
            return Some(format!(
                "{a} declares {} resources that the rule judges, {b} {}",
                expected.len(),
                actual.len()
            ));
        }
        for (expected, actual) in expected.iter().zip(&actual) {
            let lines = differences(expected, actual, &read);
            if !lines.is_empty() {
                return Some(format!("{a} and {b} differ:\n{}", lines.join("\n")));
            }
        }
    }
    None
}

/// The paths that the rule reads in its own resources, without positions.
fn read_by(rule: &Rule) -> Vec<String> {
    let mut read = Vec::new();
    let mut visit = |selector: &Selector, place: &Place| {
        if place.types.is_none() && matches!(selector.root, Root::Here | Root::Resource) {
            let keys = place
                .steps(selector)
                .into_iter()
                .filter_map(|step| match step {
                    Step::Key(key) => Some(format!(".{key}")),
                    _ => None,
                });
            read.push(keys.collect::<String>());
        }
    };
    rule.fail_when.visit_selectors(&mut visit);
    if let Some(when) = &rule.when {
        when.visit_selectors(&mut visit);
    }
    read
}

/// Whether a path of a shape lies at or below one that the rule reads.
fn is_read(path: &str, read: &[String]) -> bool {
    let mut plain = String::new();
    let mut inside = false;
    for character in path.chars() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            _ if inside => {}
            other => plain.push(other),
        }
    }
    read.iter().any(|known| {
        !known.is_empty()
            && plain
                .strip_prefix(known.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// A resource as its paths and values.
type Shape = BTreeMap<String, String>;

fn shapes(run: &Run, rule: &Rule) -> Vec<Shape> {
    let judged = run
        .graph
        .resources()
        .map(|(_, resource)| resource)
        .filter(|resource| rule.judges(&resource.resource_type));
    let mut shapes: Vec<Shape> = judged.map(|resource| shape(resource, run)).collect();
    shapes.sort();
    shapes
}

fn shape(resource: &Resource, run: &Run) -> Shape {
    let mut shape = Shape::new();
    shape.insert("@type".to_owned(), resource.resource_type.to_string());
    flatten(&resource.properties, String::new(), run, &mut shape);
    shape
}

/// Scalars as text, references as the type they lead to, nothing for what is empty.
fn flatten(value: &Value, path: String, run: &Run, shape: &mut Shape) {
    let is_scalar = value.as_map().is_none() && value.as_list().is_none();
    if let Some(text) = plain_text(value).filter(|_| is_scalar) {
        shape.insert(path, text.into_owned());
        return;
    }
    match &value.kind {
        Kind::Reference(reference) => {
            let target = match &reference.target {
                Target::Address(address) => run
                    .graph
                    .find(address)
                    .map(|node| run.graph.resource(node).resource_type.to_string())
                    .unwrap_or_default(),
                Target::External(name) => name.to_string(),
            };
            shape.insert(path, format!("-> {target}"));
        }
        Kind::Template(_) => {
            shape.insert(path, "(a text with references)".to_owned());
        }
        Kind::Unknown(_) => {
            shape.insert(path, "(unknown)".to_owned());
        }
        _ => {
            if let Some(entries) = value.as_map() {
                for (key, item) in entries {
                    flatten(item, format!("{path}.{key}"), run, shape);
                }
            }
            for (index, item) in value.as_list().unwrap_or_default().iter().enumerate() {
                flatten(item, format!("{path}[{index}]"), run, shape);
            }
        }
    }
}

fn differences(expected: &Shape, actual: &Shape, read: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, value) in expected {
        match actual.get(path) {
            Some(other) if other == value => {}
            Some(other) => lines.push(format!("  {path}: `{value}` and `{other}`")),
            None if is_read(path, read) => lines.push(format!("  {path}: `{value}` and nothing")),
            None => {}
        }
    }
    for (path, value) in actual {
        if !expected.contains_key(path) && is_read(path, read) {
            lines.push(format!("  {path}: nothing and `{value}`"));
        }
    }
    lines
}
