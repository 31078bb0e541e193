//! A template as one tree: short forms (`!Ref x`) made long (`Ref: x`), duplicate keys resolved, every part with its place in its
//! file. Includes, loops and the SAM transform are functions from tree to tree; evaluation reads the result.

use std::sync::Arc;

use indexmap::IndexMap;
use palisade_model::{FileId, Number, Span};
use palisade_syntax::data::{Data as NodeData, Node};
use palisade_syntax::{TextRange, yaml};

/// The entries of a map, in the order of the source.
pub(super) type Fields = IndexMap<Arc<str>, Field>;

/// A value as written.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// What it is.
    pub(super) data: Data,
    /// Its place; of a part that a transform made, the place of what made it.
    pub(super) span: Span,
}

/// What a [`Tree`] is.
#[derive(Clone, Debug)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    List(Arc<Vec<Tree>>),
    Map(Arc<Fields>),
}

/// The value of a key, and where the key is written.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The key.
    pub(super) key: Span,
    /// The value.
    pub(super) value: Tree,
}

impl Field {
    /// From the key through the value; only the value where they lie in different files or a transform joined them.
    pub(super) fn entry(&self) -> Span {
        if self.key.file == self.value.span.file && self.key.start <= self.value.span.start {
            self.key.cover(self.value.span)
        } else {
            self.key
        }
    }
}

impl Tree {
    pub(super) fn new(data: Data, span: Span) -> Self {
        Self { data, span }
    }

    pub(super) fn string(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self::new(Data::String(text.into()), span)
    }

    pub(super) fn bool(value: bool, span: Span) -> Self {
        Self::new(Data::Bool(value), span)
    }

    pub(super) fn integer(value: i64, span: Span) -> Self {
        Self::new(Data::Number(Number::Integer(value)), span)
    }

    pub(super) fn list(items: Vec<Self>, span: Span) -> Self {
        Self::new(Data::List(Arc::new(items)), span)
    }

