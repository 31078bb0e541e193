//! Verdicts of earlier environments of a project, used again where what they rest on is the same.
//!
//! Each part of a resource (`reads.rs`) has a class in each environment: the same number for the same content, origins included. A
//! verdict is kept with the classes of the parts that were looked at to reach it, and holds wherever these are the classes.

use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;
use palisade_model::{Address, Graph, NodeId, Path, Resource, Value};

use super::reads::{self, Part, Reads};
use super::run::Said;
use crate::lower::DECLARED;
use crate::lower::defaults::SATELLITE_ATTRIBUTES;
use crate::rules::{Rule, RuleSet};

/// Where environments declare different things, what each has alone is not worth keeping: so many times what the first one has is
/// kept, and some more.
const MOST: (usize, usize) = (4, 1_000);
/// So many forms of a resource are compared with; what none of them has is like nothing else.
const MOST_FORMS: usize = 4;
/// So many verdicts of a rule on a resource are kept.
const MOST_VERDICTS: usize = 4;
/// The class of what is not there.
const ABSENT: u32 = u32::MAX;

/// What is known from the environments judged so far.
#[derive(Default)]
pub struct Past {
    types: HashMap<Arc<str>, Arc<[Arc<Rule>]>>,
    account_wide: Option<Arc<[Arc<Rule>]>>,
    /// Parts by number.
    parts: HashMap<Part, u32>,
    /// Resources by number: those of an address, each with its type and which of those that share both.
    resources: HashMap<Arc<Address>, Vec<(Arc<str>, usize, u32)>>,
    /// The forms of each resource.
    forms: Vec<Vec<Rc<Form>>>,
    populations: Populations,
    /// By rule and resource.
    verdicts: HashMap<(usize, u32), Vec<Kept>>,
    classes: u32,
    /// How many resources and verdicts there may be; not known in the first environment.
    room: Option<(usize, usize)>,
}

/// By type: which resources of it there are in some environment.
#[derive(Default)]
struct Populations(HashMap<Arc<str>, Vec<Vec<u32>>>);

/// An edge as the resource at one end sees it: whether it starts there, the other end, what it means and where it is written.
type Link = (bool, u32, Arc<str>, Path);

/// A resource as it is in some environment.
struct Form {
    resource: Arc<Resource>,
    edges: Rc<[Link]>,
    /// The parts of the properties, and of `meta`, in their order.
    names: [Rc<[u32]>; 2],
    /// Their classes, in the same order.
    classes: [Vec<u32>; 2],
    /// The classes of all properties, and of all of `meta`.
    whole: [u32; 2],
    head: u32,
    links: u32,
    /// The class of what no known form has alike.
    fresh: u32,
}

/// A verdict and the classes of what it rests on.
struct Kept {
    parts: Vec<(u32, Numbered, u32)>,
    types: Vec<(Arc<str>, usize)>,
    said: Said,
}

/// A part; of properties the first, of `meta` the second: all of them, or the one of a number.
#[derive(Clone, Copy)]
enum Numbered {
    Head,
    Edges,
    All(usize),
    Entry(usize, u32),
    /// What of `meta` mirrors the properties. Few verdicts rest on it, so that it is compared when one does.
    Mirror,
}

/// One environment, while it is judged.
pub(super) struct Now<'g> {
    graph: &'g Graph,
    /// The number of each resource.
    numbers: Vec<u32>,
    /// By number; none where it is not there.
    forms: Vec<Option<Rc<Form>>>,
}

impl<'g> Now<'g> {
    pub(super) fn graph(&self) -> &'g Graph {
        self.graph
    }
}

impl Past {
    /// The rules of a type, looked up once.
    pub(super) fn of_type(&mut self, rules: &RuleSet, kind: &Arc<str>) -> Arc<[Arc<Rule>]> {
        let known = self.types.entry(kind.clone());
        known.or_insert_with(|| rules.of_type(kind)).clone()
    }

    /// The rules about an account as a whole, looked up once.
    pub(super) fn account_wide(&mut self, rules: &RuleSet) -> Arc<[Arc<Rule>]> {
        let known = &mut self.account_wide;
        known
            .get_or_insert_with(|| rules.account_wide().into())
            .clone()
    }

