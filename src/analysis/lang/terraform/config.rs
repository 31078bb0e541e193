//! The configuration of one module folder: its blocks by kind, overrides applied.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use palisade_model::{FileId, Span};
use palisade_syntax::TextRange;
use palisade_syntax::hcl::{Attribute, Block, Item};

use super::arguments::Written;

/// One top-level block. After overriding, its items can come from several files.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) file: FileId,
    pub(super) labels: Vec<Arc<str>>,
    /// The keyword and labels.
    pub(super) header: Span,
    /// From brace to brace.
    pub(super) body: Span,
    /// All of it.
    pub(super) range: Span,
    pub(super) items: Vec<(FileId, Item)>,
    /// The items by argument, once somebody asked.
    pub(super) arguments: OnceLock<Vec<Written>>,
}

/// What a resource block declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ResourceMode {
    Managed,
    Data,
    Ephemeral,
}

/// A resource block of a module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ResourceKey {
    pub(super) mode: ResourceMode,
    pub(super) resource_type: Arc<str>,
    pub(super) name: Arc<str>,
}

/// What is declared under a name, in the order of the text.
pub(super) type Named<K, V> = IndexMap<K, V, foldhash::fast::RandomState>;

/// A module folder, read.
#[derive(Debug, Default)]
pub(super) struct ModuleConfig {
    pub(super) directory: PathBuf,
    pub(super) variables: Named<Arc<str>, Section>,
    pub(super) locals: Named<Arc<str>, (FileId, Attribute)>,
    pub(super) outputs: Named<Arc<str>, Section>,
    pub(super) resources: Named<ResourceKey, Section>,
    pub(super) calls: Named<Arc<str>, Section>,
    pub(super) providers: Vec<Section>,
    pub(super) terraform: Vec<Section>,
    /// Names declared twice, with both places.
    pub(super) duplicates: Vec<(String, Span, Span)>,
}

/// A range of a file.
pub(super) fn span(file: FileId, range: TextRange) -> Span {
    Span::new(file, range.start, range.end)
}

impl Section {
    fn new(file: FileId, block: Block) -> Self {
        Self {
            file,
            header: span(file, block.header()),
            body: span(file, block.body.range),
            range: span(file, block.range),
            labels: block
                .labels
                .iter()
                .map(|label| label.text.clone())
                .collect(),
            items: block
                .body
                .items
                .into_iter()
                .map(|item| (file, item))
                .collect(),
            arguments: OnceLock::new(),
        }
    }

    /// The attribute of a name, with its file.
    pub(super) fn attribute(&self, name: &str) -> Option<(FileId, &Attribute)> {
        self.items.iter().find_map(|(file, item)| match item {
            Item::Attribute(attribute) if &*attribute.name.text == name => Some((*file, attribute)),
            _ => None,
        })
    }

    /// Whether there can be several instances, or none.
    pub(super) fn is_repeated(&self) -> bool {
        self.attribute("count")
            .or_else(|| self.attribute("for_each"))
            .is_some()
    }

    /// The blocks of a keyword, with their files.
    pub(super) fn blocks<'s>(
        &'s self,
        keyword: &'s str,
    ) -> impl Iterator<Item = (FileId, &'s Block)> {
        self.items
            .iter()
            .filter_map(move |(file, item)| match item {
                Item::Block(block) if &*block.keyword.text == keyword => Some((*file, block)),
                _ => None,
            })
    }

    /// Replaces attributes by name and nested blocks by type, as `_override` files do
    /// (<https://developer.hashicorp.com/terraform/language/files/override>).
    fn override_with(&mut self, other: Self) {
        let replaced: Vec<Arc<str>> = other
            .items
            .iter()
            .filter_map(|(_, item)| block_type(item))
            .collect();
        self.items.retain(|(_, item)| match item {
            Item::Attribute(attribute) => !other
                .items
                .iter()
                .any(|(_, item)| matches!(item, Item::Attribute(new) if new.name.text == attribute.name.text)),
            Item::Block(block) if &*block.keyword.text == "lifecycle" => true,
            Item::Block(_) => block_type(item).is_none_or(|name| !replaced.contains(&name)),
        });
        for (file, item) in other.items {
            match item {
                Item::Block(new) if &*new.keyword.text == "lifecycle" => {
                    self.merge_lifecycle(file, new);
                }
                item => self.items.push((file, item)),
            }
        }
    }

    /// The arguments of `lifecycle` are merged one by one.
    fn merge_lifecycle(&mut self, file: FileId, new: Block) {
        let old = self.items.iter_mut().find_map(|(_, item)| match item {
            Item::Block(block) if &*block.keyword.text == "lifecycle" => Some(block),
            _ => None,
        });
        let Some(old) = old else {
            self.items.push((file, Item::Block(new)));
            return;
        };
        for item in new.body.items {
            if let Item::Attribute(attribute) = &item {
                old.body.items.retain(
                    |known| !matches!(known, Item::Attribute(known) if known.name.text == attribute.name.text),
                );
            }
            old.body.items.push(item);
        }
    }
}

