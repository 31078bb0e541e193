//! One template with the values of its parameters.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{
    Address, Assumption, DiagnosticCode, Frame, FrameKind, Kind, Language, Map, ModuleStep, Origin,
    Presence, Reason, Resource, Span, Unknown, Value,
};

use super::conditions::{Progress, Truth, compared_literals};
use super::loops::Expansion;
use super::modules::{ARGUMENT, MODULE};
use super::parameters::{self, Given};
use super::run::Run;
use super::tree::{Field, Fields, Tree};

/// What the resource itself says beside its properties.
const ATTRIBUTES: [&str; 6] = [
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// How a stack came to be evaluated.
#[derive(Clone, Default)]
pub(super) struct Caller {
    /// The nested stacks that lead to it.
    pub(super) module: Arc<[ModuleStep]>,
    /// The same, as a chain for origins.
    pub(super) via: Option<Arc<Frame>>,
    /// The templates that lead to it.
    pub(super) templates: Vec<PathBuf>,
}

/// A template that is being evaluated.
pub(super) struct Stack<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) caller: Caller,
    pub(super) folder: PathBuf,
    pub(super) parameters: BTreeMap<Arc<str>, Value>,
    /// The parameters of modules that calls give values to.
    arguments: Fields,
    /// Their values, as far as they were asked for.
    given_values: RefCell<HashMap<Arc<str>, Value>>,
    pub(super) mappings: Option<Tree>,
    pub(super) conditions: Arc<Fields>,
    pub(super) resources: Arc<Fields>,
    /// What nested stacks give back, by logical id and output.
    pub(super) outputs: RefCell<HashMap<Arc<str>, Outputs>>,
    pub(super) truths: RefCell<HashMap<Arc<str>, Progress>>,
    pub(super) atoms: RefCell<HashMap<String, Arc<str>>>,
    pub(super) literals: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// The cases in which the resource being evaluated exists; empty where it always does.
    pub(super) given: RefCell<Vec<Vec<Assumption>>>,
    pub(super) chain: Cell<usize>,
    pub(super) depth: Cell<usize>,
    pub(super) steps: Cell<usize>,
    /// The resources that loops made.
    looped: HashMap<Arc<str>, Looped>,
    /// The resources of nested stacks evaluated so far.
    pub(super) nested: RefCell<Vec<Resource>>,
}

/// The values of outputs by name.
pub(super) type Outputs = HashMap<Arc<str>, Value>;

/// What a loop says about a resource it made.
#[derive(Clone)]
pub(super) struct Looped {
    /// The loop.
    pub(super) frame: Arc<Frame>,
    /// Why the resource stands for an unknown number of others, where it does.
    pub(super) unknown: Option<Arc<Unknown>>,
}

fn section(tree: &Tree, name: &str) -> Arc<Fields> {
    match tree.get(name).map(|section| &section.data) {
        Some(super::tree::Data::Map(fields)) => fields.clone(),
        _ => Arc::default(),
    }
}

impl<'a> Stack<'a> {
    /// The stack of a template; `path` is the template's.
    pub(super) fn new(
        run: &'a Run<'a>,
        tree: &Tree,
        path: &Path,
        given: &Given,
        caller: Caller,
    ) -> Self {
        let declared = section(tree, "Parameters");
        let parameters = declared
            .iter()
            .map(|(name, field)| (name.clone(), parameters::parameter(name, field, given)))
            .collect();
        Self {
            run,
            caller,
            folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
            parameters,
            arguments: Fields::new(),
            given_values: RefCell::default(),
            mappings: tree.get("Mappings").cloned(),
            literals: compared_literals(tree.get("Conditions")),
            conditions: section(tree, "Conditions"),
            resources: section(tree, "Resources"),
            outputs: RefCell::default(),
            truths: RefCell::default(),
            atoms: RefCell::default(),
            given: RefCell::default(),
            chain: Cell::new(0),
            depth: Cell::new(0),
            steps: Cell::new(0),
            looped: HashMap::new(),
            nested: RefCell::default(),
        }
    }

    /// Takes the sections that loops and transforms rewrote.
    pub(super) fn adopt(&mut self, tree: &Tree, expansion: Expansion) {
        self.literals = compared_literals(tree.get("Conditions"));
        self.conditions = section(tree, "Conditions");
        self.resources = section(tree, "Resources");
        self.mappings = tree.get("Mappings").cloned();
        self.looped = expansion.looped;
        self.parameters.extend(expansion.variables);
        for (name, field) in section(tree, "Parameters").iter() {
            if self.parameters.contains_key(name) {
                continue;
            }
            if field.value.get(ARGUMENT).is_some() {
                self.arguments.insert(name.clone(), field.clone());
            } else {
                let value = parameters::parameter(name, field, &Given::new());
                self.parameters.insert(name.clone(), value);
            }
        }
        self.truths.borrow_mut().clear();
    }