    /// The next environment.
    pub(super) fn enter<'g>(&mut self, graph: &'g Graph) -> Now<'g> {
        if self.room.is_none() && !self.forms.is_empty() {
            let (times, more) = MOST;
            let room = |first: usize| times * first + more;
            self.room = Some((room(self.forms.len()), room(self.verdicts.len())));
        }
        let mut numbers: Vec<u32> = Vec::with_capacity(graph.len());
        let mut beside: Vec<&Resource> = Vec::new();
        for (_, resource) in graph.resources() {
            if beside
                .last()
                .is_some_and(|last| last.address != resource.address)
            {
                beside.clear();
            }
            let same = beside
                .iter()
                .filter(|other| other.resource_type == resource.resource_type);
            let nth = same.count();
            beside.push(resource);
            numbers.push(self.number(resource, nth));
        }
        let mut now = Now {
            graph,
            forms: vec![None; self.forms.len()],
            numbers,
        };
        for (node, _) in graph.resources() {
            let number = now.numbers[node.0 as usize] as usize;
            now.forms[number] = Some(self.form(node, &now));
        }
        now
    }

    /// The number of a resource: the same in every environment.
    fn number(&mut self, resource: &Resource, nth: usize) -> u32 {
        let known = self.resources.get_mut(&resource.address);
        let same =
            |known: &&(Arc<str>, usize, u32)| known.0 == resource.resource_type && known.1 == nth;
        if let Some((_, _, number)) = known.as_ref().and_then(|known| known.iter().find(same)) {
            return *number;
        }
        let next = self.forms.len() as u32;
        self.forms.push(Vec::new());
        let name = (resource.resource_type.clone(), nth, next);
        match known {
            Some(known) => known.push(name),
            None => {
                self.resources.insert(resource.address.clone(), vec![name]);
            }
        }
        next
    }

    /// What a rule said of a resource when all it rests on was as it is now.
    pub(super) fn verdict(&mut self, rule: &Rule, node: NodeId, now: &Now<'_>) -> Option<Said> {
        let key = (place(rule), now.numbers[node.0 as usize]);
        let (populations, forms) = (&mut self.populations, &self.forms);
        let found = self.verdicts.get(&key)?.iter().find(|kept| {
            let mut parts = kept.parts.iter();
            let mut types = kept.types.iter();
            parts.all(|(number, part, known)| class(*number, *part, now, forms) == *known)
                && types.all(|(kind, class)| populations.class(kind, now) == *class)
        });
        found.map(|kept| kept.said.clone())
    }

    /// Keeps a verdict.
    pub(super) fn keep(
        &mut self,
        (rule, node): (&Rule, NodeId),
        said: &Said,
        reads: Reads,
        now: &Now<'_>,
    ) {
        let key = (place(rule), now.numbers[node.0 as usize]);
        let known = self.verdicts.get(&key);
        let is_full = || {
            self.room
                .is_some_and(|(_, most)| self.verdicts.len() >= most)
        };
        if known.map_or_else(is_full, |known| known.len() >= MOST_VERDICTS) {
            return;
        }
        let (parts, types) = reads.finish();
        let mut rests = Vec::with_capacity(parts.len());
        for (node, part) in parts {
            let number = now.numbers[node.0 as usize];
            let mirror = (part == Part::AllMeta).then_some(Numbered::Mirror);
            for part in mirror.into_iter().chain([self.numbered(part)]) {
                rests.push((number, part, class(number, part, now, &self.forms)));
            }
        }
        let mut kinds = Vec::with_capacity(types.len());
        for kind in types {
            let class = self.populations.class(&kind, now);
            kinds.push((kind, class));
        }
        self.verdicts.entry(key).or_default().push(Kept {
            parts: rests,
            types: kinds,
            said: said.clone(),
        });
    }

    fn numbered(&mut self, part: Part) -> Numbered {
        let next = self.parts.len() as u32;
        match part {
            Part::Head => Numbered::Head,
            Part::Edges => Numbered::Edges,
            Part::Properties => Numbered::All(0),
            Part::AllMeta => Numbered::All(1),
            Part::Property(_) => Numbered::Entry(0, *self.parts.entry(part).or_insert(next)),
            Part::Meta(_) => Numbered::Entry(1, *self.parts.entry(part).or_insert(next)),
        }
    }

    /// The form of a resource: each part has the class of a known form that has it alike, else a new one.
    fn form(&mut self, node: NodeId, now: &Now<'_>) -> Rc<Form> {
        let number = now.numbers[node.0 as usize] as usize;
        let resource = now.graph.shared(node);
        let linked = |one: &&Rc<Form>| links(node, now).eq(one.edges.iter().map(borrowed));
        let shared = self.forms[number]
            .iter()
            .find(|one| Arc::ptr_eq(&one.resource, resource) && linked(one));
        if let Some(shared) = shared {
            return shared.clone();
        }
        let names = [
            self.names(number, resource, 0),
            self.names(number, resource, 1),
        ];
        let fresh = self.classes;
        self.classes += 1;
        let known = &self.forms[number];
        let classes = [0, 1].map(|of| {
            let entries = map(resource, of).into_iter().flatten();
            let entries = entries.zip(names[of].iter()).enumerate();
            entries
                .map(|(at, ((key, value), name))| {
                    if of == 1 && is_mirror(key) {
                        return 0;
                    }
                    class_of(known, of, at, (*name, value)).unwrap_or(fresh)
                })
                .collect::<Vec<_>>()
        });
        let whole = [0, 1].map(|of| {
            let alike =
                |one: &&Rc<Form>| one.names[of] == names[of] && one.classes[of] == classes[of];
            known.iter().find(alike).map_or(fresh, |one| one.whole[of])
        });
        let head = known.iter().find(|one| same_head(&one.resource, resource));
        let links_of = known.iter().find(linked);
        let edges = || links(node, now).map(owned).collect();
        let form = Rc::new(Form {
            head: head.map_or(fresh, |one| one.head),
            links: links_of.map_or(fresh, |one| one.links),
            edges: links_of.map_or_else(edges, |one| one.edges.clone()),
            resource: resource.clone(),
            names,
            classes,
            whole,
            fresh,
        });
        let is_new = |form: &Form| {
            let mut all = form.classes.iter().flatten().chain(&form.whole);
            all.any(|class| *class == fresh) || form.head == fresh || form.links == fresh
        };
        let has_room = self.room.is_none_or(|(resources, _)| number < resources);
        if has_room && known.len() < MOST_FORMS && is_new(&form) {
            self.forms[number].push(form.clone());
        }
        form
    }

    /// The numbers of the parts of the properties or of `meta`; those of a known form where the names are the same.
    fn names(&mut self, number: usize, resource: &Resource, of: usize) -> Rc<[u32]> {
        let keys = || {
            map(resource, of)
                .into_iter()
                .flat_map(palisade_model::Map::keys)
        };
        let known = self.forms[number].iter().find(|form| {
            let same = map(&form.resource, of)
                .into_iter()
                .flat_map(palisade_model::Map::keys);
            keys().eq(same)
        });
        if let Some(known) = known {
            return known.names[of].clone();
        }
        let part = |name: &Arc<str>| match of {
            0 => Part::property(name),
            _ => Part::Meta(name.clone()),
        };
        let mut numbers = Vec::new();
        for name in keys() {
            let next = self.parts.len() as u32;
            numbers.push(*self.parts.entry(part(name)).or_insert(next));
        }
        numbers.into()
    }
}

