//! Messages with `{Path}` in them.

use super::{Message, MessagePart, Selector};

impl Message {
    /// Reads a message; `{{` and `}}` are braces.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(behind) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = behind;
                continue;
            }
            if brace == "}" {
                return Err("`}` without `{`; write `}}` for a brace".to_owned());
            }
            let end = rest
                .find('}')
                .ok_or_else(|| "`{` is not closed; write `{{` for a brace".to_owned())?;
            if !plain.is_empty() {
                parts.push(MessagePart::Text(std::mem::take(&mut plain)));
            }
            parts.push(match &rest[..end] {
                "note" => MessagePart::Note,
                "value" => MessagePart::Deciding,
                path => MessagePart::Value(Selector::parse(path)?),
            });
            rest = &rest[end + 1..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(MessagePart::Text(plain));
        }
        Ok(Self(parts))
    }
}
