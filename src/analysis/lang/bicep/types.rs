//! What the type of a parameter says of its values: whether it may be null, and which literals it leaves
//! (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/user-defined-data-types>).

use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Assumption, Candidate, Value};
use palisade_syntax::bicep::{
    Declaration, Expression, ExpressionKind, Item, Statement, Type, TypeKind, TypeMember, TypeStep,
};

use super::engine::Engine;
use super::expression::Scope;
use super::import::{self, Exporter};
use super::instance::Instance;
use super::unit::Symbol;

/// How many names and accesses lead from one type to the next.
const MAXIMUM_ALIASES: u32 = 32;

/// A type and the file it is written in.
struct Written {
    file: Rc<Instance>,
    declared: Type,
    /// `@secure()` stands before it, or before a name that leads to it.
    is_secure: bool,
}

/// The name of a decorator that makes values secret.
const SECURE: &str = "secure";

/// Whether values of a type are secret: it is a name, or a property, that is declared so.
pub(super) fn is_secure(engine: &Engine<'_>, file: &Rc<Instance>, declared: &Type) -> bool {
    if let TypeKind::Name(name) = &declared.kind
        && let Some(Symbol::Imported(statement, number)) = file.unit.symbol(name)
        && let Ok((Exporter::Template(exports), exported)) =
            import::named(engine, file, statement, number)
    {
        return exports.is_secure(&exported, engine.context);
    }
    let at = Written {
        file: file.clone(),
        declared: declared.clone(),
        is_secure: false,
    };
    expanded(engine, at, MAXIMUM_ALIASES).is_some_and(|it| it.is_secure)
}

/// Whether a type allows null: `?`, a union with `null`, or a name of such a type.
pub(super) fn is_nullable(engine: &Engine<'_>, file: &Rc<Instance>, declared: &Type) -> bool {
    allows_null(engine, file, declared, MAXIMUM_ALIASES)
}

fn allows_null(engine: &Engine<'_>, file: &Rc<Instance>, declared: &Type, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    match &declared.kind {
        TypeKind::Postfix(base, steps) => match steps.last() {
            Some(TypeStep::Nullable) => true,
            Some(TypeStep::NonNull | TypeStep::Array) | None => false,
            Some(_) => {
                compiled(engine, file, base, steps)
                    || walk(engine, file, (base, steps), depth)
                        .is_some_and(|it| allows_null(engine, &it.file, &it.declared, depth))
            }
        },
        TypeKind::Union(members) => members
            .iter()
            .any(|member| allows_null(engine, file, member, depth)),
        TypeKind::Literal(literal) => matches!(literal.kind, ExpressionKind::Null),
        TypeKind::Name(name) => {
            if let Some(Symbol::Imported(statement, number)) = file.unit.symbol(name)
                && let Ok((Exporter::Template(exports), exported)) =
                    import::named(engine, file, statement, number)
            {
                return exports.is_nullable(&exported, engine.context);
            }
            named(engine, file, name, depth)
                .is_some_and(|it| allows_null(engine, &it.file, &it.declared, depth))
        }
        _ => false,
    }
}

/// Whether `all.name` is a nullable type of a compiled template that is imported whole.
fn compiled(engine: &Engine<'_>, file: &Rc<Instance>, base: &Type, steps: &[TypeStep]) -> bool {
    let (TypeKind::Name(name), [TypeStep::Property(exported)]) = (&base.kind, steps) else {
        return false;
    };
    let Some(Symbol::ImportedAll(statement)) = file.unit.symbol(name) else {
        return false;
    };
    match import::exporter(engine, file, statement) {
        Ok(Exporter::Template(exports)) => exports.is_nullable(&exported.text, engine.context),
        _ => false,
    }
}

/// The type a name stands for.
fn named(engine: &Engine<'_>, file: &Rc<Instance>, name: &str, depth: u32) -> Option<Written> {
    match file.unit.symbol(name)? {
        Symbol::Statement(position) => {
            let statement = file.unit.tree.statements.get(position)?;
            match &statement.declaration {
                Declaration::Type(_, declared) => Some(Written {
                    file: file.clone(),
                    declared: declared.clone(),
                    is_secure: statement.decorator(SECURE).is_some(),
                }),
                _ => None,
            }
        }
        Symbol::Imported(statement, number) => {
            match import::named(engine, file, statement, number).ok()? {
                (Exporter::File(other), exported) => {
                    named(engine, &other, &exported, depth.checked_sub(1)?)
                }
                (Exporter::Template(_), _) => None,
            }
        }
        _ => None,
    }
}

/// The type without names, and without what says that it may or may not be null.
fn expanded(engine: &Engine<'_>, mut at: Written, depth: u32) -> Option<Written> {
    let depth = depth.checked_sub(1)?;
    for _ in 0..MAXIMUM_ALIASES {
        let mut next = match &at.declared.kind {
            TypeKind::Name(name) => match named(engine, &at.file, name, depth) {
                Some(next) => next,
                None => return Some(at),
            },
            TypeKind::Postfix(base, steps) => match steps.split_last()? {
                (TypeStep::Nullable | TypeStep::NonNull, rest) => Written {
                    file: at.file.clone(),
                    declared: behind(base, rest),
                    is_secure: false,
                },
                (TypeStep::Array, _) => return Some(at),
                _ => walk(engine, &at.file, (base, steps), depth)?,
            },
            _ => return Some(at),
        };
        next.is_secure |= at.is_secure;
        at = next;
    }
    None
}

