//! Link: every value that names another resource becomes a labelled edge.
//!
//! A reference names its resource; a literal ARN, ARM id or name is looked up by the identity cards. `labels/labels.yaml` says
//! what a reference means by the type it leads to and the property it stands in; without an entry it `refers_to`.

mod gather;

use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use foldhash::{HashMap, HashSet};
use palisade_model::{Edge, Graph, NodeId, Path, Reference, Resource, Target};
use serde::Deserialize;

use crate::embedded::{self, Made};
use crate::identity::{Index, Named};
use gather::{Mention, Place, Whom, Word, Words};

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
    label: Arc<str>,
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
    Linking::default().link(resources)
}

/// Links the resources of several environments: what a resource that they share mentions is gathered once.
#[derive(Default)]
pub struct Linking {
    /// By the place of a resource in memory, which is kept for that.
    known: HashMap<*const Resource, (Arc<Resource>, Rc<[Mention]>)>,
    words: Words,
    labels: Labels,
}

impl Linking {
    /// Joins the resources of one environment to a graph.
    pub fn link(&mut self, mut resources: Vec<Arc<Resource>>) -> Graph {
        resources.sort_by(|a, b| a.address.cmp(&b.address));
        let types = resources.iter();
        let types = types.map(|resource| self.words.number(&resource.resource_type));
        let edges = {
            let mut search = Search {
                resources: &resources,
                types: types.collect(),
                index: Index::new(&resources),
                from: 0,
                start: 0,
                edges: Vec::new(),
                known: HashSet::default(),
            };
            for (position, resource) in resources.iter().enumerate() {
                search.from = position;
                search.start = search.edges.len();
                search.known.clear();
                for mention in self.mentions(resource).iter() {
                    search.follow(mention, &mut self.labels);
                }
            }
            search.edges
        };
        Graph::new(resources).with(edges)
    }

    fn mentions(&mut self, resource: &Arc<Resource>) -> Rc<[Mention]> {
        // What nobody else holds is met once.
        if Arc::strong_count(resource) == 1 {
            return gather::mentions(resource, &mut self.words);
        }
        let known = self.known.entry(Arc::as_ptr(resource));
        let (_, mentions) = known.or_insert_with(|| {
            let mentions = gather::mentions(resource, &mut self.words);
            (resource.clone(), mentions)
        });
        mentions.clone()
    }
}

/// Finds whom the mentions of resources mean.
struct Search<'a> {
    resources: &'a [Arc<Resource>],
    /// The number of the type of each.
    types: Vec<u32>,
    index: Index<'a>,
    from: usize,
    edges: Vec<Edge>,
    /// The first edge of the resource at hand.
    start: usize,
    /// Where the edges of the resource at hand lead.
    known: HashSet<usize>,
}

impl Search<'_> {
    fn follow(&mut self, mention: &Mention, labels: &mut Labels) {
        let Some(to) = self.find(&mention.whom) else {
            return;
        };
        if to == self.from {
            return;
        }
        match &mention.place {
            Place::Property(path, property) => self.connect(to, path, property, labels),
            Place::Declared if self.known.contains(&to) => {}
            Place::Declared => self.push(to, MENTIONS.clone(), Path::default()),
            Place::Scope => self.push(to, PART_OF.clone(), Path::default()),
        }
    }

    fn find(&self, whom: &Whom) -> Option<usize> {
        let found = match whom {
            Whom::Absolute(id, value) => return self.index.absolute(id, value),
            Whom::Named(name, of) => self.index.find(name, of),
            Whom::Reference(reference) => self.at(reference)?,
            Whom::Taken(taken, position) => self.at(&taken.references[*position])?,
        };
        match found {
            Named::One(to) => Some(to),
            Named::Outside | Named::Perhaps(..) => None,
        }
    }

    fn at(&self, reference: &Reference) -> Option<Named> {
        match &reference.target {
            Target::Address(address) => Some(self.index.at(address, None)),
            Target::External(_) => None,
        }
    }

    fn connect(&mut self, to: usize, path: &Path, property: &Word, labels: &mut Labels) {
        let is_same = |edge: &Edge| edge.to.0 as usize == to && edge.path == *path;
        if self.known.contains(&to) && self.edges[self.start..].iter().any(is_same) {
            return;
        }
        let holder = &self.resources[self.from].resource_type;
        let kind = &self.resources[to].resource_type;
        let words = [self.types[self.from], property.number, self.types[to]];
        let known = labels.entry(words);
        let label = known.or_insert_with(|| label(holder, &property.text, kind));
        self.push(to, label.clone(), path.clone());
    }

    fn push(&mut self, to: usize, label: Arc<str>, path: Path) {
        self.known.insert(to);
        self.edges.push(Edge {
            from: NodeId(self.from as u32),
            to: NodeId(to as u32),
            label,
            path,
        });
    }
}

static REFERS_TO: LazyLock<Arc<str>> = LazyLock::new(|| "refers_to".into());
static MENTIONS: LazyLock<Arc<str>> = LazyLock::new(|| "mentions".into());
static PART_OF: LazyLock<Arc<str>> = LazyLock::new(|| "part_of".into());

/// What a reference from a type, in a property, to a type means; by their numbers.
type Labels = HashMap<[u32; 3], Arc<str>>;

/// The meanings of what leads to a type, in order, each list made once.
fn meanings(to: &str) -> Arc<[&'static Meaning]> {
    static KNOWN: Made<Arc<[&'static Meaning]>> = Made::new();
    let leads = |label: &&Meaning| label.to.is_empty() || is_one_of(to, &label.to);
    KNOWN.of(to, || LABELS.iter().filter(leads).collect())
}

fn label(holder: &str, property: &str, to: &str) -> Arc<str> {
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
        .map_or(&*REFERS_TO, |label| &label.label)
        .clone()
}
