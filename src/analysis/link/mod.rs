//! Link: every value that names another resource becomes a labelled edge.
//!
//! A reference names its resource; a literal ARN, ARM id or name is looked up by the identity cards. `labels/labels.yaml` says
//! what a reference means by the type it leads to and the property it stands in; without an entry it `refers_to`.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use foldhash::HashMap;
use palisade_model::{Edge, Graph, Kind, NodeId, Path, Resource, Segment, Target, Value};
use serde::Deserialize;

use crate::embedded::{self, Made};
use crate::identity::{Index, Named};
use crate::lower::DECLARED;

/// How deep values are searched.
const DEPTH: usize = 64;

/// What references mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Meaning {
    /// The types referred to; a last `*` stands for anything.
    #[serde(default)]
    to: Vec<String>,
    /// Words in the property's name, in lower case.
    #[serde(default)]
    property: Vec<String>,
    /// The label.
    label: String,
    /// The types that hold the property, as in `to`; any where it is empty.
    #[serde(default, rename = "in")]
    holders: Vec<String>,
    /// A plain name in such a property names a resource of this type.
    #[serde(default)]
    names: Option<String>,
    /// What stands before the name: `table/`.
    #[serde(default)]
    after: String,
}

impl Meaning {
    /// Whether it speaks of properties that a type holds.
    fn is_in(&self, holder: &str) -> bool {
        self.holders.is_empty() || is_one_of(holder, &self.holders)
    }
}

/// Whether a type is one of these; a last `*` stands for anything.
fn is_one_of(resource_type: &str, patterns: &[String]) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => resource_type.starts_with(start),
            None => pattern.eq_ignore_ascii_case(resource_type),
        })
}

static LABELS: LazyLock<Vec<Meaning>> = LazyLock::new(|| {
    embedded::LABELS
        .files()
        .filter_map(|file| file.read::<Vec<Meaning>>().ok())
        .flatten()
        .collect()
});

/// Those by which a plain name names a resource, by property.
static NAMING: LazyLock<HashMap<&'static str, Vec<&'static Meaning>>> = LazyLock::new(|| {
    let mut naming: HashMap<_, Vec<_>> = HashMap::default();
    for label in LABELS.iter().filter(|label| label.names.is_some()) {
        for property in &label.property {
            naming.entry(property.as_str()).or_default().push(label);
        }
    }
    naming
});

/// Joins resources to a graph.
pub fn link(resources: Vec<Arc<Resource>>) -> Graph {
    let mut resources = resources;
    resources.sort_by(|a, b| a.address.cmp(&b.address));
    let edges = {
        let index = Index::new(&resources);
        let mut search = Search {
            resources: &resources,
            index: &index,
            from: 0,
            edges: Vec::new(),
            known: BTreeSet::new(),
        };
        for (position, resource) in resources.iter().enumerate() {
            search.from = position;
            search.known.clear();
            search.visit(&resource.properties, &mut Vec::new());
            if let Some(declared) = resource.meta.get(DECLARED) {
                search.mentions(declared, 0);
            }
            if let Some(scope) = &resource.scope {
                search.scope(scope);
            }
        }
        search.edges
    };
    let mut graph = Graph::new(resources);
    for edge in edges {
        graph.connect(edge);
    }
    graph
}

struct Search<'a> {
    resources: &'a [Arc<Resource>],
    index: &'a Index<'a>,
    from: usize,
    edges: Vec<Edge>,
    /// Where the edges of the resource at hand lead.
    known: BTreeSet<usize>,
}

