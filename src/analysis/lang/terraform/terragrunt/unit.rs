//! The module that a unit runs: where it lies, the files beside it, the inputs it gets.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#terraform>, and for the order in which inputs count
//! <https://terragrunt.gruntwork.io/docs/features/units/#setting-input-variables>: those of the unit below all others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use palisade_model::{Diagnostic, DiagnosticCode, Frame, FrameKind, Level, Reason, Resource, Span};

use super::super::config::ModuleConfig;
use super::super::emit;
use super::super::engine::Engine;
use super::super::inputs::{self, Input};
use super::super::instance::Instance;
use super::super::load;
use super::super::providers::Lock;
use super::super::value::{Entries, TfValue};
use super::generate::{self, Generated};
use super::read::Config;
use super::session::Session;
use super::stack::Member;
use crate::discover::display;
use crate::lang::{Context, Given, Inputs};

/// What a unit runs.
pub(super) enum Module {
    /// The files of its own folder.
    Own,
    /// A folder of the tree, with its own files on top.
    Folder(PathBuf),
    /// What is not here.
    Missing(Reason),
}

impl Module {
    /// The module that a configuration names.
    pub(super) fn find(session: &Session<'_>, member: &Member, config: &Config) -> Self {
        let terraform = config.get("terraform").and_then(TfValue::as_entries);
        let Some(source) = terraform.and_then(|it| it.get("source")) else {
            return Self::Own;
        };
        let Some(text) = source.as_str() else {
            let unknown = source.as_unknown().map(|unknown| unknown.reason.clone());
            let none = || Reason::NoValue("terraform.source".into());
            return Self::Missing(unknown.unwrap_or_else(none));
        };
        let named = text.strip_prefix("file://").unwrap_or(text);
        let is_remote = named.contains("::") || named.contains("://") || named.contains('@');
        let path = named.split('?').next().unwrap_or(named).replace("//", "/");
        let folder = session.named(&member.folder.join(path));
        let is_folder = session.context.system.metadata(&folder);
        let is_folder = is_folder.is_ok_and(|found| found.is_directory);
        if !is_remote && is_folder && session.is_inside(&folder) {
            Self::Folder(folder)
        } else {
            Self::Missing(Reason::MissingModule(text.into()))
        }
    }

    /// The folders that are evaluated with the unit; none where there is nothing to evaluate.
    pub(super) fn folders(&self, session: &Session<'_>, member: &Member) -> Option<Vec<PathBuf>> {
        let own = member.written.clone();
        match self {
            Self::Folder(folder) => Some(vec![own, folder.clone()]),
            Self::Missing(_) => Some(vec![own]),
            Self::Own => {
                let files = load::module_files(session.context, &own);
                (!files.is_empty()).then(|| vec![own])
            }
        }
    }

    /// The resources of a unit. A module that is not here is told.
    pub(super) fn resources(
        &self,
        session: &Session<'_>,
        member: &Member,
        config: &Config,
    ) -> Vec<Arc<Resource>> {
        let entry = entry(member, config);
        let emit = |engine: &Engine<'_>, root: &Rc<Instance<'_>>| {
            let folder = &engine.root;
            let own = member.written.as_path();
            let locked = session.exists(&own.join(".terraform.lock.hcl"));
            let lock = Lock::read(engine.context, if locked { own } else { folder });
            emit::resources(root, &lock)
        };
        match self.run(session, member, config, entry, emit) {
            Ok(resources) => resources,
            Err(reason) => {
                let message = match &reason {
                    Reason::MissingModule(source) => format!("module `{source}` is not here"),
                    other => format!(
                        "the module of {} is not here: {other}",
                        display(&member.folder)
                    ),
                };
                let code = DiagnosticCode::Unresolved;
                let source = config.get("terraform").and_then(TfValue::as_entries);
                let place = source.and_then(|it| it.get("source")?.origin.mark());
                session.tell(match place {
                    Some(place) => Diagnostic::at(Level::Warning, code, message, place),
                    None => {
                        Diagnostic::about(Level::Warning, code, message, display(&member.folder))
                    }
                });
                Vec::new()
            }
        }
    }

    /// The outputs of a unit, each evaluated.
    pub(super) fn outputs(
        &self,
        session: &Session<'_>,
        member: &Member,
        config: &Config,
    ) -> Result<Entries, Reason> {
        let all = |_: &Engine<'_>, root: &Rc<Instance<'_>>| {
            let outputs = root.config.outputs.iter();
            let evaluate = |(name, section): (&Arc<str>, &super::super::config::Section)| {
                (name.clone(), root.output(name, section.header))
            };
            outputs.map(evaluate).collect()
        };
        self.run(session, member, config, None, all)
    }

    /// Evaluates the module as far as `take` asks.
    fn run<T>(
        &self,
        session: &Session<'_>,
        member: &Member,
        config: &Config,
        entry: Option<Arc<Frame>>,
        take: impl FnOnce(&Engine<'_>, &Rc<Instance<'_>>) -> T,
    ) -> Result<T, Reason> {
        let folder = match self {
            Self::Own => &member.written,
            Self::Folder(folder) => folder,
            Self::Missing(reason) => return Err(reason.clone()),
        };
        let given = Inputs {
            given: given(session, config, folder),
            ..session.context.inputs.clone()
        };
        let context = Context {
            inputs: &given,
            ..*session.context
        };
        let engine = Engine::new(&context, folder);
        let (module, unknown) = files(session, member, config, folder);
        let mut gives = given_inputs(member, config, &module);
        for (name, value) in unknown {
            if let Some(place) = value.origin.mark().or(config.header) {
                gives.insert(name, Input::Value(value, place));
            }
        }
        let folders = [folder.as_path(), member.written.as_path()];
        let gathered = inputs::gather(&engine, &module, gives, &folders);
        let root = Instance::root(&engine, Arc::new(module), gathered, entry);
        let taken = take(&engine, &root);
        drop(root);
        session.absorb(engine);
        Ok(taken)
    }
}

