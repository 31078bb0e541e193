//! Expressions, read by `hcl-edit`, whose types stay in this file and in `template`.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr as edit;
use hcl_edit::parser;

use super::heal;
use super::template;
use super::tree::*;
use crate::{SyntaxError, TextRange};

/// Stands where nothing could be read.
pub(super) fn missing(range: TextRange) -> Expression {
    Expression {
        kind: ExpressionKind::Missing,
        range,
    }
}

/// The expression at `range` of `text`.
pub(super) fn parse(text: &str, range: TextRange, errors: &mut Vec<SyntaxError>) -> Expression {
    let slice = range.slice(text);
    let parsed = parser::parse_expr(slice).or_else(|error| {
        let healed = heal::heal(slice);
        match healed {
            Some(healed) => parser::parse_expr(&healed).map_err(|_| error),
            None => Err(error),
        }
    });
    match parsed {
        Ok(parsed) => Lower::new(text, range.start).expression(&parsed),
        Err(error) => {
            errors.push(syntax_error(&error, range, slice));
            missing(range)
        }
    }
}

/// The template that the whole of `text` is.
pub(super) fn parse_template(text: &str, errors: &mut Vec<SyntaxError>) -> Vec<Part> {
    let range = TextRange::from(0..text.len());
    match parser::parse_template(text) {
        Ok(parsed) => template::bare(&Lower::new(text, 0), &parsed),
        Err(error) => {
            errors.push(syntax_error(&error, range, text));
            vec![Part::Interpolation(missing(range), range)]
        }
    }
}

fn syntax_error(error: &parser::Error, range: TextRange, slice: &str) -> SyntaxError {
    let offset = error.location().offset().min(slice.len());
    let start = range.start + offset as u32;
    let line = slice.get(offset..).unwrap_or("");
    let length = line.find('\n').unwrap_or(line.len()).min(80) as u32;
    let mut message = error.message().lines().collect::<Vec<_>>().join(", ");
    if message.is_empty() {
        "the expression cannot be read".clone_into(&mut message);
    }
    let end = (start + length).max(start).min(range.end);
    SyntaxError::new(message, TextRange::new(start.min(range.end), end))
}

/// Turns the parser's tree into ours.
pub(super) struct Lower<'a> {
    text: &'a str,
    base: u32,
}

impl<'a> Lower<'a> {
    pub(super) const fn new(text: &'a str, base: u32) -> Self {
        Self { text, base }
    }

    pub(super) fn range(&self, span: Option<Range<usize>>) -> TextRange {
        let span = span.unwrap_or(0..0);
        TextRange::new(self.base + span.start as u32, self.base + span.end as u32)
    }

