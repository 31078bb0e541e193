//! Events to trees, without recursion.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StructureStyle};

use super::{MAXIMUM_ALIASED_NODES, MAXIMUM_DEPTH, scalar};
use crate::data::{Data, Entry, Node, Tag};
use crate::{Comment, SyntaxError, TextRange};

/// The reader below holds this many levels; it does not recurse.
const PARSER_DEPTH: usize = 20_000;

/// Aliases that are not followed, up to which each is told.
const MAXIMUM_REFUSALS: usize = 20;

/// What one reading of a text gives.
pub(super) struct Attempt {
    /// The documents, the last one cut where the reading failed.
    pub(super) documents: Vec<Node>,
    /// Errors that did not end the reading.
    pub(super) errors: Vec<SyntaxError>,
    /// The comments.
    pub(super) comments: Vec<Comment>,
    /// What ended it.
    pub(super) failure: Option<Failure>,
}

/// What ended a reading.
pub(super) struct Failure {
    /// What is wrong.
    pub(super) message: String,
    /// The byte where it was noticed.
    pub(super) offset: usize,
    /// Where the innermost open bracket stands.
    pub(super) bracket: Option<usize>,
}

/// A collection whose end has not been met.
struct Open {
    data: OpenData,
    start: u32,
    tag: Option<Tag>,
    flow: bool,
    anchor: usize,
    /// Whether some alias names its anchor.
    is_wanted: bool,
    /// How many nodes and levels it holds so far.
    size: Size,
}

enum OpenData {
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>, Option<Node>),
}

#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    height: usize,
}

const LEAF: Size = Size {
    nodes: 1,
    height: 0,
};

struct Builder<'t> {
    text: &'t str,
    aliases: HashSet<&'t str>,
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, Size)>,
    aliased: usize,
    /// Aliases that were not followed.
    refused: usize,
    /// Where the collection that is nested too deep starts, and how many levels inside it are open.
    skipped: Option<(u32, usize)>,
    documents: Vec<Node>,
    errors: Vec<SyntaxError>,
    comments: Vec<Comment>,
}

/// Reads a text as far as it can be read.
pub(super) fn attempt(text: &str) -> Attempt {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        max_buffered_comment_events: usize::MAX,
        flow_nesting_limit: PARSER_DEPTH,
        block_nesting_limit: PARSER_DEPTH,
        block_scalar_eof_without_line_feed: true,
    };
    let mut builder = Builder::new(text);
    let mut failure = None;
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => {
                failure = Some(builder.failure(&error));
                break;
            }
        }
    }
    builder.close_all();
    Attempt {
        documents: builder.documents,
        errors: builder.errors,
        comments: builder.comments,
        failure,
    }
}

