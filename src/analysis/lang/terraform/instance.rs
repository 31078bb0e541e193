//! One instance of a module: its variables, locals, calls and outputs, each evaluated when it is asked for, and once.

use std::cell::{OnceCell, RefCell};
use std::hash::Hash;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use foldhash::HashMap;
use indexmap::IndexMap;
use palisade_model::{
    DiagnosticCode, Frame, FrameKind, Key, Level, ModuleStep, Origin, OriginKind, Reason, Span,
};
use palisade_syntax::hcl::Attribute;

use super::arguments::Arguments;
use super::config::{ModuleConfig, ResourceKey, span};
use super::engine::Engine;
use super::inputs::{self, Input};
use super::modules;
use super::providers::{Common, Given};
use super::resource::{self, Expansion};
use super::scope::{Eval, Failure, Repetition, Scope};
use super::shared::{self, Before, Node, Record, What};
use super::types::Type;
use super::value::{Entries, Marks, TfValue};
use super::{constraint, expression};

/// Results by name, with their records; none while one is being made.
pub(super) struct Memo<K, V> {
    known: RefCell<HashMap<K, Option<Made<V>>>>,
    what: fn(K) -> What,
}

type Made<V> = (V, Option<Rc<Record>>);

/// A variable or local value as it is declared.
#[derive(Clone)]
pub(super) struct Declared {
    pub(super) value: TfValue,
    /// The link that stands behind each use.
    link: Option<Arc<Frame>>,
}

impl Declared {
    fn new(value: TfValue, kind: FrameKind, label: String, written: Option<Span>) -> Self {
        let link = written.or_else(|| value.origin.mark()).map(|place| {
            Arc::new(Frame {
                kind,
                label: label.into(),
                span: place,
                next: value.origin.via.clone(),
            })
        });
        Self { value, link }
    }

    /// Of a name that nobody declares.
    fn missing(name: String) -> Self {
        Self {
            value: TfValue::unknown(Type::Dynamic, Reason::Undeclared(name.into())),
            link: None,
        }
    }

    /// The value where it is used.
    pub(super) fn used_at(self, place: Span) -> TfValue {
        let mut value = self.value;
        value.origin.kind = OriginKind::Expression;
        value.origin.span = Some(place);
        value.origin.entry = Some(place);
        value.origin.via = self.link.or(value.origin.via);
        value
    }
}

/// The call that made an instance.
pub(super) struct Caller<'e> {
    pub(super) instance: Rc<Instance<'e>>,
    pub(super) name: Arc<str>,
    /// `module.name`
    label: Arc<str>,
    pub(super) repetition: Repetition,
}

/// The module that a call calls.
struct Called {
    /// `module.name`
    label: Arc<str>,
    config: Arc<ModuleConfig>,
    shown_path: String,
}

pub(super) struct Instance<'e> {
    pub(super) engine: &'e Engine<'e>,
    pub(super) config: Arc<ModuleConfig>,
    pub(super) caller: Option<Caller<'e>>,
    /// `path.module`
    pub(super) shown_path: String,
    /// What leads to a root module: the Terragrunt unit that runs it.
    entry: Option<Arc<Frame>>,
    /// Values of the variables of a root module.
    inputs: IndexMap<Arc<str>, Input>,
    steps: Arc<[ModuleStep]>,
    /// The calls that lead here, as the chain of an origin, once somebody asked.
    frames: OnceCell<Option<Arc<Frame>>>,
    /// The same one in every environment.
    number: u32,
    variables: Memo<Arc<str>, Declared>,
    locals: Memo<Arc<str>, Declared>,
    outputs: Memo<Arc<str>, TfValue>,
    expansions: Memo<ResourceKey, Rc<Expansion>>,
    calls: Memo<Arc<str>, Rc<Expansion>>,
    called: RefCell<HashMap<Arc<str>, Made<Result<Rc<Called>, Reason>>>>,
    children: RefCell<HashMap<(Arc<str>, Option<Key>), Made<Result<Rc<Self>, Reason>>>>,
    data: RefCell<HashMap<(ResourceKey, Option<Key>), Made<Rc<Arguments>>>>,
    pub(super) attributes: Memo<(ResourceKey, Option<Key>, Arc<str>), TfValue>,
    pub(super) wholes: Memo<(ResourceKey, Option<Key>), TfValue>,
    /// What its provider configurations say about all resources that use them.
    pub(super) providers: Memo<(usize, Common), Option<Rc<Given>>>,
}

