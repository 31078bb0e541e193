//! One file, in the order in which Terragrunt reads it: includes, locals, features, dependencies, everything else.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/reference/hcl/#configuration-parsing-order>. Blocks and attributes become one
//! object, which is also what `read_terragrunt_config` and exposed includes give.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use palisade_model::{Diagnostic, FileId, FrameKind, Origin, Reason, Span};
use palisade_syntax::hcl::{Attribute, Block, Item};

use super::super::config::{ModuleConfig, span};
use super::super::engine::{Dialect, Engine};
use super::super::instance::Instance;
use super::super::scope::{Eval, Failure, Scope, referred};
use super::super::value::{Entries, TfValue};
use super::super::{expression, load};
use super::session::Session;
use super::stack::Member;
use super::{dependency, functions, merge};

/// Names that no resource has in a file of Terragrunt.
const NAMES: [&str; 7] = [
    "dependency",
    "feature",
    "include",
    "stack",
    "unit",
    "values",
    "expansion",
];

/// Which file is read, and for whom.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The file.
    pub(super) file: PathBuf,
    /// The folder of the unit that it is read for: `get_terragrunt_dir`.
    pub(super) unit: PathBuf,
    /// The folder of the unit that the run is about: `get_original_terragrunt_dir`.
    pub(super) original: PathBuf,
    /// The name under which the unit includes this file, and this file.
    pub(super) included: Option<(Arc<str>, PathBuf)>,
    /// What a stack gives the unit.
    pub(super) values: Option<TfValue>,
}

impl Place {
    /// The file of a unit.
    pub(super) fn of_unit(session: &Session<'_>, member: &Member) -> Self {
        Self {
            file: session.unit(&member.written),
            unit: member.folder.clone(),
            original: member.folder.clone(),
            included: None,
            values: member.values.clone(),
        }
    }

    /// A file that another one reads.
    pub(super) fn other(&self, file: PathBuf) -> Self {
        Self {
            unit: file.parent().map(Path::to_path_buf).unwrap_or_default(),
            original: self.original.clone(),
            included: None,
            values: None,
            file,
        }
    }
}

/// What a file says, includes merged.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    /// By attribute or block; blocks with labels by label.
    pub(super) entries: Entries,
    /// Where inputs can come from that are not known by name.
    pub(super) rest: Option<TfValue>,
    /// The block of the unit's own file that says what is run.
    pub(super) header: Option<Span>,
}

impl Config {
    pub(super) fn get(&self, name: &str) -> Option<&TfValue> {
        self.entries.get(name)
    }

    /// The blocks of a keyword by label.
    pub(super) fn labelled(&self, keyword: &str) -> impl Iterator<Item = (&Arc<str>, &TfValue)> {
        let found = self.get(keyword).and_then(TfValue::as_entries);
        found.into_iter().flatten()
    }

    /// As other files see it.
    pub(super) fn exposed(&self) -> TfValue {
        let mut entries = self.entries.clone();
        if let Some(rest) = &self.rest {
            entries.insert("inputs".into(), rest.clone());
        }
        TfValue::object(entries)
    }
}

/// A file that is being read: what its expressions can see beside Terraform's names.
pub(super) struct Reading<'s, 'a> {
    pub(super) session: &'s Session<'a>,
    pub(super) place: Place,
    /// The files it includes, by name.
    pub(super) includes: RefCell<IndexMap<Arc<str>, PathBuf>>,
    names: RefCell<BTreeMap<&'static str, TfValue>>,
    /// Dependencies whose outputs are not all known, by name.
    open: RefCell<BTreeMap<Arc<str>, Reason>>,
}

impl Dialect for Reading<'_, '_> {
    fn name(&self, name: &str, attributes: &[&str], place: Span) -> Option<(Eval, usize)> {
        let name = NAMES.into_iter().find(|known| *known == name)?;
        let Some(mut value) = self.names.borrow().get(name).cloned() else {
            let message = format!("`{name}` has no meaning here");
            return Some((Err(Failure::new(message, place)), 0));
        };
        let mut label = name.to_owned();
        let mut taken = 0;
        for attribute in attributes {
            let inner = value
                .as_entries()
                .and_then(|it| it.get(*attribute).cloned());
            let Some(inner) = inner.or_else(|| self.unknown_output(name, attributes, taken)) else {
                break;
            };
            value = inner;
            label = format!("{label}.{attribute}");
            taken += 1;
        }
        let written = value.origin.mark();
        let value = referred(value, place, FrameKind::Include, label, written);
        Some((Ok(value), taken))
    }

