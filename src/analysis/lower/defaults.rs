//! What holds when nothing is written: the provider's defaults by its version, then the service's. Looked up, never written into
//! the tree, so that a finding can say whose default it is.

use std::sync::{Arc, LazyLock};

use foldhash::HashMap;
use palisade_model::{
    Candidate, Kind, Language, Lookup, Map, OMITTED, Origin, OriginKind, Path, Reason, Resource,
    Segment, Unknown, Value,
};

use super::table::{self, DefaultEntry, Destination};
use super::transform;
use super::version::{Constraint, Version};
use crate::embedded;

/// The entry of `meta` that says why a resource is only a part of what is deployed: what it does not set is not known.
pub(crate) const PARTIAL: &str = "partial";
/// The entry of `meta` with the properties (texts of paths) that a satellite may set, whose parent is not known.
pub(crate) const MAYBE: &str = "maybe";
/// The entry of `meta` with the Terraform types of the satellites that were folded in.
pub(crate) const SATELLITES: &str = "satellites";
/// The entry of `meta` with the attributes of those satellites as declared, in the same order.
pub(crate) const SATELLITE_ATTRIBUTES: &str = "satellite_attributes";

/// The value of a property that is not set.
#[derive(Clone, Debug, PartialEq)]
pub struct Default {
    /// The value; unknown where it depends on what is not known.
    pub kind: Kind,
    /// `LanguageDefault` or `ServiceDefault`.
    pub layer: OriginKind,
    /// Where it is documented.
    pub source: &'static str,
    /// In words; empty where there is nothing to add.
    pub note: &'static str,
}

type ServiceDefaults = HashMap<String, Vec<DefaultEntry>>;

/// The service defaults of one provider: AWS, Azure or Google.
static SERVICE: [(&str, LazyLock<ServiceDefaults>); 3] = [
    ("aws", LazyLock::new(|| read("aws"))),
    ("google", LazyLock::new(|| read("google"))),
    ("azure", LazyLock::new(|| read("azure"))),
];

fn read(provider: &str) -> ServiceDefaults {
    let file = embedded::DEFAULTS.at(provider);
    file.and_then(|file| file.read().ok()).unwrap_or_default()
}

/// The default of a property that is not set. None where nothing is known to hold: then the property is really absent.
pub fn default_of(resource: &Resource, path: &Path) -> Option<Default> {
    default_seen(resource, path, &mut |_| {})
}

/// The entries of `meta` that the defaults of a resource rest on.
pub(crate) const DEFAULT_NOTES: [&str; 4] = [PARTIAL, MAYBE, SATELLITES, OMITTED];

/// The same, and `see` is told each other property that the answer rests on.
pub(crate) fn default_seen(
    resource: &Resource,
    path: &Path,
    see: &mut dyn FnMut(&Path),
) -> Option<Default> {
    if resource.language == Language::Live {
        return None;
    }
    if let Some(reason) = resource.meta.get(OMITTED).and_then(Value::as_str) {
        return Some(undetermined(reason));
    }
    if let Some(reason) = contested(resource, path) {
        return Some(undetermined(reason));
    }
    match language_default(resource, path, see) {
        None => default_of_service(resource, path, see),
        Some(mut default) => {
            if let Kind::Unknown(unknown) = &mut default.kind
                && unknown.candidates.iter().any(|it| it.value.is_null())
                && let Some(service) = default_of_service(resource, path, see)
            {
                // The versions that send nothing leave it to the service.
                let all = &mut Arc::make_mut(unknown).candidates;
                for candidate in all.iter_mut().filter(|it| it.value.is_null()) {
                    candidate.value.kind = service.kind.clone();
                }
            }
            Some(default)
        }
    }
}

/// What the service does where nobody sets a property.
fn default_of_service(
    resource: &Resource,
    path: &Path,
    see: &mut dyn FnMut(&Path),
) -> Option<Default> {
    if let Some(reason) = resource.meta.get(PARTIAL).and_then(Value::as_str)
        && !is_satellites_own(resource, path)
        && !is_in_an_item(resource, path)
    {
        return Some(undetermined(reason));
    }
    let entries = service_defaults(&resource.resource_type);
    let entries = entries.iter();
    choose((resource, path), entries, OriginKind::ServiceDefault, see)
}

/// The documented defaults of a canonical type.
pub fn service_defaults(resource_type: &str) -> &'static [DefaultEntry] {
    let provider = if resource_type.starts_with("AWS::") || resource_type.starts_with("x.aws/") {
        "aws"
    } else if resource_type.contains("googleapis.com/") {
        "google"
    } else {
        "azure"
    };
    let defaults = SERVICE.iter().find(|(known, _)| *known == provider);
    let entries = defaults.and_then(|(_, defaults)| defaults.get(resource_type));
    entries.map_or(&[], Vec::as_slice)
}