/// The root module. The modules below know their callers, which know them: the end of the root takes them apart, as nothing else would
/// give back their memory.
pub(super) struct Root<'e>(Rc<Instance<'e>>);

impl<'e> Deref for Root<'e> {
    type Target = Rc<Instance<'e>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Root<'_> {
    fn drop(&mut self) {
        let mut pending = vec![self.0.clone()];
        while let Some(instance) = pending.pop() {
            let children = instance.children.take().into_values();
            pending.extend(children.filter_map(|(child, _)| child.ok()));
        }
    }
}

impl<K, V> Memo<K, V> {
    fn new(what: fn(K) -> What) -> Self {
        Self {
            known: RefCell::default(),
            what,
        }
    }
}

impl<'e> Instance<'e> {
    /// Makes a result once; `cycle` where it is asked for while it is being made. Where another environment made it from the same
    /// inputs it is that one's.
    pub(super) fn once<K: Hash + Eq + Clone, V: Clone + 'static>(
        &self,
        memo: &Memo<K, V>,
        key: &K,
        cycle: impl FnOnce() -> V,
        make: impl FnOnce() -> V,
    ) -> V {
        match memo.known.borrow().get(key) {
            Some(Some((known, record))) => {
                self.engine.reuse(record.as_ref());
                return known.clone();
            }
            Some(None) => {
                self.engine.irregular();
                return cycle();
            }
            None => {}
        }
        let (made, record) = self.shared((memo.what)(key.clone()), || {
            memo.known.borrow_mut().insert(key.clone(), None);
            make()
        });
        self.engine.reuse(record.as_ref());
        let done = Some((made.clone(), record));
        memo.known.borrow_mut().insert(key.clone(), done);
        made
    }

