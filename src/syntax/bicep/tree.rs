//! The tree of a Bicep file. Every node has its range; what was not understood is an `Error` node or an empty name.

use crate::TextRange;

/// A `.bicep` or `.bicepparam` file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// In the order of the text.
    pub statements: Vec<Statement>,
}

/// One statement with the decorators before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// `@secure()` and the like, outermost first.
    pub decorators: Vec<Decorator>,
    /// What it declares.
    pub declaration: Declaration,
    /// Without the decorators.
    pub range: TextRange,
}

/// `@name(arguments)`, perhaps behind a namespace.
#[derive(Clone, Debug, PartialEq)]
pub struct Decorator {
    /// The last name: `secure` of `@sys.secure()`.
    pub name: Name,
    /// Empty where there are none.
    pub arguments: Vec<Expression>,
    /// From `@` to the closing parenthesis.
    pub range: TextRange,
}

/// A name with its place; the text is empty where it is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// The text.
    pub text: Box<str>,
    /// Where.
    pub range: TextRange,
}

/// What a statement declares.
#[derive(Clone, Debug, PartialEq)]
pub enum Declaration {
    /// `targetScope = 'subscription'`
    TargetScope(Expression),
    /// `metadata name = value`
    Metadata(Name, Expression),
    /// `param name type = default`; in a parameter file `param name = value`.
    Parameter(Name, Option<Type>, Option<Expression>),
    /// `var name type = value`
    Variable(Name, Option<Type>, Expression),
    /// `type name = type`
    Type(Name, Type),
    /// `func name(a string) string => body`
    Function(Function),
    /// `resource symbol 'type@version' = body`
    Resource(Resource),
    /// `module symbol 'path' = body`
    Module(Module),
    /// `output name type = value`
    Output(Name, Option<Type>, Expression),
    /// `import {a as b} from 'path'`
    Import(Import),
    /// `extension name with {} as alias`
    Extension(Extension),
    /// `extensionConfig alias with {}` of a parameter file.
    ExtensionConfig(Name, Option<Expression>),
    /// `assert name = condition`
    Assert(Name, Expression),
    /// `test name 'path' = {}`
    Test(Name, Expression, Expression),
    /// `using 'path' with {}` of a parameter file; no path for `using none`.
    Using(Option<Expression>, Option<Expression>),
    /// `extends 'path'` of a parameter file.
    Extends(Expression),
    /// Nothing that is understood; an error says why.
    Error,
}

/// A user-defined function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<FunctionParameter>,
    /// What it gives, where it says so.
    pub result: Option<Type>,
    /// The expression behind `=>`.
    pub body: Expression,
}

/// A parameter of a function or lambda.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionParameter {
    /// Its name.
    pub name: Name,
    /// Its type; lambdas have none.
    pub parameter_type: Option<Type>,
}

/// A resource, at the top or nested in the body of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// What the file calls it.
    pub symbol: Name,
    /// `'Microsoft.Storage/storageAccounts@2023-01-01'`; a nested one may give only the last part.
    pub resource_type: Expression,
    /// Where `existing` stands.
    pub existing: Option<TextRange>,
    /// An object, or an `If` or `For` around one.
    pub body: Expression,
}

/// A module call.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// What the file calls it.
    pub symbol: Name,
    /// A relative path, `br:` or `ts:` reference.
    pub path: Expression,
    /// An object, or an `If` or `For` around one.
    pub body: Expression,
}

/// An import of types, variables and functions.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// What is imported.
    pub names: Imported,
    /// From where.
    pub path: Expression,
}

/// What an [`Import`] brings in.
#[derive(Clone, Debug, PartialEq)]
pub enum Imported {
    /// `* as name`
    All(Name),
    /// `{a, b as c}`: the exported name, and the local one where it differs.
    Some(Vec<(Name, Option<Name>)>),
}

/// An extension of the language: `extension microsoftGraphV1 as graph`.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// A name of `bicepconfig.json`, or a `br:` reference or path as a string.
    pub reference: Expression,
    /// `with {}`
    pub configuration: Option<Expression>,
    /// `as name`
    pub alias: Option<Name>,
}

/// An expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Parentheses around it included.
    pub range: TextRange,
}

/// The kinds of expressions. Chains of operators and accesses are flat, so that a tree is only as deep as the brackets of its
/// text.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number without sign.
    Integer(u64),
    /// `'text ${expression}'`, all kinds of quotes. Never two texts side by side.
    String(Vec<StringPart>),
    /// A variable, parameter, resource, module, namespace or local name.
    Name(Box<str>),
    /// `[a, ...b]`
    Array(Vec<Item>),
    /// `{ key: value }`
    Object(Vec<Member>),
    /// `name(arguments)`
    Call(Name, Vec<Expression>),
    /// `base.a[0]!::b.c()`
    Access(Box<Expression>, Vec<Step>),
    /// `!a`, `-a`: the operators in the order of the text.
    Unary(Vec<UnaryOperator>, Box<Expression>),
    /// `a + b - c`: operators of one precedence, applied from the left.
    Binary(Box<Expression>, Vec<(BinaryOperator, Expression)>),
    /// `condition ? then : otherwise`
    Ternary(Box<[Expression; 3]>),
    /// `x => body`, `(a, b) => body`
    Lambda(Vec<FunctionParameter>, Box<Expression>),
    /// `[for item in collection: body]`
    For(Box<For>),
    /// `if (condition) body`: only as the body of a resource or module, alone or in a `For`.
    If(Box<[Expression; 2]>),
    /// Missing or not understood.
    Error,
}

