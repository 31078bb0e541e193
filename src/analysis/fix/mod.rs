//! Fix: what a rule's remediation sets, as edits of text in the language the resource is declared in.
//!
//! A written value is replaced where it is used; a missing attribute, entry or block is added to the nearest block that exists, in
//! the style of the file. Where a property is written is asked of [`lower::backward`]; how it looks is in `write`.

mod insert;
mod write;

use std::sync::Arc;

use palisade_model::{
    FileId, Graph, Lookup, OriginKind, Path, Resource, Segment, Span, Unknown, Value,
};

use crate::check::{Edit, Finding, Fix, Safety};
use crate::lower::{self, NamedItem, Placement};
use crate::rules::{Root, Rule, RuleSet, Selector, Step};
use crate::system::Sources;
use insert::Additions;
use write::Style;

/// Adds the fixes to the findings that their rules can mend. Only files that somebody writes are changed: no plan, no state, no module
/// that was fetched.
pub fn attach(
    rules: &RuleSet,
    graph: &Graph,
    sources: &Sources,
    is_written: &dyn Fn(FileId) -> bool,
    findings: &mut [Arc<Finding>],
) {
    let applies = |fix: &Fix| fix.edits.iter().all(|edit| is_written(edit.span.file));
    for finding in findings {
        if let Some(rule) = rules.find(&finding.rule_id)
            && finding.span.is_some_and(|span| is_written(span.file))
        {
            let mut fixes = fixes(&rule, finding, graph, sources);
            fixes.retain(applies);
            if *finding.fixes != *fixes {
                Arc::make_mut(finding).fixes = fixes.into();
            }
        }
    }
}

/// Ways to mend a finding; none where the rule has no values to set, or one of them has no place in the language.
pub fn fixes(rule: &Rule, finding: &Finding, graph: &Graph, sources: &Sources) -> Vec<Fix> {
    if rule.remediation.set.is_empty() || finding.span.is_none() {
        return Vec::new();
    }
    let Some(node) = graph.find(&finding.address) else {
        return Vec::new();
    };
    let resource = graph.resource(node);
    let mut draft = Draft {
        resource,
        sources,
        edits: Vec::new(),
        additions: Vec::new(),
        titles: Vec::new(),
        safety: rule.remediation.safety,
    };
    for (selector, value) in &rule.remediation.set {
        let placed = concrete(selector, finding, resource)
            .and_then(|(path, item)| draft.set(&path, item.as_ref(), value));
        if placed.is_none() {
            return Vec::new();
        }
    }
    draft.finish().into_iter().collect()
}

/// The texts of the files a fix changes, by path.
pub fn apply(fix: &Fix, sources: &Sources) -> Vec<(String, String)> {
    let mut changed: Vec<(FileId, String)> = Vec::new();
    for edit in fix.edits.iter().rev() {
        let known = changed.iter().position(|(file, _)| *file == edit.span.file);
        let position = known.unwrap_or_else(|| {
            let text = sources.file(edit.span.file).text.to_string();
            changed.push((edit.span.file, text));
            changed.len() - 1
        });
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        changed[position].1.replace_range(start..end, &edit.text);
    }
    let name = |file| sources.file(file).path.to_string_lossy().into_owned();
    changed
        .into_iter()
        .map(|(file, text)| (name(file), text))
        .collect()
}

/// A fix in the making.
struct Draft<'a> {
    resource: &'a Resource,
    sources: &'a Sources,
    edits: Vec<Edit>,
    additions: Vec<(Target, Additions)>,
    titles: Vec<String>,
    safety: Safety,
}

/// What is added to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// A block or mapping that exists.
    Inside(Span),
    /// A resource that exists but says nothing of its properties.
    Resource(Span),
    /// A resource that has to be added.
    New(lower::NewResource),
}

