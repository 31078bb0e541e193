//! The parser's state: tokens with their brackets matched, errors, and how far into brackets it is.

use super::lexer::{self, Token, TokenKind};
use super::tree::{File, Name};
use crate::{Comment, Parse, SyntaxError, TextRange};

/// How deep brackets may lie inside each other. Generated templates reach some 40; behind it a group is skipped with an error, so
/// that no input exhausts the stack.
pub(super) const MAXIMUM_DEPTH: u32 = 128;

/// How many errors are kept of one file; a binary file called `.bicep` has one a byte.
const MAXIMUM_ERRORS: usize = 1000;

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    /// For each opening bracket the position of the one that closes it, or of what ends it; 0 for other tokens.
    closing: Vec<u32>,
    pub(super) at: usize,
    pub(super) depth: u32,
    pub(super) errors: Vec<SyntaxError>,
    comments: Vec<Comment>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let lexed = lexer::tokens(text);
        let mut tokens = lexed.list;
        let mut closing = match_brackets(&tokens);
        if closing.is_none() {
            tokens = with_fences(text, tokens);
            closing = Some(match_loosely(&tokens));
        }
        Self {
            text,
            tokens,
            closing: closing.unwrap_or_default(),
            at: 0,
            depth: 0,
            errors: lexed.errors,
            comments: lexed.comments,
        }
    }

    /// The whole file.
    pub(super) fn file(mut self) -> Parse<File> {
        let statements = self.statements();
        self.errors.sort_by_key(|error| error.range);
        self.errors.dedup();
        self.errors.truncate(MAXIMUM_ERRORS);
        Parse {
            tree: File { statements },
            errors: self.errors,
            comments: self.comments,
        }
    }

    pub(super) fn token(&self) -> Token {
        self.tokens[self.at]
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.tokens[self.at].kind
    }

    /// The kind of the token `ahead` of this one.
    pub(super) fn kind_ahead(&self, ahead: usize) -> TokenKind {
        self.tokens
            .get(self.at + ahead)
            .map_or(TokenKind::End, |token| token.kind)
    }

    /// The kind of the next token that is no newline.
    pub(super) fn kind_over_newlines(&self) -> TokenKind {
        if self.kind() == TokenKind::NewLine {
            self.kind_ahead(1)
        } else {
            self.kind()
        }
    }

    /// Consumes a token; the end and fences stay.
    pub(super) fn advance(&mut self) -> Token {
        let token = self.token();
        if !matches!(token.kind, TokenKind::End | TokenKind::Fence) {
            self.at += 1;
        }
        token
    }

    pub(super) fn newlines(&mut self) {
        while self.kind() == TokenKind::NewLine {
            self.at += 1;
        }
    }

    pub(super) fn eat(&mut self, kind: TokenKind) -> Option<Token> {
        (self.kind() == kind).then(|| self.advance())
    }

    /// Consumes a token, behind newlines too; nothing where it does not stand there.
    pub(super) fn eat_over_newlines(&mut self, kind: TokenKind) -> Option<Token> {
        if self.kind_over_newlines() != kind {
            return None;
        }
        self.newlines();
        self.eat(kind)
    }

    pub(super) fn expect(&mut self, kind: TokenKind, what: &str) -> Option<Token> {
        let token = self.eat(kind);
        if token.is_none() {
            self.error_here(format!("expected {what}"));
        }
        token
    }

    pub(super) fn text_of(&self, token: Token) -> &'a str {
        token.range.slice(self.text)
    }

    /// The text of the token where it is an identifier, and nothing else.
    pub(super) fn word(&self) -> &'a str {
        if self.kind() == TokenKind::Identifier {
            self.text_of(self.token())
        } else {
            ""
        }
    }

    /// Whether the next token is this word.
    pub(super) fn at_word(&self, word: &str) -> bool {
        self.word() == word
    }

    pub(super) fn eat_word(&mut self, word: &str) -> Option<Token> {
        self.at_word(word).then(|| self.advance())
    }

    pub(super) fn name(&mut self, what: &str) -> Name {
        if self.kind() == TokenKind::Identifier {
            let token = self.advance();
            return Name {
                text: self.text_of(token).into(),
                range: token.range,
            };
        }
        self.error_here(format!("expected {what}"));
        Name {
            text: "".into(),
            range: TextRange::at(self.previous_end()),
        }
    }

    /// Where the last consumed token that is no newline ends.
    pub(super) fn previous_end(&self) -> u32 {
        self.tokens[..self.at]
            .iter()
            .rev()
            .find(|token| !matches!(token.kind, TokenKind::NewLine | TokenKind::Fence))
            .map_or(0, |token| token.range.end)
    }

    pub(super) fn range_from(&self, start: u32) -> TextRange {
        TextRange::new(start, self.previous_end().max(start))
    }

    /// An error at the next token, or behind the last where a line or the file ends.
    pub(super) fn error_here(&mut self, message: impl Into<String>) {
        let token = self.token();
        let range = match token.kind {
            TokenKind::NewLine | TokenKind::End | TokenKind::Fence => {
                TextRange::at(self.previous_end())
            }
            _ => token.range,
        };
        // One place has one error: what follows from the first helps nobody.
        if self.errors.last().is_none_or(|last| last.range != range) {
            self.errors.push(SyntaxError::new(message, range));
        }
    }

    /// Where the bracket at the current token is closed.
    pub(super) fn closing_position(&self) -> usize {
        (self.closing[self.at] as usize).max(self.at)
    }

    /// Skips what stands before the next newline, comma or closing bracket, groups in brackets as a whole.
    pub(super) fn skip_item(&mut self) {
        use TokenKind::*;
        loop {
            match self.kind() {
                NewLine | Comma | RightBrace | RightParen | RightSquare | StringMiddle
                | StringRight | End | Fence => return,
                _ => self.skip_group(),
            }
        }
    }

    /// Skips one token, or all up to the closing bracket where it opens a group.
    pub(super) fn skip_group(&mut self) {
        let target = self.closing_position();
        if target > self.at {
            self.at = target;
            if matches!(
                self.kind(),
                TokenKind::RightBrace
                    | TokenKind::RightParen
                    | TokenKind::RightSquare
                    | TokenKind::StringRight
            ) {
                self.advance();
            }
        } else {
            self.advance();
        }
    }

    /// Runs `inner` one level deeper, or tells that the limit is reached.
    pub(super) fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAXIMUM_DEPTH {
            self.error_here(format!("more than {MAXIMUM_DEPTH} levels deep"));
            return None;
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        Some(result)
    }
}