    fn call(&self, name: &str, arguments: &[TfValue], place: Span) -> Option<Eval> {
        functions::call(self, name, arguments, place)
    }
}

impl Reading<'_, '_> {
    /// `dependency.vpc.outputs.id` of a unit whose outputs are not known.
    fn unknown_output(&self, name: &str, attributes: &[&str], at: usize) -> Option<TfValue> {
        let (&[label, "outputs", ..], "dependency", 2) = (attributes, name, at) else {
            return None;
        };
        let open = self.open.borrow();
        Some(dependency::unknown(open.get(label)?))
    }

    fn set(&self, name: &'static str, value: TfValue) {
        self.names.borrow_mut().insert(name, value);
    }
}

/// The top-level blocks and attributes of a file.
struct Text {
    file: FileId,
    items: Vec<Item>,
    problems: Vec<Diagnostic>,
}

impl Text {
    fn blocks<'t>(&'t self, keyword: &'t str) -> impl Iterator<Item = &'t Block> {
        self.items.iter().filter_map(move |item| match item {
            Item::Block(block) if &*block.keyword.text == keyword => Some(block),
            _ => None,
        })
    }
}

/// How many labels a block has in JSON; everything else is an attribute there, which says the same.
fn labels(keyword: &str, names: &[&str]) -> Option<usize> {
    match keyword {
        "locals" | "terraform" => Some(0),
        // An include without a name.
        "include" if names.contains(&"path") => Some(0),
        "include" | "dependency" | "feature" => Some(1),
        _ => None,
    }
}

/// Reads a file. `known` are dependencies that a file which includes this one has.
pub(super) fn read(
    session: &Session<'_>,
    place: Place,
    known: Option<&TfValue>,
) -> Result<Config, Reason> {
    let path = place.file.clone();
    let shown = crate::discover::display(&path);
    let missing = || Reason::MissingFile(shown.as_str().into());
    if !session.exists(&path) {
        return Err(missing());
    }
    let source = session
        .context
        .sources
        .load(session.context.system, &path)
        .map_err(|_| missing())?;
    session.used(&path);
    let text = session.context.sources.shared(&path, || {
        let mut problems = Vec::new();
        let items = load::items(&path, &source, &source.text, labels, &mut problems);
        Text {
            file: source.id,
            items,
            problems,
        }
    });
    text.problems
        .iter()
        .for_each(|one| session.tell(one.clone()));
    let reading = Reading {
        session,
        place,
        includes: RefCell::default(),
        names: RefCell::default(),
        open: RefCell::default(),
    };
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let engine = Engine::with_dialect(session.context, &folder, &reading);
    let config = evaluate(&reading, &engine, &text, known);
    session.absorb(engine);
    Ok(config)
}

fn evaluate(
    reading: &Reading<'_, '_>,
    engine: &Engine<'_>,
    text: &Text,
    known: Option<&TfValue>,
) -> Config {
    let mut module = ModuleConfig::default();
    let locals = text.blocks("locals").cloned().map(Item::Block);
    module.add(text.file, locals.collect(), false);
    let instance = Instance::root(engine, Arc::new(module), IndexMap::new(), None);
    let scope = Scope::module(&instance, text.file);
    if let Some(values) = values(reading) {
        reading.set("values", values);
    }
    let parents = includes(reading, text, &scope);
    let mut features = Entries::new();
    for block in text.blocks("feature") {
        let Some(label) = block.labels.first() else {
            continue;
        };
        let mut entries = body(block, &scope);
        if let Some(value) = entries.remove("default") {
            entries.insert("value".into(), value);
        }
        features.insert((*label.text).into(), TfValue::object(entries));
    }
    reading.set("feature", TfValue::object(features));
    let parents = dependencies(reading, text, &scope, parents, known);
    let mut own = rest(text, &scope);
    own.entries.insert("locals".into(), all_locals(&instance));
    for name in ["dependency", "feature"] {
        if let Some(value) = reading.names.borrow().get(name) {
            own.entries.insert(name.into(), value.clone());
        }
    }
    own.header = header(text);
    let parents = parents
        .into_iter()
        .map(|parent| (parent.config, parent.deep));
    merge::all(parents.collect(), own)
}

