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

/// Nested blocks that are the language's own, so that they can be told from arguments.
const BLOCKS: [&str; 8] = [
    "lifecycle",
    "provisioner",
    "connection",
    "dynamic",
    "required_providers",
    "backend",
    "validation",
    "cloud",
];

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
            items.push(Item::Attribute(attribute(entry, text, true)));
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
    let literal = matches!(&*keyword.text, "variable");
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
            items: attributes(node, text, !literal),
            range: node.range,
        },
    }));
}

/// The attributes and the language's own blocks of an object.
pub(super) fn attributes(node: &Node, text: &str, templates: bool) -> Vec<Item> {
    let mut items = Vec::new();
    for entry in node.entries() {
        let keyword = entry.key.as_str().unwrap_or("");
        if keyword == "//" {
            continue;
        }
        if BLOCKS.contains(&keyword) {
            let depth = usize::from(matches!(keyword, "dynamic" | "provisioner" | "backend"));
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
        items.push(Item::Attribute(attribute(entry, text, templates)));
    }
    items
}

fn attribute(entry: &Entry, text: &str, templates: bool) -> Attribute {
    let bare = matches!(
        entry.key.as_str(),
        Some(
            "provider"
                | "type"
                | "ignore_changes"
                | "depends_on"
                | "providers"
                | "replace_triggered_by"
        )
    );
    let value = match (bare, &entry.value.data) {
        (true, Data::String(source)) => bare_expression(source, entry.value.range),
        _ => expression(&entry.value, text, templates),
    };
    Attribute {
        name: name(&entry.key),
        range: entry.range(),
        value,
    }
}

/// An expression that is written as a plain string: a type, a provider, an attribute name.
fn bare_expression(source: &str, range: TextRange) -> Expression {
    let parse = hcl::parse_expression(source);
    let kind = if parse.errors.is_empty() {
        parse.tree.kind
    } else {
        ExpressionKind::String(source.into())
    };
    Expression { kind, range }
}

fn expression(node: &Node, text: &str, templates: bool) -> Expression {
    let kind = match &node.data {
        Data::Null => ExpressionKind::Null,
        Data::Bool(value) => ExpressionKind::Bool(*value),
        Data::Number(digits) => ExpressionKind::Number(digits.clone()),
        Data::String(value) if templates && (value.contains("${") || value.contains("%{")) => {
            template(value, node.range, text)
        }
        Data::String(value) => ExpressionKind::String(value.clone()),
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

/// A string as a template. Where it holds no escapes its parts keep their places, else all have that of the string.
fn template(value: &str, range: TextRange, text: &str) -> ExpressionKind {
    let inner = TextRange::new(
        range.start + 1,
        range.end.saturating_sub(1).max(range.start + 1),
    );
    let plain = inner.slice(text) == value;
    let parse = hcl::parse_template(value);
    if !parse.errors.is_empty() {
        return ExpressionKind::Missing;
    }
    let mut parts = parse.tree;
    for part in &mut parts {
        let place = match part {
            Part::Literal(_, place) | Part::Interpolation(_, place) => place,
            Part::If(part) => &mut part.range,
            Part::For(part) => &mut part.range,
        };
        *place = if plain {
            TextRange::new(place.start + inner.start, place.end + inner.start)
        } else {
            range
        };
        // Inner expressions keep no finer place than their marker.
        let place = *place;
        if let Part::Interpolation(expression, _) = part {
            expression.range = place;
        }
    }
    ExpressionKind::Template(parts)
}
