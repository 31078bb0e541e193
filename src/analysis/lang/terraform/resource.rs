//! Resource blocks: which instances there are, and what their arguments are.

use std::sync::Arc;

use palisade_model::{FileId, Key, Origin, Reason, Reference, Span, Target};
use palisade_syntax::hcl::Block;

use super::apply;
use super::arguments::{self, Arguments};
use super::config::{ResourceKey, ResourceMode, Section, span};
use super::data;
use super::expression;
use super::instance::Instance;
use super::reference;
use super::scope::{Eval, Failure, Repetition, Scope};
use super::shared::Record;
use super::types::Type;
use super::value::{Entries, TfKind, TfUnknown, TfValue};
use std::rc::Rc;

/// The instances of a block.
#[derive(Clone, Debug)]
pub(super) enum Expansion {
    /// One, without a key.
    Single,
    /// `count`
    Count(u64),
    /// `for_each`
    Each(Vec<(Arc<str>, TfValue)>),
    /// How many is not known.
    Symbolic(Arc<TfUnknown>, Symbol),
}

/// What stands for an unknown number of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    /// Any of `count`.
    Count,
    /// Any of `for_each`.
    Each,
    /// One that exists or not: `count = var.create ? 1 : 0`.
    Maybe,
}

/// An expansion that cannot be known.
pub(super) fn failed(value: TfValue) -> Expansion {
    Expansion::Symbolic(reason_of(&value), Symbol::Each)
}

fn reason_of(value: &TfValue) -> Arc<TfUnknown> {
    let none = || Arc::new(TfUnknown::new(Reason::Error("".into())));
    value.as_unknown().cloned().unwrap_or_else(none)
}

impl Expansion {
    /// The keys of the instances.
    pub(super) fn keys(&self) -> Vec<Option<Key>> {
        match self {
            Self::Single => vec![None],
            Self::Count(count) => (0..*count).map(|at| Some(Key::Index(at))).collect(),
            Self::Each(entries) => entries
                .iter()
                .map(|(name, _)| Some(Key::Name(name.clone())))
                .collect(),
            Self::Symbolic(_, Symbol::Maybe) => vec![Some(Key::Index(0))],
            Self::Symbolic(..) => vec![Some(Key::Any)],
        }
    }

    /// The instance that an index means; none where there is no such one, and an instance without a key is no instance here.
    #[expect(clippy::option_option, reason = "an instance's key is itself optional")]
    pub(super) fn key(&self, index: &TfValue) -> Option<Option<Key>> {
        let number = || {
            let number = apply::to_type(index, &Type::Number).ok()?;
            number.as_number().and_then(super::value::Number::as_usize)
        };
        match self {
            Self::Single => None,
            Self::Count(count) => {
                let at = number()? as u64;
                (at < *count).then_some(Some(Key::Index(at)))
            }
            Self::Each(entries) => {
                let index = apply::to_type(index, &Type::String).ok()?;
                let name = index.as_str()?;
                entries
                    .iter()
                    .find(|(known, _)| &**known == name)
                    .map(|(known, _)| Some(Key::Name(known.clone())))
            }
            Self::Symbolic(_, Symbol::Maybe) => Some(Some(Key::Index(0))),
            Self::Symbolic(..) => Some(Some(Key::Any)),
        }
    }

    /// What `each` and `count` are in an instance.
    pub(super) fn repetition(&self, key: Option<&Key>, record: Option<Rc<Record>>) -> Repetition {
        let (mut count, mut each) = (None, None);
        match (self, key) {
            (Self::Count(_) | Self::Symbolic(_, Symbol::Maybe), Some(Key::Index(at))) => {
                count = Some(TfValue::integer(*at as i64));
            }
            (Self::Each(entries), Some(Key::Name(name))) => {
                let value = entries.iter().find(|(known, _)| known == name);
                each = value.map(|(name, value)| (TfValue::string(name), value.clone()));
            }
            (Self::Symbolic(unknown, Symbol::Count), _) => {
                count = Some(TfValue::unknown(Type::Number, unknown.reason.clone()));
            }
            (Self::Symbolic(unknown, _), _) => {
                let key = TfValue::unknown(Type::String, unknown.reason.clone());
                each = Some((key, TfValue::unknown(Type::Dynamic, unknown.reason.clone())));
            }
            _ => {}
        }
        Repetition {
            // The position of an instance is the same however many there are.
            record: record.filter(|_| !matches!(self, Self::Count(_))),
            key: key.cloned(),
            count,
            each,
        }
    }
}