impl Draft<'_> {
    /// None where the property cannot be placed.
    fn set(&mut self, path: &Path, item: Option<&NamedItem>, value: &Value) -> Option<()> {
        let now = self.resource.properties.lookup(path);
        if let Lookup::Known(now) = now {
            if now.same(value) {
                return Some(());
            }
            if now.origin.kind != OriginKind::Literal {
                self.safety = self.safety.max(Safety::Unsafe);
            }
        }
        if let Lookup::Unknown(_, unknown) = now
            && is_absent_or_right(unknown, value)
        {
            return None;
        }
        let placement = lower::backward(self.resource, path, item, value)?;
        let shown =
            crate::check::plain_text(&placement.value).unwrap_or_else(|| "the value".into());
        self.titles
            .push(format!("set {} to {shown}", placement.attribute));
        match (placement.replace, self.written(path)) {
            (Some(span), _) => self.replace(span, &placement.value),
            (None, Some(span)) => self.respell(span, &placement.value, value),
            (None, None) => self.add(placement),
        }
    }

    /// Where the value is written out, be it in a satellite or under another name of the attribute.
    fn written(&self, path: &Path) -> Option<Span> {
        let Lookup::Known(now) = self.resource.properties.lookup(path) else {
            return None;
        };
        let is_scalar = now.as_map().is_none() && now.as_list().is_none();
        (is_scalar && now.origin.kind == OriginKind::Literal)
            .then_some(now.origin.span)
            .flatten()
    }

    /// Replaces a value that is written elsewhere by the spelling that is of its kind: text by text.
    fn respell(&mut self, span: Span, spelled: &Value, canonical: &Value) -> Option<()> {
        let file = self.sources.file(span.file);
        let is_text = file.slice(span).starts_with(['"', '\'']);
        let fits = |value: &&Value| value.as_str().is_some() == is_text;
        let value = [spelled, canonical].into_iter().find(fits)?.clone();
        self.replace(span, &value)
    }

    fn replace(&mut self, span: Span, value: &Value) -> Option<()> {
        let file = self.sources.file(span.file);
        let style = Style::of(self.resource.language, &file, span);
        let text = write::value(value, style)?;
        self.edits.push(Edit { span, text });
        Some(())
    }

    fn add(&mut self, placement: Placement) -> Option<()> {
        let target = match (placement.new_resource, placement.inside) {
            (Some(new), _) => Target::New(new),
            (None, Some(span)) => Target::Inside(span),
            (None, None) => Target::Resource(self.resource.origin.span?),
        };
        let known = self
            .additions
            .iter()
            .position(|(known, _)| *known == target);
        let position = known.unwrap_or_else(|| {
            self.additions.push((target, Additions::default()));
            self.additions.len() - 1
        });
        self.additions[position]
            .1
            .put(&placement.open, placement.attribute, placement.value);
        Some(())
    }

    fn finish(mut self) -> Option<Fix> {
        for (target, additions) in std::mem::take(&mut self.additions) {
            let edit = match target {
                Target::Inside(span) => insert::into(
                    &self.sources.file(span.file),
                    span,
                    self.resource,
                    &additions,
                ),
                Target::Resource(span) => insert::properties(
                    &self.sources.file(span.file),
                    span,
                    self.resource,
                    additions,
                ),
                Target::New(new) => insert::resource(self.sources, self.resource, &new, &additions),
            }?;
            self.edits.push(edit);
        }
        self.edits
            .sort_by_key(|edit| (edit.span.file, edit.span.start));
        let overlaps = self.edits.windows(2).any(|pair| {
            pair[0].span.file == pair[1].span.file && pair[0].span.end > pair[1].span.start
        });
        if overlaps || self.edits.is_empty() {
            return None;
        }
        Some(Fix {
            title: self.titles.join(", "),
            safety: self.safety,
            edits: self.edits,
        })
    }
}

/// Whether something is missing where its block or resource is missing, and else as it should be: no value that is written mends that.
fn is_absent_or_right(unknown: &Unknown, wanted: &Value) -> bool {
    let values = || unknown.candidates.iter().map(|candidate| &candidate.value);
    let is_right = |value: &Value| value.as_map().is_some() || value.same(wanted);
    values().any(Value::is_null) && values().any(is_right)
}

/// The path of a selector with the failing item in place of `[]`, and the item that it knows by a name.
fn concrete(
    selector: &Selector,
    finding: &Finding,
    resource: &Resource,
) -> Option<(Path, Option<NamedItem>)> {
    if matches!(selector.root, Root::Meta | Root::Fact(_)) {
        return None;
    }
    let item = finding
        .item
        .as_ref()
        .unwrap_or(&finding.property)
        .segments();
    let mut segments: Vec<Segment> = Vec::new();
    let mut named = None;
    for (position, step) in selector.steps.iter().enumerate() {
        segments.push(match step {
            Step::Key(key) => Segment::Key(key.clone()),
            Step::Index(index) => Segment::Index(*index),
            Step::Each => item.get(position)?.clone(),
            Step::Where { key, value } => {
                named = Some(NamedItem {
                    entry: key.clone(),
                    name: value.clone(),
                });
                Segment::Index(position_of(resource, &segments, (key, value)))
            }
        });
    }
    Some((Path::new(segments), named))
}

/// The position of the item whose entry has a value; behind all where there is none.
fn position_of(
    resource: &Resource,
    segments: &[Segment],
    (key, wanted): (&Arc<str>, &Arc<str>),
) -> usize {
    let Lookup::Known(list) = resource.properties.lookup(&Path::new(segments.to_vec())) else {
        return 0;
    };
    let items = list.as_list().unwrap_or_default();
    let is_it = |item: &Value| {
        let name = item.get(key).and_then(Value::as_str);
        name.is_some_and(|name| name == &**wanted)
    };
    items.iter().position(is_it).unwrap_or(items.len())
}
