//! Conditions over a resource, in three values.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use palisade_model::{Edge, NodeId, Path, Presence, Reason, Resource, Segment, Unknown, Value};

use super::Truth;
use super::compare::{Letters, passes};
use super::functions::{Function, Judgement};
use super::outcome::{Decided, Leaf, Outcome};
use super::reads::Part;
use super::resolve::{Choices, Found, Scope, What, children};
use crate::lower::DECLARED;
use crate::rules::{Condition, Direction, Quantifier, Relation, Root, Selector, Test};

/// The type of a module call; one of a module that is not here holds what it is given.
const MODULE_CALL: &str = "x.terraform/ModuleCall";
/// The attribute by which a resource of AWS names another region than its provider's.
const REGION: &str = "region";

impl<'a> Scope<'a> {
    /// Whether a condition holds, and on what that rests.
    pub(crate) fn evaluate(&self, condition: &Condition) -> Outcome {
        match condition {
            Condition::All(parts) => self.connect(parts, Truth::False),
            Condition::Any(parts) => self.connect(parts, Truth::True),
            Condition::Not(part) => self.evaluate(part).negate(),
            Condition::Leaf(selector, test) => self.leaf(selector, test),
            Condition::Each(selector, quantifier, part) => self.each(selector, *quantifier, part),
            Condition::Related(relation) => self.related(relation),
        }
    }

    /// `all` and `any`; without a trace the first part that decides is enough.
    fn connect(&self, parts: &[Condition], decisive: Truth) -> Outcome {
        let mut outcomes = Vec::with_capacity(parts.len());
        for part in parts {
            let outcome = self.evaluate(part);
            if !self.trace && outcome.truth == decisive {
                return outcome;
            }
            outcomes.push(outcome);
        }
        match decisive {
            Truth::True => Outcome::any(outcomes),
            Truth::False | Truth::Unknown => Outcome::all(outcomes),
        }
    }

    fn leaf(&self, selector: &Selector, test: &Test) -> Outcome {
        if let Test::Call(function) = test {
            let found = self.look_for(function.as_ref(), selector);
            return match &found.what {
                What::Known(value) => {
                    let value = self.choices.settle(value);
                    self.judged(&found, function.judge(&value, self.resource))
                }
                What::Default { default, .. } => {
                    self.judged(&found, function.judge(&default.value, self.resource))
                }
                What::Unknown { .. } => self.simple(&found, Truth::Unknown),
                What::Absent { .. } => self.simple(&found, Truth::False),
            };
        }
        let found = self.look(selector);
        let truth = match &found.what {
            What::Unknown { .. } => Truth::Unknown,
            What::Absent { .. } => matches!(test, Test::Empty).into(),
            What::Known(value) => self.test(&self.choices.settle(value), test),
            What::Default { default, .. } => self.test(&default.value, test),
        };
        self.simple(&found, truth)
    }