/// One part of a string.
#[derive(Clone, Debug, PartialEq)]
pub enum StringPart {
    /// Text, escapes decoded, and where it is written.
    Text(Box<str>, TextRange),
    /// `${expression}`
    Hole(Expression),
}

/// One item of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `value`
    Value(Expression),
    /// `...value`
    Spread(Expression),
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    /// `key: value`
    Property(Property),
    /// `...value`
    Spread(Expression),
    /// A nested resource.
    Resource(Box<Statement>),
}

/// `key: value`
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// A string; a plain name is one without holes.
    pub key: Expression,
    /// The value.
    pub value: Expression,
    /// Key and value.
    pub range: TextRange,
}

/// One step of an access.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// From the dot or bracket to the end of the step.
    pub range: TextRange,
}

/// The kinds of steps.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `.name`, safe as `.?name`.
    Property(Name, Safety),
    /// `[index]`, safe as `[?index]`, from the end as `[^index]`.
    Index(Box<Expression>, Safety, Direction),
    /// `.name(arguments)`
    Method(Name, Vec<Expression>),
    /// `::name`
    Nested(Name),
    /// `!`
    NonNull,
}

/// What an access to something missing gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// An error.
    Strict,
    /// Null.
    Safe,
}

/// From which end an index counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the first item, 0-based.
    Start,
    /// From the last item, 1-based.
    End,
}

/// `[for (item, index) in collection: body]`
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// The item's name.
    pub item: Name,
    /// The position's name.
    pub index: Option<Name>,
    /// What is gone through.
    pub collection: Expression,
    /// What is made of each item; perhaps an `If`.
    pub body: Expression,
}

/// Operators before an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Minus,
}

/// Operators between operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    EqualInsensitive,
    /// `!~`
    NotEqualInsensitive,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`
    Coalesce,
}

/// A type with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where.
    pub range: TextRange,
}

/// The kinds of types.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `string`, a user's type, an imported one.
    Name(Box<str>),
    /// `resourceInput<'type@version'>`
    Parameterized(Name, Vec<Type>),
    /// `'text'`, `3`, `-3`, `true`, `null`
    Literal(Expression),
    /// `base.a[*][]?`
    Postfix(Box<Type>, Vec<TypeStep>),
    /// `a | b`
    Union(Vec<Type>),
    /// `[string, int]`
    Tuple(Vec<TypeMember>),
    /// `{ name: string }`
    Object(Vec<TypeMember>),
    /// Missing or not understood.
    Error,
}

/// One step behind a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeStep {
    /// `.name`
    Property(Name),
    /// `.*`: the type of additional properties.
    Additional,
    /// `[*]`: the type of items.
    Items,
    /// `[0]`: the type of an item of a tuple.
    Index(u64),
    /// `[]`
    Array,
    /// `?`
    Nullable,
    /// `!`
    NonNull,
}

/// A property of an object type or an item of a tuple.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeMember {
    /// Before it.
    pub decorators: Vec<Decorator>,
    /// The property; none for `*` and in tuples.
    pub key: Option<Name>,
    /// Its type.
    pub member_type: Type,
}

impl Expression {
    /// The text of a string without holes.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ExpressionKind::String(parts) => match parts.as_slice() {
                [] => Some(""),
                [StringPart::Text(text, _)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    /// The members, where it is an object.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            ExpressionKind::Object(members) => members,
            _ => &[],
        }
    }

    /// The property of a plain name, where it is an object that has it.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.members().iter().find_map(|member| match member {
            Member::Property(property) if property.key.as_text() == Some(name) => Some(property),
            _ => None,
        })
    }
}

impl Statement {
    /// The decorator of this name.
    pub fn decorator(&self, name: &str) -> Option<&Decorator> {
        self.decorators
            .iter()
            .find(|decorator| &*decorator.name.text == name)
    }
}

impl BinaryOperator {
    /// How strongly it binds: higher binds first.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Multiply | Self::Divide | Self::Modulo => 7,
            Self::Add | Self::Subtract => 6,
            Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual => 5,
            Self::Equal | Self::NotEqual | Self::EqualInsensitive | Self::NotEqualInsensitive => 4,
            Self::And => 3,
            Self::Or => 2,
            Self::Coalesce => 1,
        }
    }
}