impl Populations {
    /// The class of which resources of a type there are.
    fn class(&mut self, kind: &Arc<str>, now: &Now<'_>) -> usize {
        let nodes = now.graph.of_type(kind).iter();
        let numbers = nodes.map(|node| now.numbers[node.0 as usize]);
        let known = self.0.entry(kind.clone()).or_default();
        known
            .iter()
            .position(|one| one.iter().copied().eq(numbers.clone()))
            .unwrap_or_else(|| {
                known.push(numbers.collect());
                known.len() - 1
            })
    }
}

/// The class of a part of a resource.
fn class(number: u32, part: Numbered, now: &Now<'_>, forms: &[Vec<Rc<Form>>]) -> u32 {
    let Some(form) = now.forms.get(number as usize).and_then(Option::as_ref) else {
        return ABSENT;
    };
    match part {
        Numbered::Head => form.head,
        Numbered::Edges => form.links,
        Numbered::All(of) => form.whole[of],
        Numbered::Mirror => {
            let mut known = forms[number as usize].iter();
            let alike = known.find(|one| mirrors_alike(&one.resource, &form.resource));
            alike.map_or(form.fresh, |one| one.fresh)
        }
        Numbered::Entry(of, part) => {
            let names = form.names[of].iter().enumerate();
            let mut found = names.filter(|(_, name)| **name == part);
            match (found.next(), found.next()) {
                (None, _) => ABSENT,
                (Some((at, _)), None) => form.classes[of][at],
                // One name in several spellings: what is meant, all of them decide.
                _ => form.whole[of],
            }
        }
    }
}

