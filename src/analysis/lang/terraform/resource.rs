//! Resource blocks: which instances there are, and what their arguments are.

use std::sync::Arc;

use indexmap::IndexMap;
use palisade_model::{
    FileId, Frame, FrameKind, Key, Origin, OriginKind, Reason, Reference, Span, Target,
};
use palisade_syntax::hcl::{Block, Item};

use super::apply;
use super::config::{ResourceKey, ResourceMode, Section, span};
use super::data;
use super::expression;
use super::instance::Instance;
use super::reference;
use super::scope::{Eval, Failure, Repetition, Scope};
use super::shared::Record;
use super::types::Type;
use super::value::{Entries, TfCandidate, TfKind, TfUnknown, TfValue};
use std::rc::Rc;

/// Deeper nested blocks are not known.
const MAXIMUM_DEPTH: usize = 60;

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

/// Arguments of the language that no provider sees.
const META: [&str; 6] = [
    "count",
    "for_each",
    "provider",
    "depends_on",
    "lifecycle",
    "providers",
];
/// Blocks of the language that no provider sees.
const META_BLOCKS: [&str; 4] = ["lifecycle", "provisioner", "connection", "_"];

/// The arguments of a block in the order of the text; nested blocks are lists of objects.
pub(super) fn arguments(section: &Section, scope: &Scope<'_, '_>) -> IndexMap<Arc<str>, TfValue> {
    let items = section.items.iter().map(|(file, item)| (*file, item));
    let items = items.filter(|(_, item)| match item {
        Item::Attribute(attribute) => !META.contains(&&*attribute.name.text),
        Item::Block(block) => !META_BLOCKS.contains(&&*block.keyword.text),
    });
    body(items, scope, 0)
}

/// The attribute or the blocks of a name.
fn named<'s>(section: &'s Section, name: &str) -> Vec<(FileId, &'s Item)> {
    let wanted = section.items.iter().filter(|(_, item)| match item {
        Item::Attribute(attribute) => &*attribute.name.text == name,
        Item::Block(block) if &*block.keyword.text == "dynamic" => block
            .labels
            .first()
            .is_some_and(|label| &*label.text == name),
        Item::Block(block) => &*block.keyword.text == name,
    });
    wanted.map(|(file, item)| (*file, item)).collect()
}

/// Nested blocks of one type, and an unknown number more of them.
#[derive(Default)]
struct Blocks {
    known: Vec<TfValue>,
    unknown: Option<TfValue>,
}

fn body<'b>(
    items: impl Iterator<Item = (FileId, &'b Item)>,
    scope: &Scope<'_, '_>,
    depth: usize,
) -> IndexMap<Arc<str>, TfValue> {
    let mut made = IndexMap::new();
    let mut blocks: IndexMap<Arc<str>, Blocks> = IndexMap::new();
    for (file, item) in items {
        let scope = Scope { file, ..*scope };
        match item {
            Item::Attribute(attribute) => {
                let mut value = scope
                    .instance
                    .settle(expression::evaluate(&attribute.value, &scope));
                value.origin.entry = Some(scope.span(attribute.range));
                made.insert((*attribute.name.text).into(), value);
            }
            Item::Block(block) if depth > MAXIMUM_DEPTH => {
                let message = format!("blocks nested more than {MAXIMUM_DEPTH} deep");
                let failure = Failure::limit(message, scope.span(block.header()));
                let slot = blocks.entry((*block.keyword.text).into()).or_default();
                slot.unknown = Some(scope.instance.settle(Err(failure)));
            }
            Item::Block(block) if &*block.keyword.text == "dynamic" => {
                if let Some(label) = block.labels.first() {
                    let slot = blocks.entry((*label.text).into()).or_default();
                    dynamic(block, &scope, depth, slot);
                }
            }
            Item::Block(block) => {
                let slot = blocks.entry((*block.keyword.text).into()).or_default();
                slot.known.push(nested(block, &scope, depth));
            }
        }
    }
    for (name, blocks) in blocks {
        made.insert(name, blocks.finish());
    }
    made
}

