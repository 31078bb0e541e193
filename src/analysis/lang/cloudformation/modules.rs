//! Modules of the registry whose project is beside the template: the resources of its fragment in place of the call.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules.html>,
//! <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/modules-structure.html>

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{DiagnosticCode, Frame, FrameKind, Span};

use super::functions::{Piece, pieces};
use super::loops::Expansion;
use super::run::{Loaded, Run};
use super::stack::{Looped, Stack};
use super::tree::{Data, Field, Fields, Tree};

/// What the type of a call ends in.
pub(super) const MODULE: &str = "::MODULE";

/// The files of a project that name its type.
const NAMING: [&str; 2] = [".rpdk-config", "schema.json"];

/// Modules inside each other.
const MAXIMUM_DEPTH: usize = 5;

/// Folders that are looked into for the projects of modules.
const MAXIMUM_FOLDERS: usize = 200;

/// Calls of modules in one template.
const MAXIMUM_CALLS: usize = 500;

/// The key under which the declaration of a parameter has the value that a call gives it.
pub(super) const ARGUMENT: &str = "Value";

/// Sections whose names are those of one fragment.
const SECTIONS: [&str; 4] = ["Parameters", "Resources", "Conditions", "Mappings"];

/// The template with what its modules make; a call whose project is not here is left and told.
pub(super) fn expand(stack: &Stack<'_>, tree: &Tree, expansion: &mut Expansion) -> Tree {
    let mut expander = Expander {
        run: stack.run,
        folders: None,
        calls: 0,
        caller: stack.caller.via.clone(),
        expansion,
        members: HashMap::new(),
        stack: Vec::new(),
    };
    let folder = stack.folder.clone();
    let mut expanded = tree.clone();
    for section in SECTIONS {
        expanded.take(section);
    }
    let whole = expander.expand(&folder, tree);
    for (section, fields) in SECTIONS.iter().zip(whole) {
        let place = tree.get(section).map_or(tree.span, |tree| tree.span);
        if tree.get(section).is_some() || !fields.is_empty() {
            let value = Tree::new(Data::Map(fields.into()), place);
            expanded.set(*section, value);
        }
    }
    if expander.members.is_empty() {
        return expanded;
    }
    expander.joined(&expanded)
}

/// Whether a template calls a module.
pub(super) fn is_called(tree: &Tree) -> bool {
    let resources = tree.get("Resources").and_then(Tree::fields);
    let mut kinds = resources
        .into_iter()
        .flat_map(Fields::values)
        .filter_map(|field| field.value.str_of("Type"));
    kinds.any(|kind| kind.ends_with(MODULE))
}

/// The sections of a template, in the order of [`SECTIONS`].
type Sections = [Fields; 4];

struct Expander<'e, 'a> {
    run: &'e Run<'a>,
    /// The folders where projects may be, once they are looked for.
    folders: Option<Vec<PathBuf>>,
    calls: usize,
    caller: Option<Arc<Frame>>,
    expansion: &'e mut Expansion,
    /// By the id of a call: the resources it made, by the names they have in the fragment.
    members: HashMap<Arc<str>, Vec<Arc<str>>>,
    /// The modules that are being expanded.
    stack: Vec<PathBuf>,
}

/// The names of a fragment, and what they become in the template.
struct Scope<'f> {
    id: &'f str,
    fragment: &'f Tree,
}

fn section(tree: &Tree, name: &str) -> Fields {
    let fields = tree.get(name).and_then(Tree::fields);
    fields.cloned().unwrap_or_default()
}

impl Expander<'_, '_> {
    /// The sections of a template in `folder`, its calls replaced.
    fn expand(&mut self, folder: &Path, tree: &Tree) -> Sections {
        let mut whole = SECTIONS.map(|name| section(tree, name));
        let declared = std::mem::take(&mut whole[1]);
        for (id, field) in declared {
            let called = field
                .value
                .str_of("Type")
                .filter(|kind| kind.ends_with(MODULE))
                .and_then(|kind| self.find(folder, kind, field.key));
            let Some(loaded) = called else {
                whole[1].insert(id, field);
                continue;
            };
            self.stack.push(loaded.path.clone());
            self.call(&id, &field, &loaded, &mut whole);
            self.stack.pop();
        }
        whole
    }

