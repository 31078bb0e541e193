//! What the `configuration` of a plan tells of the references in it.
//!
//! A plan knows no value that comes with the deployment, only that there will be one; which attribute of which resource it is stands
//! in the configuration, whose expressions are lists of what they refer to. Variables and outputs of modules are followed. An
//! expression that names several resources says which item is whose only where all are items of a list. Locals, which the configuration
//! leaves out, stay unknown.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use palisade_model::{Address, Kind, ModuleStep, Reference, Resource, Target, Value};
use palisade_syntax::data::{Data, Node};

/// How far variables and outputs are followed.
const DEPTH: usize = 32;

/// Gives the values of planned resources the references of their configuration.
pub(super) fn refer(planned: &mut [Resource], configuration: &Node) {
    let Some(root) = configuration.get("root_module") else {
        return;
    };
    let mut blocks = HashMap::new();
    collect(root, "", &mut blocks, 0);
    let known: HashSet<Arc<Address>> = planned.iter().map(|it| it.address.clone()).collect();
    let search = Search {
        root,
        known: &known,
    };
    for resource in planned {
        let Some(block) = blocks.get(&resource.address.block().to_string()) else {
            continue;
        };
        if let Some(expressions) = block.get("expressions") {
            let address = resource.address.clone();
            let of = |references: &[Node]| search.all(references, &address);
            entries(&mut resource.properties, expressions, &of);
        }
    }
}

/// The resource blocks of a module and of all it calls, by their addresses without instances.
fn collect<'n>(module: &'n Node, path: &str, found: &mut HashMap<String, &'n Node>, depth: usize) {
    if depth > DEPTH {
        return;
    }
    for resource in module.get("resources").map_or(&[][..], Node::items) {
        if let Some(address) = resource.get("address").and_then(Node::as_str) {
            found.insert(format!("{path}{address}"), resource);
        }
    }
    let calls = module.get("module_calls").map_or(&[][..], Node::entries);
    for call in calls {
        if let (Some(name), Some(inner)) = (call.key.as_str(), call.value.get("module")) {
            collect(inner, &format!("{path}module.{name}."), found, depth + 1);
        }
    }
}

/// The values of a block or object, by the expressions of the same names.
fn entries(value: &mut Value, expressions: &Node, of: &dyn Fn(&[Node]) -> Vec<Reference>) {
    let Kind::Map(map) = &mut value.kind else {
        return;
    };
    let map = Arc::make_mut(map);
    for expression in expressions.entries() {
        if let Some(value) = expression.key.as_str().and_then(|key| map.get_mut(key)) {
            entry(value, &expression.value, of);
        }
    }
}

fn entry(value: &mut Value, expression: &Node, of: &dyn Fn(&[Node]) -> Vec<Reference>) {
    if let Some(references) = expression.get("references") {
        return put(value, &of(references.items()));
    }
    match (&expression.data, &mut value.kind) {
        // Blocks of one kind, in their order.
        (Data::Sequence(blocks), Kind::List(items)) if blocks.len() == items.len() => {
            for (item, block) in Arc::make_mut(items).iter_mut().zip(blocks) {
                entries(item, block, of);
            }
        }
        (Data::Mapping(_), Kind::List(items)) if items.len() == 1 => {
            entries(&mut Arc::make_mut(items)[0], expression, of);
        }
        (Data::Mapping(_), _) => entries(value, expression, of),
        _ => {}
    }
}

/// An unknown becomes the reference; a text keeps it as where it comes from. Of several each is an item of a list.
fn put(value: &mut Value, references: &[Reference]) {
    match (&mut value.kind, references) {
        (Kind::Unknown(_), [reference]) => value.kind = Kind::from(reference.clone()),
        (Kind::String(_), [reference]) if value.origin.of.is_none() => {
            let taken = value.origin.clone().taken_from(reference.clone());
            // Whether the text is the attribute or only holds it is not told.
            value.origin = taken.clone().made_of(taken.of.as_deref(), false);
        }
        (Kind::List(items), references) if items.len() == references.len() => {
            let items = Arc::make_mut(items).iter_mut();
            items
                .zip(references)
                .for_each(|(item, reference)| put(item, std::slice::from_ref(reference)));
        }
        _ => {}
    }
}

/// Where a name of a plan's configuration leads.
struct Search<'n> {
    root: &'n Node,
    /// What is planned.
    known: &'n HashSet<Arc<Address>>,
}

