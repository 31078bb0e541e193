//! The JSON syntax of the language as the tree of its native syntax.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/syntax/json>. Strings are templates. Whether a property of a
//! resource is an argument or a nested block only the provider's schema tells; `declared` treats both alike.

use palisade_syntax::TextRange;
use palisade_syntax::data::{Data, Entry, Node};
use palisade_syntax::hcl::{
    self, Attribute, Block, Body, Expression, ExpressionKind, Item, Name, ObjectEntry, ObjectKey,
    Part,
};
use palisade_syntax::json;

/// How many labels a top-level block has, of a keyword and with these names in its object; none of what is an attribute.
pub(super) type Labels = fn(&str, &[&str]) -> Option<usize>;

/// Those of Terraform.
pub(super) fn labels(keyword: &str, _: &[&str]) -> Option<usize> {
    match keyword {
        "resource" | "data" | "ephemeral" => Some(2),
        "variable" | "output" | "module" | "provider" | "check" => Some(1),
        "locals" | "terraform" | "moved" | "import" | "removed" => Some(0),
        _ => None,
    }
}

/// Nested blocks of a block that are the language's own, so that they can be told from arguments.
fn own_blocks(keyword: &str) -> &'static [&'static str] {
    match keyword {
        "resource" | "data" | "ephemeral" | "removed" => {
            &["lifecycle", "provisioner", "connection", "dynamic"]
        }
        "terraform" => &["required_providers", "backend", "cloud"],
        "variable" => &["validation"],
        "provider" => &["default_tags"],
        "dynamic" => &["content"],
        "locals" | "module" | "output" => &[],
        _ => &["dynamic"],
    }
}

