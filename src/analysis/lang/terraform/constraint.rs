//! Type constraints: `list(string)`, `object({ a = optional(number, 1) })`.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>.

use std::collections::BTreeMap;
use std::sync::Arc;

use palisade_syntax::hcl::{Call, Expression, ExpressionKind, ObjectKey};

use super::expression;
use super::scope::{Failure, Scope};
use super::types::{Attribute, Defaults, Type};

/// A type constraint with the defaults of its optional attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct Constraint {
    pub(super) ty: Type,
    pub(super) defaults: Defaults,
}

/// Reads a type constraint.
pub(super) fn read(expression: &Expression, scope: &Scope<'_, '_>) -> Result<Constraint, Failure> {
    let place = scope.span(expression.range);
    let _depth = scope.instance.engine.step(place)?;
    let of_type = |ty| {
        Ok(Constraint {
            ty,
            defaults: Defaults::default(),
        })
    };
    if let Some(word) = expression.as_word() {
        return match word {
            "any" => of_type(Type::Dynamic),
            "bool" => of_type(Type::Bool),
            "number" => of_type(Type::Number),
            "string" => of_type(Type::String),
            // Shorthands of Terraform 0.11 that are still accepted.
            "list" => of_type(Type::list(Type::Dynamic)),
            "map" => of_type(Type::map(Type::Dynamic)),
            "set" => of_type(Type::set(Type::Dynamic)),
            _ => Err(Failure::new(format!("`{word}` is no type"), place)),
        };
    }
    match &expression.kind {
        ExpressionKind::Parenthesis(inner) => read(inner, scope),
        ExpressionKind::Call(call) => of_call(call, expression, scope),
        _ => Err(Failure::new("this is no type", place)),
    }
}

fn of_call(
    call: &Call,
    expression: &Expression,
    scope: &Scope<'_, '_>,
) -> Result<Constraint, Failure> {
    let place = scope.span(expression.range);
    let [argument] = call.arguments.as_slice() else {
        return Err(Failure::new(
            format!("`{}` takes one argument", call.name.text),
            place,
        ));
    };
    let collection: fn(Type) -> Type = match &*call.name.text {
        "list" => Type::list,
        "set" => Type::set,
        "map" => Type::map,
        "tuple" => return tuple(argument, scope),
        "object" => return object(argument, scope),
        name => return Err(Failure::new(format!("`{name}` is no type"), place)),
    };
    let element = read(argument, scope)?;
    let mut defaults = Defaults::default();
    if !element.defaults.is_empty() {
        defaults.children.insert("".into(), element.defaults);
    }
    Ok(Constraint {
        ty: collection(element.ty),
        defaults,
    })
}

fn tuple(argument: &Expression, scope: &Scope<'_, '_>) -> Result<Constraint, Failure> {
    let ExpressionKind::Tuple(items) = &argument.kind else {
        return Err(Failure::new(
            "`tuple` takes a list of types",
            scope.span(argument.range),
        ));
    };
    let mut types = Vec::new();
    let mut defaults = Defaults::default();
    for (at, item) in items.iter().enumerate() {
        let item = read(item, scope)?;
        types.push(item.ty);
        if !item.defaults.is_empty() {
            defaults
                .children
                .insert(at.to_string().into(), item.defaults);
        }
    }
    Ok(Constraint {
        ty: Type::tuple(types),
        defaults,
    })
}

fn object(argument: &Expression, scope: &Scope<'_, '_>) -> Result<Constraint, Failure> {
    let ExpressionKind::Object(entries) = &argument.kind else {
        return Err(Failure::new(
            "`object` takes attributes with their types",
            scope.span(argument.range),
        ));
    };
    let mut attributes = BTreeMap::new();
    let mut defaults = Defaults::default();
    for entry in entries {
        let name: Arc<str> = match &entry.key {
            ObjectKey::Name(name) => (*name.text).into(),
            ObjectKey::Expression(key) => key
                .as_word()
                .ok_or_else(|| Failure::new("an attribute name is needed", scope.span(key.range)))?
                .into(),
        };
        let (ty, optional, default) = attribute(&entry.value, scope)?;
        if let Some(default) = default {
            let default = expression::evaluate(default, scope)?;
            let default = super::apply::to_type(&ty.defaults.apply(&default), &ty.ty)
                .map_err(|message| Failure::new(message, scope.span(entry.range)))?;
            defaults.values.insert(name.clone(), default);
        }
        if !ty.defaults.is_empty() {
            defaults.children.insert(name.clone(), ty.defaults);
        }
        attributes.insert(
            name,
            Attribute {
                ty: ty.ty,
                optional,
            },
        );
    }
    Ok(Constraint {
        ty: Type::Object(Arc::new(attributes)),
        defaults,
    })
}

type Parsed<'s> = (Constraint, bool, Option<&'s Expression>);

/// The type of an attribute, whether it is optional, and its default.
fn attribute<'s>(value: &'s Expression, scope: &Scope<'_, '_>) -> Result<Parsed<'s>, Failure> {
    match &value.kind {
        ExpressionKind::Call(call) if &*call.name.text == "optional" => {
            match call.arguments.as_slice() {
                [ty] => Ok((read(ty, scope)?, true, None)),
                [ty, default] => Ok((read(ty, scope)?, true, Some(default))),
                _ => Err(Failure::new(
                    "`optional` takes a type and a default",
                    scope.span(value.range),
                )),
            }
        }
        _ => Ok((read(value, scope)?, false, None)),
    }
}
