//! Paths of rules: `Policies[].PolicyDocument`, `LoadBalancerAttributes[Key=access_logs.s3.enabled].Value`, `$.Name`, `@type`.

use std::fmt;
use std::sync::Arc;

use palisade_model::{Path, Segment};

/// A path of a rule, resolved against the item at hand or the resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Where it starts.
    pub root: Root,
    /// What follows.
    pub steps: Vec<Step>,
    /// The steps as a path, where each leads to one place whatever is there.
    plain: Option<Path>,
    /// What leads to the first `[]`, where there is one.
    collection: Option<Box<Self>>,
}

/// Where a [`Selector`] starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// The item of the innermost quantifier; outside of one the resource's properties.
    Here,
    /// The resource's properties, also inside a quantifier: `$.Name`.
    Resource,
    /// What the language says about the resource: `@meta.DeletionPolicy`.
    Meta,
    /// A fact about the resource or item.
    Fact(Fact),
}

/// A fact that is no property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `@type`: the canonical type.
    Type,
    /// `@declared_type`: the type as written.
    DeclaredType,
    /// `@name`: the last part of the address.
    Name,
    /// `@language`
    Language,
    /// `@api_version`: of Azure resources.
    ApiVersion,
    /// `@scope`: what an Azure resource is deployed to.
    Scope,
    /// `@key`: the key or position of the item at hand.
    Key,
    /// `@satellite`: the resource of its own that the item at hand was folded in from.
    Satellite,
}

/// One step of a [`Selector`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The entry of a map.
    Key(Arc<str>),
    /// The item at a 0-based position.
    Index(usize),
    /// Each item of a list or value of a map.
    Each,
    /// The first item whose entry `key` is `value`: `[Key=deletion_protection.enabled]`.
    Where {
        /// The entry that is compared.
        key: Arc<str>,
        /// Its value.
        value: Arc<str>,
    },
}

impl Fact {
    const ALL: [(&'static str, Self); 8] = [
        ("type", Self::Type),
        ("declared_type", Self::DeclaredType),
        ("name", Self::Name),
        ("language", Self::Language),
        ("api_version", Self::ApiVersion),
        ("scope", Self::Scope),
        ("key", Self::Key),
        ("satellite", Self::Satellite),
    ];
}

impl Selector {
    /// The item at hand itself: `.`
    pub fn here() -> Self {
        Self::new(Root::Here, Vec::new())
    }

    /// These steps from there.
    pub fn new(root: Root, steps: Vec<Step>) -> Self {
        let segment = |step: &Step| match step {
            Step::Key(key) => Some(Segment::Key(key.clone())),
            Step::Index(index) => Some(Segment::Index(*index)),
            Step::Each | Step::Where { .. } => None,
        };
        let segments: Option<Vec<Segment>> = steps.iter().map(segment).collect();
        let end = steps.iter().position(|step| *step == Step::Each);
        let collection = end.map(|end| Box::new(Self::new(root.clone(), steps[..end].to_vec())));
        Self {
            root,
            steps,
            plain: segments.map(Path::new),
            collection,
        }
    }

    /// The steps as a path, where each leads to one place whatever is there.
    pub fn plain(&self) -> Option<&Path> {
        self.plain.as_ref()
    }

    /// Whether it has a `[]`.
    pub fn is_plural(&self) -> bool {
        self.collection.is_some()
    }

    /// What leads to the first list whose items are meant: to the first `[]`, or to what it means itself.
    pub fn collection(&self) -> &Self {
        self.collection.as_deref().unwrap_or(self)
    }

    /// What leads on from an item of that list, and so on from list to list.
    pub fn tails(&self) -> impl Iterator<Item = &[Step]> {
        const ITEMS: &[Step] = &[Step::Each];
        let steps = if self.is_plural() { &self.steps } else { ITEMS };
        steps.split(|step| *step == Step::Each).skip(1)
    }

    /// Reads what a rule file says.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (root, rest) = parse_root(text)?;
        let mut parser = Parser {
            text,
            rest,
            first: root == Root::Here,
            steps: Vec::new(),
        };
        while !parser.rest.is_empty() {
            parser.step()?;
        }
        if matches!(root, Root::Fact(_)) && !parser.steps.is_empty() {
            return Err(format!("`{text}`: nothing can follow a fact"));
        }
        Ok(Self::new(root, parser.steps))
    }
}

