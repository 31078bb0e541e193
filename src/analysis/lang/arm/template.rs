//! One template with its inputs: parameters, variables, user functions and types.

use std::cell::RefCell;
use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{
    Assumption, Candidate, Frame, FrameKind, Kind, Map, ModuleStep, Reason, Span, Unknown, Value,
};
use palisade_syntax::data::{Data, Entry, Node};

use super::super::size::bounded;
use super::deployments::Deployed;
use super::document::{Document, entry, field, text};
use super::engine::Engine;
use super::expression::{Copies, Environment};
use super::functions::{Deployment, text_key};
use super::resources::Declared;

/// What each iteration of a deployment gave; nothing where its template is not here, or while it is computed.
type DeployedByInstance = BTreeMap<(usize, Option<usize>), Option<Rc<Deployed>>>;

/// A template in one deployment.
pub(super) struct Template<'t> {
    pub(super) engine: &'t Engine<'t>,
    pub(super) document: &'t Document,
    pub(super) root: &'t Node,
    pub(super) deployment: Deployment,
    /// The deployments that lead to it.
    pub(super) module: Arc<[ModuleStep]>,
    /// The calls behind `module`, innermost first.
    pub(super) via: Option<Arc<Frame>>,
    /// The template whose parameters and variables expressions here mean: nested ones of outer scope have none of their own.
    pub(super) outer: Option<&'t Template<'t>>,
    /// The loops around a nested template of outer scope.
    pub(super) copies: Option<&'t Copies<'t>>,
    /// By lower-case name.
    given: BTreeMap<String, Value>,
    parameters: RefCell<BTreeMap<String, Option<Value>>>,
    variables: RefCell<BTreeMap<String, Option<Value>>>,
    pub(super) declared: Vec<Declared<'t>>,
    pub(super) deployed: RefCell<DeployedByInstance>,
    /// The declared template specs that deployments use.
    pub(super) deployed_specs: RefCell<BTreeSet<usize>>,
}

/// How a template is deployed.
pub(super) struct Call<'t> {
    pub(super) deployment: Deployment,
    pub(super) module: Arc<[ModuleStep]>,
    pub(super) via: Option<Arc<Frame>>,
    pub(super) outer: Option<&'t Template<'t>>,
    pub(super) copies: Option<&'t Copies<'t>>,
    /// By name as written.
    pub(super) given: Vec<(String, Value)>,
}

impl<'t> Template<'t> {
    pub(super) fn new(
        engine: &'t Engine<'t>,
        document: &'t Document,
        root: &'t Node,
        call: Call<'t>,
    ) -> Self {
        let given = call.given.into_iter();
        Self {
            engine,
            document,
            root,
            deployment: call.deployment,
            module: call.module,
            via: call.via,
            outer: call.outer,
            copies: call.copies,
            given: given
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
            parameters: RefCell::default(),
            variables: RefCell::default(),
            declared: super::resources::declared(root),
            deployed: RefCell::default(),
            deployed_specs: RefCell::default(),
        }
    }