    /// A result as another environment made it from the same inputs, or else made, with its record.
    pub(super) fn shared<V: Clone + 'static>(
        &self,
        what: What,
        make: impl FnOnce() -> V,
    ) -> Made<V> {
        let Some(sharing) = &self.engine.sharing else {
            return (make(), None);
        };
        if sharing.results.is_new(self.number) {
            return self.engine.recorded(make);
        }
        let node = Node(self.number, what);
        if let Some((value, record)) = self.engine.taken(&node) {
            return (value, Some(record));
        }
        let (made, record) = self.engine.recorded(make);
        if let Some(record) = &record {
            let (results, inputs) = (sharing.results, &sharing.inputs);
            results.keep(node, made.clone(), record, inputs);
        }
        (made, record)
    }

    /// The root module.
    pub(super) fn root(
        engine: &'e Engine<'e>,
        config: Arc<ModuleConfig>,
        inputs: IndexMap<Arc<str>, Input>,
        entry: Option<Arc<Frame>>,
    ) -> Root<'e> {
        let root = Self::new(engine, config, None, ".".to_owned(), inputs, Arc::default());
        Root(Rc::new(Self { entry, ..root }))
    }

    fn new(
        engine: &'e Engine<'e>,
        config: Arc<ModuleConfig>,
        caller: Option<Caller<'e>>,
        shown_path: String,
        inputs: IndexMap<Arc<str>, Input>,
        steps: Arc<[ModuleStep]>,
    ) -> Self {
        Self {
            engine,
            config,
            caller,
            shown_path,
            entry: None,
            inputs,
            steps,
            frames: OnceCell::new(),
            number: 0,
            variables: Memo::new(What::Variable),
            locals: Memo::new(What::Local),
            outputs: Memo::new(What::Output),
            expansions: Memo::new(What::Expansion),
            calls: Memo::new(What::Call),
            called: RefCell::default(),
            children: RefCell::default(),
            data: RefCell::default(),
            attributes: Memo::new(What::Attribute),
            wholes: Memo::new(What::Whole),
            providers: Memo::new(What::Provider),
        }
    }

    /// The calls that lead here.
    pub(super) fn module_path(&self) -> &Arc<[ModuleStep]> {
        &self.steps
    }

    /// The calls that lead here, as the chain of an origin, nearest first.
    pub(super) fn call_frames(&self) -> Option<Arc<Frame>> {
        self.frames.get_or_init(|| self.frames()).clone()
    }

    fn frames(&self) -> Option<Arc<Frame>> {
        let Some(caller) = &self.caller else {
            return self.entry.clone();
        };
        let section = caller.instance.config.calls.get(&caller.name)?;
        Some(Arc::new(Frame {
            kind: FrameKind::ModuleCall,
            label: caller.label.clone(),
            span: section.header,
            next: caller.instance.call_frames(),
        }))
    }

    /// A dependency of something on itself: told, and not known.
    pub(super) fn cycle(&self, what: &str, place: Span) -> TfValue {
        let message = format!("`{what}` depends on itself");
        self.engine.warn(message.clone(), place);
        TfValue::error(message)
    }

    /// The value of an expression, or unknown with its error told.
    pub(super) fn settle(&self, value: Eval) -> TfValue {
        match value {
            Ok(value) => match value.origin.span {
                Some(place) => self.engine.weighed(value, place),
                None => value,
            },
            Err(failure) => {
                self.engine.fail(&failure);
                let place = failure.span();
                TfValue::unknown(Type::Dynamic, failure.reason())
                    .with_origin(Origin::expression(place, place))
            }
        }
    }

    /// A variable.
    pub(super) fn variable(self: &Rc<Self>, name: &str, place: Span) -> Declared {
        let Some((name, section)) = self.config.variables.get_key_value(name) else {
            self.engine
                .warn(format!("variable `{name}` is not declared"), place);
            return Declared::missing(format!("var.{name}"));
        };
        let declared = |value, written| {
            let label = format!("var.{name}");
            Declared::new(value, FrameKind::Variable, label, written)
        };
        let cycle = || {
            let value = self.cycle(&format!("var.{name}"), place);
            declared(value, Some(section.header))
        };
        self.once(&self.variables, name, cycle, || {
            let scope = Scope::module(self, section.file);
            let given = self.given(name);
            let (value, written) = inputs::variable(name, section, given, &scope);
            declared(value, written)
        })
    }

    /// What the caller or the user gives a variable.
    fn given(self: &Rc<Self>, name: &str) -> Option<Input> {
        let Some(caller) = &self.caller else {
            if let Some(position) = self.config.variables.get_index_of(name) {
                self.engine.read(shared::variable(position));
            }
            return self.inputs.get(name).cloned();
        };
        let section = caller.instance.config.calls.get(&caller.name)?;
        let (file, attribute) = section.attribute(name)?;
        let scope = Scope {
            repetition: Some(&caller.repetition),
            ..Scope::module(&caller.instance, file)
        };
        let mut value = caller
            .instance
            .settle(expression::evaluate(&attribute.value, &scope));
        let written = span(file, attribute.range);
        value.origin.via = Some(Arc::new(Frame {
            kind: FrameKind::ModuleArgument,
            label: caller.label.clone(),
            span: written,
            next: value.origin.via.take(),
        }));
        Some(Input::Value(value, written))
    }

    /// A local value.
    pub(super) fn local(self: &Rc<Self>, name: &str, place: Span) -> Declared {
        let Some((name, (file, attribute))) = self.config.locals.get_key_value(name) else {
            self.engine
                .warn(format!("`local.{name}` is not declared"), place);
            return Declared::missing(format!("local.{name}"));
        };
        let written = span(*file, attribute.range);
        let declared = |value| {
            let label = format!("local.{name}");
            Declared::new(value, FrameKind::Local, label, Some(written))
        };
        let cycle = || declared(self.cycle(&format!("local.{name}"), written));
        self.once(&self.locals, name, cycle, || {
            let scope = Scope::module(self, *file);
            declared(self.settle(expression::evaluate(&attribute.value, &scope)))
        })
    }

    /// An output, as callers see it.
    pub(super) fn output(self: &Rc<Self>, name: &str, place: Span) -> TfValue {
        let Some((name, section)) = self.config.outputs.get_key_value(name) else {
            let module = self.caller.as_ref().map_or("", |caller| &caller.name);
            self.engine
                .warn(format!("module `{module}` has no output `{name}`"), place);
            return TfValue::unknown(
                Type::Dynamic,
                Reason::Undeclared(format!("module.{module}.{name}").into()),
            );
        };
        let cycle = || self.cycle(&format!("output.{name}"), section.header);
        self.once(&self.outputs, name, cycle, || {
            let Some((file, attribute)) = section.attribute("value") else {
                return TfValue::null();
            };
            let scope = Scope::module(self, file);
            let mut value = self.settle(expression::evaluate(&attribute.value, &scope));
            value.origin.entry = Some(span(file, attribute.range));
            let flagged = |flag: &str| self.flag(section.attribute(flag));
            value.with_marks(Marks {
                sensitive: flagged("sensitive"),
                ephemeral: flagged("ephemeral"),
            })
        })
    }

    /// Whether an argument of the language is `true`.
    pub(super) fn flag(
        self: &Rc<Self>,
        found: Option<(palisade_model::FileId, &Attribute)>,
    ) -> bool {
        found.is_some_and(|(file, attribute)| {
            let scope = Scope::module(self, file);
            expression::evaluate(&attribute.value, &scope)
                .is_ok_and(|value| value.as_bool() == Some(true))
        })
    }

    /// The instances of a resource; none where it is not declared.
    pub(super) fn expansion(self: &Rc<Self>, key: &ResourceKey) -> Option<Rc<Expansion>> {
        let section = self.config.resources.get(key)?;
        if !section.is_repeated() {
            return Some(self.engine.single.clone());
        }
        let cycle = || {
            Rc::new(resource::failed(
                self.cycle(&key.to_string(), section.header),
            ))
        };
        Some(self.once(&self.expansions, key, cycle, || {
            Rc::new(resource::expand(
                section,
                &Scope::module(self, section.file),
            ))
        }))
    }

    /// What other environments made of the arguments of an instance of a resource.
    pub(super) fn before(&self, key: &ResourceKey, one: Option<&Key>) -> Option<Rc<Before>> {
        let sharing = self.engine.sharing.as_ref()?;
        sharing
            .results
            .before((self.number, key.clone(), one.cloned()))
    }

    /// The arguments of an instance of a data source, made once unless it asks for itself.
    pub(super) fn data(
        &self,
        key: &ResourceKey,
        one: Option<&Key>,
        make: impl FnOnce() -> Rc<Arguments>,
    ) -> Rc<Arguments> {
        let id = (key.clone(), one.cloned());
        let known = self.data.borrow().get(&id).cloned();
        let (made, record) = known.unwrap_or_else(|| {
            let made = self.engine.recorded(make);
            self.data.borrow_mut().insert(id, made.clone());
            made
        });
        self.engine.reuse(record.as_ref());
        made
    }

    /// The instances of a module call; none where it is not declared.
    pub(super) fn call_expansion(self: &Rc<Self>, name: &str) -> Option<Rc<Expansion>> {
        let (name, section) = self.config.calls.get_key_value(name)?;
        if !section.is_repeated() {
            return Some(self.engine.single.clone());
        }
        let cycle = || {
            Rc::new(resource::failed(
                self.cycle(&format!("module.{name}"), section.header),
            ))
        };
        Some(self.once(&self.calls, name, cycle, || {
            Rc::new(resource::expand(
                section,
                &Scope::module(self, section.file),
            ))
        }))
    }

    /// One output of an instance of a call, or all of them.
    pub(super) fn call_outputs(
        self: &Rc<Self>,
        name: &str,
        key: Option<&Key>,
        output: Option<&str>,
        place: Span,
    ) -> Eval {
        let child = match self.child(name, key) {
            Ok(child) => child,
            Err(reason) => return Ok(TfValue::unknown(Type::Dynamic, reason)),
        };
        let _depth = self.engine.step(place)?;
        if let Some(output) = output {
            return Ok(child.output(output, place));
        }
        let names: Vec<Arc<str>> = child.config.outputs.keys().cloned().collect();
        let entries: Entries = names
            .into_iter()
            .map(|name| (name.clone(), child.output(&name, place)))
            .collect();
        Ok(TfValue::object(entries))
    }

    /// An instance of a module call, or why there is none.
    pub(super) fn child(
        self: &Rc<Self>,
        name: &str,
        key: Option<&Key>,
    ) -> Result<Rc<Self>, Reason> {
        let Some((name, _)) = self.config.calls.get_key_value(name) else {
            return Err(Reason::Undeclared(format!("module.{name}").into()));
        };
        let id = (name.clone(), key.cloned());
        if let Some((known, record)) = self.children.borrow().get(&id) {
            self.engine.reuse(record.as_ref());
            return known.clone();
        }
        let (made, record) = self.engine.recorded(|| {
            let called = self.called(name)?;
            Ok(Rc::new(self.instance_of(&called, name, key)))
        });
        self.engine.reuse(record.as_ref());
        let mut children = self.children.borrow_mut();
        children.insert(id, (made.clone(), record));
        made
    }

    /// What a call calls, looked up once for all its instances.
    fn called(self: &Rc<Self>, name: &Arc<str>) -> Result<Rc<Called>, Reason> {
        let known = self.called.borrow().get(name).cloned();
        let (called, record) = known.unwrap_or_else(|| {
            let found = self.engine.recorded(|| self.find_called(name));
            self.called.borrow_mut().insert(name.clone(), found.clone());
            found
        });
        self.engine.reuse(record.as_ref());
        called
    }

    fn find_called(self: &Rc<Self>, name: &Arc<str>) -> Result<Rc<Called>, Reason> {
        let section = &self.config.calls[name];
        let scope = Scope::module(self, section.file);
        let text = |attribute: &str| -> Option<String> {
            let (file, attribute) = section.attribute(attribute)?;
            let scope = Scope { file, ..scope };
            let value = expression::evaluate(&attribute.value, &scope).ok()?;
            value.as_str().map(str::to_owned)
        };
        let source = text("source").unwrap_or_default();
        let shown = match text("version") {
            Some(version) => format!("{source} {version}"),
            None if source.is_empty() => format!("module.{name}"),
            None => source.clone(),
        };
        let missing = |why: &str| {
            let message = format!("module `{shown}` {why}");
            let is_cycle = why == "calls itself";
            self.engine.tell(
                if is_cycle {
                    Level::Error
                } else {
                    Level::Warning
                },
                DiagnosticCode::Unresolved,
                message,
                section.header,
            );
            Reason::MissingModule(shown.as_str().into())
        };
        let mut names: Vec<&str> = self.steps.iter().map(|step| &*step.name).collect();
        names.push(name);
        let directory = if modules::is_local(&source) {
            self.config.directory.join(&source)
        } else if let Some(fetched) = self.engine.manifest.directory(&names) {
            fetched.to_path_buf()
        } else {
            return Err(missing("is not here"));
        };
        let config = self
            .engine
            .config(&directory)
            .ok_or_else(|| missing("is not here"))?;
        if self.is_within(&config.directory) {
            return Err(missing("calls itself"));
        }
        let shown_path = modules::shown(&self.engine.root, &config.directory);
        let label = format!("module.{name}").into();
        Ok(Rc::new(Called {
            label,
            config,
            shown_path,
        }))
    }

    /// Whether this instance, or one that leads to it, is of the module in a folder.
    fn is_within(&self, directory: &std::path::Path) -> bool {
        let callers = std::iter::successors(Some(self), |instance| {
            instance.caller.as_ref().map(|caller| &*caller.instance)
        });
        callers
            .into_iter()
            .any(|instance| instance.config.directory == directory)
    }

    /// One instance of a module that is called here.
    fn instance_of(self: &Rc<Self>, called: &Called, name: &Arc<str>, key: Option<&Key>) -> Self {
        let (expansion, record) = self.engine.recorded(|| self.call_expansion(name));
        let is_certain = !matches!(expansion.as_deref(), Some(Expansion::Symbolic(..)));
        let repetition = expansion
            .map(|expansion| expansion.repetition(key, record))
            .unwrap_or_default();
        let step = ModuleStep {
            name: name.clone(),
            key: key.cloned(),
        };
        let steps = self.steps.iter().cloned().chain([step]).collect();
        let caller = Caller {
            instance: self.clone(),
            name: name.clone(),
            label: called.label.clone(),
            repetition,
        };
        let number = self.engine.sharing.as_ref().map_or(0, |sharing| {
            let folder = called.config.directory.clone();
            let id = (self.number, name.clone(), key.cloned(), is_certain, folder);
            sharing.results.instance(id)
        });
        let made = Self::new(
            self.engine,
            called.config.clone(),
            Some(caller),
            called.shown_path.clone(),
            IndexMap::new(),
            steps,
        );
        Self { number, ..made }
    }

    /// The type constraint of a variable.
    pub(super) fn constraint(
        scope: &Scope<'_, 'e>,
        section: &super::config::Section,
    ) -> constraint::Constraint {
        match section.attribute("type") {
            None => constraint::Constraint::default(),
            Some((file, attribute)) => {
                let scope = Scope { file, ..*scope };
                constraint::read(&attribute.value, &scope).unwrap_or_else(|failure: Failure| {
                    scope.instance.engine.fail(&failure);
                    constraint::Constraint::default()
                })
            }
        }
    }
}
