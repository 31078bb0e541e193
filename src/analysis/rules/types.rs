//! Paths of rules against the canonical schemas: a misspelt property is an error.

use palisade_model::{Path, Segment};

use super::{Fact, Place, Root, Rule, Selector, Step};
use crate::schema::{self, UnknownProperty};

/// A path, or a type, that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelling {
    /// As the rule writes it.
    pub text: String,
    /// Lower case, no full stop.
    pub message: String,
}

impl Rule {
    /// Every path and type of the rule that the schemas do not have.
    pub fn misspellings(&self) -> Vec<Misspelling> {
        let mut found = Vec::new();
        let mut visit =
            |selector: &Selector, place: &Place| self.check(selector, place, &mut found);
        if let Some(when) = &self.when {
            when.visit_selectors(&mut visit);
        }
        self.fail_when.visit_selectors(&mut visit);
        let outer = Place::default();
        for (selector, _) in &self.remediation.set {
            visit(selector, &outer);
        }
        found
    }

    /// Its types that there is no schema of, so that their paths are not checked.
    pub fn types_without_schema(&self) -> impl Iterator<Item = &str> {
        let types = self.types.iter().map(|name| &**name);
        types.filter(|name| is_canonical(name) && schema::lookup(name).is_none())
    }

    fn check(&self, selector: &Selector, place: &Place, found: &mut Vec<Misspelling>) {
        if matches!(selector.root, Root::Meta | Root::Fact(_)) {
            return;
        }
        let types = place.types.as_ref().unwrap_or(&self.types);
        let path: Path = Path::new(place.steps(selector).iter().map(segment).collect());
        let mut problems: Vec<UnknownProperty> = Vec::new();
        let mut known = 0;
        for schema in types.iter().filter_map(|name| schema::lookup(name)) {
            known += 1;
            problems.extend(schema.property(&path).err());
        }
        // A rule that tells its types apart may use properties that only some of them have.
        let is_wrong = if self.tells_types_apart() {
            problems.len() == known
        } else {
            !problems.is_empty()
        };
        if let (true, Some(problem)) = (is_wrong, problems.first()) {
            found.push(Misspelling {
                text: selector.to_string(),
                message: format!("`{path}`: {problem}"),
            });
        }
    }

    fn tells_types_apart(&self) -> bool {
        let mut does = false;
        let mut visit = |selector: &Selector, _: &Place| {
            does |= selector.root == Root::Fact(Fact::Type);
        };
        self.fail_when.visit_selectors(&mut visit);
        if let Some(when) = &self.when {
            when.visit_selectors(&mut visit);
        }
        does
    }
}

/// A type of a provider's own, not of Terraform.
fn is_canonical(resource_type: &str) -> bool {
    resource_type.contains("::") || resource_type.contains('/')
}

fn segment(step: &Step) -> Segment {
    match step {
        Step::Key(key) => Segment::Key(key.clone()),
        Step::Index(index) => Segment::Index(*index),
        Step::Each | Step::Where { .. } => Segment::Each,
    }
}