    /// Where expressions of the template itself are computed.
    pub(super) fn environment(&self) -> Environment<'_> {
        Environment {
            template: self,
            copies: self.copies,
            locals: None,
            parameters: None,
        }
    }

    /// The template whose names expressions mean.
    pub(super) fn names(&self) -> &Template<'t> {
        match self.outer {
            Some(outer) => outer.names(),
            None => self,
        }
    }

    /// Whether resources have symbolic names.
    pub(super) fn is_symbolic(&self) -> bool {
        field(self.root, "resources").is_some_and(|it| matches!(it.data, Data::Mapping(_)))
    }

    /// `parameters('name')`; none where no such parameter is declared.
    pub(super) fn parameter(&self, name: &str) -> Option<Value> {
        let declared = entry(field(self.root, "parameters")?, name)?;
        let key = name.to_ascii_lowercase();
        memoized(&self.parameters, &key, || self.compute_parameter(declared))
            .or_else(|| Some(circular("parameter", name)))
    }

    fn compute_parameter(&self, declared: &Entry) -> Value {
        let name = declared.key.as_str().unwrap_or_default();
        let definition = Definition::new(self, &declared.value);
        let label: Arc<str> = format!("parameter {name}").into();
        let given = self.given.get(&name.to_ascii_lowercase());
        let mut value = if let Some(given) = given.filter(|it| !it.is_null() || definition.nullable)
        {
            given.clone()
        } else if let Some(default) = definition.default {
            let value = self.environment().entry_value(default);
            linked(
                value,
                FrameKind::Variable,
                &label,
                self.document.span(default.range()),
            )
        } else if definition.nullable {
            let span = self.document.span(declared.range());
            linked(Value::null(), FrameKind::Variable, &label, span)
        } else {
            let unknown = definition.unknown(&label);
            let span = self.document.span(declared.range());
            linked(Value::bare(unknown), FrameKind::Variable, &label, span)
        };
        value.sensitive |= definition.secure;
        value
    }

    /// `variables('name')`; none where no such variable is declared.
    pub(super) fn variable(&self, name: &str) -> Option<Value> {
        let variables = field(self.root, "variables")?;
        let key = name.to_ascii_lowercase();
        let label: Arc<str> = format!("variable {name}").into();
        if let Some(declared) = entry(variables, name).filter(|_| key != "copy") {
            let compute = || {
                let value = self.environment().entry_value(declared);
                linked(
                    value,
                    FrameKind::Local,
                    &label,
                    self.document.span(declared.range()),
                )
            };
            return memoized(&self.variables, &key, compute)
                .or_else(|| Some(circular("variable", name)));
        }
        let loops = field(variables, "copy")?;
        let declared = loops.items().iter().find(|item| {
            text(item, "name").is_some_and(|known| known.eq_ignore_ascii_case(name))
        })?;
        let compute = || {
            let value = self.environment().copied(declared, name);
            linked(
                value,
                FrameKind::Local,
                &label,
                self.document.span(declared.range),
            )
        };
        memoized(&self.variables, &key, compute).or_else(|| Some(circular("variable", name)))
    }

    /// The declaration of a user function.
    pub(super) fn user_function(&self, namespace: &str, name: &str) -> Option<&'t Node> {
        let namespaces = field(self.root, "functions")?.items().iter();
        let mut found = namespaces.filter(|it| {
            text(it, "namespace").is_some_and(|known| known.eq_ignore_ascii_case(namespace))
        });
        found.find_map(|namespace| field(field(namespace, "members")?, name))
    }

    /// All outputs: `{name: {"type", "value"}}`.
    pub(super) fn outputs(&self) -> Map {
        let mut outputs = Map::new();
        let declared = field(self.root, "outputs").map_or(&[][..], Node::entries);
        for output in declared {
            let Some(name) = output.key.as_str() else {
                continue;
            };
            let environment = self.environment();
            let condition = field(&output.value, "condition");
            let absent = condition
                .is_some_and(|it| environment.value(it, it.range).as_bool() == Some(false));
            if absent {
                continue;
            }
            let mut value = match (entry(&output.value, "value"), entry(&output.value, "copy")) {
                (Some(value), _) => environment.entry_value(value),
                (None, Some(copy)) => environment.copied(&copy.value, name),
                (None, None) => Value::null(),
            };
            let definition = Definition::new(self, &output.value);
            value.sensitive |= definition.secure;
            let mut wrapped = Map::new();
            if let Some(kind) = text(&output.value, "type") {
                wrapped.insert("type".into(), Value::bare(kind));
            }
            wrapped.insert("value".into(), value);
            outputs.insert(name.into(), Value::bare(wrapped));
        }
        outputs
    }
}

