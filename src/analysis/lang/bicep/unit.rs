//! One file: its text, its tree, and what its names stand for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{FileId, Span};
use palisade_syntax::bicep::{
    Declaration, Expression, ExpressionKind, File, For, Imported, Member, Resource, Statement,
};
use palisade_syntax::{SyntaxError, TextRange};

use crate::system::SourceFile;

/// A parsed file.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) path: PathBuf,
    pub(super) source: Arc<SourceFile>,
    pub(super) tree: File,
    pub(super) errors: Vec<SyntaxError>,
    symbols: HashMap<Box<str>, Symbol>,
    /// Resources, nested ones behind the one that holds them.
    pub(super) resources: Vec<Entry>,
}

/// What a name of a file stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    /// The declaration of this statement.
    Statement(usize),
    /// The resource of this position in [`Unit::resources`].
    Resource(usize),
    /// The name of this position of the import of this statement.
    Imported(usize, usize),
    /// All of the import of this statement.
    ImportedAll(usize),
}

/// A resource of a file.
#[derive(Debug)]
pub(super) struct Entry {
    /// As addresses name it: `account::blobs` for a nested one.
    pub(super) symbol: Arc<str>,
    /// The last part of it.
    pub(super) name: Box<str>,
    /// The resource whose body holds it.
    pub(super) parent: Option<usize>,
    /// The statement, then positions of members, one a level.
    place: Vec<usize>,
    /// In full: `Microsoft.Storage/storageAccounts/blobServices`.
    pub(super) resource_type: Arc<str>,
    pub(super) api_version: Option<Arc<str>>,
}

/// The parts of a resource's or module's body: a loop, a condition, and what they hold.
pub(super) struct Body<'u> {
    pub(super) repeated: Option<&'u For>,
    pub(super) condition: Option<&'u Expression>,
    pub(super) object: &'u Expression,
}

impl Unit {
    pub(super) fn new(path: &Path, source: Arc<SourceFile>) -> Self {
        let parse = palisade_syntax::bicep::parse(&source.text);
        let mut unit = Self {
            path: path.to_path_buf(),
            source,
            tree: parse.tree,
            errors: parse.errors,
            symbols: HashMap::new(),
            resources: Vec::new(),
        };
        unit.index();
        unit
    }

    /// The name's symbol, where the file declares it.
    pub(super) fn symbol(&self, name: &str) -> Option<Symbol> {
        self.symbols.get(name).copied()
    }

    pub(super) fn file(&self) -> FileId {
        self.source.id
    }

    pub(super) fn span(&self, range: TextRange) -> Span {
        Span::new(self.source.id, range.start, range.end)
    }

    /// The statement that declares a resource.
    pub(super) fn resource_statement(&self, entry: usize) -> Option<&Statement> {
        let place = &self.resources.get(entry)?.place;
        let (first, rest) = place.split_first()?;
        let mut statement = self.tree.statements.get(*first)?;
        for member in rest {
            let object = body(&resource_of(statement)?.body).object;
            statement = match object.members().get(*member)? {
                Member::Resource(nested) => nested,
                _ => return None,
            };
        }
        Some(statement)
    }

    /// The declaration of a resource.
    pub(super) fn resource(&self, entry: usize) -> Option<&Resource> {
        resource_of(self.resource_statement(entry)?)
    }

    /// The resources nested in one.
    pub(super) fn nested(&self, parent: usize) -> impl Iterator<Item = usize> + '_ {
        let all = self.resources.iter().enumerate();
        all.filter(move |(_, entry)| entry.parent == Some(parent))
            .map(|(position, _)| position)
    }

    /// The resource of this name nested in `parent`.
    pub(super) fn nested_named(&self, parent: usize, name: &str) -> Option<usize> {
        self.nested(parent)
            .find(|&entry| &*self.resources[entry].name == name)
    }

    fn index(&mut self) {
        let mut resources = Vec::new();
        let mut symbols = HashMap::new();
        for (position, statement) in self.tree.statements.iter().enumerate() {
            match &statement.declaration {
                Declaration::Resource(resource) => {
                    symbols
                        .entry(resource.symbol.text.clone())
                        .or_insert(Symbol::Resource(resources.len()));
                    add_resource(resource, vec![position], None, &mut resources);
                }
                Declaration::Import(import) => match &import.names {
                    Imported::All(name) => {
                        symbols.insert(name.text.clone(), Symbol::ImportedAll(position));
                    }
                    Imported::Some(names) => {
                        for (number, (name, alias)) in names.iter().enumerate() {
                            let local = alias.as_ref().unwrap_or(name).text.clone();
                            symbols.insert(local, Symbol::Imported(position, number));
                        }
                    }
                },
                declaration => {
                    if let Some(name) = declared_name(declaration) {
                        let symbol = Symbol::Statement(position);
                        symbols.entry(name.into()).or_insert(symbol);
                    }
                }
            }
        }
        self.resources = resources;
        self.symbols = symbols;
    }
}

fn resource_of(statement: &Statement) -> Option<&Resource> {
    match &statement.declaration {
        Declaration::Resource(resource) => Some(resource),
        _ => None,
    }
}

/// The name that expressions use for what a statement declares.
fn declared_name(declaration: &Declaration) -> Option<&str> {
    Some(match declaration {
        Declaration::Parameter(name, ..)
        | Declaration::Variable(name, ..)
        | Declaration::Type(name, _) => &name.text,
        Declaration::Function(function) => &function.name.text,
        Declaration::Module(module) => &module.symbol.text,
        Declaration::Extension(extension) => match (&extension.alias, &extension.reference.kind) {
            (Some(alias), _) => &alias.text,
            (None, ExpressionKind::Name(name)) => name,
            _ => return None,
        },
        _ => return None,
    })
}

/// Peels a loop and a condition off a body.
pub(super) fn body(expression: &Expression) -> Body<'_> {
    let mut body = Body {
        repeated: None,
        condition: None,
        object: expression,
    };
    if let ExpressionKind::For(repeated) = &body.object.kind {
        body.repeated = Some(repeated);
        body.object = &repeated.body;
    }
    if let ExpressionKind::If(parts) = &body.object.kind {
        body.condition = Some(&parts[0]);
        body.object = &parts[1];
    }
    body
}

fn add_resource(
    resource: &Resource,
    place: Vec<usize>,
    parent: Option<usize>,
    out: &mut Vec<Entry>,
) {
    let written = resource.resource_type.as_text().unwrap_or("");
    let (kind, version) = match written.split_once('@') {
        Some((kind, version)) => (kind, Some(Arc::from(version))),
        None => (written, None),
    };
    let holder = parent.map(|parent| &out[parent]);
    let entry = Entry {
        symbol: match holder {
            Some(holder) => format!("{}::{}", holder.symbol, resource.symbol.text).into(),
            None => Arc::from(&*resource.symbol.text),
        },
        name: resource.symbol.text.clone(),
        parent,
        place: place.clone(),
        resource_type: match holder {
            Some(holder) if !kind.contains('/') => {
                format!("{}/{kind}", holder.resource_type).into()
            }
            _ => kind.into(),
        },
        api_version: version.or_else(|| holder.and_then(|holder| holder.api_version.clone())),
    };
    let position = out.len();
    out.push(entry);
    for (number, member) in body(&resource.body).object.members().iter().enumerate() {
        if let Member::Resource(nested) = member
            && let Some(nested) = resource_of(nested)
        {
            let mut inner = place.clone();
            inner.push(number);
            add_resource(nested, inner, Some(position), out);
        }
    }
}