fn map(resource: &Resource, of: usize) -> Option<&palisade_model::Map> {
    match of {
        0 => resource.properties.as_map(),
        _ => resource.meta.as_map(),
    }
}

/// The entries of `meta` with attributes as declared, which mirror the properties.
fn is_mirror(name: &str) -> bool {
    matches!(name, DECLARED | SATELLITE_ATTRIBUTES)
}

fn mirrors_alike(a: &Resource, b: &Resource) -> bool {
    [DECLARED, SATELLITE_ATTRIBUTES].into_iter().all(|name| {
        match (a.meta.get(name), b.meta.get(name)) {
            (Some(a), Some(b)) => a.identical(b),
            (a, b) => a.is_none() && b.is_none(),
        }
    })
}

/// The class of an entry that a known form has alike. The same position is the likely one.
fn class_of(known: &[Rc<Form>], of: usize, at: usize, (name, value): (u32, &Value)) -> Option<u32> {
    known.iter().find_map(|form| {
        let names = &form.names[of];
        let at = if names.get(at) == Some(&name) {
            at
        } else {
            names.iter().position(|one| *one == name)?
        };
        let (_, other) = map(&form.resource, of)?.get_index(at)?;
        other.identical(value).then(|| form.classes[of][at])
    })
}

type LinkRef<'l> = (bool, u32, &'l Arc<str>, &'l Path);

fn links<'n>(node: NodeId, now: &'n Now<'_>) -> impl Iterator<Item = LinkRef<'n>> {
    let number = |node: NodeId| now.numbers[node.0 as usize];
    let from = now.graph.edges_from(node);
    let from = from.map(move |edge| (true, number(edge.to), &edge.label, &edge.path));
    let to = now.graph.edges_to(node);
    let to = to.map(move |edge| (false, number(edge.from), &edge.label, &edge.path));
    from.chain(to)
}

fn borrowed((starts, other, label, path): &Link) -> LinkRef<'_> {
    (*starts, *other, label, path)
}

fn owned((starts, other, label, path): LinkRef<'_>) -> Link {
    (starts, other, label.clone(), path.clone())
}

fn same_head(a: &Resource, b: &Resource) -> bool {
    a.declared_type == b.declared_type
        && a.language == b.language
        && a.api_version == b.api_version
        && a.scope == b.scope
        && a.presence == b.presence
        && a.header == b.header
        && a.origin == b.origin
        && a.provider == b.provider
        && a.properties.origin == b.properties.origin
        && a.meta.origin == b.meta.origin
        && reads::notes().all(|name| match (a.meta.get(name), b.meta.get(name)) {
            (Some(a), Some(b)) => a.identical(b),
            (a, b) => a.is_none() && b.is_none(),
        })
}

/// The rule's place in memory as its name: the rules of a run stay where they are, and `types` and `account_wide` hold them.
fn place(rule: &Rule) -> usize {
    std::ptr::from_ref(rule) as usize
}