    /// One call: the sections of the fragment under names of their own.
    fn call(&mut self, id: &Arc<str>, call: &Field, loaded: &Loaded, whole: &mut Sections) {
        let mut fragment = loaded.tree.clone();
        if is_called(&fragment) {
            let inner = self.expand(loaded.folder(), &fragment);
            for (name, fields) in SECTIONS.iter().zip(inner) {
                fragment.set(*name, Tree::new(Data::Map(fields.into()), fragment.span));
            }
            fragment = self.joined(&fragment);
        }
        let scope = Scope {
            id,
            fragment: &fragment,
        };
        let given = section(&call.value, "Properties");
        for (name, mut field) in section(&fragment, "Parameters") {
            if let Some(inner) = field.value.get(ARGUMENT) {
                let inner = self.renamed(&scope, inner);
                field.value.set(ARGUMENT, inner);
            } else if let Some(given) = given.get(&name) {
                field.value.set_field(ARGUMENT, given.clone());
            }
            whole[0].insert(scope.name(&name), field);
        }
        for (index, name) in SECTIONS.iter().enumerate().skip(1) {
            for (key, field) in section(&fragment, name) {
                let mut value = self.renamed(&scope, &field.value);
                if *name == "Resources" {
                    scope.attributes(&field.value, &mut value);
                    Self::condition(&scope, call, &mut value, &mut whole[2]);
                }
                let key_span = field.key;
                let field = Field {
                    key: key_span,
                    value,
                };
                whole[index].insert(scope.name(&key), field);
            }
        }
        self.remember(&scope, call);
    }

    /// That these resources were made by this call.
    fn remember(&mut self, scope: &Scope<'_>, call: &Field) {
        let frame = Arc::new(Frame {
            kind: FrameKind::ModuleCall,
            label: scope.id.into(),
            span: call.key,
            next: self.caller.clone(),
        });
        let made = section(scope.fragment, "Resources");
        let unknown = self.expansion.looped.get(scope.id);
        let unknown = unknown.and_then(|looped| looped.unknown.clone());
        for key in made.keys() {
            let frame = match self.expansion.looped.remove(key) {
                Some(inner) => Arc::new(Frame {
                    next: Some(frame.clone()),
                    ..(*inner.frame).clone()
                }),
                None => frame.clone(),
            };
            let unknown = unknown.clone();
            let looped = Looped { frame, unknown };
            self.expansion.looped.insert(scope.name(key), looped);
        }
        let members = made.keys().cloned().collect();
        self.members.insert(scope.id.into(), members);
    }

    /// The condition of the call holds for what it makes.
    fn condition(scope: &Scope<'_>, caller: &Field, made: &mut Tree, all: &mut Fields) {
        let Some(outer) = caller.value.get("Condition") else {
            return;
        };
        let Some(inner) = made.get("Condition").cloned() else {
            return made.set("Condition", outer.clone());
        };
        let both = [outer, &inner].map(|name| call("Condition", name.clone(), inner.span));
        let both = call("Fn::And", Tree::list(both.into(), inner.span), inner.span);
        let name: Arc<str> = format!("{}In{}", inner.as_str().unwrap_or_default(), scope.id).into();
        made.set("Condition", Tree::string(name.clone(), inner.span));
        let field = Field {
            key: inner.span,
            value: both,
        };
        all.insert(name, field);
    }

    /// The fragment of a module, where its project is in a folder beside the template.
    fn find(&mut self, folder: &Path, kind: &str, place: Span) -> Option<Loaded> {
        let folders = match self.folders.take() {
            Some(folders) => folders,
            None => self.projects(folder),
        };
        let found = folders.iter().find_map(|folder| {
            let names = |name: &str| {
                let path = folder.join(name);
                let file = self.run.text(&path).ok()?;
                let tree = file.text.contains(kind).then(|| self.run.read(&path, file));
                tree?.tree.str_of("typeName").map(|name| name == kind)
            };
            let is_it = NAMING.into_iter().any(|name| names(name) == Some(true));
            is_it.then(|| self.fragment(&folder.join("fragments")))
        });
        self.folders = Some(folders);
        let path = found.flatten()?;
        let code = DiagnosticCode::Limit;
        if self.stack.contains(&path) || self.stack.len() >= MAXIMUM_DEPTH {
            let message = format!("module `{kind}` is not followed: it is called inside itself");
            self.run.warning(code, message, place);
            return None;
        }
        self.calls += 1;
        if self.calls > MAXIMUM_CALLS {
            let message =
                format!("module `{kind}` is not followed: more than {MAXIMUM_CALLS} calls");
            self.run.warning(code, message, place);
            return None;
        }
        let file = self.run.text(&path).ok()?;
        Some(self.run.read(&path, file))
    }