    /// A map of pairs; its keys are placed at `span`.
    pub(super) fn map<K: Into<Arc<str>>>(
        pairs: impl IntoIterator<Item = (K, Self)>,
        span: Span,
    ) -> Self {
        let fields = pairs
            .into_iter()
            .map(|(key, value)| (key.into(), Field { key: span, value }))
            .collect();
        Self::new(Data::Map(Arc::new(fields)), span)
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of any scalar but null, as it reads in a text.
    pub(super) fn scalar_text(&self) -> Option<Arc<str>> {
        match &self.data {
            Data::String(text) => Some(text.clone()),
            Data::Number(number) => Some(number.to_string().into()),
            Data::Bool(value) => Some(value.to_string().into()),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match &self.data {
            Data::Bool(value) => Some(*value),
            Data::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Data::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    pub(super) fn items(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn fields(&self) -> Option<&Fields> {
        match &self.data {
            Data::Map(fields) => Some(fields),
            _ => None,
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.fields()?.get(key).map(|field| &field.value)
    }

    /// The value below a path of keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |tree, key| tree.get(key))
    }

    pub(super) fn str_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// Sets an entry; of something that is no map it makes one.
    pub(super) fn set(&mut self, key: impl Into<Arc<str>>, value: Self) {
        let field = Field {
            key: value.span,
            value,
        };
        self.set_field(key, field);
    }

    pub(super) fn set_field(&mut self, key: impl Into<Arc<str>>, field: Field) {
        if !matches!(self.data, Data::Map(_)) {
            self.data = Data::Map(Arc::default());
        }
        if let Data::Map(fields) = &mut self.data {
            Arc::make_mut(fields).insert(key.into(), field);
        }
    }

    /// Removes an entry.
    pub(super) fn take(&mut self, key: &str) -> Option<Self> {
        match &mut self.data {
            Data::Map(fields) if fields.contains_key(key) => Arc::make_mut(fields)
                .shift_remove(key)
                .map(|field| field.value),
            _ => None,
        }
    }

    /// The name and arguments of a function in its long form: a map of one entry, `Ref`, `Condition` or `Fn::…`.
    pub(super) fn function(&self) -> Option<(&str, &Self)> {
        let fields = self.fields()?;
        let (name, field) = fields.first().filter(|_| fields.len() == 1)?;
        is_function(name).then_some((&**name, &field.value))
    }

    /// The logical name of a `Ref`.
    pub(super) fn as_ref(&self) -> Option<&str> {
        match self.function()? {
            ("Ref", name) => name.as_str(),
            _ => None,
        }
    }

    /// Whether it is a function call and so no literal.
    pub(super) fn is_call(&self) -> bool {
        self.function().is_some()
    }

    /// In compact JSON, keys in order of the source or sorted; floats and texts as Python's `json.dumps` writes them.
    pub(super) fn to_json(&self, order: KeyOrder) -> String {
        let mut out = String::new();
        self.write_json(order, &mut out);
        out
    }

    fn write_json(&self, order: KeyOrder, out: &mut String) {
        match &self.data {
            Data::Null => out.push_str("null"),
            Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Data::Number(number) => out.push_str(&number.to_string()),
            Data::String(text) => quote(text, out),
            Data::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    item.write_json(order, out);
                }
                out.push(']');
            }
            Data::Map(fields) => {
                let mut pairs: Vec<_> = fields.iter().collect();
                if order == KeyOrder::Sorted {
                    pairs.sort_by(|a, b| a.0.cmp(b.0));
                }
                out.push('{');
                for (index, (key, field)) in pairs.into_iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    quote(key, out);
                    out.push(':');
                    field.value.write_json(order, out);
                }
                out.push('}');
            }
        }
    }
}

/// In which order the keys of a map are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyOrder {
    /// By code points.
    Sorted,
}

/// A text in JSON, with everything outside ASCII escaped.
pub(super) fn quote(text: &str, out: &mut String) {
    use std::fmt::Write;
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Whether a key is the name of a function.
pub(super) fn is_function(name: &str) -> bool {
    matches!(name, "Ref" | "Condition") || name.starts_with("Fn::")
}

/// The tree of a node of `file`.
pub(super) fn from_node(node: &Node, file: FileId) -> Tree {
    let Some(tag) = &node.tag else {
        return untagged(node, file);
    };
    let Some(name) = long_name(&tag.name) else {
        return untagged(node, file);
    };
    let key = span(tag.range, file);
    let argument = split_attribute(&name, untagged(node, file));
    let whole = key.cover(argument.span);
    let field = Field {
        key,
        value: argument,
    };
    let fields = Fields::from_iter([(name, field)]);
    Tree::new(Data::Map(Arc::new(fields)), whole)
}

/// `!GetAtt A.B` is `Fn::GetAtt: [A, B]`, whatever dots are in `B`.
fn split_attribute(name: &str, argument: Tree) -> Tree {
    let parts = match argument.as_str() {
        Some(text) if name == "Fn::GetAtt" => text.split_once('.'),
        _ => None,
    };
    let Some((resource, attribute)) = parts else {
        return argument;
    };
    let items = [resource, attribute].map(|part| Tree::string(part, argument.span));
    Tree::list(items.into(), argument.span)
}

/// What the tag of a short form stands for. A tag of YAML's own is none.
fn long_name(tag: &str) -> Option<Arc<str>> {
    match tag.strip_prefix('!')? {
        "" => None,
        yaml if yaml.starts_with('!') || yaml.starts_with('<') => None,
        "Ref" => Some("Ref".into()),
        "Condition" => Some("Condition".into()),
        name => Some(format!("Fn::{name}").into()),
    }
}

fn span(range: TextRange, file: FileId) -> Span {
    Span::new(file, range.start, range.end)
}

fn untagged(node: &Node, file: FileId) -> Tree {
    let data = match &node.data {
        NodeData::Null => Data::Null,
        NodeData::Bool(value) => Data::Bool(*value),
        NodeData::Number(digits) => number(digits),
        NodeData::String(text) => Data::String((&**text).into()),
        NodeData::Sequence(items) => Data::List(Arc::new(
            items.iter().map(|item| from_node(item, file)).collect(),
        )),
        NodeData::Mapping(entries) => {
            let mut fields = Fields::with_capacity(entries.len());
            for entry in entries {
                let field = Field {
                    key: span(entry.key.range, file),
                    value: from_node(&entry.value, file),
                };
                fields.insert(key_text(&entry.key), field);
            }
            Data::Map(Arc::new(fields))
        }
    };
    Tree::new(data, span(node.range, file))
}

fn number(digits: &str) -> Data {
    match (yaml::integer(digits), yaml::float(digits)) {
        (Some(whole), _) => Data::Number(Number::Integer(whole)),
        (None, Some(fraction)) => Data::Number(Number::Float(fraction)),
        (None, None) => Data::String(digits.into()),
    }
}

/// A key is a text, whatever it looks like: account ids in mappings keep their digits.
fn key_text(key: &Node) -> Arc<str> {
    match &key.data {
        NodeData::String(text) | NodeData::Number(text) => (&**text).into(),
        NodeData::Bool(value) => value.to_string().into(),
        _ => "".into(),
    }
}
