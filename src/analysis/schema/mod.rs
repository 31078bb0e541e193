//! The canonical schemas: which properties a provider's own resource type has, and of what kind.
//!
//! The facts are generated data (`generate.py` writes `aws.txt`, `azure.txt` and `google.txt` for the types of `types.txt`);
//! `extra.txt` holds what no provider publishes as a schema: `x` types and `x:` properties. Nothing is parsed before a type is
//! looked up.

mod outline;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use palisade_model::{Path, Segment};

use crate::embedded::Made;

/// Where the lines of each type of a file are, by its name in lower case (ARM types are not case-sensitive).
type Index = LazyLock<BTreeMap<String, &'static str>>;

/// One file: a part of the names of all its types, in lower case, and its index, made when a type may be in it.
struct Outline(&'static str, Index);

/// The published schemas, and our extensions of them last. A type of `extra.txt` that has a published schema is in two files.
static OUTLINES: [Outline; 4] = [
    Outline("aws::", LazyLock::new(|| index(include_str!("aws.txt")))),
    Outline(
        "microsoft.",
        LazyLock::new(|| index(include_str!("azure.txt"))),
    ),
    Outline(
        "googleapis.com/",
        LazyLock::new(|| index(include_str!("google.txt"))),
    ),
    Outline("", LazyLock::new(|| index(include_str!("extra.txt")))),
];

fn index(text: &'static str) -> BTreeMap<String, &'static str> {
    outline::sections(text)
        .map(|section| (outline::type_name(section).to_lowercase(), section))
        .collect()
}

/// By type as it was asked for; none where there is no schema of it.
static PARSED: Made<Option<Arc<Schema>>> = Made::new();

/// What a canonical resource type looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// As the provider spells it: `AWS::S3::Bucket`, `Microsoft.Storage/storageAccounts`, `storage.googleapis.com/Bucket`.
    pub resource_type: &'static str,
    /// The API version the properties are of; Azure only.
    pub api_version: Option<&'static str>,
    /// An object.
    pub root: Property,
}

/// One property, or an item of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// What it holds.
    pub kind: PropertyKind,
    /// The provider refuses the resource without it.
    pub required: bool,
    /// Set by the provider: it stands in an observed resource, never in a declared one.
    pub read_only: bool,
    /// Never told by the provider: it stands in a declared resource, never in an observed one.
    pub write_only: bool,
    /// The only texts it takes, where the provider lists them.
    pub values: Vec<&'static str>,
    /// What a text in it names, where the provider says so: `AWS::KMS::Key.Arn`.
    pub refers_to: Option<&'static str>,
}

/// What a property holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    /// A text.
    String,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Anything: a free document, or a structure that contains itself.
    Any,
    /// These properties, sorted by name.
    Object(Vec<(&'static str, Property)>),
    /// Items of one kind.
    List(Box<Property>),
    /// Values of one kind under names of the user.
    Map(Box<Property>),
}

/// A path that leads nowhere in a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownProperty {
    /// How many segments of the path are right.
    pub depth: usize,
    /// What the segment behind them says.
    pub name: String,
    /// The property whose name is nearest.
    pub suggestion: Option<&'static str>,
}

impl fmt::Display for UnknownProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no property `{}`", self.name)?;
        self.suggestion
            .map_or(Ok(()), |name| write!(f, "; did you mean `{name}`?"))
    }
}

impl std::error::Error for UnknownProperty {}

/// The schema of a canonical type, whatever its letter case; none where it is not in `types.txt`.
pub fn lookup(resource_type: &str) -> Option<Arc<Schema>> {
    PARSED.of(resource_type, || {
        let name = resource_type.to_lowercase();
        let files = OUTLINES.iter().filter(|file| name.contains(file.0));
        let sections: Vec<&str> = files
            .filter_map(|file| file.1.get(&name).copied())
            .collect();
        (!sections.is_empty()).then(|| Arc::new(outline::parse(&sections)))
    })
}

/// Every canonical type there is a schema of, sorted by its name in lower case.
pub fn types() -> impl Iterator<Item = &'static str> {
    let mut types: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, section) in OUTLINES.iter().flat_map(|file| file.1.iter()) {
        types.entry(name).or_insert(section);
    }
    types.into_values().map(outline::type_name)
}

impl Schema {
    /// The property at a path, from the resource's own properties down. `[]` and a position go into a list, any name into a map.
    pub fn property(&self, path: &Path) -> Result<&Property, UnknownProperty> {
        self.root.at(path)
    }
}

impl Property {
    /// The property at a path below this one. Below [`PropertyKind::Any`] every path is right.
    pub fn at(&self, path: &Path) -> Result<&Self, UnknownProperty> {
        let mut current = self;
        for (depth, segment) in path.segments().iter().enumerate() {
            current = match (&current.kind, segment) {
                (PropertyKind::Any, _) => return Ok(current),
                (PropertyKind::List(item), Segment::Each | Segment::Index(_))
                | (PropertyKind::Map(item), Segment::Each | Segment::Key(_)) => item,
                (_, Segment::Key(name)) => current
                    .child(name)
                    .ok_or_else(|| current.unknown(depth, name))?,
                (_, other) => {
                    return Err(current.unknown(depth, &Path::new(vec![other.clone()]).to_string()));
                }
            };
        }
        Ok(current)
    }

    /// The property of an entry: that of an object by its name, that of a map by any.
    pub fn entry(&self, name: &str) -> Option<&Self> {
        match &self.kind {
            PropertyKind::Map(item) => Some(item),
            _ => self.child(name),
        }
    }

    /// The properties of an object, sorted by name; none of anything else.
    pub fn children(&self) -> &[(&'static str, Self)] {
        match &self.kind {
            PropertyKind::Object(children) => children,
            _ => &[],
        }
    }

    fn child(&self, name: &str) -> Option<&Self> {
        let children = self.children();
        children
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()
            .map(|position| &children[position].1)
    }

    fn unknown(&self, depth: usize, name: &str) -> UnknownProperty {
        let same = |known: &str| known.eq_ignore_ascii_case(name);
        let nearest = self
            .children()
            .iter()
            .map(|(known, _)| {
                (
                    if same(known) {
                        0
                    } else {
                        distance(known, name)
                    },
                    *known,
                )
            })
            .min()
            .filter(|(distance, known)| *distance <= known.len() / 3);
        UnknownProperty {
            depth,
            name: name.to_owned(),
            suggestion: nearest.map(|(_, known)| known),
        }
    }
}

/// The edit distance of two names (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}
