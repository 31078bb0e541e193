//! Moves a tree that was read out of a text inside of another one to where it stands there.

use super::tree::*;
use crate::TextRange;

/// Moves parts of a template, every offset by itself.
pub fn relocate_parts(parts: &mut [Part], to: &impl Fn(u32) -> u32) {
    for part in parts {
        match part {
            Part::Literal(_, range) => place(range, to),
            Part::Interpolation(expression, range) => {
                place(range, to);
                relocate(expression, to);
            }
            Part::If(part) => {
                place(&mut part.range, to);
                relocate(&mut part.condition, to);
                relocate_parts(&mut part.then, to);
                relocate_parts(&mut part.otherwise, to);
            }
            Part::For(part) => {
                place(&mut part.range, to);
                name(part.key.as_mut(), to);
                name(Some(&mut part.value), to);
                relocate(&mut part.collection, to);
                relocate_parts(&mut part.body, to);
            }
        }
    }
}

/// Moves an expression and all inside of it, every offset by itself.
pub fn relocate(expression: &mut Expression, to: &impl Fn(u32) -> u32) {
    place(&mut expression.range, to);
    match &mut expression.kind {
        ExpressionKind::Missing
        | ExpressionKind::Null
        | ExpressionKind::Bool(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::String(_)
        | ExpressionKind::Variable(_) => {}
        ExpressionKind::Template(parts) => relocate_parts(parts, to),
        ExpressionKind::Tuple(items) => items.iter_mut().for_each(|item| relocate(item, to)),
        ExpressionKind::Object(entries) => entries.iter_mut().for_each(|it| entry(it, to)),
        ExpressionKind::Parenthesis(inner) | ExpressionKind::Unary(_, inner) => relocate(inner, to),
        ExpressionKind::Traversal(base, steps) => {
            relocate(base, to);
            for step in steps {
                place(&mut step.range, to);
                if let StepKind::Index(index) = &mut step.kind {
                    relocate(index, to);
                }
            }
        }
        ExpressionKind::Conditional(it) => {
            relocate(&mut it.condition, to);
            relocate(&mut it.then, to);
            relocate(&mut it.otherwise, to);
        }
        ExpressionKind::Call(call) => {
            name(Some(&mut call.name), to);
            call.arguments.iter_mut().for_each(|it| relocate(it, to));
        }
        ExpressionKind::Binary(_, operands) => {
            relocate(&mut operands.0, to);
            relocate(&mut operands.1, to);
        }
        ExpressionKind::For(it) => walk(it, to),
    }
}

fn entry(entry: &mut ObjectEntry, to: &impl Fn(u32) -> u32) {
    place(&mut entry.range, to);
    match &mut entry.key {
        ObjectKey::Name(key) => name(Some(key), to),
        ObjectKey::Expression(key) => relocate(key, to),
    }
    relocate(&mut entry.value, to);
}

fn walk(it: &mut For, to: &impl Fn(u32) -> u32) {
    name(it.key_name.as_mut(), to);
    name(Some(&mut it.value_name), to);
    relocate(&mut it.collection, to);
    relocate(&mut it.value, to);
    let more = [it.key.as_mut(), it.condition.as_mut()];
    more.into_iter().flatten().for_each(|it| relocate(it, to));
}

fn name(name: Option<&mut Name>, to: &impl Fn(u32) -> u32) {
    if let Some(name) = name {
        place(&mut name.range, to);
    }
}

fn place(range: &mut TextRange, to: &impl Fn(u32) -> u32) {
    *range = TextRange::new(to(range.start), to(range.end));
}
