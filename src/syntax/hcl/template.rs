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
    if let Some(Token::Literal(first, _)) = tokens.first()
        && is_document(first)
    {
        tokens = tokens.into_iter().flat_map(|it| runs(lower, it)).collect();
    }
    finish(tokens, false)
}

/// Whether a text is likely to be JSON, so that what stands in it is looked for.
fn is_document(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The parts of a quoted text without interpolation, where it has escapes and is likely to be JSON.
pub(super) fn escaped(lower: &Lower<'_>, text: &str, range: TextRange) -> Option<Vec<Part>> {
    let inner = TextRange::new(
        range.start + 1,
        range.end.saturating_sub(1).max(range.start + 1),
    );
    if !is_document(text) || inner.len() == text.len() as u32 {
        return None;
    }
    Some(finish(
        runs(lower, Token::Literal(text.to_owned(), inner)),
        false,
    ))
}

/// Cuts a literal with escapes: each run that is written as it is, and each escape, with its own place.
fn runs(lower: &Lower<'_>, token: Token) -> Vec<Token> {
    let Token::Literal(text, range) = &token else {
        return vec![token];
    };
    let written = lower.written(*range);
    let (mut made, mut rest, mut at) = (Vec::new(), &**text, range.start);
    for piece in pieces(written) {
        let length = match piece {
            Piece::Plain(plain) => plain.len(),
            Piece::Escape(_, bytes) => bytes,
        };
        let end = at + piece.length() as u32;
        let Some((own, behind)) = rest.split_at_checked(length) else {
            return vec![token];
        };
        if matches!(piece, Piece::Plain(plain) if plain != own) {
            return vec![token];
        }
        made.push(Token::Literal(own.to_owned(), TextRange::new(at, end)));
        (rest, at) = (behind, end);
    }
    if rest.is_empty() { made } else { vec![token] }
}

enum Piece<'t> {
    Plain(&'t str),
    /// As it is written, and how many bytes of text it stands for.
    Escape(&'t str, usize),
}

impl Piece<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Plain(text) | Self::Escape(text, _) => text.len(),
        }
    }
}

/// Source: <https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences>.
fn pieces(written: &str) -> Vec<Piece<'_>> {
    let mut made = Vec::new();
    let mut rest = written;
    while !rest.is_empty() {
        let at = rest.find(['\\', '$', '%']).unwrap_or(rest.len());
        let (plain, behind) = rest.split_at(at);
        if !plain.is_empty() {
            made.push(Piece::Plain(plain));
        }
        let Some((length, bytes)) = escape(behind) else {
            break;
        };
        let (own, after) = behind.split_at(length);
        made.push(match bytes {
            Some(bytes) => Piece::Escape(own, bytes),
            None => Piece::Plain(own),
        });
        rest = after;
    }
    made
}

/// The length of what a text starts with, and the bytes it stands for where it is an escape.
fn escape(text: &str) -> Option<(usize, Option<usize>)> {
    let code = |digits: usize| {
        let code = u32::from_str_radix(text.get(2..2 + digits)?, 16).ok()?;
        Some((2 + digits, Some(char::from_u32(code)?.len_utf8())))
    };
    let first = text.chars().next()?.len_utf8();
    let plain = Some((first, None));
    match text.get(..2) {
        Some("\\u") => code(4).or(plain),
        Some("\\U") => code(8).or(plain),
        Some(two) if two.starts_with('\\') => Some((2, Some(1))),
        _ if text.starts_with("$${") || text.starts_with("%%{") => Some((3, Some(2))),
        _ => plain,
    }
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
            && let Some(Token::Literal(text, range)) = at.checked_sub(1).map(|at| &mut tokens[at])
        {
            let cut = text.len() - text.trim_end().len();
            if is_exact(text, *range) {
                range.end -= cut as u32;
            }
            text.truncate(text.len() - cut);
        }
        if strip.strip_end()
            && let Some(Token::Literal(text, range)) = tokens.get_mut(at + 1)
        {
            let cut = text.len() - text.trim_start().len();
            cut_start(text, range, cut);
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
        if let Token::Literal(text, range) = &mut tokens[at] {
            let indentation = text.char_indices().nth(least);
            let cut = indentation.map_or(text.len(), |(offset, _)| offset);
            cut_start(text, range, cut);
        }
    }
}

/// Whether a text is written letter by letter.
fn is_exact(text: &str, range: TextRange) -> bool {
    text.len() == range.len() as usize
}

fn cut_start(text: &mut String, range: &mut TextRange, cut: usize) {
    if is_exact(text, *range) {
        range.start += cut as u32;
    }
    text.drain(..cut);
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

/// Joins neighbouring literals, but those of which the place of every letter would no longer be known.
fn join(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    let mut open: Option<(String, TextRange)> = None;
    for part in parts {
        let Part::Literal(more, range) = part else {
            joined.extend(open.take().map(literal));
            joined.push(part);
            continue;
        };
        open = Some(match open {
            Some((text, place)) if !is_one(&text, place, &more, range) => {
                joined.push(literal((text, place)));
                (more.into(), range)
            }
            Some(before) if more.is_empty() => before,
            Some((text, place)) if !text.is_empty() => (text + &more, place.cover(range)),
            _ => (more.into(), range),
        });
    }
    joined.extend(open.map(literal));
    joined
}

fn literal((text, range): (String, TextRange)) -> Part {
    Part::Literal(text.into(), range)
}

/// Whether two literals are as one: what is written letter by letter goes on, or neither is written so.
fn is_one(text: &str, place: TextRange, more: &str, range: TextRange) -> bool {
    if text.is_empty() || more.is_empty() {
        return true;
    }
    match (is_exact(text, place), is_exact(more, range)) {
        (true, true) => place.end == range.start,
        (exact, other) => exact == other,
    }
}