fn all_locals(instance: &Rc<Instance<'_>>) -> TfValue {
    let names = instance.config.locals.iter();
    let entries = names.map(|(name, (file, attribute))| {
        let declared = instance.local(name, span(*file, attribute.range));
        (name.clone(), declared.value)
    });
    TfValue::object(entries.collect())
}

/// The block that a reader of the unit looks for: what it runs, or else what it includes.
fn header(text: &Text) -> Option<Span> {
    let block = text.blocks("terraform").next();
    let block = block.or_else(|| text.blocks("include").next());
    let any = || match text.items.first()? {
        Item::Block(block) => Some(block.header()),
        Item::Attribute(attribute) => Some(attribute.name.range),
    };
    let range = block.map(Block::header).or_else(any)?;
    Some(span(text.file, range))
}

/// What a stack gives the unit, or the file in which a generated stack left it.
fn values(reading: &Reading<'_, '_>) -> Option<TfValue> {
    if let Some(values) = &reading.place.values {
        return Some(values.clone());
    }
    let path = reading.place.unit.join("terragrunt.values.hcl");
    if reading.place.file == path || !reading.session.exists(&path) {
        return None;
    }
    let config = reading.session.read(reading.place.other(path), None).ok()?;
    let entries = config.entries.into_iter();
    let own = entries.filter(|(name, _)| !matches!(&**name, "locals" | "feature" | "dependency"));
    Some(TfValue::object(own.collect()))
}

/// A file that is included.
struct Parent {
    place: Place,
    config: Config,
    merged: bool,
    deep: bool,
}

/// Reads the files that this one includes, and makes visible those that are exposed.
fn includes(reading: &Reading<'_, '_>, text: &Text, scope: &Scope<'_, '_>) -> Vec<Parent> {
    let mut parents = Vec::new();
    let mut exposed = Entries::new();
    for block in text.blocks("include") {
        let label: Arc<str> = block.labels.first().map_or("", |label| &*label.text).into();
        let header = scope.span(block.header());
        if reading.place.included.is_some() {
            let message = "an included file cannot include others".to_owned();
            reading.session.warn(message, header);
            continue;
        }
        let entries = body(block, scope);
        let Some(path) = entries.get("path").and_then(TfValue::as_str) else {
            not_included(reading, entries.get("path"), header);
            continue;
        };
        let file = reading.session.named(&reading.place.unit.join(path));
        let place = Place {
            included: Some((label.clone(), file.clone())),
            file: file.clone(),
            ..reading.place.clone()
        };
        reading.includes.borrow_mut().insert(label.clone(), file);
        let config = match reading.session.read(place.clone(), None) {
            Ok(config) => config,
            Err(reason) => {
                reading
                    .session
                    .warn(format!("nothing is included: {reason}"), header);
                continue;
            }
        };
        let strategy = entries.get("merge_strategy").and_then(TfValue::as_str);
        if entries.get("expose").and_then(TfValue::as_bool) == Some(true) {
            exposed.insert(label, config.exposed());
        }
        parents.push(Parent {
            place,
            config,
            merged: strategy != Some("no_merge"),
            deep: strategy == Some("deep"),
        });
    }
    let bare = exposed.get("").cloned().filter(|_| exposed.len() == 1);
    reading.set("include", bare.unwrap_or_else(|| TfValue::object(exposed)));
    parents
}

fn not_included(reading: &Reading<'_, '_>, path: Option<&TfValue>, header: Span) {
    let why = path
        .and_then(TfValue::as_unknown)
        .map_or_else(|| "it names no path".to_owned(), |it| it.reason.to_string());
    let message = format!("nothing is included: {why}");
    reading.session.warn(message, header);
}

