//! Modules of registries and template specs: `br:registry/path:tag`, `br/alias:path:tag`, `ts:…`.
//!
//! They are read from a module cache as the compiler fills it, where one lies inside the given folders: `.bicep` in the folder of the
//! file or above it, the `cacheRootDirectory` of `bicepconfig.json`, `BICEP_CACHE_DIRECTORY`, or `.bicep` in the user's home
//! (<https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-config-modules>). Nothing is fetched.

use std::path::{Path, PathBuf};

use palisade_syntax::data::Node;
use palisade_syntax::json;

use super::engine::Engine;
use super::module::Source;

/// Whether a path is such a reference.
pub(super) fn is_reference(path: &str) -> bool {
    ["br:", "br/", "ts:", "ts/"]
        .iter()
        .any(|scheme| path.starts_with(scheme))
}

/// The compiled module of a reference, or why it is not here.
pub(super) fn find(engine: &Engine<'_>, file: &Path, reference: &str) -> Result<Source, String> {
    let configuration = Configuration::of(engine, file);
    let place = place(&configuration, reference)
        .ok_or_else(|| "names an alias that `bicepconfig.json` does not declare".to_owned())?;
    for cache in caches(engine, file, &configuration) {
        let candidate = cache.join(&place).join("main.json");
        if engine.text(&candidate).is_ok() {
            return Ok(Source::Template(candidate));
        }
    }
    Err("is not in a module cache inside the given folders".to_owned())
}

/// Where the cache keeps a reference.
fn place(configuration: &Configuration, reference: &str) -> Option<PathBuf> {
    let (scheme, rest) = reference.split_at(2);
    let full = match rest.strip_prefix('/') {
        Some(aliased) => {
            let (alias, path) = aliased.split_once(':')?;
            configuration.expand(scheme, alias, path)?
        }
        None => rest.strip_prefix(':')?.to_owned(),
    };
    if scheme == "ts" {
        let (path, version) = full.rsplit_once(':')?;
        return Some(Path::new("ts").join(path).join(version));
    }
    let (registry, path) = full.split_once('/')?;
    let digest = path.split_once('@');
    let (path, version) = if let Some((path, digest)) = digest {
        (path, format!("@{}", digest.replace(':', "#")))
    } else {
        let (path, tag) = path.rsplit_once(':')?;
        (path, format!("{tag}$"))
    };
    let registry = Path::new("br").join(registry.replace(':', "$"));
    Some(registry.join(path.replace('/', "$")).join(version))
}

/// The caches to look in, the nearest first.
fn caches(engine: &Engine<'_>, file: &Path, configuration: &Configuration) -> Vec<PathBuf> {
    let folders = file.ancestors().skip(1).map(|folder| folder.join(".bicep"));
    let mut caches: Vec<PathBuf> = configuration.cache.iter().cloned().collect();
    caches.extend(folders);
    let system = engine.context.system;
    caches.extend(
        system
            .environment("BICEP_CACHE_DIRECTORY")
            .map(PathBuf::from),
    );
    let home = system.environment("HOME").map(PathBuf::from);
    caches.extend(home.map(|home| home.join(".bicep")));
    caches
}

/// What a `bicepconfig.json` says of modules.
#[derive(Default)]
struct Configuration {
    tree: Option<Node>,
    cache: Option<PathBuf>,
}

impl Configuration {
    /// That of the nearest folder above the file that has one.
    fn of(engine: &Engine<'_>, file: &Path) -> Self {
        for folder in file.ancestors().skip(1) {
            let path = folder.join("bicepconfig.json");
            if let Ok(source) = engine.text(&path) {
                let tree = json::parse(&source.text).tree;
                let cache = tree.get("cacheRootDirectory").and_then(Node::as_str);
                let cache = cache.map(|cache| folder.join(cache));
                return Self {
                    tree: Some(tree),
                    cache,
                };
            }
        }
        Self::default()
    }

    /// The reference an alias and a path stand for, without its scheme.
    fn expand(&self, scheme: &str, alias: &str, path: &str) -> Option<String> {
        let aliases = self
            .tree
            .as_ref()
            .and_then(|tree| tree.get("moduleAliases"));
        let entry = aliases
            .and_then(|aliases| aliases.get(scheme))
            .and_then(|aliases| aliases.get(alias));
        let text = |name: &str| {
            entry
                .and_then(|entry| entry.get(name))
                .and_then(Node::as_str)
        };
        if scheme == "ts" {
            return Some(format!(
                "{}/{}/{path}",
                text("subscription")?,
                text("resourceGroup")?
            ));
        }
        let registry = match text("registry") {
            Some(registry) => registry,
            None if alias == "public" => "mcr.microsoft.com",
            None => return None,
        };
        let prefix = text("modulePath").or((alias == "public").then_some("bicep"));
        Some(match prefix {
            Some(prefix) => format!("{registry}/{prefix}/{path}"),
            None => format!("{registry}/{path}"),
        })
    }
}