impl Blocks {
    fn finish(self) -> TfValue {
        let origin = self
            .known
            .first()
            .or(self.unknown.as_ref())
            .map(|first| first.origin.clone());
        let value = match (self.unknown, self.known) {
            (Some(unknown), known) if known.is_empty() => return unknown,
            (Some(unknown), known) if has_candidates(&unknown) => behind(&known, &unknown),
            (unknown, known) => TfValue::tuple(known.into_iter().chain(unknown).collect()),
        };
        value.with_origin(origin.unwrap_or_default())
    }
}

fn has_candidates(value: &TfValue) -> bool {
    let unknown = value.as_unknown();
    unknown.is_some_and(|unknown| !unknown.candidates.is_empty())
}

/// The blocks that are certain, and behind them those of each candidate.
fn behind(known: &[TfValue], unknown: &TfValue) -> TfValue {
    let mut made = unknown.clone();
    if let TfKind::Unknown(unknown) = &mut made.kind {
        for candidate in &mut Arc::make_mut(unknown).candidates {
            let more = candidate.value.as_items().unwrap_or_default();
            let all = known.iter().chain(more).cloned().collect();
            candidate.value = TfValue::tuple(all).with_origin(candidate.value.origin.clone());
        }
    }
    made
}

/// One nested block as an object.
fn nested(block: &Block, scope: &Scope<'_, '_>, depth: usize) -> TfValue {
    let items = block.body.items.iter().map(|item| (scope.file, item));
    let mut entries: Entries = body(items, scope, depth + 1).into_iter().collect();
    if let Some(label) = block.labels.first() {
        let place = scope.span(label.range);
        let label = TfValue::string(&label.text).with_origin(Origin::literal(place, place));
        entries.entry("label".into()).or_insert(label);
    }
    let (body, whole) = (scope.span(block.body.range), scope.span(block.range));
    TfValue::object(entries).with_origin(Origin::literal(body, whole))
}

/// `dynamic "ingress" { for_each = …, content { … } }`
fn dynamic(block: &Block, scope: &Scope<'_, '_>, depth: usize, made: &mut Blocks) {
    let attribute = |name: &str| block.body.attribute(name);
    let content = block
        .body
        .blocks()
        .find(|inner| &*inner.keyword.text == "content");
    let (Some(for_each), Some(content)) = (attribute("for_each"), content) else {
        let message = "`dynamic` needs `for_each` and `content`".to_owned();
        return scope
            .instance
            .engine
            .warn(message, scope.span(block.header()));
    };
    let label = block.labels.first().map_or("", |label| &*label.text);
    let iterator = attribute("iterator")
        .and_then(|it| it.value.as_word())
        .unwrap_or(label);
    let repeated = Repeated {
        iterator,
        label,
        block,
        content,
        place: scope.span(for_each.value.range),
        depth,
    };
    let collection = scope
        .instance
        .settle(expression::evaluate(&for_each.value, scope));
    if let Some(unknown) = collection.as_unknown() {
        let plain = || TfValue::unknown(Type::Dynamic, unknown.reason.clone());
        // Below the arguments, and of several, it is left open which of them there are.
        let value = match depth == 0 && made.unknown.is_none() {
            true => repeated.either(unknown, scope).unwrap_or_else(plain),
            false => plain(),
        };
        made.unknown = Some(value.with_origin(repeated.origin(scope, None)));
        return;
    }
    match repeated.blocks(&collection, scope) {
        Some(blocks) => made.known.extend(blocks),
        None => {
            let message = "`for_each` of a dynamic block must be a collection".to_owned();
            scope.instance.engine.warn(message, repeated.place);
        }
    }
}

/// A dynamic block, before it is known how often.
struct Repeated<'b> {
    iterator: &'b str,
    label: &'b str,
    block: &'b Block,
    content: &'b Block,
    /// Of its collection.
    place: Span,
    depth: usize,
}