/// The instances of a resource or module call.
pub(super) fn expand(section: &Section, scope: &Scope<'_, '_>) -> Expansion {
    let (count, each) = (section.attribute("count"), section.attribute("for_each"));
    if let (Some(_), Some((file, attribute))) = (count, each) {
        let message = "`count` and `for_each` exclude each other: `count` is taken".to_owned();
        let scope = Scope { file, ..*scope };
        let place = scope.span(attribute.range);
        scope.instance.engine.warn(message, place);
    }
    if let Some((file, attribute)) = count {
        let scope = Scope { file, ..*scope };
        let value = expression::evaluate(&attribute.value, &scope);
        return by_count(value, scope.span(attribute.value.range), &scope);
    }
    if let Some((file, attribute)) = each {
        let scope = Scope { file, ..*scope };
        let place = scope.span(attribute.value.range);
        let value = scope
            .instance
            .settle(expression::evaluate(&attribute.value, &scope));
        return by_each(&value, place, &scope);
    }
    Expansion::Single
}

fn by_count(value: Eval, place: Span, scope: &Scope<'_, '_>) -> Expansion {
    let wrong = |message: &str| Failure::new(format!("`count` must be {message}"), place);
    let number = value.and_then(|value| {
        apply::to_type(&value, &Type::Number)
            .map_err(|message| wrong(&format!("a number: {message}")))
    });
    let number = scope.instance.settle(number);
    if number.marks.ephemeral {
        scope
            .instance
            .engine
            .fail(&wrong("kept, and this is ephemeral"));
    }
    if let Some(unknown) = number.as_unknown() {
        let zero_or_one = |value: &TfValue| {
            let number = apply::to_type(value, &Type::Number).ok();
            number
                .and_then(|it| it.as_number()?.as_usize())
                .is_some_and(|it| it <= 1)
        };
        let maybe = !unknown.candidates.is_empty()
            && unknown.candidates.iter().all(|it| zero_or_one(&it.value));
        let symbol = if maybe { Symbol::Maybe } else { Symbol::Count };
        return Expansion::Symbolic(unknown.clone(), symbol);
    }
    let Some(count) = number.as_number().and_then(super::value::Number::as_usize) else {
        let failure = wrong("a whole number that is not negative");
        return Expansion::Symbolic(
            reason_of(&scope.instance.settle(Err(failure))),
            Symbol::Count,
        );
    };
    if !scope.instance.engine.take_instances(count as u64, place) {
        let reason = Reason::Limit(format!("{count} instances").into());
        return Expansion::Symbolic(Arc::new(TfUnknown::new(reason)), Symbol::Count);
    }
    Expansion::Count(count as u64)
}

fn by_each(value: &TfValue, place: Span, scope: &Scope<'_, '_>) -> Expansion {
    let engine = scope.instance.engine;
    let fail = |message: &str| scope.instance.settle(Err(Failure::new(message, place)));
    if value.marks.any() {
        let message = "`for_each` shows its keys, and this is sensitive or ephemeral".to_owned();
        engine.warn(message, place);
    }
    let entries = match &value.kind {
        TfKind::Unknown(unknown) => return Expansion::Symbolic(unknown.clone(), Symbol::Each),
        TfKind::Mapping(entries) => Entries::clone(entries).into_iter().collect(),
        TfKind::Sequence(items) => match Keys::of(items) {
            Keys::Unknown(unknown) => return Expansion::Symbolic(unknown, Symbol::Each),
            Keys::Known(entries) if is_set_of_strings(value) => entries,
            Keys::Known(entries) => {
                fail(
                    "`for_each` must be a map or a set of strings: these are taken as `toset` would take them",
                );
                entries
            }
            Keys::None => return failed(fail("`for_each` must be a map or a set of strings")),
        },
        TfKind::Null => return failed(fail("`for_each` cannot be null")),
        _ => return failed(fail("`for_each` must be a map or a set of strings")),
    };
    if !engine.take_instances(entries.len() as u64, place) {
        let reason = Reason::Limit(format!("{} instances", entries.len()).into());
        return Expansion::Symbolic(Arc::new(TfUnknown::new(reason)), Symbol::Each);
    }
    let link = |value: TfValue| match value.origin.mark() {
        Some(_) => value,
        None => value.with_origin(Origin::expression(place, place)),
    };
    let entries = entries.into_iter();
    Expansion::Each(entries.map(|(key, value)| (key, link(value))).collect())
}