/// The block type an item contributes to; that of its content for `dynamic`.
fn block_type(item: &Item) -> Option<Arc<str>> {
    match item {
        Item::Attribute(_) => None,
        Item::Block(block) if &*block.keyword.text == "dynamic" => {
            block.labels.first().map(|label| label.text.clone())
        }
        Item::Block(block) => Some(block.keyword.text.clone()),
    }
}

impl ResourceKey {
    pub(super) fn new(mode: ResourceMode, resource_type: &str, name: &str) -> Self {
        Self {
            mode,
            resource_type: resource_type.into(),
            name: name.into(),
        }
    }
}

impl std::fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.mode {
            ResourceMode::Managed => "",
            ResourceMode::Data => "data.",
            ResourceMode::Ephemeral => "ephemeral.",
        })?;
        write!(f, "{}.{}", self.resource_type, self.name)
    }
}

impl ModuleConfig {
    /// Adds the items of a file; those of an override file replace what is there.
    pub(super) fn add(&mut self, file: FileId, items: Vec<Item>, overriding: bool) {
        for item in items {
            if let Item::Block(block) = item {
                self.add_block(file, block, overriding);
            }
        }
    }

    fn add_block(&mut self, file: FileId, block: Block, overriding: bool) {
        let keyword = block.keyword.text.clone();
        let section = Section::new(file, block);
        let label = |at: usize| section.labels.get(at).cloned();
        match (&*keyword, label(0), label(1)) {
            ("locals", ..) => self.add_locals(section, overriding),
            ("terraform", ..) => self.terraform.push(section),
            ("provider", Some(_), _) => self.add_provider(section, overriding),
            ("variable", Some(name), _) => {
                insert(
                    &mut self.variables,
                    name,
                    section,
                    overriding,
                    &mut self.duplicates,
                );
            }
            ("output", Some(name), _) => {
                insert(
                    &mut self.outputs,
                    name,
                    section,
                    overriding,
                    &mut self.duplicates,
                );
            }
            ("module", Some(name), _) => {
                insert(
                    &mut self.calls,
                    name,
                    section,
                    overriding,
                    &mut self.duplicates,
                );
            }
            ("resource", Some(ty), Some(name)) => {
                self.add_resource(ResourceMode::Managed, &ty, &name, section, overriding);
            }
            ("data", Some(ty), Some(name)) => {
                self.add_resource(ResourceMode::Data, &ty, &name, section, overriding);
            }
            ("ephemeral", Some(ty), Some(name)) => {
                self.add_resource(ResourceMode::Ephemeral, &ty, &name, section, overriding);
            }
            // A data source scoped to a check is only read there.
            _ => {}
        }
    }

    fn add_resource(
        &mut self,
        mode: ResourceMode,
        ty: &str,
        name: &str,
        section: Section,
        overriding: bool,
    ) {
        let key = ResourceKey::new(mode, ty, name);
        insert(
            &mut self.resources,
            key,
            section,
            overriding,
            &mut self.duplicates,
        );
    }

    fn add_locals(&mut self, section: Section, overriding: bool) {
        for (file, item) in section.items {
            let Item::Attribute(attribute) = item else {
                continue;
            };
            let name = attribute.name.text.clone();
            if let Some((known, old)) = self.locals.get(&name)
                && !overriding
            {
                let places = (span(*known, old.range), span(file, attribute.range));
                self.duplicates
                    .push((format!("local.{name}"), places.0, places.1));
                continue;
            }
            self.locals.insert(name, (file, attribute));
        }
    }

    fn add_provider(&mut self, section: Section, overriding: bool) {
        let same = |known: &&mut Section| {
            known.labels == section.labels && alias(known) == alias(&section)
        };
        match self.providers.iter_mut().find(same) {
            Some(known) if overriding => known.override_with(section),
            _ => self.providers.push(section),
        }
    }
}

/// The alias of a provider block.
pub(super) fn alias(section: &Section) -> Option<&str> {
    section.attribute("alias")?.1.value.as_word()
}

fn insert<K: std::hash::Hash + Eq + std::fmt::Display>(
    map: &mut Named<K, Section>,
    key: K,
    section: Section,
    overriding: bool,
    duplicates: &mut Vec<(String, Span, Span)>,
) {
    match map.get_mut(&key) {
        Some(known) if overriding => known.override_with(section),
        Some(known) => duplicates.push((key.to_string(), known.header, section.header)),
        None => {
            map.insert(key, section);
        }
    }
}
