//! What is seen of the resources of an environment, and whether it was seen before.

use std::cell::RefCell;
use std::hash::{BuildHasher, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexSet;
use palisade_model::{Address, Graph, Map, NodeId, Path, Resource, Value};

use super::alike::{Alike, Feed, Home};
use super::classes::{ABSENT, Classes, Room, STRANGE};
use super::compare::Letters;
use super::hidden::Hidden;
use super::reads::{Part, Read, Reads};
use super::tree::Look;
use crate::lower::DECLARED;

/// The class of a resource that an address finds.
const THERE: u32 = 1;

/// What was seen so far, numbered.
#[derive(Default)]
pub(super) struct Known {
    hasher: RandomState,
    parts: IndexSet<Part, RandomState>,
    /// Contents, with the home they were seen from; then what was seen exactly.
    values: [Classes<(Value, Home)>; 2],
    heads: [Classes<Arc<Resource>>; 2],
    rows: [Classes<Vec<Neighbor>>; 2],
    /// By the place in memory of resources that environments share.
    faces: HashMap<*const Resource, (Arc<Resource>, Rc<Face>)>,
    pub(super) room: Room,
}

/// The classes of the parts of one resource that were looked at, by the number of the part: contents as seen from the resource's own
/// module, then what was seen exactly.
#[derive(Default)]
struct Face(RefCell<[Vec<Option<Class>>; 2]>);

#[derive(Clone, Copy)]
struct Class {
    number: u32,
    /// From another home it is another.
    is_tied: bool,
}

/// A resource that comes in sight.
struct Neighbor {
    starts: bool,
    label: Arc<str>,
    path: Option<Path>,
    resource_type: Arc<str>,
    /// Its position among those in sight, and whether it was not in sight before.
    position: (u32, bool),
    /// Where it is not in the home.
    module: Option<Home>,
    /// Where the way of looking is exact.
    address: Option<Arc<Address>>,
}

/// One environment, as it is seen from one of its resources.
pub(super) struct View<'g> {
    graph: &'g Graph,
    hidden: Hidden,
    /// By node.
    faces: Vec<Rc<Face>>,
    from: NodeId,
    is_exact: bool,
    /// What came in sight, in that order.
    others: Others,
    nothing: Others,
    /// By node: the class of its edges and what they bring in sight where nothing else is.
    first: Vec<[Option<(u32, Others)>; 2]>,
}

type Others = Rc<IndexSet<NodeId, RandomState>>;

impl<'g> View<'g> {
    pub(super) fn of(graph: &'g Graph, known: &mut Known) -> Self {
        let nodes = graph.resources().map(|(node, _)| graph.shared(node));
        let nothing = Others::default();
        Self {
            graph,
            hidden: Hidden::default(),
            faces: nodes.map(|resource| known.face(resource)).collect(),
            from: NodeId(0),
            is_exact: false,
            others: nothing.clone(),
            nothing,
            first: vec![[None, None]; graph.len()],
        }
    }

    pub(super) fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// What was searched in it, where nothing is recorded.
    pub(super) fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    /// Looks from a resource on.
    pub(super) fn look_from(&mut self, node: NodeId, is_exact: bool) {
        self.from = node;
        self.is_exact = is_exact;
        self.others = self.nothing.clone();
    }

    fn home(&self) -> &'g Home {
        &self.graph.resource(self.from).address.module
    }

    /// The resource at a position.
    fn at(&self, position: u32) -> Option<NodeId> {
        match position.checked_sub(1) {
            None => Some(self.from),
            Some(position) => self.others.get_index(position as usize).copied(),
        }
    }

    fn position(&self, node: NodeId) -> Option<u32> {
        if node == self.from {
            return Some(0);
        }
        let found = self.others.get_index_of(&node);
        found.map(|position| position as u32 + 1)
    }

    /// Brings a resource in sight: its position, and whether it was not there before.
    fn add(&mut self, node: NodeId) -> (u32, bool) {
        if node == self.from {
            return (0, false);
        }
        let (position, is_new) = Rc::make_mut(&mut self.others).insert_full(node);
        (position as u32 + 1, is_new)
    }
}

