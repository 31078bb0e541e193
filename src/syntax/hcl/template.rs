//! Templates: quoted, heredoc, and whole files, with the trimming of `~` and the indentation of `<<-`.
//!
//! Terraform trims and dedents a heredoc or file line by line, so its literals are cut at line ends first
//! (<https://developer.hashicorp.com/terraform/language/expressions/strings>).

use hcl_edit::Span;
use hcl_edit::template as edit;
use hcl_edit::template::Strip;

use super::expression::Lower;
use super::tree::{Expression, ForPart, IfPart, Name, Part};
use crate::TextRange;

/// A template in flat order.
enum Token {
    Literal(String, TextRange),
    Interpolation(Expression, TextRange, Strip),
    If(Expression, TextRange, Strip),
    Else(Strip),
    EndIf(Strip),
    For(Box<Loop>, TextRange, Strip),
    EndFor(Strip),
}

struct Loop {
    key: Option<Name>,
    value: Name,
    collection: Expression,
}

/// The parts of `"…"`.
pub(super) fn quoted(lower: &Lower<'_>, template: &edit::StringTemplate) -> Vec<Part> {
    let mut tokens = Vec::new();
    flatten(lower, template.iter(), false, &mut tokens);
    finish(tokens, false)
}

/// The parts of a whole file.
pub(super) fn bare(lower: &Lower<'_>, template: &edit::Template) -> Vec<Part> {
    let mut tokens = Vec::new();
    flatten(lower, template.iter(), true, &mut tokens);
    finish(tokens, false)
}

/// The parts of `<<EOT` and `<<-EOT`.
pub(super) fn heredoc(
    lower: &Lower<'_>,
    heredoc: &edit::HeredocTemplate,
    range: TextRange,
) -> Vec<Part> {
    let mut tokens = Vec::new();
    flatten(lower, heredoc.template.iter(), true, &mut tokens);
    finish(tokens, lower.written(range).starts_with("<<-"))
}

fn flatten<'e>(
    lower: &Lower<'_>,
    elements: impl Iterator<Item = &'e edit::Element>,
    raw: bool,
    tokens: &mut Vec<Token>,
) {
    for element in elements {
        match element {
            edit::Element::Literal(text) => {
                let range = lower.range(text.span());
                if raw {
                    lines(lower.written(range), range.start, tokens);
                } else {
                    tokens.push(Token::Literal(text.value().clone(), range));
                }
            }
            edit::Element::Interpolation(part) => tokens.push(Token::Interpolation(
                lower.expression(&part.expr),
                lower.range(part.span()),
                part.strip,
            )),
            edit::Element::Directive(directive) => match &**directive {
                edit::Directive::If(part) => flatten_if(lower, part, raw, tokens),
                edit::Directive::For(part) => flatten_for(lower, part, raw, tokens),
            },
        }
    }
}

fn flatten_if(lower: &Lower<'_>, part: &edit::IfDirective, raw: bool, tokens: &mut Vec<Token>) {
    let range = lower.range(part.span());
    let condition = lower.expression(&part.if_expr.cond_expr);
    tokens.push(Token::If(condition, range, part.if_expr.strip));
    flatten(lower, part.if_expr.template.iter(), raw, tokens);
    if let Some(otherwise) = &part.else_expr {
        tokens.push(Token::Else(otherwise.strip));
        flatten(lower, otherwise.template.iter(), raw, tokens);
    }
    tokens.push(Token::EndIf(part.endif_expr.strip));
}

fn flatten_for(lower: &Lower<'_>, part: &edit::ForDirective, raw: bool, tokens: &mut Vec<Token>) {
    let head = &part.for_expr;
    let intro = Loop {
        key: head.key_var.as_ref().map(|name| lower.name(name.span())),
        value: lower.name(head.value_var.span()),
        collection: lower.expression(&head.collection_expr),
    };
    let range = lower.range(part.span());
    tokens.push(Token::For(Box::new(intro), range, head.strip));
    flatten(lower, head.template.iter(), raw, tokens);
    tokens.push(Token::EndFor(part.endfor_expr.strip));
}

