//! Statements: <https://learn.microsoft.com/azure/azure-resource-manager/bicep/file>

use super::lexer::{TokenKind, is_statement_word};
use super::parser::Parser;
use super::tree::*;

impl Parser<'_> {
    /// All statements; after one that is not understood, on at the next line that starts like one.
    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            while matches!(self.kind(), TokenKind::NewLine | TokenKind::Fence) {
                self.at += 1;
            }
            if self.kind() == TokenKind::End {
                return statements;
            }
            let before = self.at;
            let statement = self.statement();
            statements.push(statement);
            self.end_of_statement();
            if self.at == before {
                self.advance();
            }
        }
    }

    /// Skips what does not belong to the statement, up to a line that starts like another.
    fn end_of_statement(&mut self) {
        use TokenKind::*;
        if matches!(self.kind(), NewLine | End | Fence) {
            return;
        }
        self.error_here("expected a new line behind the statement");
        while !matches!(self.kind(), End | Fence) {
            if self.kind() == NewLine
                && (self.kind_ahead(1) == At
                    || self
                        .tokens
                        .get(self.at + 1)
                        .is_some_and(|token| is_statement_word(self.text_of(*token))))
            {
                return;
            }
            self.skip_group();
        }
    }

    fn statement(&mut self) -> Statement {
        let decorators = self.decorators();
        let start = self.token().range.start;
        let declaration = self.declaration();
        Statement {
            decorators,
            declaration,
            range: self.range_from(start),
        }
    }

    /// `@name(arguments)`, each on its own line or before the thing.
    pub(super) fn decorators(&mut self) -> Vec<Decorator> {
        let mut decorators = Vec::new();
        while self.kind() == TokenKind::At {
            let start = self.token().range.start;
            self.advance();
            let mut name = self.name("the name of a decorator");
            while self.eat(TokenKind::Dot).is_some() {
                name = self.name("the name of a decorator");
            }
            let arguments = if self.kind() == TokenKind::LeftParen {
                self.arguments()
            } else {
                self.error_here("expected `(`");
                Vec::new()
            };
            decorators.push(Decorator {
                name,
                arguments,
                range: self.range_from(start),
            });
            self.newlines();
        }
        decorators
    }

    fn declaration(&mut self) -> Declaration {
        let word = self.word();
        if !is_statement_word(word) {
            self.error_here("expected a declaration");
            return Declaration::Error;
        }
        self.advance();
        match word {
            "assert" => {
                let name = self.name("the name of the assertion");
                Declaration::Assert(name, self.assigned())
            }
            "extends" => Declaration::Extends(self.expression()),
            "extension" | "provider" => self.extension(),
            "extensionConfig" => {
                let name = self.name("the name of the extension");
                let configuration = self.with();
                Declaration::ExtensionConfig(name, configuration)
            }
            "func" => self.function(),
            "import" => self.import(),
            "metadata" => {
                let name = self.name("a name");
                Declaration::Metadata(name, self.assigned())
            }
            "module" => self.module(),
            "output" => self.output(),
            "param" => self.parameter(),
            "resource" => self.resource(),
            "targetScope" => Declaration::TargetScope(self.assigned()),
            "test" => {
                let name = self.name("the name of the test");
                let path = self.expression();
                Declaration::Test(name, path, self.assigned())
            }
            "type" => {
                let name = self.name("the name of the type");
                self.expect(TokenKind::Assign, "`=`");
                Declaration::Type(name, self.type_expression())
            }
            "using" => self.using(),
            _ => self.variable(),
        }
    }

    /// `= value`
    fn assigned(&mut self) -> Expression {
        if self.expect(TokenKind::Assign, "`=`").is_none() {
            return self.missing();
        }
        self.newlines_before_assigned();
        self.body()
    }

    /// A value may start on the next line, unless a statement does.
    fn newlines_before_assigned(&mut self) {
        let next = self.tokens.get(self.at + 1).copied();
        if self.kind() == TokenKind::NewLine
            && next.is_some_and(|next| {
                next.kind != TokenKind::At && !is_statement_word(self.text_of(next))
            })
        {
            self.newlines();
        }
    }

    fn parameter(&mut self) -> Declaration {
        let name = self.name("the name of the parameter");
        let parameter_type = self.optional_type();
        let value = (self.kind() == TokenKind::Assign).then(|| self.assigned());
        if parameter_type.is_none() && value.is_none() {
            self.error_here("expected a type");
        }
        Declaration::Parameter(name, parameter_type, value)
    }

    /// The type between a name and `=`; a union may begin on the next line.
    fn optional_type(&mut self) -> Option<Type> {
        let absent = match self.kind() {
            TokenKind::Assign | TokenKind::End | TokenKind::Fence => true,
            TokenKind::NewLine => self.kind_ahead(1) != TokenKind::Pipe,
            _ => false,
        };
        (!absent).then(|| self.type_expression())
    }

    fn variable(&mut self) -> Declaration {
        let name = self.name("the name of the variable");
        let variable_type = self.optional_type();
        Declaration::Variable(name, variable_type, self.assigned())
    }

    fn output(&mut self) -> Declaration {
        let name = self.name("the name of the output");
        if self.kind_ahead(1) == TokenKind::StringWhole {
            self.eat_word("resource");
        }
        let output_type = self.optional_type();
        Declaration::Output(name, output_type, self.assigned())
    }

    fn function(&mut self) -> Declaration {
        let name = self.name("the name of the function");
        let parameters = self.parameters();
        let result = match self.kind() {
            TokenKind::Arrow | TokenKind::NewLine => None,
            _ => Some(self.type_expression()),
        };
        self.newlines();
        let body = if self.expect(TokenKind::Arrow, "`=>`").is_some() {
            self.newlines_before_assigned();
            self.expression()
        } else {
            self.missing()
        };
        Declaration::Function(Function {
            name,
            parameters,
            result,
            body,
        })
    }

    /// A resource inside the body of another, with its decorators.
    pub(super) fn nested_resource(&mut self) -> Option<Member> {
        let decorators = self.decorators();
        let start = self.token().range.start;
        if self.eat_word("resource").is_none() {
            self.error_here("expected a nested resource");
            return None;
        }
        let declaration = self.resource();
        Some(Member::Resource(Box::new(Statement {
            decorators,
            declaration,
            range: self.range_from(start),
        })))
    }

    /// The rest of a resource behind the word.
    fn resource(&mut self) -> Declaration {
        let symbol = self.name("the name of the resource");
        let resource_type = self.text_literal("the type and version of the resource, as a string");
        let existing = self.eat_word("existing").map(|token| token.range);
        let body = self.assigned();
        Declaration::Resource(Resource {
            symbol,
            resource_type,
            existing,
            body,
        })
    }

    fn module(&mut self) -> Declaration {
        let symbol = self.name("the name of the module");
        let path = self.text_literal("the path of the module, as a string");
        let body = self.assigned();
        Declaration::Module(Module { symbol, path, body })
    }

    fn text_literal(&mut self, what: &str) -> Expression {
        if matches!(self.kind(), TokenKind::StringWhole | TokenKind::StringLeft) {
            return self.string();
        }
        self.error_here(format!("expected {what}"));
        self.missing()
    }

    fn import(&mut self) -> Declaration {
        use TokenKind::*;
        if self.kind() == StringWhole {
            return self.extension();
        }
        let names = if self.eat(Star).is_some() {
            if self.eat_word("as").is_none() {
                self.error_here("expected `as` and a name");
            }
            Imported::All(self.name("a name for what is imported"))
        } else {
            self.expect(LeftBrace, "`{` or `*`");
            Imported::Some(self.imported_names())
        };
        let path = if self.eat_word("from").is_some() {
            self.text_literal("a path as a string")
        } else {
            self.error_here("expected `from` and a path");
            self.missing()
        };
        Declaration::Import(Import { names, path })
    }

    /// The rest of `{a, b as c}` behind the brace; newlines separate as commas do.
    fn imported_names(&mut self) -> Vec<(Name, Option<Name>)> {
        use TokenKind::*;
        let mut names = Vec::new();
        loop {
            while matches!(self.kind(), NewLine | Comma) {
                self.advance();
            }
            let name = match self.kind() {
                Identifier => self.name("a name"),
                StringWhole => {
                    let quoted = self.string();
                    Name {
                        text: quoted.as_text().unwrap_or("").into(),
                        range: quoted.range,
                    }
                }
                _ => break,
            };
            let alias = self.eat_word("as").map(|_| self.name("a name"));
            names.push((name, alias));
        }
        self.close(RightBrace, "`}`");
        names
    }

    fn extension(&mut self) -> Declaration {
        let reference = self.expression();
        let configuration = self.with();
        let alias = self.eat_word("as").map(|_| self.name("a name"));
        Declaration::Extension(Extension {
            reference,
            configuration,
            alias,
        })
    }

    /// `with {}`
    fn with(&mut self) -> Option<Expression> {
        self.eat_word("with")?;
        Some(self.expression())
    }

    fn using(&mut self) -> Declaration {
        let path = match self.eat_word("none") {
            Some(_) => None,
            None => Some(self.text_literal("a path as a string, or `none`")),
        };
        let configuration = self.with();
        Declaration::Using(path, configuration)
    }
}
