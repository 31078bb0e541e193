//! Addresses of resources: `module.logs["a"].aws_s3_bucket.this[0]`.
//!
//! Terraform, Bicep and ARM print in Terraform's form (its "Resource Addressing" reference); a CloudFormation address is a
//! logical id, behind the logical ids of the nested stacks that lead to it. [`Address::parse`] reads back what is printed.

use std::cmp::Ordering;
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// The name of one resource instance in one analysis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The module calls that lead to it, outermost first: modules, nested stacks, nested deployments.
    /// Shared, as all resources of a module have the same.
    pub module: Arc<[ModuleStep]>,
    /// Managed here, or only read.
    pub mode: Mode,
    /// The type as declared; empty in CloudFormation, where logical ids are unique alone.
    pub resource_type: Arc<str>,
    /// The name, logical id, symbol, or in ARM the name expression's value (`account/default`).
    pub name: Arc<str>,
    /// Which instance, where the resource is repeated.
    pub key: Option<Key>,
}

/// One module call of an [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// The name of the call.
    pub name: Arc<str>,
    /// Which instance of it.
    pub key: Option<Key>,
}

/// Whether a resource is managed by its configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Created and changed by it.
    #[default]
    Managed,
    /// Only read: a data source, an `existing` resource.
    Data,
}

/// The key of one instance of a repeated resource or module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// `[0]`
    Index(u64),
    /// `["a"]`
    Name(Arc<str>),
    /// `[*]`: stands for all instances, as their number or keys are unknown.
    Any,
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError(pub String);

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no resource address", self.0)
    }
}

impl std::error::Error for AddressError {}

impl Address {
    /// A managed resource of the root.
    pub fn new(resource_type: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self {
            module: Arc::default(),
            mode: Mode::Managed,
            resource_type: resource_type.into(),
            name: name.into(),
            key: None,
        }
    }

    /// A CloudFormation resource of the root.
    pub fn logical_id(name: impl Into<Arc<str>>) -> Self {
        Self::new("", name)
    }

    /// The address without its instance key and those of its modules: the block as written.
    #[must_use]
    pub fn block(&self) -> Self {
        let mut block = self.clone();
        block.key = None;
        if block.module.iter().any(|step| step.key.is_some()) {
            let steps = block.module.iter().map(|step| ModuleStep {
                name: step.name.clone(),
                key: None,
            });
            block.module = steps.collect();
        }
        block
    }

    /// Whether both are instances of one block: equal but for keys.
    pub fn is_of_block(&self, other: &Self) -> bool {
        let mut steps = self.module.iter().zip(&*other.module);
        self.mode == other.mode
            && self.resource_type == other.resource_type
            && self.name == other.name
            && self.module.len() == other.module.len()
            && steps.all(|(one, other)| one.name == other.name)
    }

    /// Reads what `Display` prints.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let fail = || AddressError(text.to_owned());
        let mut rest = text;
        let mut module = Vec::new();
        while let Some(behind) = rest.strip_prefix("module.") {
            let end = behind.find(['.', '[']).ok_or_else(fail)?;
            let (key, tail) = take_key(&behind[end..]).ok_or_else(fail)?;
            module.push(ModuleStep {
                name: behind[..end].into(),
                key,
            });
            rest = tail.strip_prefix('.').ok_or_else(fail)?;
        }
        let mode = match rest.strip_prefix("data.") {
            Some(behind) => {
                rest = behind;
                Mode::Data
            }
            None => Mode::Managed,
        };
        let module = Arc::from(module);
        let (head, key) = split_key(rest);
        if head.is_empty() {
            return Err(fail());
        }
        let Some(dot) = type_end(head) else {
            return Ok(Self {
                module,
                mode,
                resource_type: "".into(),
                name: head.into(),
                key,
            });
        };
        if dot == 0 || dot + 1 == head.len() {
            return Err(fail());
        }
        Ok(Self {
            module,
            mode,
            resource_type: head[..dot].into(),
            name: head[dot + 1..].into(),
            key,
        })
    }
}

/// By the fields in their order. What both share is not compared.
impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        let modules = if Arc::ptr_eq(&self.module, &other.module) {
            Ordering::Equal
        } else {
            self.module.cmp(&other.module)
        };
        modules
            .then_with(|| self.mode.cmp(&other.mode))
            .then_with(|| self.resource_type.cmp(&other.resource_type))
            .then_with(|| self.name.cmp(&other.name))
            .then_with(|| self.key.cmp(&other.key))
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl ModuleStep {
    /// The module calls up to this one.
    pub fn within(self, outer: &[Self]) -> Arc<[Self]> {
        outer.iter().cloned().chain([self]).collect()
    }
}

/// Where the type of `type.name` ends. An ARM type has dots before its first slash only.
fn type_end(head: &str) -> Option<usize> {
    match (head.find('/'), head.find('.')) {
        (Some(slash), Some(first)) if first < slash => {
            head[slash..].find('.').map(|dot| slash + dot)
        }
        (_, first) => first,
    }
}

/// A leading `[…]`, where there is one, and the rest. None where the bracket is not closed.
fn take_key(text: &str) -> Option<(Option<Key>, &str)> {
    let Some(inner) = text.strip_prefix('[') else {
        return Some((None, text));
    };
    let Some(quoted) = inner.strip_prefix('"') else {
        let end = inner.find(']')?;
        let key = if &inner[..end] == "*" {
            Key::Any
        } else {
            Key::Index(inner[..end].parse().ok()?)
        };
        return Some((Some(key), &inner[end + 1..]));
    };
    let mut name = String::new();
    let mut characters = quoted.char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            '\\' => match characters.next()?.1 {
                'n' => name.push('\n'),
                escaped => name.push(escaped),
            },
            '"' => {
                return Some((
                    Some(Key::Name(name.into())),
                    quoted[offset + 1..].strip_prefix(']')?,
                ));
            }
            other => name.push(other),
        }
    }
    None
}

/// `type.name` and the key behind it.
fn split_key(text: &str) -> (&str, Option<Key>) {
    if !text.ends_with(']') {
        return (text, None);
    }
    let mut starts = text.match_indices('[').map(|(offset, _)| offset);
    let found = starts.find_map(|offset| match take_key(&text[offset..]) {
        Some((Some(key), "")) => Some((&text[..offset], Some(key))),
        _ => None,
    });
    found.unwrap_or((text, None))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Any => f.write_str("[*]"),
            Self::Name(name) => {
                f.write_str("[\"")?;
                if name.contains(['\\', '"', '\n']) {
                    let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
                    f.write_str(&escaped.replace('\n', "\\n"))?;
                } else {
                    f.write_str(name)?;
                }
                f.write_str("\"]")
            }
        }
    }
}

impl fmt::Display for ModuleStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("module.")?;
        f.write_str(&self.name)?;
        self.key.as_ref().map_or(Ok(()), |key| key.fmt(f))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &*self.module {
            step.fmt(f)?;
            f.write_char('.')?;
        }
        if self.mode == Mode::Data {
            f.write_str("data.")?;
        }
        if !self.resource_type.is_empty() {
            f.write_str(&self.resource_type)?;
            f.write_char('.')?;
        }
        f.write_str(&self.name)?;
        self.key.as_ref().map_or(Ok(()), |key| key.fmt(f))
    }
}