impl Selector {
    /// Whether a concrete path is one of those that this one means; more may follow behind it.
    pub fn covers(&self, path: &Path, item: Option<&Path>) -> bool {
        let base = match (&self.root, item) {
            (Root::Here, Some(item)) => item.segments(),
            _ => &[],
        };
        let segments = path.segments();
        segments.len() >= base.len() + self.steps.len()
            && segments.starts_with(base)
            && self
                .steps
                .iter()
                .zip(&segments[base.len()..])
                .all(|(step, segment)| match (step, segment) {
                    (Step::Key(a), Segment::Key(b)) => a.eq_ignore_ascii_case(b),
                    (Step::Index(a), Segment::Index(b)) => a == b,
                    (Step::Each, _) => true,
                    (Step::Where { .. }, Segment::Index(_)) => true,
                    _ => false,
                })
    }
}

/// `.`, `$`, `@meta` or `@fact` at the start, and what follows.
fn parse_root(text: &str) -> Result<(Root, &str), String> {
    if text.is_empty() {
        return Err("a path cannot be empty; `.` is the item itself".to_owned());
    }
    if text == "." {
        return Ok((Root::Here, ""));
    }
    if let Some(rest) = text.strip_prefix('$') {
        return Ok((Root::Resource, rest));
    }
    let Some(rest) = text.strip_prefix('@') else {
        return Ok((Root::Here, text));
    };
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    if &rest[..end] == "meta" {
        return Ok((Root::Meta, &rest[end..]));
    }
    let known = Fact::ALL.iter().find(|(name, _)| *name == &rest[..end]);
    if let Some((_, fact)) = known {
        Ok((Root::Fact(*fact), &rest[end..]))
    } else {
        let known: Vec<_> = Fact::ALL
            .iter()
            .map(|(name, _)| format!("@{name}"))
            .collect();
        Err(format!(
            "`{text}`: expected @meta or one of {}",
            known.join(", ")
        ))
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    first: bool,
    steps: Vec<Step>,
}

impl Parser<'_> {
    fn step(&mut self) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix('[') {
            self.rest = rest;
            self.first = false;
            return self.bracket();
        }
        if !std::mem::take(&mut self.first) {
            self.rest = self.rest.strip_prefix('.').ok_or_else(|| {
                format!(
                    "`{}`: expected `.` or `[` before `{}`",
                    self.text, self.rest
                )
            })?;
        }
        let end = self.rest.find(['.', '[']).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(format!("`{}`: a name is missing", self.text));
        }
        self.steps.push(Step::Key(self.rest[..end].into()));
        self.rest = &self.rest[end..];
        Ok(())
    }

    fn bracket(&mut self) -> Result<(), String> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let end = quoted
                .find("\"]")
                .ok_or_else(|| format!("`{}`: expected `\"]`", self.text))?;
            self.steps.push(Step::Key(quoted[..end].into()));
            self.rest = &quoted[end + 2..];
            return Ok(());
        }
        let end = self
            .rest
            .find(']')
            .ok_or_else(|| format!("`{}`: expected `]`", self.text))?;
        let inner = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        let step = match inner.split_once('=') {
            Some((key, value)) => Step::Where {
                key: key.trim().into(),
                value: value.trim().trim_matches('"').into(),
            },
            None if inner.is_empty() => Step::Each,
            None => Step::Index(inner.parse().map_err(|_| {
                format!(
                    "`{}`: expected a position, `key=value` or nothing in `[{inner}]`",
                    self.text
                )
            })?),
        };
        self.steps.push(step);
        Ok(())
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Root::Here if self.steps.is_empty() => f.write_str(".")?,
            Root::Here => {}
            Root::Resource => f.write_str("$")?,
            Root::Meta => f.write_str("@meta")?,
            Root::Fact(fact) => {
                let name = Fact::ALL.iter().find(|(_, known)| known == fact);
                write!(f, "@{}", name.map_or("", |(name, _)| name))?;
            }
        }
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Each => f.write_str("[]")?,
                Step::Where { key, value } => write!(f, "[{key}={value}]")?,
                Step::Key(key) if key.is_empty() || key.contains(['.', '[', ']', '"']) => {
                    write!(f, "[\"{key}\"]")?;
                }
                Step::Key(key) if position == 0 && self.root == Root::Here => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}
