//! Provider configurations: which one a resource uses, of which source and version.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/providers/configuration>,
//! <https://developer.hashicorp.com/terraform/language/files/dependency-lock>.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Map, Origin, Provider, Value};
use palisade_syntax::hcl::{self, ExpressionKind, ObjectKey, StepKind};
use serde::Deserialize;

use super::config::{Section, alias};
use super::instance::Instance;
use super::scope::Scope;
use super::value::TfValue;
use super::{declared, expression, load};
use crate::embedded::{self, Made};
use crate::lang::Context;

/// Versions that the lock file pins, by source.
#[derive(Debug, Default)]
pub(super) struct Lock(BTreeMap<String, String>);

impl Lock {
    /// Reads `.terraform.lock.hcl` of a root module.
    pub(super) fn read(context: &Context<'_>, root: &Path) -> Self {
        let path = root.join(".terraform.lock.hcl");
        if context.system.metadata(&path).is_err() || !load::inside(context, &path) {
            return Self::default();
        }
        let Ok(source) = context.sources.load(context.system, &path) else {
            return Self::default();
        };
        let parse = hcl::parse(&source.text);
        let pinned = |block: &hcl::Block| {
            let name = block.labels.first()?.text.to_string();
            let version = block.body.attribute("version")?.value.as_word()?.to_owned();
            Some((short(&name), version))
        };
        Self(parse.tree.blocks().filter_map(pinned).collect())
    }
}

/// A source without the host of the public registries: `hashicorp/aws`.
fn short(source: &str) -> String {
    let hosts = [
        "registry.terraform.io/",
        "registry.opentofu.org/",
        "terraform.io/",
    ];
    let short = hosts
        .iter()
        .find_map(|host| source.strip_prefix(host))
        .unwrap_or(source);
    if short.contains('/') {
        short.to_owned()
    } else {
        format!("hashicorp/{short}")
    }
}

/// Whether the default tags of a provider go to a type: its table has tags, or nothing is known of it.
fn takes_tags(resource_type: &str) -> bool {
    static KNOWN: Made<bool> = Made::new();
    resource_type.starts_with("aws_") && KNOWN.of(resource_type, || has_tags(resource_type, 0))
}

/// The attributes that a table reads.
#[derive(Deserialize)]
struct Attributes {
    #[serde(default)]
    auto: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    map: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    same_as: Option<String>,
}

fn has_tags(resource_type: &str, depth: usize) -> bool {
    let file = embedded::TABLES.of(resource_type).next();
    file.and_then(|file| file.read::<Attributes>().ok())
        .is_none_or(|table| {
            table.map.contains_key("tags")
                || table.auto.contains_key("tags")
                || depth < 4 && table.same_as.is_some_and(|base| has_tags(&base, depth + 1))
        })
}

/// The configuration that a resource uses.
pub(super) struct Used<'e> {
    pub(super) provider: Provider,
    /// The block, by its position, and the module it stands in.
    block: Option<(Rc<Instance<'e>>, usize)>,
}

/// An argument of a configuration that goes to all resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Common {
    Region,
    Tags,
}

/// Its value, and what is said about each resource.
pub(super) struct Given {
    pub(super) value: TfValue,
    pub(super) declared: Value,
}

/// A provider by its name in a module, and the alias of its configuration.
type LocalName<'n> = (&'n str, Option<&'n str>);

/// `aws` and `aws.west`
fn local_name(expression: &hcl::Expression) -> Option<LocalName<'_>> {
    if let Some(word) = expression.as_word() {
        return Some(match word.split_once('.') {
            Some((name, alias)) => (name, Some(alias)),
            None => (word, None),
        });
    }
    let ExpressionKind::Traversal(base, steps) = &expression.kind else {
        return None;
    };
    match &steps.first()?.kind {
        StepKind::Attribute(alias) => Some((base.as_word()?, Some(alias))),
        _ => None,
    }
}

/// The configurations that resources of one module instance use, each looked up once.
pub(super) struct Providers<'i, 'e> {
    instance: &'i Rc<Instance<'e>>,
    lock: &'i Lock,
    known: RefCell<Vec<(LocalName<'i>, Rc<Used<'e>>)>>,
}

impl<'i, 'e> Providers<'i, 'e> {
    pub(super) fn new(instance: &'i Rc<Instance<'e>>, lock: &'i Lock) -> Self {
        let known = RefCell::default();
        Self {
            instance,
            lock,
            known,
        }
    }

    /// The provider configuration of a resource block.
    pub(super) fn used(&self, section: &'i Section, resource_type: &'i str) -> Rc<Used<'e>> {
        let named = section
            .attribute("provider")
            .and_then(|(_, attribute)| local_name(&attribute.value));
        let named = named.unwrap_or_else(|| {
            let name = resource_type.split('_').next().unwrap_or(resource_type);
            (name, None)
        });
        let mut known = self.known.borrow_mut();
        if let Some((_, used)) = known.iter().find(|(name, _)| *name == named) {
            return used.clone();
        }
        let made = Rc::new(used(self.instance, named, self.lock));
        known.push((named, made.clone()));
        made
    }
}

fn used<'e>(instance: &Rc<Instance<'e>>, (name, alias): LocalName<'_>, lock: &Lock) -> Used<'e> {
    let (source, mut constraint) = required(instance, name);
    let source = source.unwrap_or_else(|| implied(name));
    let mut above = instance
        .caller
        .as_ref()
        .map(|caller| caller.instance.clone());
    while let (None, Some(instance)) = (&constraint, &above) {
        constraint = required(instance, name).1;
        above = instance
            .caller
            .as_ref()
            .map(|caller| caller.instance.clone());
    }
    let version = match lock.0.get(&source) {
        Some(version) => Some(format!("= {version}")),
        None => constraint,
    };
    let (shown, block) = configuration(instance, name, alias);
    Used {
        provider: Provider {
            source: source.into(),
            alias: shown.map(Into::into),
            version: version.map(Into::into),
        },
        block,
    }
}