/// What closes a bracket, hole included.
fn closes(open: TokenKind, close: TokenKind) -> bool {
    use TokenKind::*;
    matches!(
        (open, close),
        (LeftBrace, RightBrace)
            | (LeftParen, RightParen)
            | (LeftSquare, RightSquare)
            | (StringLeft, StringMiddle | StringRight)
    )
}

fn is_opening(kind: TokenKind) -> bool {
    use TokenKind::*;
    matches!(kind, LeftBrace | LeftParen | LeftSquare | StringLeft)
}

fn is_closing(kind: TokenKind) -> bool {
    use TokenKind::*;
    matches!(
        kind,
        RightBrace | RightParen | RightSquare | StringMiddle | StringRight
    )
}

/// The closing position of each opening bracket, where all brackets of the file match.
fn match_brackets(tokens: &[Token]) -> Option<Vec<u32>> {
    let mut closing = vec![0; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    for (position, token) in tokens.iter().enumerate() {
        if is_closing(token.kind) {
            let last = *open.last()?;
            if !closes(tokens[last].kind, token.kind) {
                return None;
            }
            if token.kind != TokenKind::StringMiddle {
                closing[last] = position as u32;
                open.pop();
            }
        } else if is_opening(token.kind) {
            open.push(position);
        }
    }
    open.is_empty().then_some(closing)
}

/// The same for a file whose brackets do not match: a closing bracket closes the nearest of its kind, a fence or the end all.
fn match_loosely(tokens: &[Token]) -> Vec<u32> {
    let mut closing = vec![0; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    // How many brackets of each kind are open, so that a stray closing one costs no search.
    let mut counts = [0_usize; 4];
    let kind_index = |kind: TokenKind| match kind {
        TokenKind::LeftBrace | TokenKind::RightBrace => 0,
        TokenKind::LeftParen | TokenKind::RightParen => 1,
        TokenKind::LeftSquare | TokenKind::RightSquare => 2,
        _ => 3,
    };
    for (position, token) in tokens.iter().enumerate() {
        if is_opening(token.kind) {
            counts[kind_index(token.kind)] += 1;
            open.push(position);
        } else if matches!(token.kind, TokenKind::Fence | TokenKind::End) {
            for bracket in open.drain(..) {
                closing[bracket] = position as u32;
            }
            counts = [0; 4];
        } else if is_closing(token.kind)
            && token.kind != TokenKind::StringMiddle
            && counts[kind_index(token.kind)] > 0
        {
            while let Some(bracket) = open.pop() {
                counts[kind_index(tokens[bracket].kind)] -= 1;
                closing[bracket] = position as u32;
                if closes(tokens[bracket].kind, token.kind) {
                    break;
                }
            }
        }
    }
    closing
}

/// The tokens with a fence before every statement that seems to stand inside brackets: a line that starts in the first column
/// with a statement's word and a name, or with a decorator.
fn with_fences(text: &str, tokens: Vec<Token>) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len() + 16);
    let mut depth = 0_u32;
    for (position, token) in tokens.iter().enumerate() {
        if is_opening(token.kind) {
            depth += 1;
        } else if is_closing(token.kind) && token.kind != TokenKind::StringMiddle {
            depth = depth.saturating_sub(1);
        }
        if depth > 0 && starts_statement(text, &tokens, position) {
            depth = 0;
            out.push(Token {
                kind: TokenKind::Fence,
                range: TextRange::at(token.range.start),
                dollars: 0,
            });
        }
        out.push(*token);
    }
    out
}

fn starts_statement(text: &str, tokens: &[Token], position: usize) -> bool {
    use TokenKind::*;
    let token = tokens[position];
    let start = token.range.start as usize;
    if start > 0 && !matches!(text.as_bytes()[start - 1], b'\n' | b'\r') {
        return false;
    }
    let next = tokens.get(position + 1).map_or(End, |next| next.kind);
    match token.kind {
        At => next == Identifier,
        Identifier if token.range.slice(text) == "targetScope" => next == Assign,
        Identifier => {
            lexer::is_statement_word(token.range.slice(text))
                && matches!(next, Identifier | StringWhole | LeftBrace | Star)
        }
        _ => false,
    }
}
