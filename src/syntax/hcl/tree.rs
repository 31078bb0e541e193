//! The tree of HCL, as its native syntax specification names things
//! (<https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>).

use std::sync::Arc;

use crate::TextRange;

/// The content of a file or block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// In the order of the text.
    pub items: Vec<Item>,
    /// From brace to brace; of a file all of it.
    pub range: TextRange,
}

/// One item of a [`Body`].
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `name = value`
    Attribute(Attribute),
    /// `keyword "label" { … }`
    Block(Block),
}

/// `name = value`
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The value; [`ExpressionKind::Missing`] where it cannot be read.
    pub value: Expression,
    /// From the name to the end of the value.
    pub range: TextRange,
}

/// `keyword "label" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The block type: `resource`.
    pub keyword: Name,
    /// The labels, without quotes.
    pub labels: Vec<Name>,
    /// What is inside.
    pub body: Body,
    /// From the keyword to the closing brace.
    pub range: TextRange,
}

/// An identifier or label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Without quotes.
    pub text: Arc<str>,
    /// As written, quotes included.
    pub range: TextRange,
}

/// One expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Its text.
    pub range: TextRange,
}

/// What an [`Expression`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// Not readable; an error tells why.
    Missing,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// The digits as written: `1e3`.
    Number(Box<str>),
    /// A quoted text without interpolation, unescaped.
    String(Arc<str>),
    /// A quoted text or heredoc with its parts.
    Template(Vec<Part>),
    /// `[a, b]`
    Tuple(Vec<Expression>),
    /// `{ k = v }`, duplicates kept: the last one wins.
    Object(Vec<ObjectEntry>),
    /// `(a)`
    Parenthesis(Box<Expression>),
    /// The first name of a traversal: `var`, `each`, `aws_vpc`.
    Variable(Box<str>),
    /// `a.b[c][*].d`
    Traversal(Box<Expression>, Vec<Step>),
    /// `a ? b : c`
    Conditional(Box<Conditional>),
    /// `f(a, b...)`
    Call(Box<Call>),
    /// `!a`, `-a`
    Unary(UnaryOperator, Box<Expression>),
    /// `a + b`
    Binary(BinaryOperator, Box<(Expression, Expression)>),
    /// `[for …]`, `{for …}`
    For(Box<For>),
}

/// One part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text, unescaped, trimmed and without the indentation of `<<-`.
    Literal(Box<str>, TextRange),
    /// `${a}`; the range holds the markers.
    Interpolation(Expression, TextRange),
    /// `%{ if a }…%{ else }…%{ endif }`
    If(Box<IfPart>),
    /// `%{ for a in b }…%{ endfor }`
    For(Box<ForPart>),
}

/// A condition in a template.
#[derive(Clone, Debug, PartialEq)]
pub struct IfPart {
    /// What decides.
    pub condition: Expression,
    /// When it holds.
    pub then: Vec<Part>,
    /// When it does not.
    pub otherwise: Vec<Part>,
    /// From marker to marker.
    pub range: TextRange,
}

/// A loop in a template.
#[derive(Clone, Debug, PartialEq)]
pub struct ForPart {
    /// `k` of `k, v`.
    pub key: Option<Name>,
    /// `v`.
    pub value: Name,
    /// What is walked.
    pub collection: Expression,
    /// The text of each turn.
    pub body: Vec<Part>,
    /// From marker to marker.
    pub range: TextRange,
}

/// One entry of an object expression.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectEntry {
    /// The key.
    pub key: ObjectKey,
    /// The value.
    pub value: Expression,
    /// From key to value.
    pub range: TextRange,
}

/// The key of an [`ObjectEntry`].
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectKey {
    /// A bare word, which is its own text.
    Name(Name),
    /// `"a-${b}"`, `(a)`
    Expression(Expression),
}

impl ObjectKey {
    /// Its text's place.
    pub const fn range(&self) -> TextRange {
        match self {
            Self::Name(name) => name.range,
            Self::Expression(expression) => expression.range,
        }
    }
}

/// One step of a traversal.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is taken.
    pub kind: StepKind,
    /// Its text, the dot or brackets included.
    pub range: TextRange,
}

/// What a [`Step`] takes.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `.a`
    Attribute(Arc<str>),
    /// `[a]`
    Index(Expression),
    /// `.0`
    LegacyIndex(u64),
    /// `.*`: attributes behind it are taken of each item.
    AttributeSplat,
    /// `[*]`: everything behind it is taken of each item.
    FullSplat,
}

/// `a ? b : c`
#[derive(Clone, Debug, PartialEq)]
pub struct Conditional {
    /// What decides.
    pub condition: Expression,
    /// When it holds.
    pub then: Expression,
    /// When it does not.
    pub otherwise: Expression,
}

/// `f(a, b...)`
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `f`, or `provider::aws::f`.
    pub name: Name,
    /// In order.
    pub arguments: Vec<Expression>,
    /// Whether the last one is spread.
    pub spread: bool,
}

/// `[for k, v in c : v if x]`, `{for k, v in c : k => v... if x}`
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// `k` of `k, v`.
    pub key_name: Option<Name>,
    /// `v`.
    pub value_name: Name,
    /// What is walked.
    pub collection: Expression,
    /// The key, where an object is made.
    pub key: Option<Expression>,
    /// The value.
    pub value: Expression,
    /// `...`: values of equal keys are gathered.
    pub grouped: bool,
    /// What an item has to meet.
    pub condition: Option<Expression>,
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// An operator between its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `&&`
    And,
    /// `||`
    Or,
}

impl Body {
    /// The attributes, in order.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.items.iter().filter_map(|item| match item {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        })
    }

    /// The blocks, in order.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Attribute(_) => None,
        })
    }

    /// The first attribute of a name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes()
            .find(|attribute| &*attribute.name.text == name)
    }
}

impl Block {
    /// The keyword and the labels.
    pub fn header(&self) -> TextRange {
        self.labels.last().map_or(self.keyword.range, |label| {
            self.keyword.range.cover(label.range)
        })
    }
}

impl Expression {
    /// Whether the expression is `name`, alone.
    pub fn is_variable(&self, name: &str) -> bool {
        matches!(&self.kind, ExpressionKind::Variable(found) if &**found == name)
    }

    /// The text of a quoted string without interpolation, or a bare word: what `provider = aws` and `"aws"` both mean.
    pub fn as_word(&self) -> Option<&str> {
        match &self.kind {
            ExpressionKind::String(text) => Some(text),
            ExpressionKind::Variable(text) => Some(text),
            _ => None,
        }
    }
}