    /// The value that the call of a module gives to a parameter of it.
    pub(super) fn argument(&self, name: &str) -> Option<Value> {
        let declaration = &self.arguments.get(name)?.value;
        if let Some(value) = self.given_values.borrow().get(name) {
            return Some(value.clone());
        }
        let given = declaration.fields()?.get(ARGUMENT)?;
        // A value that needs itself is none.
        let reason = Reason::Error(format!("parameter {name} refers to itself").into());
        let open = Value::new(reason, Origin::expression(given.value.span, given.entry()));
        self.given_values.borrow_mut().insert(name.into(), open);
        let cases = self.given.take();
        let mut value = self.value(&given.value, given.entry());
        *self.given.borrow_mut() = cases;
        let kind = declaration.str_of("Type").unwrap_or("String");
        value = parameters::typed(value, kind);
        let link = Some((FrameKind::ModuleArgument, name.into(), given.entry()));
        value.origin = value.origin.used_at(given.value.span, given.entry(), link);
        let no_echo = declaration.get("NoEcho").and_then(Tree::as_bool);
        value.sensitive |= no_echo == Some(true);
        self.given_values
            .borrow_mut()
            .insert(name.into(), value.clone());
        Some(value)
    }

    /// The address of a logical id of this stack.
    pub(super) fn address(&self, logical_id: &str) -> Address {
        let mut address = Address::logical_id(logical_id);
        address.module.clone_from(&self.caller.module);
        address
    }

    /// The resources it declares, those of a condition that does not hold left out.
    pub(super) fn evaluate(&self) -> Vec<Resource> {
        for name in self.conditions.keys() {
            let place = self.conditions[name].key;
            self.condition(name, place);
        }
        let fields = self.resources.clone();
        fields
            .iter()
            .filter_map(|(logical_id, field)| self.resource(logical_id, field))
            .collect()
    }

    fn resource(&self, logical_id: &Arc<str>, field: &Field) -> Option<Resource> {
        let Some(declaration) = field.value.fields() else {
            let message = format!("resource `{logical_id}` is no map");
            self.run.error(message, field.key);
            return None;
        };
        let Some(kind) = field.value.str_of("Type") else {
            let message = format!("resource `{logical_id}` has no `Type`");
            self.run.error(message, field.key);
            return None;
        };
        if kind.ends_with(MODULE) {
            let message = format!("what module `{kind}` makes of `{logical_id}` is not known");
            self.unresolved(message, field.key);
        }
        let presence = self.presence(logical_id, declaration)?;
        let properties = match declaration.get("Properties") {
            Some(properties) if !properties.value.is_null() => {
                self.value(&properties.value, properties.entry())
            }
            _ => Value::new(Map::new(), Origin::literal(field.value.span, field.entry())),
        };
        self.given.borrow_mut().clear();
        let mut resource = Resource::new(
            self.address(logical_id),
            kind,
            Language::CloudFormation,
            properties,
        );
        resource.meta = self.meta(&field.value, field.entry());
        resource.presence = presence;
        resource.header = Some(field.key);
        resource.origin = Origin::literal(field.value.span, field.entry());
        resource.origin.via = match self.looped.get(logical_id) {
            Some(looped) => Some(looped.frame.clone()),
            None => self.caller.via.clone(),
        };
        Some(resource)
    }

    /// Whether it exists; none where it does not.
    fn presence(&self, logical_id: &Arc<str>, declaration: &Fields) -> Option<Presence> {
        self.given.borrow_mut().clear();
        if let Some(unknown) = self
            .looped
            .get(logical_id)
            .and_then(|looped| looped.unknown.clone())
        {
            return Some(Presence::Symbolic(unknown));
        }
        let Some(condition) = declaration.get("Condition") else {
            return Some(Presence::Certain);
        };
        let Some(name) = condition.value.as_str() else {
            self.run.error(
                "`Condition` takes the name of a condition",
                condition.entry(),
            );
            return Some(Presence::Certain);
        };
        let truth = self.condition(name, condition.value.span);
        match (&truth, truth.as_unknown()) {
            (Truth::Known(false), _) => None,
            (Truth::Open(table), Some(unknown)) => {
                let cases = table.rows.iter().filter(|row| row.holds);
                *self.given.borrow_mut() = cases.map(|row| row.when.clone()).collect();
                Some(Presence::Conditional(Arc::new(unknown)))
            }
            _ => Some(Presence::Certain),
        }
    }

