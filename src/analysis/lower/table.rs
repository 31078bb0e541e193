//! The format of a table: what a Terraform type is in canonical terms. README.md describes it for authors.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use indexmap::IndexMap;
use palisade_model::{Path, Segment};
use regex::Regex;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::embedded::{self, Made};

/// What one Terraform type is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    /// The canonical type. A satellite has none: its values belong to its parent.
    #[serde(rename = "type")]
    pub resource_type: Option<Arc<str>>,
    /// The canonical type where an attribute decides it.
    pub discriminate: Option<Discriminate>,
    /// Takes the entries of another Terraform type; its own come on top.
    pub same_as: Option<String>,
    /// Earlier names of attributes: old to new.
    pub aliases: IndexMap<String, String>,
    /// Attributes of the same name, generated and read through; none of those by hand.
    pub auto: IndexMap<Attribute, Rule>,
    /// Attributes by hand.
    pub map: IndexMap<Attribute, Rule>,
    /// One canonical resource for each item of these lists.
    pub fanout: Vec<Fan>,
    /// It is a part of another resource.
    pub satellite: Option<Satellite>,
    /// What the provider sends when nothing is written.
    pub defaults: Vec<DefaultEntry>,
    /// Attributes no provider property answers to, with the reason.
    pub impossible: IndexMap<String, String>,
}

/// The canonical type by the value of an attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discriminate {
    /// The attribute.
    pub by: String,
    /// Its values and their types.
    pub types: IndexMap<String, Arc<str>>,
}

/// Where a satellite belongs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Satellite {
    /// The canonical type of the parent.
    pub of: Arc<str>,
    /// The attribute that names the parent; empty where the parent is the only one of its kind (an account setting).
    #[serde(default)]
    pub join: String,
    /// The property the satellite is: it exists as soon as the satellite does.
    #[serde(default, deserialize_with = "path")]
    pub into: Path,
    /// Lists are added to those of the parent instead of taking their place.
    #[serde(default)]
    pub append: bool,
}

/// The name of an attribute; a dotted path through blocks that appear once, or `.` for the block itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Attribute {
    name: String,
    is_path: bool,
}

impl Attribute {
    /// Whether it is more than a name.
    pub(crate) fn is_path(&self) -> bool {
        self.is_path
    }
}

impl From<String> for Attribute {
    fn from(name: String) -> Self {
        let is_path = name.contains('.');
        Self { name, is_path }
    }
}

impl Deref for Attribute {
    type Target = str;

    fn deref(&self) -> &str {
        &self.name
    }
}

/// That of its text, by which it is looked up.
impl Hash for Attribute {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Borrow<str> for Attribute {
    fn borrow(&self) -> &str {
        self
    }
}

/// What becomes of an attribute.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Rule {
    /// It is this property.
    To(Destination),
    /// Several things.
    Many(Vec<Rule>),
    /// What the operation says.
    Operation(Box<Operation>),
}

/// A path to write to; a last `[]` adds an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination(pub Path);

/// The operations. Those that are given apply in the order of the fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Operation {
    /// The property; none: the fields go where the attribute itself would.
    pub to: Option<Destination>,
    /// Only where other attributes of the block have these values.
    pub when: IndexMap<String, Json>,
    /// A document in JSON inside a text.
    pub json: bool,
    /// A document in YAML, and so in JSON too, inside a text.
    pub yaml: bool,
    /// `true` and `false` as two other values; null leaves the property unset.
    pub bool_enum: Option<[Json; 2]>,
    /// The opposite of a boolean.
    pub not: bool,
    /// Other spellings of values; null leaves the property unset. What is not listed stays.
    pub lookup: IndexMap<String, Json>,
    /// Another type: `text`, `number`, `bool`.
    #[serde(rename = "as")]
    pub convert: Option<Convert>,
    /// The items of a list as one text, with this between them.
    pub join: Option<String>,
    /// The parts of a text as a list.
    pub split: Option<String>,
    /// The named groups of a regular expression, each to its property.
    pub capture: Option<Capture>,
    /// A text with `{}` for the value, or with `{attribute}` for attributes of the block and `{attribute|otherwise}`.
    pub format: Option<String>,
    /// `true` where the attribute or block is there at all; or this value instead.
    pub presence: Option<Json>,
    /// This value where the attribute is there, whatever it is.
    #[serde(rename = "const")]
    pub constant: Option<Json>,
    /// Each item as the only entry, of this name, of an object.
    pub wrap: Option<String>,
    /// A list of blocks as a map by this attribute, which is taken out.
    pub key_by: Option<String>,
    /// A map as a list of objects: the names of the entries for key and value.
    pub entries: Option<[String; 2]>,
    /// A list of blocks as a map: the attributes that are the keys, and last the one that is the value.
    pub collect: Vec<String>,
    /// The text of a property that takes it in base64.
    pub base64: bool,
    /// The keys of a document with their first letter in upper case.
    pub pascal: bool,
    /// A key and value pair of an attribute list: `{Key: access_logs.s3.enabled, Value: "true"}`.
    pub pair: Option<Pair>,
    /// The only item of a list; of a value a list of it.
    pub item: bool,
    /// A value as a list of it.
    pub list: bool,
    /// The attributes of a block.
    pub fields: IndexMap<Attribute, Rule>,
    /// One item for each item of these lists of the block.
    pub fanout: Vec<Fan>,
    /// A resource of its own.
    pub emit: Option<Emit>,
}