impl Known {
    /// The face of a resource, kept for those that other environments may share.
    fn face(&mut self, resource: &Arc<Resource>) -> Rc<Face> {
        if Arc::strong_count(resource) == 1 {
            return Rc::default();
        }
        let place = Arc::as_ptr(resource);
        if let Some((_, face)) = self.faces.get(&place) {
            return face.clone();
        }
        let face = Rc::default();
        if self.room.take().is_some() {
            let kept = (resource.clone(), Rc::clone(&face));
            self.faces.insert(place, kept);
        }
        face
    }

    /// The looks of a verdict, each with the class of what is seen. None where one of them is at what was not in sight, so that
    /// nothing says how to come there from another resource.
    pub(super) fn looks(&mut self, reads: Reads, view: &mut View<'_>) -> Option<Vec<(Look, u32)>> {
        let mut looks = Vec::new();
        for read in reads.finish() {
            if let Read::Part(node, _) | Read::Edges(node) = read
                && view.position(node).is_none()
            {
                let look = by_address(node, view)?;
                let class = self.class(&look, view);
                looks.push((look, class));
            }
            let look = match read {
                Read::Part(node, part) => {
                    let part = self.parts.insert_full(part).0;
                    Look::Part(view.position(node)?, part as u32)
                }
                Read::Edges(node) => Look::Edges(view.position(node)?),
                Read::Type(kind) => Look::Type(kind),
            };
            let class = self.class(&look, view);
            looks.push((look, class));
        }
        Some(looks)
    }

    /// The class of what is seen.
    pub(super) fn class(&mut self, look: &Look, view: &mut View<'_>) -> u32 {
        match look {
            Look::Part(position, part) => match view.at(*position) {
                Some(node) => self.part(node, *part as usize, view),
                None => STRANGE,
            },
            Look::Edges(position) => match view.at(*position) {
                Some(node) => self.edges(node, view),
                None => STRANGE,
            },
            Look::Type(kind) => {
                let graph = view.graph;
                let coming = graph.of_type(kind).iter().map(|node| {
                    let kind = &graph.resource(*node).resource_type;
                    (false, *node, kind, None)
                });
                self.row(coming, view)
            }
            Look::Address(address) => view.graph.find(address).map_or(ABSENT, |node| {
                view.add(node);
                THERE
            }),
        }
    }

    fn part(&mut self, node: NodeId, part: usize, view: &View<'_>) -> u32 {
        let face = &view.faces[node.0 as usize].0;
        let way = usize::from(view.is_exact);
        let resource = view.graph.shared(node);
        let own = &resource.address.module;
        let known = face.borrow()[way].get(part).copied().flatten();
        let class = known.unwrap_or_else(|| {
            let class = self.part_anew(resource, part, (!view.is_exact).then_some(own));
            let known = &mut face.borrow_mut()[way];
            if known.len() <= part {
                known.resize(self.parts.len(), None);
            }
            known[part] = Some(class);
            class
        });
        if class.is_tied && own != view.home() {
            return self.part_anew(resource, part, Some(view.home())).number;
        }
        class.number
    }

    fn part_anew(&mut self, resource: &Arc<Resource>, part: usize, home: Option<&Home>) -> Class {
        let untied = |number| Class {
            number,
            is_tied: false,
        };
        let Some(part) = self.parts.get_index(part) else {
            return untied(STRANGE);
        };
        let value = match part {
            Part::Head => return self.head(resource, home),
            Part::Name => {
                let name = Value::bare(&*resource.address.name);
                return self.value(&name, home);
            }
            Part::Property(name) => property(resource, name),
            Part::Properties => Some(&resource.properties),
            Part::Meta(name) => resource.meta.get(name),
            Part::AllMeta => Some(&resource.meta),
            Part::Declared(name) => resource.meta.get(DECLARED).and_then(|it| it.get(name)),
        };
        value.map_or_else(|| untied(ABSENT), |value| self.value(value, home))
    }

    fn value(&mut self, value: &Value, home: Option<&Home>) -> Class {
        let feed = Feed::new(home);
        let mut state = self.hasher.build_hasher();
        feed.value(value, &mut state);
        let is_same = |(known, other): &(Value, Home)| {
            let alike = home.map_or(Alike::Exact, |home| Alike::Content([other, home]));
            alike.values(known, value)
        };
        let make = || (value.clone(), home.cloned().unwrap_or_default());
        let known = &mut self.values[usize::from(home.is_none())];
        Class {
            number: known.number(state.finish(), is_same, make, &mut self.room),
            is_tied: feed.is_tied.get(),
        }
    }