/// Of an empty set nothing says what it is of.
fn is_set_of_strings(value: &TfValue) -> bool {
    let is_empty = value.as_items().is_some_and(<[_]>::is_empty);
    matches!(&value.ty, Type::Set(element) if is_empty || **element == Type::String)
}

/// The keys that the items of a list or set are.
enum Keys {
    Known(Vec<(Arc<str>, TfValue)>),
    /// One of them is not known.
    Unknown(Arc<TfUnknown>),
    /// One of them can be no key.
    None,
}

impl Keys {
    fn of(items: &[TfValue]) -> Self {
        let mut found = std::collections::BTreeMap::new();
        for item in items {
            match apply::to_type(item, &Type::String).map(|it| (it.as_str().map(Arc::from), it)) {
                Ok((Some(key), item)) => found.insert(key, item),
                Ok((None, item)) if item.is_known() => return Self::None,
                Ok((None, item)) => return Self::Unknown(reason_of(&item)),
                Err(_) => return Self::None,
            };
        }
        Self::Known(found.into_iter().collect())
    }
}

/// The scope of an instance of a resource.
pub(super) fn scope_of<'s, 'e>(
    instance: &'s Rc<Instance<'e>>,
    section: &Section,
    key: &'s ResourceKey,
    repetition: &'s Repetition,
) -> Scope<'s, 'e> {
    Scope {
        repetition: Some(repetition),
        this: Some(key),
        ..Scope::module(instance, section.file)
    }
}

/// The repetition of an instance of a resource.
pub(super) fn repetition(
    instance: &Rc<Instance<'_>>,
    section: &Section,
    key: &ResourceKey,
    one: Option<&Key>,
) -> Repetition {
    if !section.is_repeated() {
        return Repetition::default();
    }
    let (expansion, record) = instance.engine.recorded(|| instance.expansion(key));
    expansion
        .map(|expansion| expansion.repetition(one, record))
        .unwrap_or_default()
}

/// The arguments of one instance.
pub(super) fn evaluate(
    instance: &Rc<Instance<'_>>,
    key: &ResourceKey,
    one: Option<&Key>,
) -> Rc<Arguments> {
    let Some(section) = instance.config.resources.get(key) else {
        return Rc::default();
    };
    let make = || {
        let repetition = repetition(instance, section, key, one);
        let scope = scope_of(instance, section, key, &repetition);
        let mut made = arguments::arguments(section, &scope);
        if key.mode == ResourceMode::Data {
            data::complete(key, &mut made);
        }
        Rc::new(made)
    };
    match key.mode {
        // Whoever refers to a data source asks for all of it.
        ResourceMode::Data => instance.data(key, one, make),
        _ => make(),
    }
}

/// One attribute of an instance, as other expressions see it.
pub(super) fn attribute(
    instance: &Rc<Instance<'_>>,
    key: &ResourceKey,
    one: Option<&Key>,
    name: &str,
    place: Span,
) -> Eval {
    let Some(section) = instance.config.resources.get(key) else {
        return Err(Failure::new(format!("`{key}` is not declared"), place));
    };
    let id = (key.clone(), one.cloned(), Arc::<str>::from(name));
    let _depth = instance.engine.step(place)?;
    let cycle = || instance.cycle(&format!("{key}.{name}"), place);
    let value = instance.once(&instance.attributes, &id, cycle, || {
        let mut value = configured(instance, section, key, one, name);
        let from = reference_to(instance, key, one, name);
        if !refers_to(&value, &from.target) {
            value.origin = value.origin.taken_from(from);
        }
        value
    });
    if value.is_null() {
        return Ok(computed(instance, key, one, name));
    }
    Ok(value)
}