/// The link from the resources of a module to the unit that runs it.
fn entry(member: &Member, config: &Config) -> Option<Arc<Frame>> {
    let frame = |span: Span| Frame {
        kind: FrameKind::ModuleCall,
        label: format!("the module of unit {}", display(&member.folder)).into(),
        span,
        next: None,
    };
    config.header.map(frame).map(Arc::new)
}

/// The module's files, those of the unit over them, those that are generated over both; and the variables in these that stand for
/// what is not known.
fn files(
    session: &Session<'_>,
    member: &Member,
    config: &Config,
    folder: &Path,
) -> (ModuleConfig, Entries) {
    let mut named: BTreeMap<String, PathBuf> = BTreeMap::new();
    for place in [folder, &member.written] {
        for path in load::module_files(session.context, place) {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            named.insert(name.unwrap_or_default(), path);
        }
    }
    let mut added: Vec<Generated> = Vec::new();
    for generated in generate::files(session, member, config) {
        let text = named.get(&generated.name).map(|path| {
            let loaded = session.context.sources.load(session.context.system, path);
            loaded.map_or_else(|_| "".into(), |source| source.text.clone())
        });
        if text.is_none_or(|text| generated.over.replaces(&text)) {
            named.remove(&generated.name);
            added.push(generated);
        }
    }
    let paths = load::ordered(named.into_values());
    let mut loaded = load::load(session.context, folder, &paths);
    let mut unknown = Entries::new();
    for generated in added {
        let Generated { name, text, .. } = generated;
        unknown.extend(generated.unknown);
        if let Some((source, text)) = text.filter(|_| load::is_configuration(&name)) {
            load::add_text(&mut loaded, Path::new(&name), &source, &text);
        }
    }
    loaded
        .diagnostics
        .into_iter()
        .for_each(|one| session.tell(one));
    loaded.files.iter().for_each(|path| session.used(path));
    (loaded.config, unknown)
}

/// The inputs of the unit that its module declares.
fn given_inputs(
    member: &Member,
    config: &Config,
    module: &ModuleConfig,
) -> IndexMap<Arc<str>, Input> {
    let label: Arc<str> = format!("unit {}", display(&member.folder)).into();
    let given = config.get("inputs").and_then(TfValue::as_entries);
    let input = |name: &Arc<str>| {
        let value = given.and_then(|given| given.get(name));
        let mut value = value.or(config.rest.as_ref())?.clone();
        let written = value.origin.entry.or(value.origin.span).or(config.header)?;
        value.origin.via = Some(Arc::new(Frame {
            kind: FrameKind::ModuleArgument,
            label: label.clone(),
            span: written,
            next: value.origin.via.take(),
        }));
        Some((name.clone(), Input::Value(value, written)))
    };
    module.variables.keys().filter_map(input).collect()
}

/// The variables that `extra_arguments` give for a plan, then those that the user gives
/// (<https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#terraform>).
fn given(session: &Session<'_>, config: &Config, folder: &Path) -> Vec<Given> {
    let mut found = Vec::new();
    let place = |path: &str| session.named(&folder.join(path));
    let terraform = config.get("terraform").and_then(TfValue::as_entries);
    let extra = terraform.and_then(|it| it.get("extra_arguments")?.as_entries());
    for block in extra.into_iter().flat_map(Entries::values) {
        if !texts(block, "commands").contains(&"plan") {
            continue;
        }
        found.extend(arguments(&texts(block, "arguments"), place));
        let required = texts(block, "required_var_files");
        found.extend(required.into_iter().map(|path| Given::File(place(path))));
        let optional = texts(block, "optional_var_files").into_iter().map(place);
        found.extend(
            optional
                .filter(|path| session.exists(path))
                .map(Given::File),
        );
    }
    found.retain(|given| match given {
        Given::File(path) => session.is_inside(path),
        Given::Variable(..) => true,
    });
    found.extend(session.context.inputs.given.iter().cloned());
    found
}

/// The texts of a list of a block.
fn texts<'v>(block: &'v TfValue, name: &str) -> Vec<&'v str> {
    let found = block.as_entries().and_then(|it| it.get(name)?.as_items());
    let items = found.unwrap_or_default().iter();
    items.filter_map(TfValue::as_str).collect()
}

/// The variables that arguments of a command line give, `-var=a=b` and `-var`, `a=b` alike.
fn arguments(words: &[&str], place: impl Fn(&str) -> PathBuf) -> Vec<Given> {
    let mut found = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let word = word.trim_start_matches('-');
        let (option, value) = match (word.split_once('='), word) {
            (Some(pair), _) => pair,
            (None, "var" | "var-file") => (word, rest.next().copied().unwrap_or_default()),
            (None, _) => continue,
        };
        match (option, value.split_once('=')) {
            ("var-file", _) => found.push(Given::File(place(value))),
            ("var", Some((name, value))) => {
                found.push(Given::Variable(name.to_owned(), value.to_owned()));
            }
            _ => {}
        }
    }
    found
}
