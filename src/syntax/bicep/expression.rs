//! Expressions.
//!
//! Newlines may stand before and behind an operator between operands, and inside brackets; a minus at the start of a line
//! begins a new item.

use super::lexer::TokenKind;
use super::parser::Parser;
use super::string;
use super::tree::*;
use crate::{SyntaxError, TextRange};

impl Parser<'_> {
    /// Any expression. Gives an `Error` node and consumes nothing where none starts here.
    pub(super) fn expression(&mut self) -> Expression {
        let start = self.token().range.start;
        self.deeper(Self::expression_inside).unwrap_or_else(|| {
            self.skip_item();
            self.node(start, ExpressionKind::Error)
        })
    }

    fn expression_inside(&mut self) -> Expression {
        let start = self.token().range.start;
        if let Some(parameters) = self.lambda_parameters() {
            self.newlines();
            let body = self.expression();
            return self.node(start, ExpressionKind::Lambda(parameters, Box::new(body)));
        }
        let condition = self.binary(1);
        if self.kind_over_newlines() != TokenKind::Question {
            return condition;
        }
        self.newlines();
        self.advance();
        self.newlines();
        let then = self.expression();
        if self.eat_over_newlines(TokenKind::Colon).is_none() {
            self.error_here("expected `:` and the value otherwise");
            let missing = self.missing();
            return self.node(
                start,
                ExpressionKind::Ternary(Box::new([condition, then, missing])),
            );
        }
        self.newlines();
        let otherwise = self.expression();
        self.node(
            start,
            ExpressionKind::Ternary(Box::new([condition, then, otherwise])),
        )
    }

    pub(super) fn node(&self, start: u32, kind: ExpressionKind) -> Expression {
        Expression {
            kind,
            range: self.range_from(start),
        }
    }

    pub(super) fn missing(&self) -> Expression {
        Expression {
            kind: ExpressionKind::Error,
            range: TextRange::at(self.previous_end()),
        }
    }

    /// `name =>` or `(a, b) =>`, consumed; nothing where no lambda starts here.
    fn lambda_parameters(&mut self) -> Option<Vec<FunctionParameter>> {
        if self.kind() == TokenKind::Identifier && self.kind_ahead(1) == TokenKind::Arrow {
            let name = self.name("a name");
            self.advance();
            return Some(vec![FunctionParameter {
                name,
                parameter_type: None,
            }]);
        }
        if self.kind() != TokenKind::LeftParen {
            return None;
        }
        let close = self.closing_position();
        let behind = self.tokens.get(close + 1).map(|token| token.kind);
        if behind != Some(TokenKind::Arrow) || self.tokens[close].kind != TokenKind::RightParen {
            return None;
        }
        let parameters = self.parameters();
        self.eat(TokenKind::Arrow);
        Some(parameters)
    }

    /// `(a string, b int)`; the types are optional.
    pub(super) fn parameters(&mut self) -> Vec<FunctionParameter> {
        let mut parameters = Vec::new();
        if self.expect(TokenKind::LeftParen, "`(`").is_none() {
            return parameters;
        }
        self.newlines();
        while self.kind() == TokenKind::Identifier {
            let name = self.name("a name");
            let parameter_type = match self.kind() {
                TokenKind::Comma | TokenKind::RightParen | TokenKind::NewLine => None,
                _ => Some(self.type_expression()),
            };
            parameters.push(FunctionParameter {
                name,
                parameter_type,
            });
            self.newlines();
            if self.eat(TokenKind::Comma).is_none() {
                break;
            }
            self.newlines();
        }
        self.close(TokenKind::RightParen, "`)`");
        parameters
    }

    /// A closing bracket, behind what is not understood before it.
    pub(super) fn close(&mut self, kind: TokenKind, what: &str) {
        self.newlines();
        if self.eat(kind).is_some() {
            return;
        }
        self.error_here(format!("expected {what}"));
        use TokenKind::*;
        while !matches!(
            self.kind(),
            End | Fence | RightBrace | RightParen | RightSquare | StringMiddle | StringRight
        ) {
            self.skip_group();
        }
        self.eat(kind);
    }

    /// Operands joined by operators that bind at least as strongly as `minimum`.
    fn binary(&mut self, minimum: u8) -> Expression {
        let start = self.token().range.start;
        let mut left = self.unary();
        while let Some(operator) = self.binary_operator() {
            let precedence = operator.precedence();
            if precedence < minimum {
                break;
            }
            self.newlines();
            self.advance();
            self.newlines();
            let right = self.binary(precedence + 1);
            left = append(left, operator, right);
            left.range = self.range_from(start);
        }
        left
    }

    /// The operator that goes on with the expression here, not consumed.
    fn binary_operator(&self) -> Option<BinaryOperator> {
        use BinaryOperator as Op;
        use TokenKind::*;
        let on_new_line = self.kind() == NewLine;
        Some(match self.kind_over_newlines() {
            Star => Op::Multiply,
            Slash => Op::Divide,
            Percent => Op::Modulo,
            Plus => Op::Add,
            Minus if !on_new_line => Op::Subtract,
            Greater => Op::Greater,
            GreaterEqual => Op::GreaterOrEqual,
            Less => Op::Less,
            LessEqual => Op::LessOrEqual,
            Equal => Op::Equal,
            NotEqual => Op::NotEqual,
            EqualTilde => Op::EqualInsensitive,
            NotTilde => Op::NotEqualInsensitive,
            And => Op::And,
            Or => Op::Or,
            DoubleQuestion => Op::Coalesce,
            _ => return None,
        })
    }

    fn unary(&mut self) -> Expression {
        let start = self.token().range.start;
        let mut operators = Vec::new();
        loop {
            match self.kind() {
                TokenKind::Exclamation => operators.push(UnaryOperator::Not),
                TokenKind::Minus => operators.push(UnaryOperator::Minus),
                _ => break,
            }
            self.advance();
        }
        let operand = self.access();
        if operators.is_empty() {
            return operand;
        }
        self.node(start, ExpressionKind::Unary(operators, Box::new(operand)))
    }

    /// An operand and the accesses behind it.
    fn access(&mut self) -> Expression {
        let start = self.token().range.start;
        let base = self.primary();
        let mut steps = Vec::new();
        while let Some(step) = self.step() {
            steps.push(step);
        }
        if steps.is_empty() {
            return base;
        }
        self.node(start, ExpressionKind::Access(Box::new(base), steps))
    }

    fn step(&mut self) -> Option<Step> {
        use TokenKind::*;
        if self.kind() == NewLine && matches!(self.kind_ahead(1), Dot | DotQuestion | DoubleColon) {
            self.newlines();
        }
        let start = self.token().range.start;
        let kind = match self.kind() {
            Dot => {
                self.advance();
                let name = self.name("the name of a property");
                if self.kind() == LeftParen {
                    StepKind::Method(name, self.arguments())
                } else {
                    StepKind::Property(name, Safety::Strict)
                }
            }
            DotQuestion => {
                self.advance();
                StepKind::Property(self.name("the name of a property"), Safety::Safe)
            }
            DoubleColon => {
                self.advance();
                StepKind::Nested(self.name("the name of a nested resource"))
            }
            Exclamation => {
                self.advance();
                StepKind::NonNull
            }
            LeftSquare => self.index_step(),
            _ => return None,
        };
        Some(Step {
            kind,
            range: self.range_from(start),
        })
    }

    fn index_step(&mut self) -> StepKind {
        self.advance();
        let safety = if self.eat(TokenKind::Question).is_some() {
            Safety::Safe
        } else {
            Safety::Strict
        };
        let direction = if self.eat(TokenKind::Caret).is_some() {
            Direction::End
        } else {
            Direction::Start
        };
        self.newlines();
        let index = self.expression();
        self.close(TokenKind::RightSquare, "`]`");
        StepKind::Index(Box::new(index), safety, direction)
    }

    fn primary(&mut self) -> Expression {
        use TokenKind::*;
        let start = self.token().range.start;
        match self.kind() {
            Identifier => self.name_or_call(),
            Integer => self.integer(),
            StringWhole | StringLeft => self.string(),
            LeftBrace => self.object(),
            LeftSquare => self.array(),
            LeftParen => {
                self.advance();
                self.newlines();
                let inner = self.expression();
                self.close(RightParen, "`)`");
                self.node(start, inner.kind)
            }
            _ => {
                self.error_here("expected an expression");
                self.missing()
            }
        }
    }

    fn integer(&mut self) -> Expression {
        let token = self.advance();
        let number = self.text_of(token).parse();
        if number.is_err() {
            let message = "number is larger than 64 bits";
            self.errors.push(SyntaxError::new(message, token.range));
        }
        let kind = number.map_or(ExpressionKind::Error, ExpressionKind::Integer);
        Expression {
            kind,
            range: token.range,
        }
    }

    fn name_or_call(&mut self) -> Expression {
        let start = self.token().range.start;
        let name = self.name("a name");
        let kind = match (&*name.text, self.kind()) {
            (_, TokenKind::LeftParen) => {
                let arguments = self.arguments();
                ExpressionKind::Call(name, arguments)
            }
            ("null", _) => ExpressionKind::Null,
            ("true", _) => ExpressionKind::Bool(true),
            ("false", _) => ExpressionKind::Bool(false),
            _ => ExpressionKind::Name(name.text),
        };
        self.node(start, kind)
    }

    /// `(a, b)`
    pub(super) fn arguments(&mut self) -> Vec<Expression> {
        let mut arguments = Vec::new();
        self.advance();
        self.newlines();
        while self.kind() != TokenKind::RightParen {
            let before = self.at;
            arguments.push(self.expression());
            self.newlines();
            if self.eat(TokenKind::Comma).is_none() {
                break;
            }
            self.newlines();
            if self.at == before {
                break;
            }
        }
        self.close(TokenKind::RightParen, "`,` or `)`");
        arguments
    }

    /// A string with its holes.
    pub(super) fn string(&mut self) -> Expression {
        let start = self.token().range.start;
        let mut parts = Vec::new();
        loop {
            let token = self.advance();
            let (text, range) = string::part(self.text, token, &mut self.errors);
            if !text.is_empty() {
                parts.push(StringPart::Text(text, range));
            }
            if matches!(token.kind, TokenKind::StringWhole | TokenKind::StringRight) {
                break;
            }
            self.newlines();
            parts.push(StringPart::Hole(self.expression()));
            let next = self.kind_over_newlines();
            if matches!(next, TokenKind::StringMiddle | TokenKind::StringRight) {
                self.newlines();
            }
            if !matches!(
                self.kind(),
                TokenKind::StringMiddle | TokenKind::StringRight
            ) {
                self.error_here("expected `}`");
                self.skip_to_string_part();
            }
            if !matches!(
                self.kind(),
                TokenKind::StringMiddle | TokenKind::StringRight
            ) {
                break;
            }
        }
        self.node(start, ExpressionKind::String(parts))
    }

    /// Skips what is not understood in a hole.
    fn skip_to_string_part(&mut self) {
        use TokenKind::*;
        while !matches!(
            self.kind(),
            StringMiddle | StringRight | NewLine | End | Fence
        ) {
            self.skip_group();
        }
    }

    /// `{ key: value }`
    pub(super) fn object(&mut self) -> Expression {
        use TokenKind::*;
        let start = self.token().range.start;
        self.advance();
        let mut members = Vec::new();
        loop {
            while matches!(self.kind(), NewLine | Comma) {
                self.advance();
            }
            if matches!(self.kind(), RightBrace | End | Fence) {
                break;
            }
            let before = self.at;
            if let Some(member) = self.deeper(Self::member).flatten() {
                members.push(member);
            }
            self.end_of_item(before, "a new line or `,` behind a property");
        }
        self.close(RightBrace, "`}`");
        self.node(start, ExpressionKind::Object(members))
    }

    /// Behind a member or item: skips what does not belong, so that the next one starts on clear ground.
    pub(super) fn end_of_item(&mut self, before: usize, what: &str) {
        use TokenKind::*;
        if !matches!(
            self.kind(),
            NewLine | Comma | RightBrace | RightSquare | End | Fence
        ) {
            self.error_here(format!("expected {what}"));
            self.skip_item();
        }
        let stray = match self.kind() {
            RightParen | StringMiddle | StringRight => true,
            RightSquare | RightBrace => false,
            _ => self.at == before,
        };
        if stray {
            self.advance();
        }
    }

    fn member(&mut self) -> Option<Member> {
        use TokenKind::*;
        if self.kind() == Ellipsis {
            self.advance();
            return Some(Member::Spread(self.expression()));
        }
        if self.kind() == At || self.at_nested_resource() {
            return self.nested_resource();
        }
        let start = self.token().range.start;
        let key = match self.kind() {
            Identifier => {
                let name = self.name("a name");
                let text = StringPart::Text(name.text, name.range);
                Expression {
                    kind: ExpressionKind::String(vec![text]),
                    range: name.range,
                }
            }
            StringWhole | StringLeft => self.string(),
            RightSquare | RightParen => {
                self.error_here("bracket closes nothing");
                self.advance();
                return None;
            }
            _ => {
                self.error_here("expected the name of a property");
                return None;
            }
        };
        let value = if self.eat_over_newlines(Colon).is_some() {
            self.newlines_before_value();
            self.expression()
        } else {
            self.error_here("expected `:` and a value");
            self.missing()
        };
        Some(Member::Property(Property {
            key,
            value,
            range: self.range_from(start),
        }))
    }

    /// A value may start on the line below its key; a property that is only half there must not take the next one's name.
    fn newlines_before_value(&mut self) {
        if self.kind() == TokenKind::NewLine
            && !(matches!(
                self.kind_ahead(1),
                TokenKind::Identifier | TokenKind::StringWhole
            ) && self.kind_ahead(2) == TokenKind::Colon)
            && !matches!(self.kind_ahead(1), TokenKind::RightBrace)
        {
            self.newlines();
        }
    }

    /// `resource name` inside an object; `resource: value` is a property.
    fn at_nested_resource(&self) -> bool {
        self.at_word("resource") && self.kind_ahead(1) == TokenKind::Identifier
    }

    /// `[a, b]`, `[for …]`
    fn array(&mut self) -> Expression {
        use TokenKind::*;
        let start = self.token().range.start;
        self.advance();
        self.newlines();
        if self.at_word("for") && matches!(self.kind_ahead(1), Identifier | LeftParen) {
            return self.loop_body(start);
        }
        let mut items = Vec::new();
        loop {
            while matches!(self.kind(), NewLine | Comma) {
                self.advance();
            }
            if matches!(self.kind(), RightSquare | End | Fence) {
                break;
            }
            if matches!(self.kind(), RightBrace | RightParen) {
                self.error_here("bracket closes nothing");
                break;
            }
            let before = self.at;
            items.push(if self.eat(Ellipsis).is_some() {
                Item::Spread(self.expression())
            } else {
                Item::Value(self.expression())
            });
            self.end_of_item(before, "a new line or `,` behind an item");
        }
        self.close(RightSquare, "`]`");
        self.node(start, ExpressionKind::Array(items))
    }

    /// The rest of `[for (item, index) in collection: body]` from `for` on.
    fn loop_body(&mut self, start: u32) -> Expression {
        use TokenKind::*;
        self.advance();
        let (item, index) = if self.eat(LeftParen).is_some() {
            let item = self.name("the name of the item");
            let index = self.eat(Comma).map(|_| self.name("the name of the index"));
            self.expect(RightParen, "`)`");
            (item, index)
        } else {
            let item = self.name("the name of the item");
            let index = self.eat(Comma).map(|_| self.name("the name of the index"));
            (item, index)
        };
        if self.eat_word("in").is_none() {
            self.error_here("expected `in`");
        }
        self.newlines();
        let collection = self.expression();
        self.newlines();
        self.expect(Colon, "`:`");
        self.newlines();
        let body = self.body();
        self.close(RightSquare, "`]`");
        let parts = For {
            item,
            index,
            collection,
            body,
        };
        self.node(start, ExpressionKind::For(Box::new(parts)))
    }

    /// The body of a resource, module or loop: an expression, perhaps behind `if (condition)`.
    pub(super) fn body(&mut self) -> Expression {
        let start = self.token().range.start;
        if !self.at_word("if") || self.kind_ahead(1) != TokenKind::LeftParen {
            return self.expression();
        }
        self.advance();
        self.advance();
        self.newlines();
        let condition = self.expression();
        self.close(TokenKind::RightParen, "`)`");
        self.newlines();
        let body = self.expression();
        self.node(start, ExpressionKind::If(Box::new([condition, body])))
    }
}

/// `left operator right`, joined to `left` where that is a chain of the same precedence.
fn append(mut left: Expression, operator: BinaryOperator, right: Expression) -> Expression {
    if let ExpressionKind::Binary(_, rest) = &mut left.kind
        && rest
            .first()
            .is_some_and(|(first, _)| first.precedence() == operator.precedence())
    {
        rest.push((operator, right));
        return left;
    }
    let range = left.range;
    Expression {
        kind: ExpressionKind::Binary(Box::new(left), vec![(operator, right)]),
        range,
    }
}