impl Search<'_> {
    fn visit(&mut self, value: &Value, path: &mut Vec<Segment>) {
        if path.len() > DEPTH {
            return;
        }
        self.taken(value, path);
        match &value.kind {
            Kind::Map(map) => {
                for (key, inner) in map.iter() {
                    path.push(Segment::Key(key.clone()));
                    self.visit(inner, path);
                    path.pop();
                }
            }
            Kind::List(items) => {
                for (position, item) in items.iter().enumerate() {
                    path.push(Segment::Index(position));
                    self.visit(item, path);
                    path.pop();
                }
            }
            Kind::Encoded(encoded) => self.visit(&encoded.value, path),
            Kind::Template(parts) => {
                for part in parts.iter() {
                    if part.as_reference().is_some() {
                        self.visit(part, path);
                    } else {
                        self.taken(part, path);
                    }
                }
            }
            Kind::Reference(reference) => match &reference.target {
                Target::Address(address) => {
                    if let Named::One(to) = self.index.at(address, None) {
                        self.connect(to, path);
                    }
                }
                Target::External(text) => self.literal(text, value, path),
            },
            Kind::Unknown(unknown) => {
                for candidate in &unknown.candidates {
                    self.visit(&candidate.value, path);
                }
            }
            Kind::String(text) => self.literal(text, value, path),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
        }
    }

    /// The resources whose attributes a text is, or holds, that has a value without them, be it an attribute of yet another one.
    fn taken(&mut self, value: &Value, path: &[Segment]) {
        let (
            Kind::String(_) | Kind::Unknown(_) | Kind::Reference(_) | Kind::Template(_),
            Some(taken),
        ) = (&value.kind, value.origin.of.as_deref())
        else {
            return;
        };
        for reference in &taken.references {
            if let Target::Address(address) = &reference.target
                && let Named::One(to) = self.index.at(address, None)
            {
                self.connect(to, path);
            }
        }
    }

    fn literal(&mut self, text: &str, value: &Value, path: &[Segment]) {
        if text.starts_with("arn:") || text.starts_with('/') {
            if let Some(to) = self.index.absolute(text, value) {
                self.connect(to, path);
            }
            return;
        }
        let Some(naming) = NAMING.get(leaf(path).as_str()) else {
            return;
        };
        let holder = &self.resources[self.from].resource_type;
        let named = naming
            .iter()
            .filter(|label| label.is_in(holder))
            .find_map(|label| Some((label.names.as_deref()?, text.strip_prefix(&label.after)?)));
        if let Some((of, name)) = named
            && let Named::One(to) = self.index.find(&Value::new(name, value.origin.clone()), of)
        {
            self.connect(to, path);
        }
    }

    /// References in attributes that no property answers to: the other resource is used, whatever for.
    fn mentions(&mut self, value: &Value, depth: usize) {
        if depth > DEPTH {
            return;
        }
        match &value.kind {
            Kind::Map(map) => map
                .values()
                .for_each(|inner| self.mentions(inner, depth + 1)),
            Kind::List(items) => items.iter().for_each(|item| self.mentions(item, depth + 1)),
            Kind::Template(parts) => parts.iter().for_each(|part| self.mentions(part, depth + 1)),
            Kind::Encoded(encoded) => self.mentions(&encoded.value, depth + 1),
            Kind::Reference(reference) => self.mention(&reference.target),
            _ => {}
        }
    }

    fn mention(&mut self, target: &Target) {
        let Target::Address(address) = target else {
            return;
        };
        let Named::One(to) = self.index.at(address, None) else {
            return;
        };
        if self.from != to && !self.known.contains(&to) {
            self.push(to, "mentions", Path::default());
        }
    }

    /// The resource an extension or child is deployed to.
    fn scope(&mut self, scope: &Value) {
        let Some(reference) = scope.as_reference() else {
            return;
        };
        if let Target::Address(address) = &reference.target
            && let Named::One(to) = self.index.at(address, None)
            && to != self.from
        {
            self.push(to, "part_of", Path::default());
        }
    }

    fn connect(&mut self, to: usize, path: &[Segment]) {
        let (from, target) = (NodeId(self.from as u32), NodeId(to as u32));
        let mut same_value = self
            .edges
            .iter()
            .rev()
            .take_while(|edge| edge.from == from && edge.path.segments() == path);
        if to == self.from || same_value.any(|edge| edge.to == target) {
            return;
        }
        let (from, other) = (&self.resources[self.from], &self.resources[to]);
        let label = label(&from.resource_type, &leaf(path), &other.resource_type);
        self.push(to, label, Path::new(path.to_vec()));
    }

    fn push(&mut self, to: usize, label: &'static str, path: Path) {
        self.known.insert(to);
        self.edges.push(Edge {
            from: NodeId(self.from as u32),
            to: NodeId(to as u32),
            label: label.into(),
            path,
        });
    }
}

/// The name of the property a path leads to, in lower case.
fn leaf(path: &[Segment]) -> String {
    path.iter()
        .rev()
        .find_map(|segment| match segment {
            Segment::Key(key) if !matches!(&**key, "id" | "Id" | "value") => {
                Some(key.to_lowercase())
            }
            _ => None,
        })
        .unwrap_or_default()
}

/// The meanings of what leads to a type, in order, each list made once.
fn meanings(to: &str) -> Arc<[&'static Meaning]> {
    static KNOWN: Made<Arc<[&'static Meaning]>> = Made::new();
    let leads = |label: &&Meaning| label.to.is_empty() || is_one_of(to, &label.to);
    KNOWN.of(to, || LABELS.iter().filter(leads).collect())
}

fn label(holder: &str, property: &str, to: &str) -> &'static str {
    meanings(to)
        .iter()
        .find(|label| {
            label.is_in(holder)
                && (label.property.is_empty()
                    || label
                        .property
                        .iter()
                        .any(|word| property.contains(word.as_str())))
        })
        .map_or("refers_to", |label| label.label.as_str())
}
