use std::collections::HashSet;
use std::sync::Arc;

use palisade_model::{
    FileId, Kind, Map, Mode, Number, Origin, Presence, Provider, Reason, Resource, Span, Value,
};
use palisade_syntax::data::{Data, Node};
use palisade_syntax::{TextRange, json};

use crate::lang::terraform::declared;
use crate::lang::terraform::elements::{elements, members};
use crate::system::SourceFile;

/// Texts up to this length are kept once, however often they occur.
const SHORT: usize = 64;

/// Reads parts of one file, each by itself: no tree of the whole is ever there.
pub(super) struct Reader<'a> {
    file: FileId,
    text: &'a str,
    /// Keys and short texts: the same ones stand in every resource.
    known: HashSet<Arc<str>>,
    /// The steps to the value at hand, for messages.
    steps: Vec<Arc<str>>,
}

/// An object, by the places of its values.
pub(super) struct Object<'a> {
    pub(super) range: TextRange,
    members: Vec<(&'a str, TextRange)>,
}

/// A part that is parsed, and where it begins in the file.
pub(super) struct Part {
    pub(super) node: Node,
    base: u32,
}

/// What a plan says beside a value: what of it is not known, and what is secret.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks<'n> {
    unknown: Option<&'n Node>,
    /// Where the text of `unknown` begins.
    base: u32,
    secret: Option<&'n Node>,
}

impl<'n> Marks<'n> {
    pub(super) fn new(unknown: Option<&'n Part>, secret: Option<&'n Part>) -> Self {
        Self {
            unknown: unknown.map(|part| &part.node),
            base: unknown.map_or(0, |part| part.base),
            secret: secret.map(|part| &part.node),
        }
    }

    fn entry(self, key: &str) -> Self {
        let below = |node: Option<&'n Node>| match node.map(|node| &node.data) {
            Some(Data::Bool(true)) => node,
            _ => node.and_then(|node| node.get(key)),
        };
        Self {
            unknown: below(self.unknown),
            secret: below(self.secret),
            ..self
        }
    }

    fn item(self, at: usize) -> Self {
        let below = |node: Option<&'n Node>| match node.map(|node| &node.data) {
            Some(Data::Bool(true)) => node,
            _ => node.and_then(|node| node.items().get(at)),
        };
        Self {
            unknown: below(self.unknown),
            secret: below(self.secret),
            ..self
        }
    }

    fn is_unknown(self) -> bool {
        is_true(self.unknown)
    }

    /// Whether the value is an object or list that is known only in part.
    fn is_partly_unknown(self) -> bool {
        let holds = |node: &Node| !node.entries().is_empty() || !node.items().is_empty();
        self.unknown.is_some_and(holds)
    }
}

