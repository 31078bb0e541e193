//! What names of the template mean after the transform: layers are renamed, `Function.Alias` is a resource of its own.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::tree::{Data, Field, Tree};
use super::make::{attribute, reference};

/// What names mean after the transform.
pub(super) struct Names {
    pub(super) renamed: HashMap<Arc<str>, Arc<str>>,
    pub(super) members: HashMap<(Arc<str>, &'static str), Arc<str>>,
}

impl Names {
    /// The tree with `Ref: Function.Alias` and the like replaced.
    pub(super) fn replaced(&self, tree: &Tree) -> Tree {
        if self.renamed.is_empty() && self.members.is_empty() {
            return tree.clone();
        }
        match (tree.function(), &tree.data) {
            (Some(("Ref", argument)), _) => {
                match argument.as_str().and_then(|name| self.target(name)) {
                    Some(name) => reference(&name, tree.span),
                    None => tree.clone(),
                }
            }
            (Some(("Fn::GetAtt", argument)), _) => self.replaced_attribute(argument, tree),
            (Some(("Fn::Sub", argument)), _) => self.replaced_text(argument, tree),
            (_, Data::List(items)) => Tree::list(
                items.iter().map(|item| self.replaced(item)).collect(),
                tree.span,
            ),
            (_, Data::Map(fields)) => {
                let fields = fields.iter().map(|(key, field)| {
                    let value = self.replaced(&field.value);
                    (
                        key.clone(),
                        Field {
                            key: field.key,
                            value,
                        },
                    )
                });
                Tree::new(Data::Map(Arc::new(fields.collect())), tree.span)
            }
            _ => tree.clone(),
        }
    }

    fn replaced_attribute(&self, argument: &Tree, whole: &Tree) -> Tree {
        let Some([name, member]) = argument.items() else {
            return whole.clone();
        };
        let (Some(name), Some(member)) = (name.as_str(), member.as_str()) else {
            return whole.clone();
        };
        match self.attribute_target(name, member) {
            Some((target, rest)) => attribute(&target, rest, whole.span),
            None => whole.clone(),
        }
    }

    /// The names in the text of a `Fn::Sub`, and what stands in its map.
    fn replaced_text(&self, argument: &Tree, whole: &Tree) -> Tree {
        let text = |tree: &Tree| match tree.as_str() {
            Some(text) => Tree::string(self.with_names(text), tree.span),
            None => tree.clone(),
        };
        let argument = match argument.items() {
            Some([first, rest @ ..]) => {
                let rest = rest.iter().map(|part| self.replaced(part));
                Tree::list(
                    std::iter::once(text(first)).chain(rest).collect(),
                    argument.span,
                )
            }
            _ => text(argument),
        };
        Tree::map([("Fn::Sub", argument)], whole.span)
    }

    fn with_names(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else {
                break;
            };
            let replaced = match (self.target(name), name.split_once('.')) {
                (Some(target), _) => target.to_string(),
                (None, Some((owner, member))) => match self.attribute_target(owner, member) {
                    Some((target, attribute)) => format!("{target}.{attribute}"),
                    None => name.to_owned(),
                },
                _ => name.to_owned(),
            };
            out.push_str(&format!("{before}${{{replaced}}}"));
            rest = tail;
        }
        out + rest
    }

    /// What `GetAtt: [name, member]` refers to after the transform.
    fn attribute_target<'m>(&self, name: &str, member: &'m str) -> Option<(Arc<str>, &'m str)> {
        if let Some(renamed) = self.renamed.get(name) {
            return Some((renamed.clone(), member));
        }
        let (first, rest) = member.split_once('.')?;
        Some((self.member(name, first)?, rest))
    }

    fn target(&self, name: &str) -> Option<Arc<str>> {
        match name.split_once('.') {
            Some((name, member)) => self.member(name, member),
            None => self.renamed.get(name).cloned(),
        }
    }

    fn member(&self, name: &str, member: &str) -> Option<Arc<str>> {
        let found = self
            .members
            .iter()
            .find(|((owner, known), _)| &**owner == name && *known == member);
        found.map(|(_, target)| target.clone())
    }
}