/// The Terraform types of the satellites that were folded in.
fn satellites(resource: &Resource) -> impl Iterator<Item = &str> {
    let folded = resource.meta.get(SATELLITES).and_then(Value::as_list);
    folded.unwrap_or_default().iter().filter_map(Value::as_str)
}

/// Whether a path leads into an item of a list that is here: a satellite writes items as a whole.
fn is_in_an_item(resource: &Resource, path: &Path) -> bool {
    let segments = path.segments();
    let item = segments
        .iter()
        .position(|segment| matches!(segment, Segment::Index(_)));
    item.is_some_and(|end| {
        end + 1 < segments.len()
            && matches!(
                resource.properties.lookup(&Path::new(segments[..=end].to_vec())),
                Lookup::Known(value) if value.as_map().is_some()
            )
    })
}

/// Whether a path leads into what a satellite is as a whole: nothing else can set it, also where its parent is elsewhere.
fn is_satellites_own(resource: &Resource, path: &Path) -> bool {
    satellites(resource)
        .filter_map(table::of)
        .filter_map(|table| table.satellite.as_ref())
        .map(|satellite| &satellite.into)
        .any(|into| {
            !into.is_empty()
                && into.segments().len() < path.segments().len()
                && overlaps(into, path)
        })
}

fn language_default(
    resource: &Resource,
    path: &Path,
    see: &mut dyn FnMut(&Path),
) -> Option<Default> {
    if !resource.language.is_terraform() {
        return None;
    }
    let types = satellites(resource).chain([&*resource.declared_type]);
    let entries = types
        .filter_map(table::of)
        .flat_map(|table| &table.defaults);
    choose((resource, path), entries, OriginKind::LanguageDefault, see)
}

/// Why a property is not known that satellites may set, of which it is not certain whose they are.
fn contested<'a>(resource: &'a Resource, path: &Path) -> Option<&'a str> {
    let maybe = resource.meta.get(MAYBE)?.as_map()?;
    maybe.iter().find_map(|(property, reason)| {
        let property: Path = property.parse().ok()?;
        overlaps(&property, path).then(|| reason.as_str()).flatten()
    })
}

fn undetermined(reason: &str) -> Default {
    Default {
        kind: Reason::NotCollected(reason.into()).into(),
        layer: OriginKind::LanguageDefault,
        source: "",
        note: "",
    }
}

/// Whether one path leads through the other.
fn overlaps(a: &Path, b: &Path) -> bool {
    a.segments()
        .iter()
        .zip(b.segments())
        .all(|(a, b)| same_step(a, b))
}

fn same_step(pattern: &Segment, step: &Segment) -> bool {
    match (pattern, step) {
        (Segment::Each, _) | (_, Segment::Each) => true,
        (Segment::Key(pattern), Segment::Key(_)) if &**pattern == "*" => true,
        (a, b) => a == b,
    }
}

fn covers(pattern: &Path, path: &Path) -> bool {
    pattern.segments().len() == path.segments().len() && overlaps(pattern, path)
}

/// The entry that holds. Of several, that differ by provider version, the one that every possible version agrees on.
fn choose(
    (resource, path): (&Resource, &Path),
    entries: impl Iterator<Item = &'static DefaultEntry>,
    layer: OriginKind,
    see: &mut dyn FnMut(&Path),
) -> Option<Default> {
    let mut holding: Vec<&'static DefaultEntry> = Vec::new();
    let mut doubt = None;
    for entry in entries {
        if !entry.properties().any(|property| covers(property, path)) {
            continue;
        }
        let holds = holds(resource, path, entry, see);
        match holds.and_then(|holds| own((resource, path), entry, holds, see)) {
            Ok(true) => holding.push(entry),
            Ok(false) => {}
            Err(reason) => doubt = Some((entry, reason)),
        }
    }
    if let Some((entry, reason)) = doubt {
        return Some(default(entry, reason.into(), layer));
    }
    if holding.iter().all(|entry| entry.when.is_none()) {
        let entry = holding.first()?;
        return Some(default(entry, value(entry).kind, layer));
    }
    by_version(resource, path, &holding, layer)
}

fn value(entry: &DefaultEntry) -> Value {
    transform::constant(&entry.value, &Origin::default())
}

fn default(entry: &'static DefaultEntry, kind: Kind, layer: OriginKind) -> Default {
    Default {
        kind,
        layer,
        source: &entry.source,
        note: &entry.note,
    }
}