/// What an expression may refer to.
enum Name<'t> {
    Resource(Box<Address>, String),
    Variable(&'t str),
    Output(Box<ModuleStep>, &'t str),
    /// `each.key`, `count.index`: the instance of the resource at hand.
    Instance,
    Other,
}

impl<'n> Search<'n> {
    /// The attributes that the expression of a resource's argument refers to, one a resource.
    fn all(&self, references: &[Node], near: &Address) -> Vec<Reference> {
        let mut found = self.within(references, &near.module, 0);
        if references
            .iter()
            .any(|it| matches!(name(it), Name::Instance))
        {
            for one in &mut found {
                self.beside(one, near);
            }
        }
        found
    }

    /// The instance of the same key, where there is one.
    fn beside(&self, reference: &mut Reference, near: &Address) {
        let Target::Address(address) = &mut reference.target else {
            return;
        };
        let same = Address {
            key: near.key.clone(),
            ..address.clone()
        };
        if address.key.is_none() && self.known.contains(&same) {
            *address = same;
        }
    }

    /// The same for an expression of a module.
    fn within(
        &self,
        references: &[Node],
        module: &Arc<[ModuleStep]>,
        depth: usize,
    ) -> Vec<Reference> {
        let mut found: Vec<Reference> = Vec::new();
        if depth > DEPTH {
            return found;
        }
        for reference in references {
            let more = match name(reference) {
                Name::Resource(mut address, attribute) => {
                    address.module = module.clone();
                    vec![Reference {
                        target: Target::Address(*address),
                        attribute: attribute.into(),
                    }]
                }
                Name::Variable(variable) => self.variable(variable, module, depth),
                Name::Output(step, output) => self.output(*step, output, module, depth),
                Name::Instance | Name::Other => Vec::new(),
            };
            for more in more {
                // The longest name of a resource comes first.
                if found.iter().all(|known| block(known) != block(&more)) {
                    found.push(more);
                }
            }
        }
        found
    }

    /// What the call of a module gives its variable.
    fn variable(&self, name: &str, module: &[ModuleStep], depth: usize) -> Vec<Reference> {
        let Some((step, outer)) = module.split_last() else {
            return Vec::new();
        };
        let given = self.module(outer).and_then(|module| {
            let call = module.get("module_calls")?.get(&step.name)?;
            call.get("expressions")?.get(name)?.get("references")
        });
        given.map_or_else(Vec::new, |given| {
            self.within(given.items(), &outer.into(), depth + 1)
        })
    }

    /// What a module gives out.
    fn output(
        &self,
        step: ModuleStep,
        name: &str,
        module: &[ModuleStep],
        depth: usize,
    ) -> Vec<Reference> {
        let inner = step.within(module);
        let output = self.module(&inner).and_then(|module| {
            let output = module.get("outputs")?.get(name)?;
            output.get("expression")?.get("references")
        });
        output.map_or_else(Vec::new, |references| {
            self.within(references.items(), &inner, depth + 1)
        })
    }

    fn module(&self, steps: &[ModuleStep]) -> Option<&'n Node> {
        steps.iter().try_fold(self.root, |module, step| {
            module.get("module_calls")?.get(&step.name)?.get("module")
        })
    }
}

fn block(reference: &Reference) -> Option<Address> {
    match &reference.target {
        Target::Address(address) => Some(address.block()),
        Target::External(_) => None,
    }
}

/// What a name of a list of references means.
fn name(reference: &Node) -> Name<'_> {
    let parts = split(reference.as_str().unwrap_or(""));
    match parts.as_slice() {
        ["var", variable, ..] => Name::Variable(variable),
        ["each", "key"] | ["count", "index"] => Name::Instance,
        ["module", call, output, ..] => match Address::parse(&format!("module.{call}.a.b")) {
            Ok(address) => match address.module.first() {
                Some(step) => Name::Output(Box::new(step.clone()), output),
                None => Name::Other,
            },
            Err(_) => Name::Other,
        },
        [
            "each" | "count" | "local" | "module" | "path" | "terraform" | "self",
            ..,
        ] => Name::Other,
        parts => {
            let length = if parts.first() == Some(&"data") { 3 } else { 2 };
            match parts.split_at_checked(length) {
                Some((address, attribute)) => match Address::parse(&address.join(".")) {
                    Ok(address) => Name::Resource(Box::new(address), attribute.join(".")),
                    Err(_) => Name::Other,
                },
                None => Name::Other,
            }
        }
    }
}

/// The parts of a name; points in brackets are parts of keys.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
