//! The tables that say which calls read a resource type and where its properties stand in the answers.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;

/// How one canonical type is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The canonical type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The API documentation the table follows.
    pub source: Vec<String>,
    /// The call that lists the resources, whole or to be completed by `details`.
    pub list: Call,
    /// Where the physical id stands in an item of the list: what a stack calls `PhysicalResourceId`.
    pub id: String,
    /// The canonical property a template names the resource by, where it names it at all.
    #[serde(default)]
    pub identifier: Option<String>,
    /// Items to leave out: a path and the texts it starts with there.
    #[serde(default)]
    pub skip: IndexMap<String, Vec<String>>,
    /// Calls made for each item; the answer of each stands beside the item's own entries, under its name.
    #[serde(default)]
    pub details: IndexMap<String, Call>,
    /// The canonical properties.
    pub properties: IndexMap<String, Field>,
}

/// One call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The service it goes to and is signed for.
    pub service: String,
    /// The action of a query protocol; with `version`.
    #[serde(default)]
    pub action: Option<String>,
    /// The API version of the query protocol.
    #[serde(default)]
    pub version: Option<String>,
    /// Parameters of the action.
    #[serde(default)]
    pub parameters: IndexMap<String, String>,
    /// The path of a REST protocol; `{id}` is the item's id.
    #[serde(default)]
    pub path: Option<String>,
    /// Where the items of a list stand in the answer.
    #[serde(default)]
    pub items: String,
    /// Where the token of the next page stands, and the parameter that sends it back.
    #[serde(default)]
    pub page: Option<(String, String)>,
    /// Error codes that mean "there is none", not "it went wrong".
    #[serde(default)]
    pub absent: Vec<String>,
}

/// Where a canonical property comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Field {
    /// The text at a path of the item.
    Text(String),
    /// Anything else.
    Rule(Box<Rule>),
}

/// How a property is made. Exactly one of the sources is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// The path of a text.
    pub text: Option<String>,
    /// The path of a whole number.
    pub integer: Option<String>,
    /// The path of `true` or `false`.
    pub boolean: Option<String>,
    /// The path of a document in JSON, percent-encoded or plain.
    pub json: Option<String>,
    /// The path of texts, or of items whose `of` is one.
    pub texts: Option<String>,
    /// Where the text stands in an item of `texts`.
    pub of: String,
    /// The path of items; each becomes an object of `properties`.
    pub each: Option<String>,
    /// What an object consists of: alone, or for each item.
    pub properties: IndexMap<String, Field>,
    /// One object per item of each of these paths below the item, each with these properties more.
    pub spread: Vec<Spread>,
    /// A table the text at the path is looked up in; texts not in it are kept.
    pub lookup: IndexMap<String, String>,
    /// What the absence of the path means in this API.
    pub absent: Option<serde_json::Value>,
    /// The whole property is left out where nothing stands at this path.
    pub when: Option<String>,
}

/// One kind of sources that an item names several of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The path of the sources below the item.
    pub over: String,
    /// Read from the source.
    pub properties: IndexMap<String, Field>,
}

/// A table file that is wrong.
#[derive(Debug)]
pub struct TableError(String);

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TableError {}

const FILES: [(&str, &str); 4] = [
    ("aws/bucket", include_str!("tables/aws/bucket.yaml")),
    (
        "aws/db-instance",
        include_str!("tables/aws/db-instance.yaml"),
    ),
    ("aws/role", include_str!("tables/aws/role.yaml")),
    (
        "aws/security-group",
        include_str!("tables/aws/security-group.yaml"),
    ),
];

/// All tables, by type.
pub fn tables() -> Result<Vec<Table>, TableError> {
    let read = |(name, text): &(&str, &str)| {
        serde_saphyr::from_str(text)
            .map_err(|error| TableError(format!("tables/{name}.yaml: {error}")))
    };
    let mut tables: Vec<Table> = FILES.iter().map(read).collect::<Result<_, _>>()?;
    tables.sort_by(|a, b| a.resource_type.cmp(&b.resource_type));
    Ok(tables)
}
