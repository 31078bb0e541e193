//! Templates compiled from Bicep: findings belong to the Bicep file, which people edit.
//!
//! The compiler names itself in the metadata of what it writes. Where the file it was made from lies beside the template, it is
//! evaluated too, and each resource of the template takes the places of the same resource there. The values stay those of the
//! template, which holds the modules of registries too.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{Kind, Language, Resource, Value};
use palisade_syntax::data::Node;

use super::document::{field, inside, text};
use super::functions::text_key;
use super::{Context, Evaluation};
use crate::discover::{Project, ProjectKind};

/// The Bicep file a template was compiled from, where it lies beside it.
pub(super) fn source(path: &Path, root: &Node, context: &Context<'_>) -> Option<PathBuf> {
    let generator = field(field(root, "metadata")?, "_generator")?;
    if text(generator, "name") != Some("bicep") {
        return None;
    }
    inside(context, &path.with_extension("bicep"))
}

/// Gives the resources of a template the places of the Bicep file.
pub(super) fn place(evaluation: &mut Evaluation, source: &Path, context: &Context<'_>) {
    let project = Project {
        kind: ProjectKind::Bicep,
        root: source.to_path_buf(),
    };
    let written = super::super::bicep::evaluate(&project, context);
    let mut sources = Sources::new(&written.resources);
    for resource in &mut evaluation.resources {
        if let Some(from) = sources.take(resource) {
            take_places(Arc::make_mut(resource), from);
        }
    }
    evaluation.files.extend(written.files);
    evaluation.files.sort();
    evaluation.files.dedup();
}

/// The resources of a Bicep file that are not yet matched, by type and symbol and by type and name.
struct Sources<'r> {
    resources: &'r [Arc<Resource>],
    by_symbol: HashMap<(String, String), Vec<usize>>,
    by_name: HashMap<(String, String), Vec<usize>>,
    taken: Vec<bool>,
}

impl<'r> Sources<'r> {
    fn new(resources: &'r [Arc<Resource>]) -> Self {
        let mut sources = Self {
            resources,
            by_symbol: HashMap::new(),
            by_name: HashMap::new(),
            taken: vec![false; resources.len()],
        };
        for (position, resource) in resources.iter().enumerate() {
            let kind = resource.resource_type.to_lowercase();
            let symbol = (kind.clone(), resource.address.name.to_string());
            sources.by_symbol.entry(symbol).or_default().push(position);
            if let Some(name) = name_of(resource) {
                sources
                    .by_name
                    .entry((kind, name))
                    .or_default()
                    .push(position);
            }
        }
        sources
    }

    /// The same resource: one whose symbol and name agree, else one whose symbol does, else one whose name does.
    fn take(&mut self, resource: &Resource) -> Option<&'r Resource> {
        let kind = resource.resource_type.to_lowercase();
        let symbol = resource.meta.get("symbol").and_then(Value::as_str);
        let by_symbol =
            symbol.and_then(|symbol| self.by_symbol.get(&(kind.clone(), symbol.to_owned())));
        let by_name = name_of(resource).and_then(|name| self.by_name.get(&(kind, name)));
        let (by_symbol, by_name) = (
            by_symbol.map_or(&[][..], Vec::as_slice),
            by_name.map_or(&[][..], Vec::as_slice),
        );
        let depth = resource.address.module.len();
        let free = |position: &&usize| {
            !self.taken[**position] && self.resources[**position].address.module.len() == depth
        };
        let both = by_symbol
            .iter()
            .filter(free)
            .find(|it| by_name.contains(it));
        let found = both
            .or_else(|| by_symbol.iter().find(free))
            .or_else(|| by_name.iter().find(free))
            .copied()?;
        self.taken[found] = true;
        Some(&self.resources[found])
    }
}

fn name_of(resource: &Resource) -> Option<String> {
    let name = resource.properties.get("name").and_then(text_key)?;
    Some(name.to_lowercase())
}

fn take_places(resource: &mut Resource, from: &Resource) {
    resource.language = Language::Bicep;
    resource.header = from.header;
    resource.origin = from.origin.clone();
    take_origins(&mut resource.properties, &from.properties);
    if let (Some(scope), Some(from)) = (&mut resource.scope, &from.scope) {
        scope.origin = from.origin.clone();
    }
}

/// Origins of the same properties; what the Bicep value does not show is placed at the nearest part that it does.
fn take_origins(value: &mut Value, from: &Value) {
    value.origin = from.origin.clone();
    match &mut value.kind {
        Kind::List(items) => {
            for (position, item) in Arc::make_mut(items).iter_mut().enumerate() {
                let same = from.as_list().and_then(|from| from.get(position));
                take_origins(item, same.unwrap_or(&at(from)));
            }
        }
        Kind::Map(entries) => {
            for (key, entry) in Arc::make_mut(entries) {
                take_origins(entry, from.get(key).unwrap_or(&at(from)));
            }
        }
        Kind::Encoded(_)
        | Kind::Null
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::String(_)
        | Kind::Reference(_)
        | Kind::Template(_)
        | Kind::Unknown(_) => {}
    }
}

/// Nothing, at the place of a value.
fn at(value: &Value) -> Value {
    Value::new(Kind::Null, value.origin.clone())
}
