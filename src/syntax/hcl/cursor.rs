//! Words, blanks and comments.

/// Whether a character can be inside an identifier.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '-'
}

/// Whether a character can start an identifier.
pub(super) fn is_word_start(character: char) -> bool {
    character.is_alphabetic() || character == '_'
}

/// Where the comment at `at` ends: before the line end, or behind `*/`.
pub(super) fn comment_end(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(text.len(), |offset| at + offset + 2);
    }
    let line = rest.find('\n').map_or(text.len(), |offset| at + offset);
    if text[..line].ends_with('\r') {
        line - 1
    } else {
        line
    }
}
