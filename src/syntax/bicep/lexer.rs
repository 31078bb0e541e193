//! Text to tokens. Newlines are tokens, as they end statements, members and items.

use crate::{Comment, SyntaxError, TextRange};

/// The kinds of tokens. Punctuation is named by what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// One or more line ends with white space and comments between.
    NewLine,
    Identifier,
    Integer,
    /// A whole string, or the parts of one with holes: up to the first `${`, between `}` and `${`, behind the last `}`.
    StringWhole,
    StringLeft,
    StringMiddle,
    StringRight,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    LeftSquare,
    RightSquare,
    At,
    Comma,
    Dot,
    DotQuestion,
    Ellipsis,
    Colon,
    DoubleColon,
    Question,
    DoubleQuestion,
    Exclamation,
    NotEqual,
    NotTilde,
    Assign,
    Equal,
    EqualTilde,
    Arrow,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    And,
    Or,
    Pipe,
    Caret,
    /// A character that belongs to nothing.
    Unknown,
    /// Before a statement that stands inside brackets which are never closed: they end here.
    Fence,
    End,
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: TextRange,
    /// How many `$` a multi-line string has before a hole; 0 for a string on one line, and for a multi-line one without holes
    /// it tells nothing.
    pub(super) dollars: u8,
}

/// What the lexer gives.
pub(super) struct Tokens {
    pub(super) list: Vec<Token>,
    pub(super) errors: Vec<SyntaxError>,
    pub(super) comments: Vec<Comment>,
}

/// An open `${`: brackets inside it that are open, and how the string around it goes on.
struct Hole {
    depth: u32,
    dollars: u8,
    start: u32,
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    holes: Vec<Hole>,
    out: Tokens,
}

/// All tokens of a text; the last is `End`.
pub(super) fn tokens(text: &str) -> Tokens {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        holes: Vec::new(),
        out: Tokens {
            list: Vec::with_capacity(text.len() / 5 + 1),
            errors: Vec::new(),
            comments: Vec::new(),
        },
    };
    lexer.run();
    lexer.out
}

/// Whether a line that starts with this word can be a statement.
pub(super) fn is_statement_word(word: &str) -> bool {
    matches!(
        word,
        "assert"
            | "extends"
            | "extension"
            | "extensionConfig"
            | "func"
            | "import"
            | "metadata"
            | "module"
            | "output"
            | "param"
            | "provider"
            | "resource"
            | "targetScope"
            | "test"
            | "type"
            | "using"
            | "var"
    )
}

