//! Types: <https://learn.microsoft.com/azure/azure-resource-manager/bicep/user-defined-data-types>

use super::lexer::TokenKind;
use super::parser::Parser;
use super::tree::*;
use crate::TextRange;

impl Parser<'_> {
    /// Any type; unions may be spread over lines, each with a leading `|`.
    pub(super) fn type_expression(&mut self) -> Type {
        let start = self.token().range.start;
        self.deeper(Self::union).unwrap_or_else(|| {
            self.skip_item();
            self.type_node(start, TypeKind::Error)
        })
    }

    fn type_node(&self, start: u32, kind: TypeKind) -> Type {
        Type {
            kind,
            range: self.range_from(start),
        }
    }

    fn union(&mut self) -> Type {
        self.eat_over_newlines(TokenKind::Pipe);
        self.newlines_before_type();
        let start = self.token().range.start;
        let first = self.type_access();
        if self.kind_over_newlines() != TokenKind::Pipe {
            return first;
        }
        let mut members = vec![first];
        while self.eat_over_newlines(TokenKind::Pipe).is_some() {
            self.newlines();
            members.push(self.type_access());
        }
        self.type_node(start, TypeKind::Union(members))
    }

    fn newlines_before_type(&mut self) {
        if self.kind() == TokenKind::NewLine
            && matches!(
                self.kind_ahead(1),
                TokenKind::LeftBrace | TokenKind::StringWhole
            )
        {
            self.newlines();
        }
    }

    fn type_access(&mut self) -> Type {
        let start = self.token().range.start;
        let base = self.type_primary();
        let mut steps = Vec::new();
        while let Some(step) = self.type_step() {
            steps.push(step);
        }
        if steps.is_empty() {
            return base;
        }
        self.type_node(start, TypeKind::Postfix(Box::new(base), steps))
    }

    fn type_step(&mut self) -> Option<TypeStep> {
        use TokenKind::*;
        match self.kind() {
            Question => {
                self.advance();
                Some(TypeStep::Nullable)
            }
            Exclamation => {
                self.advance();
                Some(TypeStep::NonNull)
            }
            Dot => {
                self.advance();
                Some(match self.eat(Star) {
                    Some(_) => TypeStep::Additional,
                    None => TypeStep::Property(self.name("the name of a property")),
                })
            }
            LeftSquare => Some(self.type_bracket()),
            _ => None,
        }
    }

    fn type_bracket(&mut self) -> TypeStep {
        use TokenKind::*;
        self.advance();
        let step = match self.kind() {
            RightSquare => TypeStep::Array,
            Star => {
                self.advance();
                TypeStep::Items
            }
            Integer => {
                let token = self.advance();
                TypeStep::Index(self.text_of(token).parse().unwrap_or(u64::MAX))
            }
            _ => {
                self.error_here("expected `]`");
                TypeStep::Array
            }
        };
        self.close(RightSquare, "`]`");
        step
    }

    fn type_primary(&mut self) -> Type {
        use TokenKind::*;
        let start = self.token().range.start;
        match self.kind() {
            Identifier => self.type_name(),
            StringWhole | StringLeft => {
                let literal = self.string();
                self.type_node(start, TypeKind::Literal(literal))
            }
            Integer | Minus | Exclamation => self.type_number(),
            LeftBrace => self.type_object(),
            LeftSquare => self.type_tuple(),
            LeftParen => {
                self.advance();
                self.newlines();
                let inner = self.type_expression();
                self.close(RightParen, "`)`");
                self.type_node(start, inner.kind)
            }
            _ => {
                self.error_here("expected a type");
                Type {
                    kind: TypeKind::Error,
                    range: TextRange::at(self.previous_end()),
                }
            }
        }
    }

    /// A number or boolean with its signs.
    fn type_number(&mut self) -> Type {
        let start = self.token().range.start;
        let mut operators = Vec::new();
        loop {
            match self.kind() {
                TokenKind::Minus => operators.push(UnaryOperator::Minus),
                TokenKind::Exclamation => operators.push(UnaryOperator::Not),
                _ => break,
            }
            self.advance();
        }
        let value = match self.kind() {
            TokenKind::Integer => {
                let token = self.advance();
                let number = self.text_of(token).parse().unwrap_or(u64::MAX);
                ExpressionKind::Integer(number)
            }
            TokenKind::Identifier if self.at_word("true") || self.at_word("false") => {
                let token = self.advance();
                ExpressionKind::Bool(self.text_of(token) == "true")
            }
            _ => {
                self.error_here("expected a number");
                ExpressionKind::Error
            }
        };
        let operand = self.node(start, value);
        let literal = if operators.is_empty() {
            operand
        } else {
            self.node(start, ExpressionKind::Unary(operators, Box::new(operand)))
        };
        self.type_node(start, TypeKind::Literal(literal))
    }

    fn type_name(&mut self) -> Type {
        let start = self.token().range.start;
        let name = self.name("a type");
        let literal = match &*name.text {
            "null" => Some(ExpressionKind::Null),
            "true" => Some(ExpressionKind::Bool(true)),
            "false" => Some(ExpressionKind::Bool(false)),
            _ => None,
        };
        if let Some(kind) = literal {
            let literal = self.node(start, kind);
            return self.type_node(start, TypeKind::Literal(literal));
        }
        if self.kind() != TokenKind::Less {
            return self.type_node(start, TypeKind::Name(name.text));
        }
        self.advance();
        let mut arguments = Vec::new();
        loop {
            self.newlines();
            if matches!(self.kind(), TokenKind::Greater | TokenKind::GreaterEqual) {
                break;
            }
            let before = self.at;
            arguments.push(self.type_expression());
            self.newlines();
            if self.eat(TokenKind::Comma).is_none() || self.at == before {
                break;
            }
        }
        self.expect(TokenKind::Greater, "`>`");
        self.type_node(start, TypeKind::Parameterized(name, arguments))
    }

    /// `{ name: string, *: int }`
    fn type_object(&mut self) -> Type {
        let start = self.token().range.start;
        self.advance();
        let members = self.type_members(TokenKind::RightBrace, Self::object_member);
        self.close(TokenKind::RightBrace, "`}`");
        self.type_node(start, TypeKind::Object(members))
    }

    /// `[string, int]`
    fn type_tuple(&mut self) -> Type {
        let start = self.token().range.start;
        self.advance();
        let members = self.type_members(TokenKind::RightSquare, Self::tuple_member);
        self.close(TokenKind::RightSquare, "`]`");
        self.type_node(start, TypeKind::Tuple(members))
    }

    fn type_members(
        &mut self,
        end: TokenKind,
        member: fn(&mut Self, Vec<Decorator>) -> TypeMember,
    ) -> Vec<TypeMember> {
        use TokenKind::*;
        let mut members = Vec::new();
        loop {
            while matches!(self.kind(), NewLine | Comma) {
                self.advance();
            }
            if self.kind() == end || matches!(self.kind(), End | Fence) {
                return members;
            }
            let before = self.at;
            let decorators = self.decorators();
            members.push(member(self, decorators));
            self.end_of_item(before, "a new line or `,`");
            if self.at == before
                || (matches!(self.kind(), RightBrace | RightSquare) && self.kind() != end)
            {
                if self.kind() == end || matches!(self.kind(), End | Fence) {
                    return members;
                }
                self.error_here("bracket closes nothing");
                self.advance();
            }
        }
    }

    fn object_member(&mut self, decorators: Vec<Decorator>) -> TypeMember {
        let key = match self.kind() {
            TokenKind::Star => {
                self.advance();
                None
            }
            TokenKind::StringWhole => {
                let key = self.string();
                Some(Name {
                    text: key.as_text().unwrap_or("").into(),
                    range: key.range,
                })
            }
            _ => Some(self.name("the name of a property")),
        };
        if self.eat_over_newlines(TokenKind::Colon).is_none() {
            self.error_here("expected `:` and a type");
            let missing = self.type_node(self.previous_end(), TypeKind::Error);
            return TypeMember {
                decorators,
                key,
                member_type: missing,
            };
        }
        if self.kind() == TokenKind::NewLine && self.kind_ahead(2) != TokenKind::Colon {
            self.newlines();
        }
        let member_type = self.type_expression();
        TypeMember {
            decorators,
            key,
            member_type,
        }
    }

    fn tuple_member(&mut self, decorators: Vec<Decorator>) -> TypeMember {
        let member_type = self.type_expression();
        TypeMember {
            decorators,
            key: None,
            member_type,
        }
    }
}