/// The value computed once; none while it is being computed, which is a circle.
fn memoized(
    memo: &RefCell<BTreeMap<String, Option<Value>>>,
    key: &str,
    compute: impl FnOnce() -> Value,
) -> Option<Value> {
    match memo.borrow_mut().entry(key.to_owned()) {
        Slot::Occupied(known) => return known.get().clone(),
        Slot::Vacant(slot) => {
            slot.insert(None);
        }
    }
    let value = bounded(compute());
    memo.borrow_mut()
        .insert(key.to_owned(), Some(value.clone()));
    Some(value)
}

fn circular(what: &str, name: &str) -> Value {
    Value::bare(Reason::Error(
        format!("{what} {name} refers to itself").into(),
    ))
}

/// The value with one more link behind it.
pub(super) fn linked(mut value: Value, kind: FrameKind, label: &Arc<str>, span: Span) -> Value {
    value.origin.via = Some(Arc::new(Frame {
        kind,
        label: label.clone(),
        span,
        next: value.origin.via.take(),
    }));
    value
}

/// What a parameter or output says of its values, references to definitions followed
/// (https://learn.microsoft.com/azure/azure-resource-manager/templates/definitions).
pub(super) struct Definition<'t> {
    pub(super) kind: Option<&'t str>,
    pub(super) default: Option<&'t Entry>,
    pub(super) nullable: bool,
    pub(super) secure: bool,
    allowed: &'t [Node],
}

/// How many definitions refer to each other at most.
const MAXIMUM_DEFINITIONS: usize = 32;

impl<'t> Definition<'t> {
    pub(super) fn new(template: &Template<'t>, declared: &'t Node) -> Self {
        let mut definition = Self {
            kind: None,
            default: entry(declared, "defaultValue"),
            nullable: false,
            secure: false,
            allowed: &[],
        };
        let mut current = Some(declared);
        for _ in 0..MAXIMUM_DEFINITIONS {
            let Some(node) = current else { break };
            definition.kind = definition.kind.or_else(|| text(node, "type"));
            let nullable = field(node, "nullable").map(|it| &it.data);
            definition.nullable |= nullable == Some(&Data::Bool(true));
            if definition.allowed.is_empty() {
                definition.allowed = field(node, "allowedValues").map_or(&[], Node::items);
            }
            current = text(node, "$ref").and_then(|path| follow(template.root, path));
        }
        definition.secure = definition
            .kind
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("secure"));
        definition
    }

    fn unknown(&self, label: &Arc<str>) -> Unknown {
        let assume = |value: Value| {
            let text = text_key(&value).or_else(|| value.as_bool().map(|it| it.to_string()))?;
            Some(Candidate {
                when: vec![Assumption {
                    subject: label.clone(),
                    value: text.into(),
                }],
                value,
            })
        };
        let is = |name: &str| {
            self.kind
                .is_some_and(|kind| kind.eq_ignore_ascii_case(name))
        };
        let values: Vec<Value> = if is("bool") && self.allowed.is_empty() {
            vec![Value::bare(true), Value::bare(false)]
        } else if is("array") {
            // The allowed values of an array are those of its items.
            Vec::new()
        } else {
            self.allowed
                .iter()
                .map(|it| Value::bare(literal(it)))
                .collect()
        };
        let candidates: Option<Vec<Candidate>> = values.into_iter().map(assume).collect();
        Unknown {
            reason: Reason::NoValue(label.clone()),
            candidates: candidates.unwrap_or_default(),
        }
    }
}

/// A scalar as it stands, expressions included.
fn literal(node: &Node) -> Kind {
    match &node.data {
        Data::Bool(value) => (*value).into(),
        Data::Number(digits) => Kind::Number(super::functions::number(digits)),
        Data::String(text) => Kind::String((**text).into()),
        _ => Kind::Null,
    }
}

/// What `#/definitions/name` points to.
fn follow<'t>(root: &'t Node, path: &str) -> Option<&'t Node> {
    let mut steps = path.strip_prefix("#/")?.split('/');
    steps.try_fold(root, |node, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        field(node, &step).or_else(|| node.items().get(step.parse::<usize>().ok()?))
    })
}