impl Lexer<'_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            self.token();
        }
        for hole in std::mem::take(&mut self.holes) {
            let range = TextRange::new(hole.start, hole.start + 2);
            self.error("`${` is never closed", range);
        }
        self.push(TokenKind::End, self.at);
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.out.list.push(Token {
            kind,
            range: (start..self.at).into(),
            dollars: 0,
        });
    }

    fn error(&mut self, message: &str, range: TextRange) {
        self.out.errors.push(SyntaxError::new(message, range));
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self) {
        let start = self.at;
        match self.peek(0) {
            b' ' | b'\t' => self.at += 1,
            b'\n' | b'\r' => self.newline(),
            b'/' if matches!(self.peek(1), b'/' | b'*') => self.comment(),
            b'#' => self.line_comment(),
            b'\'' => self.quote(),
            b'$' if self.multi_line_marker().is_some() => self.quote(),
            b'0'..=b'9' => {
                self.take_while(|byte| byte.is_ascii_digit());
                self.push(TokenKind::Integer, start);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                self.push(TokenKind::Identifier, start);
            }
            b'}' if self.holes.last().is_some_and(|hole| hole.depth == 0) => self.resume_string(),
            _ => self.punctuation(),
        }
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) {
        while self.at < self.bytes.len() && accept(self.bytes[self.at]) {
            self.at += 1;
        }
    }

    /// Consumes one line end; several in a row are one token.
    fn newline(&mut self) {
        let start = self.at;
        self.take_while(|byte| matches!(byte, b'\n' | b'\r'));
        if !self.holes.is_empty() && self.at_statement() {
            // A hole that runs into the next statement was never closed: the string ends here.
            for hole in std::mem::take(&mut self.holes) {
                self.error(
                    "`${` is never closed",
                    TextRange::new(hole.start, hole.start + 2),
                );
            }
        }
        match self.out.list.last_mut() {
            Some(last) if last.kind == TokenKind::NewLine => last.range.end = self.at as u32,
            _ => self.push(TokenKind::NewLine, start),
        }
    }

    /// Whether the text here starts like a statement: a word of [`is_statement_word`], then white space and a name or quote.
    fn at_statement(&self) -> bool {
        let rest = &self.text[self.at..];
        let length = rest
            .find(|character: char| !character.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let behind = rest[length..].trim_start_matches([' ', '\t']);
        is_statement_word(&rest[..length])
            && behind.len() < rest.len() - length
            && behind.starts_with(|character: char| {
                character.is_ascii_alphabetic() || matches!(character, '_' | '\'' | '{' | '*')
            })
    }

    fn comment(&mut self) {
        if self.peek(1) == b'/' {
            return self.line_comment();
        }
        let start = self.at;
        if let Some(length) = memchr::memmem::find(&self.bytes[start + 2..], b"*/") {
            self.at = start + 2 + length + 2;
        } else {
            self.at = self.bytes.len();
            self.error("comment is never closed", (start..start + 2).into());
        }
        self.out.comments.push(Comment {
            range: (start..self.at).into(),
        });
    }

    /// `// …` or `#disable-next-line …`
    fn line_comment(&mut self) {
        let start = self.at;
        self.take_while(|byte| !matches!(byte, b'\n' | b'\r'));
        self.out.comments.push(Comment {
            range: (start..self.at).into(),
        });
    }

    /// How many `$` stand before a `'''` here.
    fn multi_line_marker(&self) -> Option<usize> {
        let rest = &self.bytes[self.at..];
        let dollars = rest.iter().take_while(|&&byte| byte == b'$').count();
        rest[dollars..].starts_with(b"'''").then_some(dollars)
    }

    /// The start of a string of any kind.
    fn quote(&mut self) {
        let start = self.at;
        if let Some(dollars) = self.multi_line_marker() {
            self.at += dollars + 3;
            return self.multi_line(start, dollars.min(255) as u8, TokenKind::StringWhole);
        }
        self.at += 1;
        self.single_line(start, TokenKind::StringWhole);
    }

    /// A `}` that closes a hole: the string around it goes on.
    fn resume_string(&mut self) {
        let start = self.at;
        self.at += 1;
        if let Some(hole) = self.holes.pop() {
            if hole.dollars == 0 {
                self.single_line(start, TokenKind::StringRight);
            } else {
                self.multi_line(start, hole.dollars, TokenKind::StringRight);
            }
        }
    }

    /// The text of a string on one line, to its end or the next hole. `whole` is the kind of the token when it ends here.
    fn single_line(&mut self, start: usize, whole: TokenKind) {
        loop {
            match self.peek(0) {
                b'\'' => {
                    self.at += 1;
                    return self.push(whole, start);
                }
                b'$' if self.peek(1) == b'{' => {
                    self.at += 2;
                    return self.open_hole(start, 0, whole);
                }
                b'\\'
                    if self.at + 1 < self.bytes.len() && !matches!(self.peek(1), b'\n' | b'\r') =>
                {
                    self.at += 2;
                }
                b'\n' | b'\r' => break,
                _ if self.at >= self.bytes.len() => break,
                _ => self.at += 1,
            }
        }
        // An escape may have ended inside a character.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        self.error("string is never closed", (start..self.at).into());
        self.push(whole, start);
    }

    fn multi_line(&mut self, start: usize, dollars: u8, whole: TokenKind) {
        let count = usize::from(dollars);
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"'''") {
                self.at += 3;
                // Up to two more quotes belong to the text: they stand before the closing three.
                self.take_while(|byte| byte == b'\'');
                self.push(whole, start);
                self.mark_dollars(dollars);
                return;
            }
            let marks = rest.iter().take_while(|&&byte| byte == b'$').count();
            if count > 0 && marks >= count && rest.get(marks) == Some(&b'{') {
                self.at += marks + 1;
                return self.open_hole(start, dollars, whole);
            }
            self.at += marks.max(1);
        }
        self.error("string is never closed", (start..start + 1).into());
        self.push(whole, start);
        self.mark_dollars(dollars);
    }

    fn mark_dollars(&mut self, dollars: u8) {
        if let Some(last) = self.out.list.last_mut() {
            last.dollars = dollars;
        }
    }

    fn open_hole(&mut self, start: usize, dollars: u8, whole: TokenKind) {
        let kind = if whole == TokenKind::StringWhole {
            TokenKind::StringLeft
        } else {
            TokenKind::StringMiddle
        };
        self.push(kind, start);
        self.mark_dollars(dollars);
        self.holes.push(Hole {
            depth: 0,
            dollars,
            start: self.at as u32 - 2,
        });
    }

    fn punctuation(&mut self) {
        let start = self.at;
        let (kind, length) = punctuation(&self.bytes[start..]);
        if kind == TokenKind::Unknown {
            let character = self.text[start..].chars().next();
            self.at += character.map_or(1, char::len_utf8);
            self.error("character not expected here", (start..self.at).into());
        } else {
            self.at += length;
        }
        if let Some(hole) = self.holes.last_mut() {
            match kind {
                TokenKind::LeftBrace => hole.depth += 1,
                TokenKind::RightBrace => hole.depth -= 1,
                _ => {}
            }
        }
        self.push(kind, start);
    }
}

/// The longest punctuation at the start, and its length.
fn punctuation(rest: &[u8]) -> (TokenKind, usize) {
    use TokenKind::*;
    const TABLE: &[(&[u8], TokenKind)] = &[
        (b"...", Ellipsis),
        (b".?", DotQuestion),
        (b"::", DoubleColon),
        (b"??", DoubleQuestion),
        (b"!=", NotEqual),
        (b"!~", NotTilde),
        (b"==", Equal),
        (b"=~", EqualTilde),
        (b"=>", Arrow),
        (b"<=", LessEqual),
        (b">=", GreaterEqual),
        (b"&&", And),
        (b"||", Or),
        (b"{", LeftBrace),
        (b"}", RightBrace),
        (b"(", LeftParen),
        (b")", RightParen),
        (b"[", LeftSquare),
        (b"]", RightSquare),
        (b"@", At),
        (b",", Comma),
        (b".", Dot),
        (b":", Colon),
        (b"?", Question),
        (b"!", Exclamation),
        (b"=", Assign),
        (b"<", Less),
        (b">", Greater),
        (b"+", Plus),
        (b"-", Minus),
        (b"*", Star),
        (b"/", Slash),
        (b"%", Percent),
        (b"|", Pipe),
        (b"^", Caret),
    ];
    TABLE
        .iter()
        .find(|(text, _)| rest.starts_with(text))
        .map_or((Unknown, 1), |(text, kind)| (*kind, text.len()))
}