/// Cuts a literal without escapes behind each line end.
fn lines(written: &str, start: u32, tokens: &mut Vec<Token>) {
    let mut at = start;
    for line in written.split_inclusive('\n') {
        let end = at + line.len() as u32;
        let text = line.replace("$${", "${").replace("%%{", "%{");
        tokens.push(Token::Literal(text, TextRange::new(at, end)));
        at = end;
    }
}

fn finish(mut tokens: Vec<Token>, dedent: bool) -> Vec<Part> {
    trim(&mut tokens);
    if dedent {
        remove_indentation(&mut tokens);
    }
    let mut tokens = tokens.into_iter().peekable();
    let mut parts = Vec::new();
    while tokens.peek().is_some() {
        parts.extend(build(&mut tokens));
        tokens.next();
    }
    join(parts)
}

fn strip_of(token: &Token) -> Option<Strip> {
    match token {
        Token::Literal(..) => None,
        Token::Interpolation(_, _, strip)
        | Token::If(_, _, strip)
        | Token::Else(strip)
        | Token::EndIf(strip)
        | Token::For(_, _, strip)
        | Token::EndFor(strip) => Some(*strip),
    }
}

fn trim(tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        let Some(strip) = strip_of(&tokens[at]) else {
            continue;
        };
        if strip.strip_start()
            && let Some(Token::Literal(text, _)) = at.checked_sub(1).map(|at| &mut tokens[at])
        {
            text.truncate(text.trim_end().len());
        }
        if strip.strip_end()
            && let Some(Token::Literal(text, _)) = tokens.get_mut(at + 1)
        {
            *text = text.trim_start().to_owned();
        }
    }
}

/// Takes the indentation that all lines share off each; lines of blanks do not count.
fn remove_indentation(tokens: &mut [Token]) {
    let mut least = usize::MAX;
    let mut line_start = true;
    let mut starts = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Literal(text, _) = token else {
            if line_start {
                least = 0;
            }
            line_start = false;
            continue;
        };
        let content = text.trim_start();
        let blank = content.is_empty() && text.ends_with('\n');
        if line_start && !blank {
            least = least.min(text[..text.len() - content.len()].chars().count());
            starts.push(at);
        }
        line_start = if line_start && blank {
            true
        } else {
            text.ends_with('\n')
        };
    }
    for at in starts {
        if let Token::Literal(text, _) = &mut tokens[at] {
            *text = text.chars().skip(least).collect();
        }
    }
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

/// The parts up to a token that ends them, which stays.
fn build(tokens: &mut Tokens) -> Vec<Part> {
    let mut parts = Vec::new();
    while let Some(token) = tokens
        .next_if(|token| !matches!(token, Token::Else(_) | Token::EndIf(_) | Token::EndFor(_)))
    {
        match token {
            Token::Literal(text, range) => parts.push(Part::Literal(text.into(), range)),
            Token::Interpolation(expression, range, _) => {
                parts.push(Part::Interpolation(expression, range));
            }
            Token::If(condition, range, _) => {
                let then = join(build(tokens));
                let mut otherwise = Vec::new();
                if tokens
                    .next_if(|token| matches!(token, Token::Else(_)))
                    .is_some()
                {
                    otherwise = join(build(tokens));
                }
                tokens.next();
                parts.push(Part::If(Box::new(IfPart {
                    condition,
                    then,
                    otherwise,
                    range,
                })));
            }
            Token::For(intro, range, _) => {
                let body = join(build(tokens));
                tokens.next();
                parts.push(Part::For(Box::new(ForPart {
                    key: intro.key,
                    value: intro.value,
                    collection: intro.collection,
                    body,
                    range,
                })));
            }
            Token::Else(_) | Token::EndIf(_) | Token::EndFor(_) => {}
        }
    }
    parts
}

/// Joins neighbouring literals.
fn join(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    let mut text = String::new();
    let mut place: Option<TextRange> = None;
    for part in parts {
        if let Part::Literal(more, range) = part {
            text.push_str(&more);
            place = Some(place.map_or(range, |place| place.cover(range)));
            continue;
        }
        if let Some(range) = place.take() {
            joined.push(Part::Literal(std::mem::take(&mut text).into(), range));
        }
        joined.push(part);
    }
    if let Some(range) = place {
        joined.push(Part::Literal(text.into(), range));
    }
    joined
}