/// `base` with these steps behind it.
fn behind(base: &Type, steps: &[TypeStep]) -> Type {
    if steps.is_empty() {
        return base.clone();
    }
    Type {
        kind: TypeKind::Postfix(Box::new(base.clone()), steps.to_vec()),
        range: base.range,
    }
}

/// The type that accesses to another one lead to.
fn walk(
    engine: &Engine<'_>,
    file: &Rc<Instance>,
    (base, steps): (&Type, &[TypeStep]),
    depth: u32,
) -> Option<Written> {
    let depth = depth.checked_sub(1)?;
    let mut at = Written {
        file: file.clone(),
        declared: base.clone(),
        is_secure: false,
    };
    for step in steps {
        if let (TypeKind::Name(name), TypeStep::Property(exported)) = (&at.declared.kind, step)
            && let Some(Symbol::ImportedAll(statement)) = at.file.unit.symbol(name)
        {
            let Ok(Exporter::File(other)) = import::exporter(engine, &at.file, statement) else {
                return None;
            };
            at = named(engine, &other, &exported.text, depth)?;
            continue;
        }
        let found = expanded(engine, at, depth)?;
        let (declared, is_secure) = member(&found.declared, step)?;
        at = Written {
            file: found.file,
            declared,
            is_secure,
        };
    }
    Some(at)
}

/// What one step of an access reads of a type, and whether that is declared secret.
fn member(of: &Type, step: &TypeStep) -> Option<(Type, bool)> {
    let object = |accept: &dyn Fn(&TypeMember) -> bool| match &of.kind {
        TypeKind::Object(members) => members.iter().find(|member| accept(member)),
        _ => None,
    };
    let found = match step {
        TypeStep::Property(name) => object(&|member| {
            let key = member.key.as_ref();
            key.is_some_and(|key| key.text == name.text)
        })?,
        TypeStep::Additional => object(&|member| member.key.is_none())?,
        TypeStep::Index(position) => match &of.kind {
            TypeKind::Tuple(members) => members.get(usize::try_from(*position).ok()?)?,
            _ => return None,
        },
        TypeStep::Items => {
            let TypeKind::Postfix(base, steps) = &of.kind else {
                return None;
            };
            let (last, rest) = steps.split_last()?;
            return (*last == TypeStep::Array).then(|| (behind(base, rest), false));
        }
        TypeStep::Nullable | TypeStep::NonNull => return Some((of.clone(), false)),
        TypeStep::Array => return None,
    };
    let mut decorators = found.decorators.iter();
    let is_secure = decorators.any(|it| &*it.name.text == SECURE);
    Some((found.member_type.clone(), is_secure))
}

/// The values that `@allowed`, a union of literals or `bool` leaves for a parameter.
pub(super) fn allowed(
    engine: &Engine<'_>,
    file: &Rc<Instance>,
    declared: &Statement,
    declared_type: Option<&Type>,
    subject: &Arc<str>,
) -> Vec<Candidate> {
    let decorated = declared.decorator("allowed");
    if let Some(ExpressionKind::Array(items)) = decorated
        .and_then(|it| it.arguments.first())
        .map(|list| &list.kind)
    {
        let choices = items.iter().filter_map(|item| match item {
            Item::Value(value) => Some(value),
            Item::Spread(_) => None,
        });
        return choices
            .map(|choice| candidate(engine, file, choice, subject))
            .collect();
    }
    let Some(declared_type) = declared_type else {
        return Vec::new();
    };
    let mut out = Vec::new();
    let at = Written {
        file: file.clone(),
        declared: declared_type.clone(),
        is_secure: false,
    };
    match literals(engine, at, subject, MAXIMUM_ALIASES, &mut out) {
        Some(()) => out,
        None => Vec::new(),
    }
}

/// The literals of a type, those of the members of a union; none where it has other members.
fn literals(
    engine: &Engine<'_>,
    at: Written,
    subject: &Arc<str>,
    depth: u32,
    out: &mut Vec<Candidate>,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    if is_bool(&at) {
        out.extend(
            [true, false].map(|value| assumed(Value::bare(value), &value.to_string(), subject)),
        );
        return Some(());
    }
    let at = expanded(engine, at, depth)?;
    match &at.declared.kind {
        TypeKind::Literal(literal) => {
            out.push(candidate(engine, &at.file, literal, subject));
            Some(())
        }
        TypeKind::Union(members) => members.iter().try_for_each(|member| {
            let member = Written {
                file: at.file.clone(),
                declared: member.clone(),
                is_secure: false,
            };
            literals(engine, member, subject, depth, out)
        }),
        _ => None,
    }
}

/// `bool` of the language, which a file may hide behind a type of its own: then it is `sys.bool`.
fn is_bool(at: &Written) -> bool {
    match &at.declared.kind {
        TypeKind::Name(name) => &**name == "bool" && at.file.unit.symbol(name).is_none(),
        TypeKind::Postfix(base, steps) => {
            matches!(&base.kind, TypeKind::Name(name) if &**name == "sys")
                && matches!(steps.as_slice(), [TypeStep::Property(name)] if &*name.text == "bool")
        }
        _ => false,
    }
}

fn candidate(
    engine: &Engine<'_>,
    file: &Rc<Instance>,
    choice: &Expression,
    subject: &Arc<str>,
) -> Candidate {
    let value = Scope::of(file).evaluate(engine, choice, choice.range);
    let written = file.unit.source.slice(file.unit.span(choice.range));
    assumed(value, written.trim_matches('\''), subject)
}

fn assumed(value: Value, written: &str, subject: &Arc<str>) -> Candidate {
    Candidate {
        when: vec![Assumption {
            subject: subject.clone(),
            value: written.into(),
        }],
        value,
    }
}