    /// The folder of the template, those in it and in these, and those of other fragments of the run.
    fn projects(&self, folder: &Path) -> Vec<PathBuf> {
        let context = self.run.context;
        let mut folders = vec![folder.to_path_buf()];
        let mut level = folders.clone();
        for _ in 0..2 {
            let below = level
                .iter()
                .filter_map(|folder| context.system.read_directory(folder).ok())
                .flatten()
                .filter(|path| {
                    let metadata = context.system.metadata(path);
                    metadata.is_ok_and(|metadata| metadata.is_directory)
                });
            level = below.take(MAXIMUM_FOLDERS).collect();
            folders.extend(level.iter().cloned());
        }
        let others = context.inputs.stacks.iter();
        let others = others
            .filter_map(|path| path.parent())
            .filter(|parent| parent.ends_with("fragments"))
            .filter_map(Path::parent);
        folders.extend(others.map(Path::to_path_buf));
        folders.truncate(MAXIMUM_FOLDERS);
        folders
    }

    /// The file of a fragment: the first in its folder.
    fn fragment(&self, folder: &Path) -> Option<PathBuf> {
        let paths = self.run.context.system.read_directory(folder).ok()?;
        paths.into_iter().find(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("json" | "yaml" | "yml" | "template"))
        })
    }

    /// A part of a fragment as a part of the template.
    fn renamed(&self, scope: &Scope<'_>, tree: &Tree) -> Tree {
        let place = tree.span;
        match tree.function() {
            Some(("Ref", argument)) if argument.as_str().is_some() => {
                let sections = ["Parameters", "Resources"];
                call("Ref", scope.text(argument, &sections), place)
            }
            Some(("Condition", argument)) if argument.as_str().is_some() => {
                call("Condition", scope.text(argument, &["Conditions"]), place)
            }
            Some(("Fn::GetAtt", argument)) => {
                let named = scope.text(argument, &["Resources"]);
                let argument = match argument.items() {
                    Some(items) => self.first(scope, items, "Resources", argument.span),
                    None => named,
                };
                call("Fn::GetAtt", argument, place)
            }
            Some((name @ ("Fn::If" | "Fn::FindInMap"), argument)) if argument.items().is_some() => {
                let section = if name == "Fn::If" {
                    "Conditions"
                } else {
                    "Mappings"
                };
                let items = argument.items().unwrap_or_default();
                call(
                    name,
                    self.first(scope, items, section, argument.span),
                    place,
                )
            }
            Some(("Fn::Sub", argument)) => {
                call("Fn::Sub", self.substituted(scope, argument), place)
            }
            _ => self.below(tree, &|part| self.renamed(scope, part)),
        }
    }

    /// A list whose first item is a name.
    fn first(&self, scope: &Scope<'_>, items: &[Tree], section: &str, place: Span) -> Tree {
        let renamed = items.iter().enumerate().map(|(index, item)| match index {
            0 if item.as_str().is_some() => scope.text(item, &[section]),
            _ => self.renamed(scope, item),
        });
        Tree::list(renamed.collect(), place)
    }

    fn below(&self, tree: &Tree, walk: &dyn Fn(&Tree) -> Tree) -> Tree {
        match &tree.data {
            Data::List(items) => Tree::list(items.iter().map(walk).collect(), tree.span),
            Data::Map(fields) => {
                let fields: Fields = fields
                    .iter()
                    .map(|(key, field)| {
                        let value = walk(&field.value);
                        let key_span = field.key;
                        (
                            key.clone(),
                            Field {
                                key: key_span,
                                value,
                            },
                        )
                    })
                    .collect();
                Tree::new(Data::Map(fields.into()), tree.span)
            }
            _ => tree.clone(),
        }
    }

    /// The names in a text of `Fn::Sub`, but those of the map beside it.
    fn substituted(&self, scope: &Scope<'_>, argument: &Tree) -> Tree {
        let items = argument.items();
        let text = items.and_then(<[Tree]>::first).unwrap_or(argument);
        let Some(written) = text.as_str() else {
            return argument.clone();
        };
        let own = items.and_then(|items| items.get(1));
        let mut names = own.and_then(Tree::fields).cloned().unwrap_or_default();
        for field in names.values_mut() {
            field.value = self.renamed(scope, &field.value);
        }
        let mut replaced = written.to_owned();
        for piece in pieces(written) {
            let Piece::Name(name) = piece else { continue };
            let start = name.split('.').next().unwrap_or(name);
            if names.contains_key(name) {
                continue;
            }
            if scope.has("Parameters", start) || scope.has("Resources", start) {
                let new = format!("${{{}{name}}}", scope.id);
                replaced = replaced.replace(&format!("${{{name}}}"), &new);
            }
        }
        if items.is_none() {
            return Tree::string(replaced, text.span);
        }
        let names = Tree::new(Data::Map(names.into()), argument.span);
        Tree::list(
            vec![Tree::string(replaced, text.span), names],
            argument.span,
        )
    }

    /// The template with `Module.Resource` read as the resource that it names.
    fn joined(&self, tree: &Tree) -> Tree {
        let place = tree.span;
        match tree.function() {
            Some(("Ref", argument)) if argument.as_str().is_some() => {
                call("Ref", self.member(argument), place)
            }
            Some(("Fn::GetAtt", argument)) => {
                let argument = match argument.items() {
                    Some([id, rest @ ..]) if id.as_str().is_some() => {
                        let texts: Option<Vec<&str>> = rest.iter().map(Tree::as_str).collect();
                        let text = texts.map(|texts| texts.join("."));
                        let whole =
                            text.map(|text| format!("{}.{text}", id.as_str().unwrap_or_default()));
                        whole.map_or_else(
                            || argument.clone(),
                            |whole| self.member(&Tree::string(whole, argument.span)),
                        )
                    }
                    _ => self.member(argument),
                };
                call("Fn::GetAtt", argument, place)
            }
            Some(("Fn::Sub", argument)) if argument.as_str().is_some() => {
                call("Fn::Sub", self.members_of(argument), place)
            }
            Some(("Fn::Sub", argument)) if argument.items().is_some() => {
                let items = argument.items().unwrap_or_default().iter().enumerate();
                let items = items.map(|(index, item)| match index {
                    0 => self.members_of(item),
                    _ => self.joined(item),
                });
                call("Fn::Sub", Tree::list(items.collect(), argument.span), place)
            }
            _ => self.below(tree, &|part| self.joined(part)),
        }
    }

    /// `Module.Resource…` as `ModuleResource…`.
    fn member(&self, name: &Tree) -> Tree {
        let text = name.as_str().unwrap_or_default();
        match self.member_name(text) {
            Some(joined) => Tree::string(joined, name.span),
            None => name.clone(),
        }
    }

    fn member_name(&self, text: &str) -> Option<String> {
        let (id, rest) = text.split_once('.')?;
        let members = self.members.get(id)?;
        let member = rest.split('.').next().unwrap_or(rest);
        let is_member = members.iter().any(|known| **known == *member);
        is_member.then(|| format!("{id}{rest}"))
    }

    fn members_of(&self, text: &Tree) -> Tree {
        let written = text.as_str().unwrap_or_default();
        let mut replaced = written.to_owned();
        for piece in pieces(written) {
            if let Piece::Name(name) = piece
                && let Some(joined) = self.member_name(name)
            {
                replaced = replaced.replace(&format!("${{{name}}}"), &format!("${{{joined}}}"));
            }
        }
        Tree::string(replaced, text.span)
    }
}

