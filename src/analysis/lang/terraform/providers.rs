//! Provider configurations: which one a resource uses, of which source and version.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/providers/configuration>,
//! <https://developer.hashicorp.com/terraform/language/files/dependency-lock>.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use palisade_model::Provider;
use palisade_syntax::hcl::{self, ExpressionKind, ObjectKey, StepKind};
use serde::Deserialize;

use super::config::{Section, alias};
use super::instance::Instance;
use super::scope::Scope;
use super::value::TfValue;
use super::{expression, load};
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
    /// The block, and the module it stands in.
    pub(super) block: Option<(Rc<Instance<'e>>, Section)>,
}

/// `aws` and `aws.west`
fn local_name(expression: &hcl::Expression) -> Option<(String, Option<String>)> {
    if let Some(word) = expression.as_word() {
        return Some(match word.split_once('.') {
            Some((name, alias)) => (name.to_owned(), Some(alias.to_owned())),
            None => (word.to_owned(), None),
        });
    }
    let ExpressionKind::Traversal(base, steps) = &expression.kind else {
        return None;
    };
    let name = base.as_word()?.to_owned();
    match &steps.first()?.kind {
        StepKind::Attribute(alias) => Some((name, Some(alias.to_string()))),
        _ => None,
    }
}

/// The provider configuration of a resource block.
pub(super) fn used<'e>(
    instance: &Rc<Instance<'e>>,
    section: &Section,
    resource_type: &str,
    lock: &Lock,
) -> Used<'e> {
    let named = section
        .attribute("provider")
        .and_then(|(_, attribute)| local_name(&attribute.value));
    let (name, alias) = named.unwrap_or_else(|| {
        let name = resource_type.split('_').next().unwrap_or(resource_type);
        (name.to_owned(), None)
    });
    let (source, mut constraint) = required(instance, &name);
    let source = source.unwrap_or_else(|| implied(&name));
    let mut above = instance
        .caller
        .as_ref()
        .map(|caller| caller.instance.clone());
    while let (None, Some(instance)) = (&constraint, &above) {
        constraint = required(instance, &name).1;
        above = instance
            .caller
            .as_ref()
            .map(|caller| caller.instance.clone());
    }
    let version = match lock.0.get(&source) {
        Some(version) => Some(format!("= {version}")),
        None => constraint,
    };
    let (shown, block) = configuration(instance, &name, alias);
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

type Configuration<'e> = (Option<String>, Option<(Rc<Instance<'e>>, Section)>);

/// The block of a configuration: of this module, handed over by the call, or inherited.
fn configuration<'e>(
    instance: &Rc<Instance<'e>>,
    name: &str,
    wanted: Option<String>,
) -> Configuration<'e> {
    let (mut instance, mut name, mut wanted) = (instance.clone(), name.to_owned(), wanted);
    loop {
        let own = instance.config.providers.iter().find(|section| {
            section.labels.first().is_some_and(|label| **label == *name)
                && alias(section) == wanted.as_deref()
        });
        if let Some(section) = own {
            let section = section.clone();
            return (wanted, Some((instance, section)));
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
                            alias.map_or(name.clone(), |alias| format!("{name}.{alias}"))
                        }
                    };
                    (found == key).then(|| local_name(&entry.value))?
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
    /// An argument of the configuration.
    pub(super) fn argument(&self, name: &str) -> Option<TfValue> {
        let (instance, section) = self.block.as_ref()?;
        let (file, attribute) = section.attribute(name)?;
        let scope = Scope::module(instance, file);
        let mut value = instance.settle(expression::evaluate(&attribute.value, &scope));
        value.origin.entry = Some(scope.span(attribute.range));
        Some(value)
    }

    /// The tags that the provider puts on every resource of a type.
    pub(super) fn default_tags(&self, resource_type: &str) -> Option<TfValue> {
        let (instance, section) = self.block.as_ref()?;
        let (file, block) = section.blocks("default_tags").next()?;
        let attribute = block.body.attribute("tags")?;
        if !takes_tags(resource_type) {
            return None;
        }
        let scope = Scope::module(instance, file);
        Some(instance.settle(expression::evaluate(&attribute.value, &scope)))
    }
}