/// Conversions of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Convert {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A boolean.
    Bool,
}

/// A regular expression with named groups.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// With `(?P<name>…)`.
    #[serde(deserialize_with = "regex")]
    pub pattern: Regex,
    /// The properties of the groups.
    pub to: IndexMap<String, Destination>,
}

/// Names of a key and value pair, and the key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The value of the key.
    pub key: String,
    /// The names of both entries.
    #[serde(default = "Pair::names")]
    pub names: [String; 2],
}

impl Pair {
    fn names() -> [String; 2] {
        ["Key".to_owned(), "Value".to_owned()]
    }
}

/// A list of which each item makes one more of something.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fan {
    /// The attribute.
    pub from: String,
    /// The property of each item.
    pub to: Destination,
    /// The attribute is a boolean that stands for a reference to the resource itself, by this attribute.
    #[serde(rename = "self", default)]
    pub itself: Option<String>,
}

/// A resource that Terraform writes inside another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emit {
    /// Its canonical type.
    #[serde(rename = "type")]
    pub resource_type: Arc<str>,
    /// Its own name behind the parent's, in ARM; a format.
    #[serde(default)]
    pub name: Option<String>,
    /// Properties that are a reference to the parent, by this attribute of it.
    #[serde(default)]
    pub parent: IndexMap<String, String>,
    /// Properties that are always the same.
    #[serde(default)]
    pub set: IndexMap<String, Json>,
}

/// What holds when nothing is written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DefaultEntry {
    /// The property.
    pub path: Option<Destination>,
    /// Or several with the same default.
    pub paths: Vec<Destination>,
    /// The value; null where nothing holds, unless it is inherited.
    pub value: Json,
    /// The provider versions it holds for, as a constraint.
    pub when: Option<String>,
    /// Only where this property is set.
    pub if_present: Option<Destination>,
    /// Only where this property is not set.
    pub unless_present: Option<Destination>,
    /// Not known where one of these is set: then the property is that of what they name.
    pub inherited_from: Vec<Destination>,
    /// Only where properties have these values (one of them, where it is a list).
    pub when_equal: IndexMap<String, Json>,
    /// Where that is documented.
    pub source: String,
    /// In words, for a finding.
    pub note: String,
    /// Since when the service does so; a date.
    pub since: Option<String>,
}

impl Operation {
    /// Whether the block becomes a list and not an object: its fields are items (`to: "[]"`).
    pub(crate) fn makes_list(&self) -> bool {
        self.fields.values().any(|rule| {
            let to = match rule {
                Rule::To(to) => Some(to),
                Rule::Operation(operation) => operation.to.as_ref(),
                Rule::Many(_) => None,
            };
            to.is_some_and(|to| matches!(to.0.segments().first(), Some(Segment::Each)))
        })
    }
}

impl DefaultEntry {
    /// The properties it is of.
    pub fn properties(&self) -> impl Iterator<Item = &Path> {
        self.path.iter().chain(&self.paths).map(|to| &to.0)
    }
}

impl<'de> Deserialize<'de> for Destination {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        path(deserializer).map(Self)
    }
}

fn regex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Regex, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&text).map_err(serde::de::Error::custom)
}

fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|error| serde::de::Error::custom(format!("`{text}`: {error}")))
}

/// The tables that were asked for; they stay for the rest of the process.
static READ: Made<Option<&'static Table>> = Made::new();

/// The table of a Terraform type.
pub fn of(terraform_type: &str) -> Option<&'static Table> {
    READ.of(terraform_type, || {
        read(terraform_type, 0).map(|table| &*Box::leak(Box::new(table)))
    })
}

/// The Terraform types that have a table, sorted.
pub fn types() -> impl Iterator<Item = &'static str> {
    embedded::TABLES.keys()
}

/// Every table, or what is wrong with its file.
pub fn check_all() -> impl Iterator<Item = (&'static str, Result<&'static Table, String>)> {
    types().map(|name| {
        let file = embedded::TABLES.of(name).next();
        let checked = match file.map(|file| file.read::<Table>()) {
            Some(Err(error)) => Err(error),
            _ => of(name).ok_or_else(|| format!("{name}: `same_as` leads nowhere")),
        };
        (name, checked)
    })
}

fn read(terraform_type: &str, depth: usize) -> Option<Table> {
    let mut table: Table = embedded::TABLES.of(terraform_type).next()?.read().ok()?;
    if let Some(base) = &table.same_as {
        if depth > 4 {
            return None;
        }
        let base = read(base, depth + 1)?;
        table = base.extended(table);
    }
    table.auto.retain(|name, _| !table.map.contains_key(name));
    Some(table)
}

impl Table {
    /// This table with the entries of another on top.
    fn extended(mut self, other: Self) -> Self {
        self.resource_type = other.resource_type.or(self.resource_type);
        self.discriminate = other.discriminate.or(self.discriminate);
        self.satellite = other.satellite.or(self.satellite);
        self.aliases.extend(other.aliases);
        self.auto.extend(other.auto);
        self.map.extend(other.map);
        self.impossible.extend(other.impossible);
        if !other.fanout.is_empty() {
            self.fanout = other.fanout;
        }
        if !other.defaults.is_empty() {
            self.defaults = other.defaults;
        }
        self
    }

    /// The rules of all attributes: those by hand last, so that they win.
    pub fn rules(&self) -> impl Iterator<Item = (&Attribute, &Rule)> {
        self.auto.iter().chain(&self.map)
    }
}