    /// What a function judges. Of a resource as a whole not every one looks at all properties.
    fn look_for(&self, function: &dyn Function, selector: &Selector) -> Found<'a> {
        let is_whole = selector.steps.is_empty()
            && match selector.root {
                Root::Here => self.item.is_none(),
                Root::Resource => true,
                Root::Meta | Root::Fact(_) => false,
            };
        match (self.reads, function.looks_at(&self.resource.properties)) {
            (Some(reads), Some(names)) if is_whole => {
                for name in names {
                    reads.add(self.node, Part::Property((*name).into()));
                }
                self.unseen(selector)
            }
            _ => self.look(selector),
        }
    }

    fn test(&self, value: &Value, test: &Test) -> Truth {
        let Test::SameAs(other) = test else {
            return passes(value, test, self.letters);
        };
        let other = self.look(other);
        match (&other.what, other.what.value()) {
            (What::Unknown { .. }, _) => Truth::Unknown,
            (_, None) => Truth::False,
            (_, Some(other)) if value.same(other) => Truth::True,
            (_, Some(other)) if value.is_wholly_known() && other.is_wholly_known() => Truth::False,
            _ => Truth::Unknown,
        }
    }

    fn simple(&self, found: &Found<'_>, truth: Truth) -> Outcome {
        Outcome::of(truth, self.trace.then(|| self.trace_leaf(found)))
    }

    fn trace_leaf(&self, found: &Found<'_>) -> Leaf {
        Leaf {
            node: self.node,
            path: found.path.clone(),
            decided: found.what.decided(),
            note: None,
            excerpt: None,
        }
    }

    /// A function's judgement: each hit is a case of its own.
    fn judged(&self, found: &Found<'_>, judgement: Judgement) -> Outcome {
        let mut outcome = Outcome::bare(judgement.truth);
        if !self.trace {
            return outcome;
        }
        if judgement.truth != Truth::True || judgement.hits.is_empty() {
            let mut leaf = self.trace_leaf(found);
            if let (Truth::Unknown, Some(reason), Decided::Value(value)) =
                (judgement.truth, judgement.reason, &leaf.decided)
            {
                leaf.decided = Decided::Unknown {
                    value: value.clone(),
                    reason,
                };
            }
            return Outcome::of(judgement.truth, Some(leaf));
        }
        for hit in judgement.hits {
            let path = found.path.concat(&hit.path);
            let decided = match &found.what {
                What::Default { .. } => found.what.decided(),
                _ if hit.path.is_empty() => found.what.decided(),
                _ => Decided::Value(hit.value),
            };
            let leaf = Leaf {
                node: self.node,
                path: path.clone(),
                decided,
                note: hit.note.map(Into::into),
                excerpt: hit.excerpt.map(Into::into),
            };
            let mut one = Outcome::of(Truth::True, Some(leaf));
            if hit.is_item {
                one = one.about(self.node, &path);
            }
            outcome.cases.append(&mut one.cases);
        }
        outcome
    }

    fn each(&self, selector: &Selector, quantifier: Quantifier, part: &Condition) -> Outcome {
        if let Some(truth) = self.each_itself(selector, quantifier, part) {
            return Outcome::bare(truth);
        }
        let (items, missing) = self.items(selector);
        let mut outcomes = Vec::with_capacity(items.len());
        for item in &items {
            outcomes.push(self.item(item, part));
        }
        if let Some(missing) = &missing {
            outcomes.push(self.simple(missing, Truth::Unknown));
        }
        let truth = match quantifier {
            Quantifier::Some | Quantifier::None => Outcome::any(outcomes),
            Quantifier::Every => Outcome::all(outcomes),
        };
        let mut outcome = match quantifier {
            Quantifier::None => truth.negate(),
            Quantifier::Some | Quantifier::Every => truth,
        };
        // That no item does, or that each does, is said of the whole; which items do, of each.
        let about_items = match quantifier {
            Quantifier::Some => outcome.truth == Truth::True,
            Quantifier::None | Quantifier::Every => outcome.truth == Truth::False,
        };
        if self.trace && !about_items && outcome.truth != Truth::Unknown {
            let found = self.look(selector.collection());
            outcome = self.simple(&found, outcome.truth);
        }
        outcome
    }

    /// The truth alone where each item is tested itself, which needs no paths. None where it is not as simple as that.
    fn each_itself(
        &self,
        selector: &Selector,
        quantifier: Quantifier,
        part: &Condition,
    ) -> Option<Truth> {
        let Condition::Leaf(own, test) = part else {
            return None;
        };
        let is_itself = own.root == Root::Here && own.steps.is_empty();
        if self.trace
            || !is_itself
            || matches!(test, Test::SameAs(_))
            || !selector.tails().eq([[].as_slice()])
        {
            return None;
        }
        let list = match self.look(selector.collection()).what {
            What::Known(Cow::Borrowed(list)) => Some(list),
            What::Absent { .. } => None,
            What::Unknown { .. } => return Some(Truth::Unknown),
            What::Known(Cow::Owned(_)) | What::Default { .. } => return None,
        };
        let every = quantifier == Quantifier::Every;
        let mut truth = Truth::from(every);
        for item in list.into_iter().flat_map(children) {
            let one = self.itself(item, test)?;
            truth = if every { truth.and(one) } else { truth.or(one) };
        }
        Some(if quantifier == Quantifier::None {
            !truth
        } else {
            truth
        })
    }

    /// Whether an item passes a test; none where it is nothing under the assumptions at hand.
    fn itself(&self, item: &'a Value, test: &Test) -> Option<Truth> {
        let Ok(value) = self.assume(item) else {
            return Some(Truth::Unknown);
        };
        if value.is_null() {
            return None;
        }
        let value = self.choices.settle(value);
        Some(match test {
            Test::Call(function) => function.judge(&value, self.resource).truth,
            test => self.test(&value, test),
        })
    }

    fn item(&self, item: &Found<'a>, part: &Condition) -> Outcome {
        let value = match &item.what {
            What::Known(value) => value.as_ref(),
            What::Default { default, .. } => &default.value,
            What::Unknown { value, .. } => *value,
            What::Absent { holder } => *holder,
        };
        let scope = Scope {
            item: Some((value, &item.path)),
            ..self.clone()
        };
        let mut outcome = scope.evaluate(part);
        if self.trace {
            if outcome.cases.is_empty() {
                outcome = Outcome::of(outcome.truth, Some(self.trace_leaf(item)));
            }
            outcome = outcome.about(self.node, &item.path);
        }
        outcome
    }

    fn related(&self, relation: &Relation) -> Outcome {
        let ends = self.ends(relation);
        let mut outcomes = Vec::with_capacity(ends.len() + 1);
        for (edge, other) in &ends {
            outcomes.push(self.end(relation, edge, *other));
        }
        if let Some(found) = self.hidden_end(relation, &ends) {
            outcomes.push(self.simple(&found, Truth::Unknown));
        }
        if let Some(found) = self.module_end(relation, &ends) {
            outcomes.push(self.simple(&found, Truth::Unknown));
        }
        if relation.at_least > 1 {
            return self.several(relation.at_least, &ends, outcomes);
        }
        let outcome = match relation.quantifier {
            Quantifier::Some => Outcome::any(outcomes),
            Quantifier::Every => Outcome::all(outcomes),
            Quantifier::None => Outcome::any(outcomes).negate(),
        };
        if self.trace && outcome.cases.is_empty() {
            return Outcome::of(outcome.truth, Some(self.whole()));
        }
        outcome
    }

    /// Whether so many of the related resources fulfill the condition. Who may not exist, or stands for an unknown number, may be
    /// what is missing; so may a reference that cannot be resolved, which has an outcome but no end.
    fn several(&self, least: usize, ends: &[(Edge, NodeId)], outcomes: Vec<Outcome>) -> Outcome {
        let mut certain: usize = 0;
        let mut possible: usize = 0;
        let mut missing = None;
        for (position, outcome) in outcomes.into_iter().enumerate() {
            let end = ends.get(position).map(|(_, other)| *other);
            let presence = end.map(|other| &self.graph.resource(other).presence);
            let (number, unknown) = match (outcome.truth, presence) {
                (Truth::False, _) => continue,
                (Truth::True, Some(Presence::Conditional(unknown))) => (1, Some(unknown)),
                (Truth::True, Some(Presence::Symbolic(unknown))) => (least, Some(unknown)),
                (Truth::True, _) => {
                    certain += 1;
                    continue;
                }
                (Truth::Unknown, Some(Presence::Symbolic(_)) | None) => (least, None),
                (Truth::Unknown, Some(_)) => (1, None),
            };
            possible = possible.saturating_add(number);
            missing.get_or_insert_with(|| match unknown {
                Some(unknown) => self.simple(&self.lacking(unknown), Truth::Unknown),
                None => outcome,
            });
        }
        match missing {
            Some(missing) if certain < least && certain.saturating_add(possible) >= least => {
                missing
            }
            _ => Outcome::of((certain >= least).into(), self.trace.then(|| self.whole())),
        }
    }

    /// The resource itself, as far as something about others is not known.
    fn lacking(&self, unknown: &Unknown) -> Found<'a> {
        Found {
            what: What::Unknown {
                value: &self.resource.properties,
                unknown: Cow::Owned(unknown.clone()),
            },
            path: Path::default(),
        }
    }

    /// The resource as a leaf.
    fn whole(&self) -> Leaf {
        Leaf {
            node: self.node,
            path: Path::default(),
            decided: Decided::Resource,
            note: None,
            excerpt: None,
        }
    }

    /// The resources at the other ends of the edges that a relation means, each once.
    fn ends(&self, relation: &Relation) -> Vec<(Edge, NodeId)> {
        if let Some(reads) = self.reads {
            reads.add_edges(self.node);
        }
        let edges: Vec<&Edge> = match relation.direction {
            Direction::From => self.graph.edges_from(self.node).collect(),
            Direction::To => self.graph.edges_to(self.node).collect(),
            Direction::Anywhere => return self.everywhere(relation),
        };
        let mut ends: Vec<(Edge, NodeId)> = Vec::new();
        let mut seen = BTreeSet::new();
        for edge in edges {
            let other = match relation.direction {
                Direction::From => edge.to,
                Direction::To | Direction::Anywhere => edge.from,
            };
            let fits = relation
                .label
                .as_ref()
                .is_none_or(|label| *label == edge.label)
                && relation.fits_type(&self.graph.resource(other).resource_type)
                && relation
                    .path
                    .as_ref()
                    .is_none_or(|path| path.covers(&edge.path, self.place(relation)));
            if fits && seen.insert(other) {
                self.see(other);
                ends.push((edge.clone(), other));
            }
        }
        ends
    }

    /// Every other resource of the types of a relation.
    fn everywhere(&self, relation: &Relation) -> Vec<(Edge, NodeId)> {
        let types = relation.types.iter();
        types
            .flat_map(|resource_type| self.of_type(resource_type))
            .filter(|other| **other != self.node)
            .filter(|other| !relation.same_provider || self.beside(**other) != Truth::False)
            .map(|other| {
                self.see(*other);
                let edge = Edge {
                    from: *other,
                    to: self.node,
                    label: "anywhere".into(),
                    path: Path::default(),
                };
                (edge, *other)
            })
            .collect()
    }

    /// Whether another resource is in the same account and region, as far as Terraform says: of one configuration of the provider,
    /// and with the same `region`, which a resource may name by itself.
    fn beside(&self, other: NodeId) -> Truth {
        if let Some(reads) = self.reads {
            for node in [self.node, other] {
                reads.add(node, Part::Head);
                reads.add(node, Part::Declared(REGION.into()));
            }
        }
        let other = self.graph.resource(other);
        let configuration =
            |it: &'a Resource| it.provider.as_ref().map(|it| (&it.source, &it.alias));
        let region = |it: &'a Resource| it.meta.get(DECLARED).and_then(|it| it.get(REGION));
        let regions = match (region(self.resource), region(other)) {
            (None, None) => Truth::True,
            (Some(a), Some(b)) if a.same(b) => Truth::True,
            (Some(a), Some(b)) if a.is_wholly_known() && b.is_wholly_known() => Truth::False,
            _ => Truth::Unknown,
        };
        Truth::from(configuration(self.resource) == configuration(other)).and(regions)
    }

    /// The resources of a type.
    fn of_type(&self, resource_type: &Arc<str>) -> &'a [NodeId] {
        if let Some(reads) = self.reads {
            reads.add_type(resource_type);
        }
        self.graph.of_type(resource_type)
    }

    /// That another resource is there, and whether that is certain.
    fn see(&self, other: NodeId) {
        if let Some(reads) = self.reads {
            reads.add(other, Part::Head);
        }
    }

    /// The path that a relation's own path is relative to.
    fn place(&self, relation: &Relation) -> Option<&Path> {
        match relation.direction {
            Direction::From => self.item.map(|(_, path)| path),
            Direction::To | Direction::Anywhere => None,
        }
    }

    fn end(&self, relation: &Relation, edge: &Edge, other: NodeId) -> Outcome {
        let resource = self.graph.resource(other);
        let scope = Scope {
            node: other,
            resource,
            item: None,
            letters: Letters::of_type(&resource.resource_type),
            ..self.clone()
        };
        let mut outcome = scope.evaluate(&relation.condition);
        if relation.same_provider && self.beside(other) == Truth::Unknown {
            let reason = Reason::Computed("the region".into());
            let unknown = self.lacking(&Unknown::new(reason));
            outcome = Outcome::all(vec![outcome, self.simple(&unknown, Truth::Unknown)]);
        }
        if !self.trace {
            return outcome;
        }
        let leaf = match relation.direction {
            Direction::To | Direction::Anywhere => self.whole(),
            Direction::From => self.written(edge),
        };
        if outcome.cases.is_empty() {
            let seen = scope.whole();
            outcome = Outcome::of(outcome.truth, Some(seen));
        }
        outcome.cases.truncate(1);
        for case in &mut outcome.cases {
            case.item = None;
            case.leaves.insert(0, leaf.clone());
        }
        outcome
    }

    /// The property that holds the reference of an edge.
    fn written(&self, edge: &Edge) -> Leaf {
        if let (Some(reads), Some(Segment::Key(name))) = (self.reads, edge.path.segments().first())
        {
            reads.add(self.node, Part::Property(name.clone()));
        }
        let decided = match self.resource.properties.lookup(&edge.path) {
            palisade_model::Lookup::Known(value) => Decided::Value(value.clone()),
            _ => Decided::Resource,
        };
        Leaf {
            node: self.node,
            path: edge.path.clone(),
            decided,
            note: None,
            excerpt: None,
        }
    }

    /// A value that may name a resource that fits, but cannot be resolved.
    fn hidden_end(&self, relation: &Relation, ends: &[(Edge, NodeId)]) -> Option<Found<'a>> {
        let path = relation.path.as_ref()?;
        if relation.direction == Direction::From {
            if !ends.is_empty() {
                return None;
            }
            let (items, missing) = self.items(path);
            return missing.or_else(|| items.into_iter().find_map(|item| self.hidden(item)));
        }
        let unknown = |node: &NodeId| {
            let scope = Scope {
                choices: self.choices,
                ..self.at(*node)
            };
            scope.unknown_at(path)
        };
        if let Some(hidden) = self.hidden {
            return hidden.of(relation, self).iter().find_map(unknown);
        }
        for resource_type in &relation.types {
            if let Some(found) = self.of_type(resource_type).iter().find_map(unknown) {
                return Some(found);
            }
        }
        None
    }

    /// A module that is not here and is given this resource: what it makes may name it.
    fn module_end(&self, relation: &Relation, ends: &[(Edge, NodeId)]) -> Option<Found<'a>> {
        if relation.direction != Direction::To {
            return None;
        }
        let mut givers = self.graph.edges_to(self.node).map(|edge| edge.from);
        let call = givers.find(|giver| {
            self.graph.resource(*giver).resource_type.as_ref() == MODULE_CALL
                && ends.iter().all(|(_, end)| end != giver)
        })?;
        let call = self.graph.resource(call);
        let source = call.properties.get("Source").and_then(Value::as_str);
        let source = source.map_or_else(|| call.address.to_string(), str::to_owned);
        Some(self.lacking(&Unknown::new(Reason::MissingModule(source.into()))))
    }

    /// Another resource, with nothing assumed.
    pub(crate) fn at(&self, node: NodeId) -> Self {
        let resource = self.graph.resource(node);
        Scope {
            node,
            resource,
            item: None,
            choices: Choices::none(),
            letters: Letters::of_type(&resource.resource_type),
            ..self.clone()
        }
    }

    /// The first unknown of the values at a path.
    pub(crate) fn unknown_at(&self, path: &Selector) -> Option<Found<'a>> {
        let (items, missing) = self.items(path);
        let unknown = |item: &Found<'_>| matches!(item.what, What::Unknown { .. });
        missing.or_else(|| items.into_iter().find(unknown))
    }

    /// An item that is unknown, or that names something outside.
    fn hidden(&self, item: Found<'a>) -> Option<Found<'a>> {
        match &item.what {
            What::Unknown { .. } => Some(item),
            What::Known(value) if value.as_bool().is_none() => Some(Found {
                what: What::Unknown {
                    value: &self.resource.properties,
                    unknown: Cow::Owned(Unknown::new(Reason::DataSource(
                        super::render::value(value).into(),
                    ))),
                },
                path: item.path,
            }),
            _ => None,
        }
    }
}
