//! `Fn::ForEach`: a loop is replaced by what it repeats, before anything is evaluated.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use palisade_model::{DiagnosticCode, Frame, FrameKind, Kind, Reason, Span, Unknown, Value};

use super::conditions::scalar_text;
use super::stack::{Looped, Stack};
use super::tree::{Data, Field, Fields, Tree};

/// What the name of a loop starts with.
pub(super) const PREFIX: &str = "Fn::ForEach::";

/// Entries that all loops of a template may make.
const MAXIMUM_ENTRIES: usize = 5_000;

/// Levels of a tree that are walked.
const MAXIMUM_DEPTH: usize = 240;

/// What loops made.
#[derive(Default)]
pub(super) struct Expansion {
    /// By the entry they made: the loop.
    pub(super) looped: HashMap<Arc<str>, Looped>,
    /// The variables of loops whose collection is not known.
    pub(super) variables: Vec<(Arc<str>, Value)>,
}

/// The variables of the loops around a part, innermost last.
type Bindings = Vec<(Arc<str>, Arc<str>)>;

struct Expander<'s, 'a> {
    stack: &'s Stack<'a>,
    made: Cell<usize>,
    depth: Cell<usize>,
    expansion: RefCell<Expansion>,
}

/// The tree without loops.
pub(super) fn expand(stack: &Stack<'_>, tree: &Tree) -> (Tree, Expansion) {
    let expander = Expander {
        stack,
        made: Cell::new(0),
        depth: Cell::new(0),
        expansion: RefCell::default(),
    };
    let tree = expander.walk(tree, &Bindings::new());
    (tree, expander.expansion.into_inner())
}

impl Expander<'_, '_> {
    fn walk(&self, tree: &Tree, bindings: &Bindings) -> Tree {
        if self.depth.get() >= MAXIMUM_DEPTH {
            return tree.clone();
        }
        self.depth.set(self.depth.get() + 1);
        let walked = self.walk_within(tree, bindings);
        self.depth.set(self.depth.get() - 1);
        walked
    }

    fn walk_within(&self, tree: &Tree, bindings: &Bindings) -> Tree {
        if let Some(name) = tree.as_ref()
            && let Some((_, item)) = bindings.iter().rev().find(|(bound, _)| **bound == *name)
        {
            return Tree::string(item.clone(), tree.span);
        }
        match &tree.data {
            Data::String(text) => Tree::string(replace(text, bindings), tree.span),
            Data::List(items) => {
                let items = items.iter().map(|item| self.walk(item, bindings));
                Tree::list(items.collect(), tree.span)
            }
            Data::Map(fields) => {
                let mut walked = Fields::with_capacity(fields.len());
                for (key, field) in fields.iter() {
                    if key.starts_with(PREFIX) {
                        self.repeat(key, field, bindings, &mut walked);
                        continue;
                    }
                    let value = self.walk(&field.value, bindings);
                    let key_span = field.key;
                    walked.insert(
                        replace(key, bindings),
                        Field {
                            key: key_span,
                            value,
                        },
                    );
                }
                Tree::new(Data::Map(Arc::new(walked)), tree.span)
            }
            _ => tree.clone(),
        }
    }

    /// One loop: its entries are added to `out`.
    fn repeat(&self, name: &Arc<str>, field: &Field, bindings: &Bindings, out: &mut Fields) {
        let Some([identifier, collection, body]) = field.value.items() else {
            let message = "a loop has a name, a collection and a map of what it repeats";
            self.stack.run.error(message, field.entry());
            return;
        };
        let (Some(identifier), Some(body)) = (identifier.as_str(), body.fields()) else {
            let message = "a loop has a name, a collection and a map of what it repeats";
            self.stack.run.error(message, field.entry());
            return;
        };
        let frame = Arc::new(Frame {
            kind: FrameKind::Loop,
            label: name.clone(),
            span: field.key,
            next: self.stack.caller.via.clone(),
        });
        match self.items(&self.walk(collection, bindings)) {
            Ok(items) => {
                for item in items {
                    if self.made.get() > MAXIMUM_ENTRIES {
                        break;
                    }
                    let mut bindings = bindings.clone();
                    bindings.push((identifier.into(), item));
                    self.instance(body, &bindings, &frame, None, out);
                }
            }
            Err(reason) => {
                let unknown = Unknown::new(reason);
                let variable = (identifier.into(), Value::bare(unknown.clone()));
                self.expansion.borrow_mut().variables.push(variable);
                self.instance(body, bindings, &frame, Some(&Arc::new(unknown)), out);
            }
        }
    }

    fn instance(
        &self,
        body: &Fields,
        bindings: &Bindings,
        frame: &Arc<Frame>,
        unknown: Option<&Arc<Unknown>>,
        out: &mut Fields,
    ) {
        for (key, field) in body {
            if key.starts_with(PREFIX) {
                self.repeat(key, field, bindings, out);
                continue;
            }
            self.made.set(self.made.get() + 1);
            if self.made.get() > MAXIMUM_ENTRIES {
                let message = format!("loops make more than {MAXIMUM_ENTRIES} entries");
                let code = DiagnosticCode::Limit;
                self.stack.run.warning(code, message, field.key);
                return;
            }
            let name = replace(key, bindings);
            let value = self.walk(&field.value, bindings);
            let looped = Looped {
                frame: frame.clone(),
                unknown: unknown.cloned(),
            };
            let key = field.key;
            self.expansion
                .borrow_mut()
                .looped
                .insert(name.clone(), looped);
            out.insert(name, Field { key, value });
        }
    }

    /// The texts of a collection, or why they are not known.
    fn items(&self, collection: &Tree) -> Result<Vec<Arc<str>>, Reason> {
        let value = self.stack.value(collection, collection.span);
        let mut texts = Vec::new();
        let items = match &value.kind {
            Kind::List(items) => items.to_vec(),
            _ => vec![value],
        };
        for item in items {
            match &item.kind {
                Kind::List(inner) => texts.extend(inner.iter().filter_map(scalar_text)),
                Kind::Unknown(unknown) => return Err(unknown.reason.clone()),
                _ => match scalar_text(&item) {
                    Some(text) => texts.push(text),
                    None => return Err(self.wrong(collection.span)),
                },
            }
        }
        Ok(texts)
    }

    fn wrong(&self, place: Span) -> Reason {
        let message = "the collection of a loop is a list of texts";
        self.stack.run.error(message, place);
        Reason::Error(message.into())
    }
}

/// A text with `${Name}` replaced, and with `&{Name}` by the letters and digits of it.
fn replace(text: &Arc<str>, bindings: &Bindings) -> Arc<str> {
    if bindings.is_empty() || !text.contains('{') {
        return text.clone();
    }
    let mut replaced = text.to_string();
    for (name, item) in bindings.iter().rev() {
        let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
        replaced = replaced
            .replace(&format!("${{{name}}}"), item)
            .replace(&format!("&{{{name}}}"), &plain);
    }
    replaced.into()
}