/// The source of a provider that a module does not name.
fn implied(name: &str) -> String {
    match name {
        "terraform" => BUILT_IN.to_owned(),
        name => format!("hashicorp/{name}"),
    }
}

/// The provider that is a part of Terraform.
const BUILT_IN: &str = "builtin/terraform";

/// Whether a name stands for the provider that is a part of Terraform.
pub(super) fn is_built_in(instance: &Instance<'_>, name: &str) -> bool {
    let (source, _) = required(instance, name);
    source.unwrap_or_else(|| implied(name)) == BUILT_IN
}

/// Source and version constraint that a module requires of a provider.
fn required(instance: &Instance<'_>, name: &str) -> (Option<String>, Option<String>) {
    let mut found = (None, None);
    for section in &instance.config.terraform {
        for (_, block) in section.blocks("required_providers") {
            let Some(attribute) = block.body.attribute(name) else {
                continue;
            };
            match &attribute.value.kind {
                ExpressionKind::String(version) => found.1 = Some(version.to_string()),
                ExpressionKind::Object(entries) => {
                    let text = |wanted: &str| {
                        entries.iter().find_map(|entry| {
                            let key = match &entry.key {
                                ObjectKey::Name(name) => &*name.text,
                                ObjectKey::Expression(key) => key.as_word()?,
                            };
                            (key == wanted).then(|| entry.value.as_word().map(str::to_owned))?
                        })
                    };
                    found = (text("source").map(|source| short(&source)), text("version"));
                }
                _ => {}
            }
        }
    }
    if found.1.is_none() {
        found.1 = instance.config.providers.iter().find_map(|section| {
            let same = section.labels.first().is_some_and(|label| &**label == name);
            let (_, version) = section.attribute("version").filter(|_| same)?;
            version.value.as_word().map(str::to_owned)
        });
    }
    found
}

type Configuration<'e> = (Option<String>, Option<(Rc<Instance<'e>>, usize)>);

/// The block of a configuration: of this module, handed over by the call, or inherited.
fn configuration<'e>(
    instance: &Rc<Instance<'e>>,
    name: &str,
    wanted: Option<&str>,
) -> Configuration<'e> {
    let (mut instance, mut name) = (instance.clone(), name.to_owned());
    let mut wanted = wanted.map(str::to_owned);
    loop {
        let own = instance.config.providers.iter().position(|section| {
            section.labels.first().is_some_and(|label| **label == *name)
                && alias(section) == wanted.as_deref()
        });
        if let Some(position) = own {
            return (wanted, Some((instance, position)));
        }
        let Some(caller) = &instance.caller else {
            return (wanted, None);
        };
        let handed = caller
            .instance
            .config
            .calls
            .get(&caller.name)
            .and_then(|call| {
                let (_, attribute) = call.attribute("providers")?;
                let ExpressionKind::Object(entries) = &attribute.value.kind else {
                    return None;
                };
                let key = match &wanted {
                    Some(alias) => format!("{name}.{alias}"),
                    None => name.clone(),
                };
                entries.iter().find_map(|entry| {
                    let found = match &entry.key {
                        ObjectKey::Name(name) => name.text.to_string(),
                        ObjectKey::Expression(key) => {
                            let (name, alias) = local_name(key)?;
                            alias.map_or(name.to_owned(), |alias| format!("{name}.{alias}"))
                        }
                    };
                    let handed = (found == key).then(|| local_name(&entry.value))?;
                    handed.map(|(name, alias)| (name.to_owned(), alias.map(str::to_owned)))
                })
            });
        let next = caller.instance.clone();
        match handed {
            Some((handed_name, alias)) => (name, wanted) = (handed_name, alias),
            None if wanted.is_some() => return (wanted, None),
            None => {}
        }
        instance = next;
    }
}

impl Used<'_> {
    /// The region of the configuration.
    pub(super) fn region(&self) -> Option<Rc<Given>> {
        self.common(Common::Region)
    }

    /// The tags that the provider puts on every resource of a type.
    pub(super) fn default_tags(&self, resource_type: &str) -> Option<Rc<Given>> {
        let (instance, position) = self.block.as_ref()?;
        let section = &instance.config.providers[*position];
        let (_, block) = section.blocks("default_tags").next()?;
        let is_given = block.body.attribute("tags").is_some() && takes_tags(resource_type);
        is_given.then(|| self.common(Common::Tags))?
    }

    fn common(&self, what: Common) -> Option<Rc<Given>> {
        let (instance, position) = self.block.as_ref()?;
        let key = (*position, what);
        instance.once(&instance.providers, &key, || None, || common(instance, key))
    }
}

fn common(instance: &Rc<Instance<'_>>, (position, what): (usize, Common)) -> Option<Rc<Given>> {
    let section = &instance.config.providers[position];
    let (file, attribute) = match what {
        Common::Region => section.attribute("region")?,
        Common::Tags => {
            let (file, block) = section.blocks("default_tags").next()?;
            (file, block.body.attribute("tags")?)
        }
    };
    let scope = Scope::module(instance, file);
    let value = instance.settle(expression::evaluate(&attribute.value, &scope));
    let mut declared = declared::value(&value);
    if what == Common::Region {
        declared.origin.entry = Some(scope.span(attribute.range));
        let region = (Arc::<str>::from("region"), declared);
        declared = Value::new(Map::from_iter([region]), Origin::default());
    }
    Some(Rc::new(Given { value, declared }))
}
