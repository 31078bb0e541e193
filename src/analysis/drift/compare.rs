//! One declared resource against its counterpart, property by property.

use palisade_model::{Kind, Map, Path, Resource, Segment, Value};

use super::{Drift, DriftKind};
use crate::lower;
use crate::schema::{self, Property, PropertyKind};

/// The differences of one pair.
pub(super) struct Comparison<'a> {
    declared: &'a Resource,
    observed: &'a Resource,
    /// Sorted by path.
    pub(super) drifts: Vec<Drift>,
    /// Properties that could not be compared.
    pub(super) unknown: usize,
}

impl<'a> Comparison<'a> {
    /// Compares a pair.
    pub(super) fn of(declared: &'a Resource, observed: &'a Resource) -> Self {
        let mut comparison = Self {
            declared,
            observed,
            drifts: Vec::new(),
            unknown: 0,
        };
        let schema = schema::lookup(&declared.resource_type);
        let root = schema.as_ref().map(|schema| &schema.root);
        comparison.entries(
            &Path::default(),
            &declared.properties,
            &observed.properties,
            root,
        );
        comparison.defaults(&Path::default(), &observed.properties);
        comparison
    }

    /// The declared entries of a map.
    fn entries(
        &mut self,
        path: &Path,
        declared: &Value,
        observed: &Value,
        schema: Option<&Property>,
    ) {
        for (key, value) in declared.as_map().into_iter().flatten() {
            let below = path.join(Segment::Key(key.clone()));
            let known = schema
                .and_then(|schema| schema.at(&Path::new(vec![Segment::Key(key.clone())])).ok());
            if known.is_some_and(|property| property.write_only || property.read_only) {
                self.unknown += usize::from(known.is_some_and(|property| property.write_only));
                continue;
            }
            self.value(&below, value, observed.get(key), known);
        }
    }

    fn value(
        &mut self,
        path: &Path,
        declared: &Value,
        observed: Option<&Value>,
        schema: Option<&Property>,
    ) {
        if declared.is_null() {
            return;
        }
        let Some(observed) = observed else {
            return self.absent(path, declared);
        };
        match (&declared.kind, &observed.kind) {
            (Kind::Unknown(_) | Kind::Reference(_) | Kind::Template(_), _)
            | (_, Kind::Unknown(_)) => self.unknown += 1,
            (Kind::Map(_), Kind::Map(_)) if !is_document(schema) => {
                self.entries(path, declared, observed, schema);
            }
            (Kind::List(_), Kind::List(_)) if !is_document(schema) => {
                self.list(path, declared, observed);
            }
            _ if same(declared, observed) => {}
            _ if !declared.is_wholly_known() => self.unknown += 1,
            _ => self.push(DriftKind::Changed, path, Some(declared), Some(observed)),
        }
    }

    /// Something is declared that the answer does not have: a difference where the provider would have told it.
    fn absent(&mut self, path: &Path, declared: &Value) {
        let told = self
            .observed
            .meta
            .get("told")
            .and_then(Value::as_list)
            .unwrap_or(&[]);
        let Some(Segment::Key(property)) = path.segments().first() else {
            return;
        };
        let is_told = told.iter().any(|name| name.as_str() == Some(property));
        match &declared.kind {
            Kind::Bool(false) => {}
            Kind::List(items) if items.is_empty() => {}
            Kind::Map(entries) => {
                for (key, value) in entries.iter() {
                    self.value(&path.join(Segment::Key(key.clone())), value, None, None);
                }
            }
            _ if is_told && declared.is_wholly_known() => {
                self.push(DriftKind::Changed, path, Some(declared), None);
            }
            _ => self.unknown += 1,
        }
    }

    /// A list, whose order the provider does not keep: each declared item has to be there, and where the list is owned by its
    /// resource nothing else may be.
    fn list(&mut self, path: &Path, declared: &Value, observed: &Value) {
        let (wanted, found) = (
            declared.as_list().unwrap_or(&[]),
            observed.as_list().unwrap_or(&[]),
        );
        let mut taken = vec![false; found.len()];
        let mut open = Vec::new();
        for (position, item) in wanted.iter().enumerate() {
            if !item.is_wholly_known() {
                self.unknown += 1;
                continue;
            }
            let there =
                (0..found.len()).find(|&other| !taken[other] && covers(item, &found[other]));
            match there {
                Some(other) => taken[other] = true,
                None => open.push(position),
            }
        }
        let certain = wanted.iter().all(Value::is_wholly_known);
        for position in open {
            let below = path.join(Segment::Index(position));
            self.push(DriftKind::Changed, &below, Some(&wanted[position]), None);
        }
        if certain && is_owned(path) {
            for (_, item) in taken
                .iter()
                .zip(found)
                .filter(|(taken, item)| !**taken && !is_tag_of_provider(item))
            {
                self.added(path, declared, item);
            }
        }
    }