    fn meta(&self, declaration: &Tree, entry: Span) -> Value {
        let mut meta = Map::new();
        for name in ATTRIBUTES {
            let Some(field) = declaration.fields().and_then(|fields| fields.get(name)) else {
                continue;
            };
            let mut value = self.value(&field.value, field.entry());
            if name == "DependsOn" && matches!(value.kind, Kind::String(_)) {
                value = Value::new(vec![value.clone()], value.origin);
            }
            meta.insert(name.into(), value);
        }
        let path = meta
            .get("Metadata")
            .and_then(|metadata| metadata.get("aws:cdk:path"));
        if let Some(path) = path.cloned() {
            meta.insert("ConstructPath".into(), path);
        }
        Value::new(meta, Origin::expression(declaration.span, entry))
    }

    /// Names that only one resource may have, and cycles between resources.
    pub(super) fn report_cycles(&self, resources: &[Resource]) {
        let own: Vec<&Resource> = resources
            .iter()
            .filter(|resource| resource.address.module == self.caller.module)
            .collect();
        let index: HashMap<&str, usize> = own
            .iter()
            .enumerate()
            .map(|(position, resource)| (&*resource.address.name, position))
            .collect();
        let mut graph = petgraph::graph::DiGraph::<usize, ()>::new();
        let nodes: Vec<_> = (0..own.len())
            .map(|position| graph.add_node(position))
            .collect();
        for (position, resource) in own.iter().enumerate() {
            let mut names = HashSet::new();
            super::values::referenced(&resource.properties, &self.caller.module, &mut names);
            let depends = resource.meta.get("DependsOn").and_then(Value::as_list);
            names.extend(
                depends
                    .unwrap_or_default()
                    .iter()
                    .filter_map(|item| item.as_str().map(Arc::from)),
            );
            for name in names {
                if let Some(&target) = index.get(&*name) {
                    graph.add_edge(nodes[position], nodes[target], ());
                }
            }
        }
        for component in petgraph::algo::kosaraju_scc(&graph) {
            let is_cycle = component.len() > 1
                || component
                    .first()
                    .is_some_and(|&node| graph.contains_edge(node, node));
            if is_cycle {
                let mut members: Vec<usize> = component.iter().map(|&node| graph[node]).collect();
                members.sort_unstable();
                self.report_cycle(
                    &members
                        .iter()
                        .map(|&member| own[member])
                        .collect::<Vec<_>>(),
                );
            }
        }
    }

    fn report_cycle(&self, members: &[&Resource]) {
        let names: Vec<_> = members
            .iter()
            .map(|resource| format!("`{}`", resource.address.name))
            .collect();
        let message = match names.as_slice() {
            [one] => format!("resource {one} refers to itself"),
            _ => format!(
                "resources refer to each other in a circle: {}",
                names.join(", ")
            ),
        };
        let Some(place) = members.first().and_then(|resource| resource.header) else {
            return;
        };
        self.run.error(message, place);
    }

    /// Evaluates the outputs; the names they are exported by are known to the other stacks of the run.
    pub(super) fn evaluate_outputs(&self, tree: &Tree) -> HashMap<Arc<str>, Value> {
        let mut outputs = HashMap::new();
        for (name, field) in section(tree, "Outputs").iter() {
            let condition = field.value.get("Condition").and_then(Tree::as_str);
            if let Some(condition) = condition
                && matches!(self.condition(condition, field.key), Truth::Known(false))
            {
                continue;
            }
            let Some(declared) = field.value.fields().and_then(|fields| fields.get("Value")) else {
                continue;
            };
            let value = self.value(&declared.value, declared.entry());
            if let Some(export) = field.value.at(&["Export", "Name"])
                && let Kind::String(name) = self.value(export, export.span).kind
            {
                self.run.exports.borrow_mut().insert(name, value.clone());
            }
            outputs.insert(name.clone(), value);
        }
        outputs
    }

    /// The call of a module and the rest of a name that only what the module makes can have: `Module.Resource`, `ModuleResource`.
    pub(super) fn of_module<'n>(&self, name: &'n str) -> Option<(Arc<str>, &'n str)> {
        self.resources.iter().find_map(|(id, field)| {
            let kind = field.value.str_of("Type")?;
            let rest = name.strip_prefix(&**id)?;
            let rest = rest.strip_prefix('.').unwrap_or(rest);
            (kind.ends_with(MODULE) && !rest.is_empty()).then(|| (id.clone(), rest))
        })
    }

    pub(super) fn unresolved(&self, message: impl Into<String>, place: Span) {
        self.run.warning(DiagnosticCode::Unresolved, message, place);
    }
}