impl Repeated<'_> {
    fn origin(&self, scope: &Scope<'_, '_>, via: Option<Arc<Frame>>) -> Origin {
        Origin {
            kind: OriginKind::Expression,
            span: Some(scope.span(self.content.body.range)),
            entry: Some(scope.span(self.block.range)),
            via,
            of: None,
        }
    }

    /// One block for each item; none where the collection cannot be walked.
    fn blocks(&self, collection: &TfValue, scope: &Scope<'_, '_>) -> Option<Vec<TfValue>> {
        let mut made = Vec::new();
        for (key, value) in expression::pairs(collection)? {
            let frame = Arc::new(Frame {
                kind: FrameKind::Loop,
                label: format!("dynamic \"{}\"", self.label).into(),
                span: value.origin.mark().unwrap_or(self.place),
                next: value.origin.via.clone(),
            });
            let binding = super::scope::Binding {
                name: self.iterator,
                value: pair(key, value, self.place, &frame),
                next: scope.bindings,
            };
            let inner = Scope {
                bindings: Some(&binding),
                ..*scope
            };
            let value = nested(self.content, &inner, self.depth);
            made.push(value.with_origin(self.origin(scope, Some(frame))));
        }
        Some(made)
    }

    /// The blocks of each of the collections that are possible.
    fn either(&self, unknown: &TfUnknown, scope: &Scope<'_, '_>) -> Option<TfValue> {
        let mut made = TfUnknown::new(unknown.reason.clone());
        for candidate in &unknown.candidates {
            let blocks = self.blocks(&candidate.value, scope)?;
            let origin = blocks.first().map(|first| first.origin.clone());
            let value = TfValue::tuple(blocks);
            made.candidates.push(TfCandidate {
                when: candidate.when.clone(),
                value: value.with_origin(origin.unwrap_or_else(|| self.origin(scope, None))),
            });
        }
        let is_known = !made.candidates.is_empty();
        is_known.then(|| TfValue::of_unknown(Type::Dynamic, made))
    }
}

/// What the iterator of a dynamic block is: behind everything taken from it stands the item of the collection.
fn pair(key: TfValue, value: TfValue, place: Span, item: &Arc<Frame>) -> TfValue {
    let entries = [(Arc::<str>::from("key"), key), ("value".into(), value)];
    TfValue::object(entries.into_iter().collect()).with_origin(Origin {
        via: Some(item.clone()),
        ..Origin::expression(place, place)
    })
}

/// The scope of an instance of a resource.
fn scope_of<'s, 'e>(
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
    key: &ResourceKey,
    one: Option<&Key>,
) -> Repetition {
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
) -> IndexMap<Arc<str>, TfValue> {
    let Some(section) = instance.config.resources.get(key) else {
        return IndexMap::new();
    };
    let repetition = repetition(instance, key, one);
    let scope = scope_of(instance, section, key, &repetition);
    let mut made = arguments(section, &scope);
    if key.mode == ResourceMode::Data {
        data::complete(key, &mut made);
    }
    made
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
    let wanted = named(section, name);
    if wanted.is_empty() || META.contains(&name) {
        if key.resource_type.as_ref() == "terraform_data"
            && matches!(name, "input" | "triggers_replace")
        {
            return TfValue::null();
        }
        return computed(instance, key, one, name);
    }
    let repetition = repetition(instance, key, one);
    let scope = scope_of(instance, section, key, &repetition);
    let made = body(wanted.into_iter(), &scope, 0);
    made.into_iter()
        .next()
        .map_or_else(TfValue::null, |(_, value)| value)
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
    let one = one.map_or_else(String::new, Key::to_string);
    let name = if name.is_empty() {
        String::new()
    } else {
        format!(".{name}")
    };
    let what: Arc<str> = format!("{key}{one}{name}").into();
    match key.mode {
        ResourceMode::Data => Reason::DataSource(what),
        _ => Reason::Computed(what),
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
                made.into_iter()
                    .filter(|(_, value)| !value.is_null())
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