    fn head(&mut self, resource: &Arc<Resource>, home: Option<&Home>) -> Class {
        let feed = Feed::new(home);
        let mut state = self.hasher.build_hasher();
        feed.head(resource, &mut state);
        let is_same = |known: &Arc<Resource>| {
            let content = |home| Alike::Content([&known.address.module, home]);
            home.map_or(Alike::Exact, content).heads(known, resource)
        };
        let known = &mut self.heads[usize::from(home.is_none())];
        Class {
            number: known.number(state.finish(), is_same, || resource.clone(), &mut self.room),
            is_tied: feed.is_tied.get(),
        }
    }

    /// The class of the edges of a resource. Most often nothing but it is in sight.
    fn edges(&mut self, node: NodeId, view: &mut View<'_>) -> u32 {
        let (graph, way) = (view.graph, usize::from(view.is_exact));
        let is_first = node == view.from && view.others.is_empty();
        let known = &view.first[node.0 as usize][way];
        if is_first && let Some((class, others)) = known {
            view.others = others.clone();
            return *class;
        }
        let from = graph.edges_from(node);
        let from = from.map(|edge| (true, edge.to, &edge.label, Some(&edge.path)));
        let to = graph.edges_to(node);
        let to = to.map(|edge| (false, edge.from, &edge.label, Some(&edge.path)));
        let class = self.row(from.chain(to), view);
        if is_first {
            view.first[node.0 as usize][way] = Some((class, view.others.clone()));
        }
        class
    }

    /// The class of resources that come in sight together.
    fn row<'n>(
        &mut self,
        coming: impl Iterator<Item = (bool, NodeId, &'n Arc<str>, Option<&'n Path>)>,
        view: &mut View<'n>,
    ) -> u32 {
        let (graph, home, is_exact) = (view.graph, view.home(), view.is_exact);
        let row: Vec<Told<'n>> = coming
            .map(|(starts, node, label, path)| {
                let resource = graph.resource(node);
                let address = &resource.address;
                let module = (address.module != *home).then_some(&address.module);
                let address = is_exact.then_some(address);
                let kind = &resource.resource_type;
                let position = view.add(node);
                (starts, label, path, kind, position, module, address)
            })
            .collect();
        let hash = self.hasher.hash_one(&row);
        let is_same =
            |known: &Vec<Neighbor>| known.iter().map(Neighbor::told).eq(row.iter().copied());
        let make = || row.iter().map(|told| Neighbor::of(*told)).collect();
        self.rows[usize::from(is_exact)].number(hash, is_same, make, &mut self.room)
    }
}

/// The look that finds a resource that is not in sight. Another resource may have the same address.
fn by_address(node: NodeId, view: &View<'_>) -> Option<Look> {
    let address = &view.graph.resource(node).address;
    let finds_it = view.is_exact && view.graph.find(address) == Some(node);
    finds_it.then(|| Look::Address(address.clone()))
}

/// The property of a name; where several spell it with other letters that count as the same, all properties.
fn property<'r>(resource: &'r Resource, name: &str) -> Option<&'r Value> {
    let properties = &resource.properties;
    if Letters::of_type(&resource.resource_type) == Letters::Exact {
        return properties.get(name);
    }
    let entries = properties.as_map().into_iter().flat_map(Map::iter);
    let mut found = entries.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let (_, value) = found.next()?;
    Some(found.next().map_or(value, |_| properties))
}

/// What is told of a neighbor, in the order of its fields.
type Told<'n> = (
    bool,
    &'n Arc<str>,
    Option<&'n Path>,
    &'n Arc<str>,
    (u32, bool),
    Option<&'n Home>,
    Option<&'n Arc<Address>>,
);

impl Neighbor {
    fn of((starts, label, path, resource_type, position, module, address): Told<'_>) -> Self {
        Self {
            starts,
            label: label.clone(),
            path: path.cloned(),
            resource_type: resource_type.clone(),
            position,
            module: module.cloned(),
            address: address.cloned(),
        }
    }

    fn told(&self) -> Told<'_> {
        (
            self.starts,
            &self.label,
            self.path.as_ref(),
            &self.resource_type,
            self.position,
            self.module.as_ref(),
            self.address.as_ref(),
        )
    }
}