fn is_true(node: Option<&Node>) -> bool {
    matches!(node.map(|node| &node.data), Some(Data::Bool(true)))
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a SourceFile) -> Self {
        Self {
            file: source.id,
            text: &source.text,
            known: HashSet::new(),
            steps: Vec::new(),
        }
    }

    /// The whole file.
    pub(super) fn top(&self) -> Object<'a> {
        self.object(TextRange::from(0..self.text.len()))
    }

    /// The object at a place; of anything else one without values.
    pub(super) fn object(&self, range: TextRange) -> Object<'a> {
        Object {
            range,
            members: members(self.text, range),
        }
    }

    /// The places of the items of a list.
    pub(super) fn items(&self, range: Option<TextRange>) -> Vec<TextRange> {
        range.map_or_else(Vec::new, |range| elements(self.text, range))
    }

    /// A text at a place.
    pub(super) fn string(&mut self, range: Option<TextRange>) -> Option<Arc<str>> {
        let part = self.part(range?);
        Some(self.shared(part.node.as_str()?))
    }

    pub(super) fn part(&self, range: TextRange) -> Part {
        Part {
            node: json::parse(range.slice(self.text)).tree,
            base: range.start,
        }
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    fn shared(&mut self, text: &str) -> Arc<str> {
        if text.len() > SHORT {
            return text.into();
        }
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.known.insert(new.clone());
        new
    }

    /// The value of a part. `what` names it where it is not known.
    pub(super) fn value(&mut self, part: &Part, marks: Marks<'_>, what: &str) -> Value {
        self.steps.clear();
        self.steps.push(what.into());
        self.read(&part.node, part.base, marks)
    }

    fn read(&mut self, node: &Node, base: u32, marks: Marks<'_>) -> Value {
        let (start, end) = (base + node.range.start, base + node.range.end);
        let place = Span::new(self.file, start, end);
        let origin = Origin::literal(place, place);
        let kind = match &node.data {
            _ if marks.is_unknown() => Reason::Computed(self.steps.join(".").into()).into(),
            Data::Null if !marks.is_partly_unknown() => Kind::Null,
            Data::Bool(value) => Kind::Bool(*value),
            Data::Number(digits) => Kind::Number(match digits.parse::<i64>() {
                Ok(integer) => Number::Integer(integer),
                Err(_) => Number::Float(digits.parse().unwrap_or(f64::NAN)),
            }),
            Data::String(text) => self.text(text, &origin),
            Data::Sequence(items) => self.list(items, base, marks),
            Data::Null if marks.unknown.is_some_and(|it| !it.items().is_empty()) => {
                self.list(&[], base, marks)
            }
            Data::Mapping(_) | Data::Null => self.map(node, base, marks),
        };
        let mut value = Value::new(kind, origin);
        value.sensitive = is_true(marks.secret);
        value
    }

    /// A text; a document in it arrives decoded.
    fn text(&mut self, text: &str, origin: &Origin) -> Kind {
        if text.trim_start().starts_with(['{', '[']) {
            return declared::text(text, origin);
        }
        Kind::String(self.shared(text))
    }

    fn list(&mut self, items: &[Node], base: u32, marks: Marks<'_>) -> Kind {
        let null = Node::new(Data::Null, TextRange::default());
        let unknown = marks.unknown.map_or(&[][..], Node::items);
        let count = items.len().max(unknown.len());
        let item = |at: usize| match items.get(at) {
            Some(item) => self.read(item, base, marks.item(at)),
            None => self.read(&null, marks.base, marks.item(at)),
        };
        Kind::from((0..count).map(item).collect::<Vec<_>>())
    }

    fn map(&mut self, node: &Node, base: u32, marks: Marks<'_>) -> Kind {
        let entries = node.entries();
        let unknown = marks.unknown.map_or(&[][..], Node::entries);
        let more = unknown.iter().filter(|entry| says_anything(&entry.value));
        let mut made = Map::with_capacity(entries.len() + more.count());
        for entry in entries {
            let key = self.shared(entry.key.as_str().unwrap_or(""));
            self.steps.push(key.clone());
            let mut value = self.read(&entry.value, base, marks.entry(&key));
            self.steps.pop();
            let range = entry.range();
            value.origin.entry = Some(Span::new(self.file, base + range.start, base + range.end));
            made.insert(key, value);
        }
        for entry in unknown {
            let key = self.shared(entry.key.as_str().unwrap_or(""));
            if made.contains_key(&key) || !says_anything(&entry.value) {
                continue;
            }
            let null = Node::new(Data::Null, entry.value.range);
            self.steps.push(key.clone());
            let value = self.read(&null, marks.base, marks.entry(&key));
            self.steps.pop();
            made.insert(key, value);
        }
        Kind::from(made)
    }

    /// What is said of a resource beside its values.
    pub(super) fn describe(
        &self,
        resource: &mut Resource,
        range: TextRange,
        header: Option<Span>,
        provider: Option<Arc<str>>,
    ) {
        let place = self.span(range);
        if !matches!(resource.properties.kind, Kind::Map(_)) {
            resource.properties = Value::new(Map::new(), Origin::literal(place, place));
        }
        resource.header = Some(header.unwrap_or(place));
        resource.origin = Origin::literal(place, place);
        if resource.address.mode == Mode::Data {
            resource.presence = Presence::External;
        }
        resource.provider = provider.map(|source| Provider {
            source,
            alias: None,
            version: None,
        });
    }

    /// A provider's source as configurations write it.
    pub(super) fn provider(&mut self, name: &str) -> Arc<str> {
        let short = name
            .strip_prefix("registry.terraform.io/")
            .or_else(|| name.strip_prefix("registry.opentofu.org/"));
        self.shared(short.unwrap_or(name))
    }

    /// An entry with its key, up to the end of its value.
    pub(super) fn entry(&self, object: &Object<'_>, key: &str) -> Option<Span> {
        let value = object.get(key)?;
        let before = self.text.get(..value.start as usize)?;
        let start = before.rfind(&format!("\"{key}\""))?;
        Some(Span::new(self.file, start as u32, value.end))
    }
}

/// Whether an entry of `after_unknown` names anything that is not known.
fn says_anything(node: &Node) -> bool {
    match &node.data {
        Data::Bool(unknown) => *unknown,
        Data::Mapping(entries) => entries.iter().any(|entry| says_anything(&entry.value)),
        Data::Sequence(items) => items.iter().any(says_anything),
        _ => false,
    }
}

impl Object<'_> {
    /// The place of a value; of duplicates the last.
    pub(super) fn get(&self, key: &str) -> Option<TextRange> {
        let found = self.members.iter().rev().find(|(name, _)| *name == key);
        found.map(|(_, range)| *range)
    }
}
