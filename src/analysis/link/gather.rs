//! What a resource mentions: every value in it that may name another one, whoever else is there.

use std::rc::Rc;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use palisade_model::{Kind, Path, Reference, Resource, Segment, Taken, Target, Value};

use super::{Meaning, NAMING};
use crate::identity::Id;
use crate::lower::DECLARED;

/// How deep values are searched.
const DEPTH: usize = 64;

/// A value that may name another resource.
pub(super) struct Mention {
    pub(super) whom: Whom,
    pub(super) place: Place,
}

/// How it names one.
pub(super) enum Whom {
    Reference(Arc<Reference>),
    /// The value was taken from there.
    Taken(Arc<Taken>, usize),
    /// By an id, which this value holds.
    Absolute(Id, Value),
    /// By a name that resources of this type have.
    Named(Value, &'static str),
}

/// Where it stands.
pub(super) enum Place {
    /// In a property, and what that is called.
    Property(Path, Rc<Word>),
    /// In an attribute that no property answers to: the other resource is used, whatever for.
    Declared,
    /// It is what an extension or child is deployed to.
    Scope,
}

/// A type, or the name of a property.
pub(super) struct Word {
    /// Of a property in lower case.
    pub(super) text: Arc<str>,
    pub(super) number: u32,
    /// What a plain name in such a property may name.
    naming: &'static [&'static Meaning],
}

/// The words that were met.
#[derive(Default)]
pub(super) struct Words {
    types: HashMap<Arc<str>, u32>,
    /// As they are spelled.
    properties: HashMap<Arc<str>, Rc<Word>>,
}

impl Words {
    /// The number of a type.
    pub(super) fn number(&mut self, resource_type: &Arc<str>) -> u32 {
        if let Some(&known) = self.types.get(resource_type) {
            return known;
        }
        let number = self.types.len() as u32;
        self.types.insert(resource_type.clone(), number);
        number
    }

    fn property(&mut self, name: &Arc<str>) -> Rc<Word> {
        if let Some(known) = self.properties.get(name) {
            return known.clone();
        }
        let text = name.to_lowercase();
        let word = Rc::new(Word {
            naming: NAMING.get(text.as_str()).map_or(&[], Vec::as_slice),
            text: text.into(),
            number: self.properties.len() as u32,
        });
        self.properties.insert(name.clone(), word.clone());
        word
    }
}

/// All mentions of a resource, in their order.
pub(super) fn mentions(resource: &Resource, words: &mut Words) -> Rc<[Mention]> {
    let mut gathered = Gathered {
        holder: &resource.resource_type,
        words,
        path: Vec::new(),
        mentions: Vec::new(),
        met: HashSet::default(),
    };
    gathered.visit(&resource.properties);
    if let Some(declared) = resource.meta.get(DECLARED) {
        gathered.declared(declared, 0);
    }
    if let Some(scope) = &resource.scope
        && let Kind::Reference(reference) = &scope.kind
    {
        gathered.add(Whom::Reference(reference.clone()), Place::Scope);
    }
    gathered.mentions.into()
}

struct Gathered<'a> {
    holder: &'a str,
    words: &'a mut Words,
    path: Vec<Step<'a>>,
    mentions: Vec<Mention>,
    /// The references so far, by their place in memory.
    met: HashSet<*const Reference>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a Arc<str>),
    Index(usize),
}

impl<'a> Gathered<'a> {
    fn visit(&mut self, value: &'a Value) {
        if self.path.len() > DEPTH {
            return;
        }
        self.taken(value);
        match &value.kind {
            Kind::Map(map) => {
                for (key, inner) in map.iter() {
                    self.path.push(Step::Key(key));
                    self.visit(inner);
                    self.path.pop();
                }
            }
            Kind::List(items) => {
                for (position, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(position));
                    self.visit(item);
                    self.path.pop();
                }
            }
            Kind::Encoded(encoded) => self.visit(&encoded.value),
            Kind::Template(parts) => {
                for part in parts.iter() {
                    if part.as_reference().is_some() {
                        self.visit(part);
                    } else {
                        self.taken(part);
                    }
                }
            }
            Kind::Reference(reference) => match &reference.target {
                Target::Address(_) => {
                    self.met.insert(Arc::as_ptr(reference));
                    self.property(Whom::Reference(reference.clone()));
                }
                Target::External(text) => self.literal(text, value),
            },
            Kind::Unknown(unknown) => {
                for candidate in &unknown.candidates {
                    self.visit(&candidate.value);
                }
            }
            Kind::String(text) => self.literal(text, value),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
        }
    }

    /// The resources whose attributes a text is, or holds, that has a value without them, be it an attribute of yet another one.
    fn taken(&mut self, value: &Value) {
        let (
            Kind::String(_) | Kind::Unknown(_) | Kind::Reference(_) | Kind::Template(_),
            Some(taken),
        ) = (&value.kind, &value.origin.of)
        else {
            return;
        };
        for position in 0..taken.references.len() {
            self.property(Whom::Taken(taken.clone(), position));
        }
    }

    fn literal(&mut self, text: &str, value: &Value) {
        if text.starts_with("arn:") || text.starts_with('/') {
            if let Some(id) = Id::parse(text) {
                self.property(Whom::Absolute(id, value.clone()));
            }
            return;
        }
        let holder = self.holder;
        let named = self
            .word()
            .naming
            .iter()
            .filter(|label| label.is_in(holder))
            .find_map(|label| Some((label.names.as_deref()?, text.strip_prefix(&label.after)?)));
        if let Some((of, name)) = named {
            self.property(Whom::Named(Value::new(name, value.origin.clone()), of));
        }
    }

    /// References in attributes. Those of the properties are told already.
    fn declared(&mut self, value: &Value, depth: usize) {
        if depth > DEPTH {
            return;
        }
        match &value.kind {
            Kind::Map(map) => map
                .values()
                .for_each(|inner| self.declared(inner, depth + 1)),
            Kind::List(items) | Kind::Template(items) => {
                items.iter().for_each(|item| self.declared(item, depth + 1));
            }
            Kind::Encoded(encoded) => self.declared(&encoded.value, depth + 1),
            Kind::Reference(reference) if self.met.insert(Arc::as_ptr(reference)) => {
                self.add(Whom::Reference(reference.clone()), Place::Declared);
            }
            _ => {}
        }
    }

    fn property(&mut self, whom: Whom) {
        let steps = self.path.iter().map(|step| match step {
            Step::Key(key) => Segment::Key((*key).clone()),
            Step::Index(position) => Segment::Index(*position),
        });
        let path = Path::new(steps.collect());
        let word = self.word();
        self.add(whom, Place::Property(path, word));
    }

    /// The name of the property at hand.
    fn word(&mut self) -> Rc<Word> {
        let mut names = self.path.iter().rev();
        let name = names.find_map(|step| match step {
            Step::Key(key) if !matches!(&***key, "id" | "Id" | "value") => Some(*key),
            _ => None,
        });
        match name {
            Some(name) => self.words.property(name),
            None => self.words.property(&Arc::default()),
        }
    }

    fn add(&mut self, whom: Whom, place: Place) {
        self.mentions.push(Mention { whom, place });
    }
}