    /// The text as the author wrote it.
    pub(super) fn written(&self, range: TextRange) -> &'a str {
        range.slice(self.text)
    }

    pub(super) fn name(&self, span: Option<Range<usize>>) -> Name {
        let range = self.range(span);
        Name {
            text: self.written(range).into(),
            range,
        }
    }

    pub(super) fn expression(&self, expression: &edit::Expression) -> Expression {
        Expression {
            kind: self.kind(expression),
            range: self.range(expression.span()),
        }
    }

    fn boxed(&self, expression: &edit::Expression) -> Box<Expression> {
        Box::new(self.expression(expression))
    }

    fn kind(&self, expression: &edit::Expression) -> ExpressionKind {
        use edit::Expression as E;
        match expression {
            E::Null(_) => ExpressionKind::Null,
            E::Bool(value) => ExpressionKind::Bool(*value.value()),
            E::Number(value) => {
                let written = self.written(self.range(value.span()));
                ExpressionKind::Number(written.split_whitespace().collect::<String>().into())
            }
            E::String(value) => {
                let text = value.value().as_str();
                template::escaped(self, text, self.range(value.span())).map_or_else(
                    || ExpressionKind::String(text.into()),
                    ExpressionKind::Template,
                )
            }
            E::Array(array) => {
                ExpressionKind::Tuple(array.iter().map(|item| self.expression(item)).collect())
            }
            E::Object(object) => ExpressionKind::Object(
                object
                    .iter()
                    .map(|(key, value)| self.entry(key, value))
                    .collect(),
            ),
            E::StringTemplate(parts) => ExpressionKind::Template(template::quoted(self, parts)),
            E::HeredocTemplate(heredoc) => ExpressionKind::Template(template::heredoc(
                self,
                heredoc,
                self.range(expression.span()),
            )),
            E::Parenthesis(inner) => ExpressionKind::Parenthesis(self.boxed(inner.inner())),
            E::Variable(_) => {
                ExpressionKind::Variable(self.written(self.range(expression.span())).into())
            }
            E::Conditional(conditional) => ExpressionKind::Conditional(Box::new(Conditional {
                condition: self.expression(&conditional.cond_expr),
                then: self.expression(&conditional.true_expr),
                otherwise: self.expression(&conditional.false_expr),
            })),
            E::FuncCall(call) => self.call(call),
            E::Traversal(traversal) => self.traversal(traversal),
            E::UnaryOp(operation) => ExpressionKind::Unary(
                match operation.operator.value() {
                    edit::UnaryOperator::Neg => UnaryOperator::Negate,
                    edit::UnaryOperator::Not => UnaryOperator::Not,
                },
                self.boxed(&operation.expr),
            ),
            E::BinaryOp(operation) => ExpressionKind::Binary(
                binary(*operation.operator.value()),
                Box::new((
                    self.expression(&operation.lhs_expr),
                    self.expression(&operation.rhs_expr),
                )),
            ),
            E::ForExpr(expression) => self.for_expression(expression),
        }
    }

    fn entry(&self, key: &edit::ObjectKey, value: &edit::ObjectValue) -> ObjectEntry {
        let value = self.expression(value.expr());
        let key = match key {
            edit::ObjectKey::Ident(name) => ObjectKey::Name(self.name(name.span())),
            edit::ObjectKey::Expression(edit::Expression::Variable(name)) => {
                ObjectKey::Name(self.name(name.span()))
            }
            // Words of the language are names where a key is expected.
            edit::ObjectKey::Expression(edit::Expression::Null(word)) => {
                ObjectKey::Name(self.name(word.span()))
            }
            edit::ObjectKey::Expression(edit::Expression::String(text)) => {
                let range = self.range(text.span());
                let written = self.written(range);
                // A healed name differs from the one that is written, which has no escapes then.
                let plain = (!written.contains('\\'))
                    .then(|| written.strip_prefix('"')?.strip_suffix('"'))
                    .flatten()
                    .filter(|_| !written.contains('{'));
                ObjectKey::Expression(Expression {
                    kind: ExpressionKind::String(plain.unwrap_or(text.value()).into()),
                    range,
                })
            }
            edit::ObjectKey::Expression(key) => ObjectKey::Expression(self.expression(key)),
        };
        let range = key.range().cover(value.range);
        ObjectEntry { key, value, range }
    }

    fn call(&self, call: &edit::FuncCall) -> ExpressionKind {
        let last = self.range(call.name.name.span());
        let first = call
            .name
            .namespace
            .first()
            .map_or(last, |name| self.range(name.span()));
        let range = first.cover(last);
        ExpressionKind::Call(Box::new(Call {
            name: Name {
                text: self.written(range).into(),
                range,
            },
            arguments: call.args.iter().map(|item| self.expression(item)).collect(),
            spread: call.args.expand_final(),
        }))
    }

    fn traversal(&self, traversal: &edit::Traversal) -> ExpressionKind {
        let mut end = self.range(traversal.expr.span()).end;
        let steps = traversal
            .operators
            .iter()
            .map(|operator| {
                use edit::TraversalOperator as T;
                let kind = match operator.value() {
                    T::AttrSplat(_) => StepKind::AttributeSplat,
                    T::FullSplat(_) => StepKind::FullSplat,
                    T::GetAttr(name) => StepKind::Attribute(name.value().as_str().into()),
                    T::Index(index) => StepKind::Index(self.expression(index)),
                    T::LegacyIndex(index) => StepKind::LegacyIndex(*index.value()),
                };
                let range = operator
                    .span()
                    .map_or(TextRange::at(end), |span| self.range(Some(span)));
                end = range.end;
                Step { kind, range }
            })
            .collect();
        ExpressionKind::Traversal(self.boxed(&traversal.expr), steps)
    }

    fn for_expression(&self, expression: &edit::ForExpr) -> ExpressionKind {
        let intro = &expression.intro;
        ExpressionKind::For(Box::new(For {
            key_name: intro.key_var.as_ref().map(|name| self.name(name.span())),
            value_name: self.name(intro.value_var.span()),
            collection: self.expression(&intro.collection_expr),
            key: expression.key_expr.as_ref().map(|key| self.expression(key)),
            value: self.expression(&expression.value_expr),
            grouped: expression.grouping,
            condition: expression
                .cond
                .as_ref()
                .map(|condition| self.expression(&condition.expr)),
        }))
    }
}

fn binary(operator: edit::BinaryOperator) -> BinaryOperator {
    use edit::BinaryOperator as B;
    match operator {
        B::Eq => BinaryOperator::Equal,
        B::NotEq => BinaryOperator::NotEqual,
        B::LessEq => BinaryOperator::LessEqual,
        B::GreaterEq => BinaryOperator::GreaterEqual,
        B::Less => BinaryOperator::Less,
        B::Greater => BinaryOperator::Greater,
        B::Plus => BinaryOperator::Add,
        B::Minus => BinaryOperator::Subtract,
        B::Mul => BinaryOperator::Multiply,
        B::Div => BinaryOperator::Divide,
        B::Mod => BinaryOperator::Remainder,
        B::And => BinaryOperator::And,
        B::Or => BinaryOperator::Or,
    }
}