fn by_version(
    resource: &Resource,
    path: &Path,
    entries: &[&'static DefaultEntry],
    layer: OriginKind,
) -> Option<Default> {
    let provider = resource.provider.as_ref();
    let written = provider.and_then(|provider| provider.version.as_deref());
    let allowed = Constraint::parse(written.unwrap_or_default());
    let ranges: Vec<_> = entries
        .iter()
        .map(|entry| Constraint::parse(entry.when.as_deref().unwrap_or_default()))
        .collect();
    let mut probes: Vec<Version> = ranges.iter().flat_map(Constraint::probes).collect();
    probes.extend(allowed.probes());
    probes.sort_unstable();
    probes.dedup();
    let mut found: Vec<Option<&'static DefaultEntry>> = Vec::new();
    for version in probes
        .into_iter()
        .filter(|&version| allowed.allows(version))
    {
        let entry = entries
            .iter()
            .zip(&ranges)
            .find(|(_, range)| range.allows(version))
            .map(|(entry, _)| *entry);
        let value = entry.map(|entry| &entry.value);
        if !found
            .iter()
            .flatten()
            .any(|known| Some(&known.value) == value)
            && (entry.is_some() || !found.contains(&None))
        {
            found.push(entry);
        }
    }
    if let [only] = found[..] {
        let entry = only?;
        return Some(default(entry, value(entry).kind, layer));
    }
    let first = found.iter().flatten().next()?;
    let unknown = Unknown {
        reason: Reason::ProviderVersion(format!("default of {path}").into()),
        candidates: found
            .iter()
            .map(|entry| Candidate {
                when: Vec::new(),
                value: entry.map_or_else(Value::null, value),
            })
            .collect(),
    };
    Some(default(first, unknown.into(), layer))
}

/// An entry that holds, unless the property is that of another resource.
fn own(
    (resource, path): (&Resource, &Path),
    entry: &DefaultEntry,
    holds: bool,
    see: &mut dyn FnMut(&Path),
) -> Result<bool, Reason> {
    for property in entry.inherited_from.iter().filter(|_| holds) {
        let named = concrete(&property.0, path);
        see(&named);
        if present(resource, &named)? {
            let what = format!("`{path}` of what `{}` names", property.0);
            return Err(Reason::DataSource(what.into()));
        }
    }
    Ok(holds)
}

/// Whether the conditions of an entry hold; why it is not known where one rests on an unknown.
fn holds(
    resource: &Resource,
    path: &Path,
    entry: &DefaultEntry,
    see: &mut dyn FnMut(&Path),
) -> Result<bool, Reason> {
    let mut present = |property: &Destination| {
        let property = concrete(&property.0, path);
        see(&property);
        present(resource, &property)
    };
    if let Some(property) = &entry.if_present
        && !present(property)?
    {
        return Ok(false);
    }
    if let Some(property) = &entry.unless_present
        && present(property)?
    {
        return Ok(false);
    }
    for (property, wanted) in &entry.when_equal {
        let Ok(property) = property.parse::<Path>() else {
            return Ok(false);
        };
        let property = concrete(&property, path);
        see(&property);
        let wanted: Vec<_> = match wanted {
            serde_json::Value::Array(several) => several.iter().collect(),
            one => vec![one],
        };
        let equal = match resource.properties.lookup(&property) {
            Lookup::Known(value) => match value.kind {
                Kind::Reference(_) | Kind::Template(_) => {
                    return Err(Reason::Computed(property.to_string().into()));
                }
                _ => wanted.iter().any(|one| same(one, value)),
            },
            Lookup::Unset(_) => wanted.iter().any(|one| one.is_null()),
            Lookup::Unknown(_, unknown) => return Err(unknown.reason.clone()),
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

fn same(json: &serde_json::Value, value: &Value) -> bool {
    let wanted = transform::constant(json, &Origin::default());
    match (wanted.as_str(), value.as_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => wanted.same(value),
    }
}

fn present(resource: &Resource, property: &Path) -> Result<bool, Reason> {
    match resource.properties.lookup(property) {
        Lookup::Known(_) => Ok(true),
        Lookup::Unset(_) => Ok(false),
        Lookup::Unknown(_, unknown) => Err(unknown.reason.clone()),
    }
}

/// A path of a condition with the positions of the path that is asked for.
fn concrete(property: &Path, path: &Path) -> Path {
    let mut common = true;
    let segments = property
        .segments()
        .iter()
        .enumerate()
        .map(
            |(position, segment)| match (segment, path.segments().get(position)) {
                (Segment::Each, Some(step)) if common => step.clone(),
                (_, step) => {
                    common &= step == Some(segment);
                    segment.clone()
                }
            },
        )
        .collect();
    Path::new(segments)
}

/// Notes in the resource's `meta`: a text under a name.
pub(crate) fn note(resource: &mut Resource, name: &str, value: Value) {
    let meta = &mut resource.meta.kind;
    if !matches!(meta, Kind::Map(_)) {
        *meta = Map::new().into();
    }
    if let Kind::Map(meta) = meta {
        Arc::make_mut(meta).insert(Arc::from(name), value);
    }
}