    /// Observed leaves that nobody declared and whose documented default is another.
    fn defaults(&mut self, path: &Path, observed: &Value) {
        for (key, value) in observed.as_map().into_iter().flatten() {
            let below = path.join(Segment::Key(key.clone()));
            let declared = self.declared.properties.lookup(&below);
            match (&value.kind, declared) {
                (Kind::Map(_), _) => self.defaults(&below, value),
                (
                    Kind::Bool(_) | Kind::Number(_) | Kind::String(_),
                    palisade_model::Lookup::Unset(nearest),
                ) => {
                    let span = nearest.origin.header().or(self.declared.header);
                    self.against_default(&below, value, span);
                }
                _ => {}
            }
        }
    }

    fn against_default(
        &mut self,
        path: &Path,
        observed: &Value,
        span: Option<palisade_model::Span>,
    ) {
        let Some(default) = lower::default_of(self.declared, path) else {
            return;
        };
        let expected = Value::bare(default.kind);
        if matches!(expected.kind, Kind::Unknown(_) | Kind::Null) || same(&expected, observed) {
            return;
        }
        self.push(DriftKind::Changed, path, Some(&expected), Some(observed));
        if let Some(drift) = self.drifts.last_mut() {
            drift.span = span;
            drift.default = Some(default.source);
        }
    }

    fn added(&mut self, path: &Path, declared: &Value, item: &Value) {
        self.push(DriftKind::Added, path, Some(declared), Some(item));
        if let Some(drift) = self.drifts.last_mut() {
            drift.declared = None;
        }
    }

    fn push(
        &mut self,
        kind: DriftKind,
        path: &Path,
        declared: Option<&Value>,
        observed: Option<&Value>,
    ) {
        self.drifts.push(Drift {
            kind,
            address: self.declared.address.clone(),
            resource_type: self.declared.resource_type.clone(),
            id: Some(self.observed.address.name.clone()),
            span: declared
                .and_then(|value| value.origin.mark())
                .or(self.declared.header),
            path: path.clone(),
            declared: declared.cloned(),
            observed: observed.cloned(),
            default: None,
        });
    }
}

/// A free document, such as a policy: compared as a whole.
fn is_document(schema: Option<&Property>) -> bool {
    schema.is_some_and(|property| matches!(property.kind, PropertyKind::Any))
}

/// Lists whose every entry opens or grants something, so that one nobody declared matters.
fn is_owned(path: &Path) -> bool {
    const OWNED: [&str; 5] = [
        "SecurityGroupIngress",
        "SecurityGroupEgress",
        "Policies",
        "ManagedPolicyArns",
        "properties.securityRules",
    ];
    OWNED.contains(&path.to_string().as_str())
}

fn is_tag_of_provider(item: &Value) -> bool {
    item.get("Key")
        .and_then(Value::as_str)
        .is_some_and(|key| key.starts_with("aws:"))
}

/// Whether everything a declared item says holds for an observed one, which may say more.
fn covers(declared: &Value, observed: &Value) -> bool {
    match (&declared.kind, &observed.kind) {
        (Kind::Map(entries), Kind::Map(_)) => entries.iter().all(|(key, value)| {
            value.is_null() || observed.get(key).is_some_and(|found| covers(value, found))
        }),
        _ => same(declared, observed),
    }
}

/// Equal in meaning: numbers and booleans as texts, one item and a list of it, sets in any order.
fn same(declared: &Value, observed: &Value) -> bool {
    match (&declared.kind, &observed.kind) {
        (Kind::Encoded(encoded), _) => same(&encoded.value, observed),
        (Kind::List(wanted), Kind::List(found)) => same_set(wanted, found),
        (Kind::List(wanted), _) if wanted.len() == 1 => same(&wanted[0], observed),
        (_, Kind::List(found)) if found.len() == 1 => same(declared, &found[0]),
        (Kind::Map(wanted), Kind::Map(found)) => same_entries(wanted, found),
        _ => match (scalar_text(declared), scalar_text(observed)) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => declared.same(observed),
        },
    }
}

fn same_entries(wanted: &Map, found: &Map) -> bool {
    let set = |entries: &Map| entries.iter().filter(|(_, value)| !value.is_null()).count();
    set(wanted) == set(found)
        && wanted
            .iter()
            .filter(|(_, value)| !value.is_null())
            .all(|(key, value)| found.get(key).is_some_and(|other| same(value, other)))
}

fn same_set(wanted: &[Value], found: &[Value]) -> bool {
    let mut taken = vec![false; found.len()];
    wanted.len() == found.len()
        && wanted.iter().all(|item| {
            let there = (0..found.len()).find(|&other| !taken[other] && same(item, &found[other]));
            there.is_some_and(|other| !std::mem::replace(&mut taken[other], true))
        })
}

/// A scalar as templates and APIs write it in texts.
fn scalar_text(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Bool(flag) => Some(flag.to_string()),
        Kind::Number(number) => Some(number.to_string()),
        Kind::String(text) => Some(text.to_string()),
        _ => None,
    }
}