/// The names that stand behind an asterisk anywhere: more than the aliases, never less.
fn alias_names(text: &str) -> HashSet<&str> {
    memchr::memchr_iter(b'*', text.as_bytes())
        .map(|at| {
            let name = &text[at + 1..];
            let end = name.find(|character: char| {
                character.is_whitespace() || matches!(character, ',' | '[' | ']' | '{' | '}')
            });
            &name[..end.unwrap_or(name.len())]
        })
        .collect()
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            aliases: alias_names(text),
            stack: Vec::new(),
            anchors: HashMap::new(),
            aliased: 0,
            refused: 0,
            skipped: None,
            documents: Vec::new(),
            errors: Vec::new(),
            comments: Vec::new(),
        }
    }

    fn failure(&self, error: &ScanError) -> Failure {
        let bracket = self.stack.iter().rev().find(|open| open.flow);
        Failure {
            message: error.info().to_lowercase(),
            offset: error.marker().byte_offset().unwrap_or(self.text.len()),
            bracket: bracket.map(|open| open.start as usize),
        }
    }

    fn event(&mut self, event: Event<'_>, span: &Span) {
        let range = self.range(span);
        match event {
            Event::Comment(..) => self.comments.push(Comment { range }),
            Event::Anchor(id, name) => self.anchor(id, &name),
            Event::Scalar(text, style, anchor, _) if self.skipped.is_none() => {
                self.scalar(&text, style, anchor, range, self.tag(span));
            }
            Event::Alias(id) if self.skipped.is_none() => self.alias(id, range),
            Event::UnresolvedAlias(name) if self.skipped.is_none() => {
                let message = format!("no anchor `{name}` stands before this alias");
                self.errors.push(SyntaxError::new(message, range));
                self.add(Node::new(Data::Null, range), LEAF);
            }
            Event::SequenceStart(style, anchor, _) => {
                let data = OpenData::Sequence(Vec::new());
                self.open(data, style, anchor, range, self.tag(span));
            }
            Event::MappingStart(style, anchor, _) => {
                let data = OpenData::Mapping(Vec::new(), None);
                self.open(data, style, anchor, range, self.tag(span));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            _ => {}
        }
    }

    fn range(&self, span: &Span) -> TextRange {
        span.byte_range()
            .unwrap_or(self.text.len()..self.text.len())
            .into()
    }

    fn tag(&self, span: &Span) -> Option<Tag> {
        let range = TextRange::from(span.tag_span()?.byte_range()?);
        Some(Tag {
            name: range.slice(self.text).into(),
            range,
        })
    }

    fn anchor(&mut self, id: usize, name: &str) {
        let is_wanted = self.aliases.contains(name);
        if let Some(open) = self.stack.last_mut().filter(|open| open.anchor == id) {
            open.is_wanted = is_wanted;
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        range: TextRange,
        tag: Option<Tag>,
    ) {
        let (range, text) = match style {
            ScalarStyle::Plain if range.is_empty() => (self.empty_range(range, tag.as_ref()), ""),
            ScalarStyle::Literal | ScalarStyle::Folded => (self.block_range(range), text),
            _ => (range, text),
        };
        let tagged = tag
            .as_ref()
            .and_then(|tag| scalar::resolve_tagged(&tag.name, text));
        let data = match style {
            _ if tagged.is_some() => tagged.unwrap_or(Data::Null),
            ScalarStyle::Plain if tag.is_none() || text.is_empty() => scalar::resolve(text),
            _ => Data::String(text.into()),
        };
        let node = Node { data, range, tag };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), LEAF));
        }
        self.add(node, LEAF);
    }

    /// An empty value stands behind its key's colon or its tag, not at the next token.
    fn empty_range(&self, range: TextRange, tag: Option<&Tag>) -> TextRange {
        let key = match self.stack.last().map(|open| &open.data) {
            Some(OpenData::Mapping(_, Some(key))) => key.range.end,
            _ => 0,
        };
        let floor = key.max(tag.map_or(0, |tag| tag.range.end));
        let behind = self.text.get(floor as usize..).unwrap_or("");
        let blanks = behind.len() - behind.trim_start_matches(' ').len();
        if tag.is_none() && behind[blanks..].starts_with(':') {
            TextRange::at(floor + blanks as u32 + 1)
        } else {
            TextRange::at(if floor == 0 { range.start } else { floor })
        }
    }

    /// A block scalar from its `|` or `>` to its last line that holds anything.
    fn block_range(&self, range: TextRange) -> TextRange {
        let content = range.slice(self.text);
        let end = range.start + content.trim_end().len() as u32;
        let before = self.text[..range.start as usize].trim_end();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = &before[line_start..];
        let header = line
            .char_indices()
            .filter(|(_, character)| matches!(character, '|' | '>'))
            .find(|&(at, _)| {
                let rest = line[at + 1..].trim_start_matches(|character: char| {
                    character.is_ascii_digit() || matches!(character, '+' | '-')
                });
                let rest = rest.trim_start();
                rest.is_empty() || rest.starts_with('#')
            });
        let start = header.map_or(range.start, |(at, _)| (line_start + at) as u32);
        TextRange::new(start, end.max(start))
    }

    fn alias(&mut self, id: usize, range: TextRange) {
        let copied = self.anchors.get(&id).filter(|(_, size)| {
            self.aliased + size.nodes <= MAXIMUM_ALIASED_NODES
                && self.stack.len() + size.height < MAXIMUM_DEPTH
        });
        let Some((node, size)) = copied else {
            self.refuse(range);
            self.add(Node::new(Data::Null, range), LEAF);
            return;
        };
        let (mut node, size) = (node.clone(), *size);
        self.aliased += size.nodes;
        node.range = range;
        if let Some(tag) = &mut node.tag {
            tag.range = range;
        }
        self.add(node, size);
    }

    /// Tells of an alias that is not followed; of many, the first ones.
    fn refuse(&mut self, range: TextRange) {
        self.refused += 1;
        let message = match self.refused {
            ..=MAXIMUM_REFUSALS => {
                "this alias makes the document too large, or stands inside what it names"
            }
            more if more == MAXIMUM_REFUSALS + 1 => {
                "from here on aliases that make the document too large are not told one by one"
            }
            _ => return,
        };
        self.errors.push(SyntaxError::new(message, range));
    }

    fn open(
        &mut self,
        data: OpenData,
        style: StructureStyle,
        anchor: usize,
        range: TextRange,
        tag: Option<Tag>,
    ) {
        if let Some((_, levels)) = &mut self.skipped {
            *levels += 1;
            return;
        }
        if self.stack.len() >= MAXIMUM_DEPTH {
            let message = format!("nested deeper than {MAXIMUM_DEPTH} levels");
            self.errors.push(SyntaxError::new(message, range));
            self.skipped = Some((range.start, 1));
            return;
        }
        self.stack.push(Open {
            data,
            start: range.start,
            tag,
            flow: style == StructureStyle::Flow,
            anchor,
            is_wanted: false,
            size: LEAF,
        });
    }

    fn close(&mut self, end: u32) {
        if let Some((start, levels)) = &mut self.skipped {
            *levels -= 1;
            if *levels == 0 {
                let range = TextRange::new(*start, end.max(*start));
                self.skipped = None;
                self.add(Node::new(Data::Null, range), LEAF);
            }
            return;
        }
        let Some(open) = self.stack.pop() else {
            return;
        };
        let last = match &open.data {
            OpenData::Sequence(items) => items.last().map(|node| node.range.end),
            OpenData::Mapping(entries, _) => entries.last().map(|entry| entry.range().end),
        };
        let end = match (open.flow, last) {
            (true, _) => end,
            (false, Some(last)) => last,
            (false, None) => open.start,
        };
        self.finish(open, end);
    }

    /// Adds a collection whose end is met.
    fn finish(&mut self, open: Open, end: u32) {
        let data = match open.data {
            OpenData::Sequence(items) => Data::Sequence(items),
            OpenData::Mapping(entries, _) => {
                self.report_duplicates(&entries);
                Data::Mapping(self.merge(entries))
            }
        };
        let mut node = Node::new(data, TextRange::new(open.start, end.max(open.start)));
        node.tag = open.tag;
        if open.is_wanted && self.aliased + open.size.nodes <= MAXIMUM_ALIASED_NODES {
            self.aliased += open.size.nodes;
            self.anchors.insert(open.anchor, (node.clone(), open.size));
        }
        self.add(node, open.size);
    }

    fn close_all(&mut self) {
        if let Some((start, _)) = self.skipped.take() {
            self.add(Node::new(Data::Null, TextRange::at(start)), LEAF);
        }
        while let Some(mut open) = self.stack.pop() {
            open.flow = false;
            if let OpenData::Mapping(entries, key) = &mut open.data
                && let Some(key) = key.take()
            {
                let value = Node::new(Data::Null, TextRange::at(key.range.end));
                entries.push(Entry { key, value });
            }
            self.stack.push(open);
            self.close(self.text.len() as u32);
        }
    }

    /// Puts a node where the innermost open collection expects one.
    fn add(&mut self, node: Node, size: Size) {
        let Some(open) = self.stack.last_mut() else {
            self.documents.push(node);
            return;
        };
        open.size.nodes += size.nodes;
        open.size.height = open.size.height.max(size.height + 1);
        match &mut open.data {
            OpenData::Sequence(items) => items.push(node),
            OpenData::Mapping(entries, key) => match key.take() {
                Some(key) => entries.push(Entry { key, value: node }),
                None => *key = Some(node),
            },
        }
    }

    fn report_duplicates(&mut self, entries: &[Entry]) {
        let mut seen: HashMap<&str, TextRange> = HashMap::with_capacity(entries.len());
        for entry in entries {
            let (Data::String(key) | Data::Number(key)) = &entry.key.data else {
                continue;
            };
            if self.is_merge(entry) {
                continue;
            }
            if let Some(first) = seen.insert(key, entry.key.range) {
                let mut error = SyntaxError::new(format!("duplicate key `{key}`"), entry.key.range);
                error.related = Some(first);
                self.errors.push(error);
            }
        }
    }

    fn is_merge(&self, entry: &Entry) -> bool {
        entry.key.as_str() == Some("<<") && entry.key.range.slice(self.text) == "<<"
    }

    /// Replaces merge keys by the entries they bring, each where no other entry has its key: <https://yaml.org/type/merge.html>.
    fn merge(&self, entries: Vec<Entry>) -> Vec<Entry> {
        if !entries.iter().any(|entry| self.is_merge(entry)) {
            return entries;
        }
        let (merges, mut own): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| self.is_merge(entry));
        let mut known: HashSet<String> = own.iter().filter_map(key_text).collect();
        let mut merged = Vec::new();
        for source in merges.iter().flat_map(|entry| match &entry.value.data {
            Data::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        }) {
            let fresh = source
                .entries()
                .iter()
                .filter(|entry| key_text(entry).is_some_and(|key| known.insert(key)));
            merged.extend(fresh.cloned());
        }
        merged.append(&mut own);
        merged
    }
}

fn key_text(entry: &Entry) -> Option<String> {
    match &entry.key.data {
        Data::String(text) | Data::Number(text) => Some(text.to_string()),
        _ => None,
    }
}
