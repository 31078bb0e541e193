//! What is written inside blocks: attributes, nested and dynamic blocks.

use std::sync::Arc;

use palisade_model::{FileId, Frame, FrameKind, Origin, OriginKind, Span};
use palisade_syntax::hcl::{Attribute, Block, Item};

use super::config::{Named, Section};
use super::expression;
use super::scope::{Binding, Failure, Scope};
use super::types::Type;
use super::value::{Entries, TfCandidate, TfKind, TfUnknown, TfValue};

/// The arguments of a block by name.
pub(super) type Arguments = Named<Arc<str>, TfValue>;

/// Deeper nested blocks are not known.
const MAXIMUM_DEPTH: usize = 60;

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

/// One argument as it is written: the attribute of a name, or the blocks.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) name: Arc<str>,
    /// The positions of its items.
    items: Vec<usize>,
}

/// The arguments of a block in the order of the text, blocks behind attributes.
pub(super) fn written(section: &Section) -> &[Written] {
    section.arguments.get_or_init(|| {
        let mut found: Named<Arc<str>, Vec<usize>> = Named::default();
        for wants_blocks in [false, true] {
            for (at, (_, item)) in section.items.iter().enumerate() {
                if matches!(item, Item::Block(_)) == wants_blocks
                    && !is_meta(item)
                    && let Some(name) = name_of(item)
                {
                    found.entry(name.clone()).or_default().push(at);
                }
            }
        }
        let found = found.into_iter();
        found.map(|(name, items)| Written { name, items }).collect()
    })
}

/// The argument that an item belongs to.
fn name_of(item: &Item) -> Option<&Arc<str>> {
    match item {
        Item::Attribute(attribute) => Some(&attribute.name.text),
        Item::Block(block) if &*block.keyword.text == "dynamic" => {
            block.labels.first().map(|label| &label.text)
        }
        Item::Block(block) => Some(&block.keyword.text),
    }
}

fn is_meta(item: &Item) -> bool {
    match item {
        Item::Attribute(attribute) => META.contains(&&*attribute.name.text),
        Item::Block(block) => META_BLOCKS.contains(&&*block.keyword.text),
    }
}

impl Written {
    /// The value; nested blocks are lists of objects.
    pub(super) fn evaluate(&self, section: &Section, scope: &Scope<'_, '_>) -> TfValue {
        let items = self.items.iter().map(|at| &section.items[*at]);
        value_of(items.map(|(file, item)| (*file, item)), scope)
    }
}

/// The value of an attribute.
fn given(attribute: &Attribute, scope: &Scope<'_, '_>) -> TfValue {
    let instance = scope.instance;
    let mut value = instance.settle(expression::evaluate(&attribute.value, scope));
    value.origin.entry = Some(scope.span(attribute.range));
    value
}

/// The value of the items of one argument.
fn value_of<'b>(items: impl Iterator<Item = (FileId, &'b Item)>, scope: &Scope<'_, '_>) -> TfValue {
    let mut value = None;
    let mut blocks: Option<Blocks> = None;
    for (file, item) in items {
        let scope = Scope { file, ..*scope };
        match item {
            Item::Attribute(attribute) => value = Some(given(attribute, &scope)),
            Item::Block(block) => blocks.get_or_insert_default().add(block, &scope, 0),
        }
    }
    let blocks = blocks.map(Blocks::finish);
    blocks.or(value).unwrap_or_else(TfValue::null)
}

/// The arguments of a block in the order of the text; nested blocks are lists of objects.
pub(super) fn arguments(section: &Section, scope: &Scope<'_, '_>) -> Arguments {
    let written = written(section).iter();
    written
        .map(|argument| (argument.name.clone(), argument.evaluate(section, scope)))
        .collect()
}

/// Whether something is written under a name that is none of the language's own.
pub(super) fn has(section: &Section, name: &str) -> bool {
    !META.contains(&name) && items_of(section, name).next().is_some()
}

/// The value of the attribute or the blocks of a name.
pub(super) fn named(section: &Section, name: &str, scope: &Scope<'_, '_>) -> TfValue {
    value_of(items_of(section, name), scope)
}

fn items_of<'s>(section: &'s Section, name: &str) -> impl Iterator<Item = (FileId, &'s Item)> {
    let items = section.items.iter().map(|(file, item)| (*file, item));
    items.filter(move |(_, item)| name_of(item).is_some_and(|known| **known == *name))
}

/// Nested blocks of one type, and an unknown number more of them.
#[derive(Default)]
struct Blocks {
    known: Vec<TfValue>,
    unknown: Option<TfValue>,
}

/// What is written in a block; of a name that occurs twice the last one counts.
fn body<'b>(
    items: impl Iterator<Item = (FileId, &'b Item)>,
    scope: &Scope<'_, '_>,
    depth: usize,
) -> Vec<(Arc<str>, TfValue)> {
    let mut made = Vec::with_capacity(items.size_hint().0);
    let mut blocks: Named<Arc<str>, Blocks> = Named::default();
    for (file, item) in items {
        let scope = Scope { file, ..*scope };
        match item {
            Item::Attribute(attribute) => {
                made.push((attribute.name.text.clone(), given(attribute, &scope)));
            }
            Item::Block(block) => {
                let is_deep = depth > MAXIMUM_DEPTH;
                let name = is_deep.then_some(&block.keyword.text);
                if let Some(name) = name.or_else(|| name_of(item)) {
                    let slot = blocks.entry(name.clone()).or_default();
                    slot.add(block, &scope, depth);
                }
            }
        }
    }
    let blocks = blocks.into_iter();
    made.extend(blocks.map(|(name, blocks)| (name, blocks.finish())));
    made
}

impl Blocks {
    fn add(&mut self, block: &Block, scope: &Scope<'_, '_>, depth: usize) {
        if depth > MAXIMUM_DEPTH {
            let message = format!("blocks nested more than {MAXIMUM_DEPTH} deep");
            let failure = Failure::limit(message, scope.span(block.header()));
            self.unknown = Some(scope.instance.settle(Err(failure)));
        } else if &*block.keyword.text == "dynamic" {
            dynamic(block, scope, depth, self);
        } else {
            self.known.push(nested(block, scope, depth));
        }
    }

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
            let binding = Binding {
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