impl Scope<'_> {
    fn has(&self, section: &str, name: &str) -> bool {
        self.fragment.at(&[section, name]).is_some()
    }

    /// A name of the fragment in the template.
    fn name(&self, name: &str) -> Arc<str> {
        format!("{}{name}", self.id).into()
    }

    /// A text that starts with a name of one of these sections.
    fn text(&self, written: &Tree, sections: &[&str]) -> Tree {
        let text = written.as_str().unwrap_or_default();
        let start = text.split('.').next().unwrap_or(text);
        if sections.iter().any(|section| self.has(section, start)) {
            return Tree::string(self.name(text), written.span);
        }
        written.clone()
    }

    /// What a resource says beside its properties that names others.
    fn attributes(&self, written: &Tree, made: &mut Tree) {
        if let Some(condition) = written.get("Condition") {
            made.set("Condition", self.text(condition, &["Conditions"]));
        }
        if let Some(waits) = written.get("DependsOn") {
            let waits = match waits.items() {
                Some(items) => {
                    let items = items.iter().map(|item| self.text(item, &["Resources"]));
                    Tree::list(items.collect(), waits.span)
                }
                None => self.text(waits, &["Resources"]),
            };
            made.set("DependsOn", waits);
        }
    }
}

fn call(name: &str, argument: Tree, place: Span) -> Tree {
    Tree::map([(name, argument)], place)
}