/// The objects of one block or of several.
fn objects(node: &Node) -> &[Node] {
    match &node.data {
        Data::Sequence(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// Whether blocks are repeated inside of a value, so that it is a block itself.
fn repeats(node: &Node) -> bool {
    let is_repeated = |labeled: &Entry| {
        let mut all = objects(&labeled.value).iter();
        all.any(|it| it.get("for_each").is_some() && it.get("content").is_some())
    };
    let has = |entry: &Entry| match entry.key.as_str() {
        Some("dynamic") => objects(&entry.value)
            .iter()
            .any(|it| it.entries().iter().any(is_repeated)),
        _ => repeats(&entry.value),
    };
    objects(node).iter().any(|it| it.entries().iter().any(has))
}

/// Arguments of a block whose texts are expressions by themselves.
fn own_arguments(keyword: &str) -> &'static [&'static str] {
    match keyword {
        "resource" | "data" | "ephemeral" | "import" => &["provider", "depends_on"],
        "module" => &["providers", "depends_on"],
        "output" => &["depends_on"],
        "lifecycle" => &["ignore_changes", "replace_triggered_by"],
        "variable" => &["type"],
        "dynamic" => &["iterator"],
        _ => &[],
    }
}

/// The body of a file.
pub(super) fn body(node: &Node, text: &str, labels: Labels) -> Body {
    let mut items = Vec::new();
    let files = if node.items().is_empty() {
        std::slice::from_ref(node)
    } else {
        node.items()
    };
    for entry in files.iter().flat_map(Node::entries) {
        let names = entry.value.entries().iter();
        let names: Vec<&str> = names.filter_map(|entry| entry.key.as_str()).collect();
        let keyword = entry.key.as_str().filter(|keyword| *keyword != "//");
        let Some(keyword) = keyword else { continue };
        let Some(depth) = labels(keyword, &names) else {
            items.push(Item::Attribute(attribute(entry, text, keyword)));
            continue;
        };
        blocks(
            &name(&entry.key),
            depth,
            Vec::new(),
            &entry.value,
            text,
            &mut items,
        );
    }
    Body {
        items,
        range: node.range,
    }
}

fn name(node: &Node) -> Name {
    Name {
        text: node.as_str().unwrap_or("").into(),
        range: node.range,
    }
}

fn blocks(
    keyword: &Name,
    depth: usize,
    labels: Vec<Name>,
    node: &Node,
    text: &str,
    items: &mut Vec<Item>,
) {
    if let Data::Sequence(nodes) = &node.data {
        for node in nodes {
            blocks(keyword, depth, labels.clone(), node, text, items);
        }
        return;
    }
    if depth > 0 {
        for entry in node.entries() {
            let mut labels = labels.clone();
            labels.push(name(&entry.key));
            blocks(keyword, depth - 1, labels, &entry.value, text, items);
        }
        return;
    }
    items.push(Item::Block(Block {
        range: labels
            .last()
            .map_or(keyword.range, |label| label.range)
            .cover(node.range),
        // The innermost label is what stands at the block; the keyword can be far above.
        keyword: Name {
            text: keyword.text.clone(),
            range: labels.last().map_or(keyword.range, |label| label.range),
        },
        labels,
        body: Body {
            items: attributes(node, text, &keyword.text),
            range: node.range,
        },
    }));
}

/// The values of a file of variables.
pub(super) fn values(node: &Node, text: &str) -> Vec<Item> {
    let entries = node.entries().iter();
    let entries = entries.filter(|entry| entry.key.as_str() != Some("//"));
    let made = |entry: &Entry| Attribute {
        name: name(&entry.key),
        range: entry.range(),
        value: expression(&entry.value, text, false),
    };
    entries.map(|entry| Item::Attribute(made(entry))).collect()
}

/// The attributes and the language's own blocks of a block.
fn attributes(node: &Node, text: &str, keyword: &str) -> Vec<Item> {
    let mut items = Vec::new();
    for entry in node.entries() {
        let inner = entry.key.as_str().unwrap_or("");
        if inner == "//" {
            continue;
        }
        let own = own_blocks(keyword);
        let holds = own.contains(&"dynamic") && repeats(&entry.value);
        if own.contains(&inner) || holds {
            let depth = usize::from(matches!(inner, "dynamic" | "provisioner" | "backend"));
            blocks(
                &name(&entry.key),
                depth,
                Vec::new(),
                &entry.value,
                text,
                &mut items,
            );
            continue;
        }
        items.push(Item::Attribute(attribute(entry, text, keyword)));
    }
    items
}

fn attribute(entry: &Entry, text: &str, keyword: &str) -> Attribute {
    let own = entry.key.as_str();
    let own = own.is_some_and(|name| own_arguments(keyword).contains(&name));
    let value = match &entry.value.data {
        Data::String(source) if own => bare_expression(source, entry.value.range, text),
        _ => expression(&entry.value, text, keyword != "variable"),
    };
    Attribute {
        name: name(&entry.key),
        range: entry.range(),
        value,
    }
}

/// An expression that is written as a plain string: a type, a provider, an attribute name.
fn bare_expression(source: &str, range: TextRange, text: &str) -> Expression {
    let parse = hcl::parse_expression(source);
    if !parse.errors.is_empty() {
        let kind = ExpressionKind::String(source.into());
        return Expression { kind, range };
    }
    let placed = Placed::new(source, range, text);
    let mut expression = parse.tree;
    hcl::relocate(&mut expression, &|offset| placed.offset(offset));
    Expression {
        range,
        ..expression
    }
}

fn expression(node: &Node, text: &str, templates: bool) -> Expression {
    let kind = match &node.data {
        Data::Null => ExpressionKind::Null,
        Data::Bool(value) => ExpressionKind::Bool(*value),
        Data::Number(digits) => ExpressionKind::Number(digits.clone()),
        Data::String(value) if templates && is_template(value, node.range) => {
            template(value, node.range, text)
        }
        Data::String(value) => ExpressionKind::String((**value).into()),
        Data::Sequence(items) => ExpressionKind::Tuple(
            items
                .iter()
                .map(|item| expression(item, text, templates))
                .collect(),
        ),
        Data::Mapping(entries) => ExpressionKind::Object(
            entries
                .iter()
                .map(|entry| ObjectEntry {
                    key: ObjectKey::Expression(expression(&entry.key, text, templates)),
                    value: expression(&entry.value, text, templates),
                    range: entry.range(),
                })
                .collect(),
        ),
    };
    Expression {
        kind,
        range: node.range,
    }
}

/// A string whose value is read: from its offsets to those of the file.
struct Placed<'t> {
    value: &'t str,
    /// Where the inside of the quotes starts.
    start: u32,
    /// By the bytes of the value, where some are escaped.
    offsets: Option<Vec<u32>>,
}

impl<'t> Placed<'t> {
    fn new(value: &'t str, range: TextRange, text: &str) -> Self {
        let start = range.start + 1;
        let inner = TextRange::new(start, range.end.saturating_sub(1).max(start)).slice(text);
        Self {
            value,
            start,
            offsets: (inner != value).then(|| json::source_offsets(inner)),
        }
    }

    fn offset(&self, of: u32) -> u32 {
        let offsets = self.offsets.as_ref();
        let inner = offsets.map_or(of, |all| all.get(of as usize).copied().unwrap_or(of));
        self.start + inner
    }

    /// Each run of a literal that is written as it is, and each character that is escaped, with its own place.
    fn split(&self, parts: Vec<Part>) -> Vec<Part> {
        let mut made = Vec::new();
        for mut part in parts {
            match &mut part {
                Part::Literal(text, range) if **text == *range.slice(self.value) => {
                    made.extend(self.runs(*range));
                    continue;
                }
                Part::If(part) => {
                    part.then = self.split(std::mem::take(&mut part.then));
                    part.otherwise = self.split(std::mem::take(&mut part.otherwise));
                }
                Part::For(part) => part.body = self.split(std::mem::take(&mut part.body)),
                Part::Literal(..) | Part::Interpolation(..) => {}
            }
            made.push(part);
        }
        made
    }

    fn runs(&self, range: TextRange) -> Vec<Part> {
        let text = range.slice(self.value);
        let is_plain = |(at, letter): (usize, char)| {
            let start = range.start + at as u32;
            let end = start + letter.len_utf8() as u32;
            self.offset(end) - self.offset(start) == end - start
        };
        let mut runs: Vec<(usize, bool)> = Vec::new();
        for (at, letter) in text.char_indices() {
            let plain = is_plain((at, letter));
            if !plain || runs.last().is_none_or(|(_, before)| !before) {
                runs.push((at, plain));
            }
        }
        let ends = runs.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
        let literal = |(&(from, _), to): (&(usize, bool), usize)| {
            let place = TextRange::new(range.start + from as u32, range.start + to as u32);
            Part::Literal(text[from..to].into(), place)
        };
        runs.iter().zip(ends).map(literal).collect()
    }
}

/// A string as a template, with the place of each part.
fn template(value: &str, range: TextRange, text: &str) -> ExpressionKind {
    let parse = hcl::parse_template(value);
    if !parse.errors.is_empty() {
        return ExpressionKind::Missing;
    }
    let placed = Placed::new(value, range, text);
    let mut parts = parse.tree;
    if placed.offsets.is_some() {
        parts = placed.split(parts);
    }
    hcl::relocate_parts(&mut parts, &|offset| placed.offset(offset));
    ExpressionKind::Template(parts)
}

/// Whether a string has to be read as a template: for what is in it, or for the places in a document with escapes.
fn is_template(value: &str, range: TextRange) -> bool {
    let is_escaped = range.end - range.start > value.len() as u32 + 2;
    value.contains("${")
        || value.contains("%{")
        || (is_escaped && value.trim_start().starts_with(['{', '[']))
}