fn refers_to(value: &TfValue, target: &Target) -> bool {
    let reference = value.as_unknown().and_then(|it| it.reference.as_ref());
    reference.is_some_and(|reference| reference.target == *target)
}

fn reference_to(
    instance: &Instance<'_>,
    key: &ResourceKey,
    one: Option<&Key>,
    name: &str,
) -> Reference {
    Reference {
        target: Target::Address(reference::address(instance.module_path(), key, one)),
        attribute: name.into(),
    }
}

fn configured(
    instance: &Rc<Instance<'_>>,
    section: &Section,
    key: &ResourceKey,
    one: Option<&Key>,
    name: &str,
) -> TfValue {
    if key.mode == ResourceMode::Data && data::is_evaluated(&key.resource_type, name) {
        let made = evaluate(instance, key, one);
        return made
            .get(name)
            .cloned()
            .unwrap_or_else(|| computed(instance, key, one, name));
    }
    if !arguments::has(section, name) {
        let is_given = matches!(name, "input" | "triggers_replace");
        if key.resource_type.as_ref() == "terraform_data" && is_given {
            return TfValue::null();
        }
        return computed(instance, key, one, name);
    }
    let repetition = repetition(instance, section, key, one);
    let scope = scope_of(instance, section, key, &repetition);
    arguments::named(section, name, &scope)
}

/// An attribute that exists only after deployment.
pub(super) fn computed(
    instance: &Instance<'_>,
    key: &ResourceKey,
    one: Option<&Key>,
    name: &str,
) -> TfValue {
    let reference = reference_to(instance, key, one, name);
    let mut value = TfValue::computed(Type::Dynamic, reference, reason(key, one, name));
    // What a provider computes as an identity is never null.
    if let (true, TfKind::Unknown(unknown)) = (matches!(name, "id" | "arn"), &mut value.kind) {
        Arc::make_mut(unknown).not_null = true;
    }
    value
}

fn reason(key: &ResourceKey, one: Option<&Key>, name: &str) -> Reason {
    let mut what = key.to_string();
    if let Some(one) = one {
        what.push_str(&one.to_string());
    }
    if !name.is_empty() {
        what.push('.');
        what.push_str(name);
    }
    match key.mode {
        ResourceMode::Data => Reason::DataSource(what.into()),
        _ => Reason::Computed(what.into()),
    }
}

/// All of an instance: what its configuration says, and that there is more.
pub(super) fn whole(
    instance: &Rc<Instance<'_>>,
    key: &ResourceKey,
    one: Option<&Key>,
    place: Span,
) -> Eval {
    let Some(section) = instance.config.resources.get(key) else {
        return Err(Failure::new(format!("`{key}` is not declared"), place));
    };
    let _depth = instance.engine.step(place)?;
    let address = reference::address(instance.module_path(), key, one);
    let partly = |entries| reference::partly_known(address.clone(), reason(key, one, ""), entries);
    let id = (key.clone(), one.cloned());
    let origin = Origin::expression(section.header, section.range);
    let whole = instance.once(
        &instance.wholes,
        &id,
        || partly(Entries::new()),
        || {
            let made = evaluate(instance, key, one);
            partly(
                made.iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            )
        },
    );
    Ok(whole.with_origin(origin))
}

/// Where an item of `ignore_changes` and the like is written, and its text.
pub(super) fn words(block: &Block, name: &str, file: FileId, source: &str) -> Vec<TfValue> {
    let Some(attribute) = block.body.attribute(name) else {
        return Vec::new();
    };
    let items: Vec<&palisade_syntax::hcl::Expression> = match &attribute.value.kind {
        palisade_syntax::hcl::ExpressionKind::Tuple(items) => items.iter().collect(),
        _ => vec![&attribute.value],
    };
    let word = |item: &palisade_syntax::hcl::Expression| {
        let place = span(file, item.range);
        let text = item.as_word().unwrap_or_else(|| item.range.slice(source));
        TfValue::string(text).with_origin(Origin::literal(place, place))
    };
    items.into_iter().map(word).collect()
}