/// Makes the dependencies visible, those of files that are merged deeply included; such a file then sees those of this one.
fn dependencies(
    reading: &Reading<'_, '_>,
    text: &Text,
    scope: &Scope<'_, '_>,
    parents: Vec<Parent>,
    known: Option<&TfValue>,
) -> Vec<Parent> {
    let mut own = Entries::new();
    for block in text.blocks("dependency") {
        let Some(label) = block.labels.first() else {
            continue;
        };
        let value = TfValue::object(body(block, scope)).with_origin(origin(block, scope));
        own.insert((*label.text).into(), value);
    }
    let mut all = known
        .and_then(TfValue::as_entries)
        .cloned()
        .unwrap_or_default();
    for parent in parents.iter().filter(|parent| parent.deep) {
        if let Some(theirs) = parent
            .config
            .get("dependency")
            .and_then(TfValue::as_entries)
        {
            all = merge::deep(all, theirs);
        }
    }
    all = merge::deep(all, &own);
    let mut seen = Entries::new();
    for (label, value) in all {
        let found = dependency::outputs(reading.session, &reading.place, &label, &value);
        if let Some(reason) = found.missing {
            reading.open.borrow_mut().insert(label.clone(), reason);
        }
        let mut entries = value.as_entries().cloned().unwrap_or_default();
        entries.insert("outputs".into(), found.value);
        seen.insert(label, TfValue::object(entries).with_origin(value.origin));
    }
    let visible = TfValue::object(seen);
    reading.set("dependency", visible.clone());
    let reread = |parent: Parent| {
        let again = parent.deep && !own.is_empty();
        let config = again
            .then(|| reading.session.read(parent.place.clone(), Some(&visible)))
            .and_then(Result::ok);
        Parent {
            config: config.unwrap_or(parent.config),
            ..parent
        }
    };
    let merged = parents.into_iter().filter(|parent| parent.merged);
    merged.map(reread).collect()
}

/// The attributes and blocks that are evaluated last.
fn rest(text: &Text, scope: &Scope<'_, '_>) -> Config {
    let read_before = ["locals", "include", "feature", "dependency"];
    let is_left = |item: &&Item| match item {
        Item::Attribute(_) => true,
        Item::Block(block) => !read_before.contains(&&*block.keyword.text),
    };
    let mut entries = all(text.items.iter().filter(is_left), scope);
    let rest = entries
        .get("inputs")
        .filter(|value| !value.is_known())
        .cloned();
    if rest.is_some() {
        entries.remove("inputs");
    }
    Config {
        entries,
        rest,
        header: None,
    }
}

/// The value of an attribute, by its name.
pub(super) fn attribute(attribute: &Attribute, scope: &Scope<'_, '_>) -> (Arc<str>, TfValue) {
    let value = expression::evaluate(&attribute.value, scope);
    let mut value = scope.instance.settle(value);
    value.origin.entry = Some(scope.span(attribute.range));
    ((*attribute.name.text).into(), value)
}

/// The attributes and blocks of a block.
fn body(block: &Block, scope: &Scope<'_, '_>) -> Entries {
    all(block.body.items.iter(), scope)
}

fn all<'i>(items: impl Iterator<Item = &'i Item>, scope: &Scope<'_, '_>) -> Entries {
    let mut entries = Entries::new();
    for item in items {
        match item {
            Item::Attribute(item) => entries.extend([attribute(item, scope)]),
            Item::Block(block) => add_block(block, scope, &mut entries),
        }
    }
    entries
}

/// Adds a block; of one with a label an entry of the object of its keyword.
fn add_block(block: &Block, scope: &Scope<'_, '_>, entries: &mut Entries) {
    let value = TfValue::object(body(block, scope)).with_origin(origin(block, scope));
    let keyword: Arc<str> = (*block.keyword.text).into();
    let Some(label) = block.labels.first() else {
        entries.insert(keyword, value);
        return;
    };
    let known = entries.get(&keyword).and_then(TfValue::as_entries);
    let mut all = known.cloned().unwrap_or_default();
    all.insert((*label.text).into(), value);
    entries.insert(keyword, TfValue::object(all));
}

fn origin(block: &Block, scope: &Scope<'_, '_>) -> Origin {
    Origin::literal(scope.span(block.body.range), scope.span(block.range))
}
