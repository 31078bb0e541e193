//! Template specs: templates that are kept as resources, and deployed by their ids
//! (https://learn.microsoft.com/azure/azure-resource-manager/templates/template-specs).
//!
//! A spec that this template declares is here: a deployment of it is evaluated. One that nothing here deploys is evaluated too,
//! under the condition that somebody does.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use palisade_model::{Presence, Reason, Unknown, Value};
use palisade_syntax::arm_expression::{self, TextKind};
use palisade_syntax::data::{Data, Entry, Node};

use super::document::{Document, field, text};
use super::expression::Environment;
use super::functions::text_key;
use super::resources::{Emitted, Instance};
use super::template::Template;

const VERSIONS: &str = "Microsoft.Resources/templateSpecs/versions";

impl Template<'_> {
    /// The declared template spec that an id names: type and names decide, as specs lie in groups of their own.
    pub(super) fn spec_of(&self, id: &str) -> Option<usize> {
        let wanted = typed_part(id)?;
        (0..self.declared.len()).find(|&index| {
            self.is_spec(index)
                && self.engine.tally.quietly(|| {
                    let own = text_key(&self.id(index, &Instance::Only));
                    own.as_deref().and_then(typed_part) == Some(wanted.clone())
                })
        })
    }

    fn is_spec(&self, index: usize) -> bool {
        let declared = &self.declared[index];
        declared.resource_type.eq_ignore_ascii_case(VERSIONS)
            && main_template(declared.node).is_some()
    }

    /// The template of a spec as a document of its own, with those it packs.
    pub(super) fn spec(&self, index: usize) -> Option<Rc<Document>> {
        self.deployed_specs.borrow_mut().insert(index);
        let node = self.declared[index].node;
        let packed = field(node, "properties")
            .and_then(|properties| field(properties, "linkedTemplates"))
            .map_or(&[][..], Node::items);
        self.within(index, &Instance::Only, |environment| {
            let document = |written: &Node, packed| {
                Rc::new(Document {
                    file: self.document.file.clone(),
                    root: unescaped(written, environment),
                    packed,
                })
            };
            let packed = packed.iter().filter_map(|one| {
                let template = document(field(one, "template")?, BTreeMap::new());
                Some((text(one, "path")?.to_owned(), template))
            });
            Some(document(main_template(node)?, packed.collect()))
        })
    }

    /// The resources of the specs that no deployment here uses.
    pub(super) fn undeployed_specs(&self) -> Vec<Emitted> {
        let mut all = Vec::new();
        for index in 0..self.declared.len() {
            if !self.is_spec(index) || self.deployed_specs.borrow().contains(&index) {
                continue;
            }
            if self.presence(index, &Instance::Only).is_none() {
                continue;
            }
            let name = text_key(&self.name(index, &Instance::Only)).unwrap_or_default();
            let reason = Reason::Condition(format!("deployment of template spec {name}").into());
            let presence = Presence::Conditional(Arc::new(Unknown::new(reason)));
            if let Some(deployed) = self.deploy_spec(index) {
                all.extend(deployed.under(&presence));
            }
        }
        all
    }
}

/// `properties.mainTemplate`
fn main_template(node: &Node) -> Option<&Node> {
    let written = field(field(node, "properties")?, "mainTemplate")?;
    matches!(written.data, Data::Mapping(_)).then_some(written)
}

/// `providers/type/name` of an id, in lower case.
fn typed_part(id: &str) -> Option<String> {
    let lower = id.to_lowercase();
    let start = lower.rfind("/providers/")?;
    Some(lower[start..].to_owned())
}

/// A template as the spec keeps it: the template around it has computed its texts, so that `[[x()]` has become `[x()]`. What
/// it could not compute stays as it is written.
fn unescaped(node: &Node, environment: Environment<'_>) -> Node {
    let data = match &node.data {
        Data::String(text) => match arm_expression::classify(text) {
            TextKind::Literal(text) => Data::String(text.into()),
            TextKind::Expression => {
                let value: Value = environment.value(node, node.range);
                Data::String(value.as_str().map_or_else(|| text.clone(), Into::into))
            }
        },
        Data::Sequence(items) => {
            let items = items.iter();
            Data::Sequence(items.map(|item| unescaped(item, environment)).collect())
        }
        Data::Mapping(entries) => {
            let entries = entries.iter().map(|entry| Entry {
                key: unescaped(&entry.key, environment),
                value: unescaped(&entry.value, environment),
            });
            Data::Mapping(entries.collect())
        }
        other => other.clone(),
    };
    Node {
        data,
        range: node.range,
        tag: node.tag.clone(),
    }
}
