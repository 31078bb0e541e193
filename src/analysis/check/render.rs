//! Values as text for messages.

use palisade_model::{Kind, Reason, Reference, Target, Value};

/// The longest value a message shows, in characters.
const LONGEST: usize = 80;

/// A value for a message. A sensitive one is never shown.
pub(crate) fn value(value: &Value) -> String {
    let mut text = String::new();
    render(value, 0, &mut text);
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST - 1).collect();
        text.push('…');
    }
    text.replace('\n', " ")
}

/// A reference as its author would name it.
pub(crate) fn reference(reference: &Reference) -> String {
    let target = match &reference.target {
        Target::Address(address) => address.to_string(),
        Target::External(text) => text.to_string(),
    };
    if reference.attribute.is_empty() {
        target
    } else {
        format!("{target}.{}", reference.attribute)
    }
}

/// What stands for an unknown part of a text: `${var.env}` where it has a name.
fn placeholder(reason: &Reason) -> String {
    match reason {
        Reason::NoValue(what) | Reason::Computed(what) | Reason::DataSource(what) => {
            let name = what.rsplit(' ').next().unwrap_or_default();
            format!("${{{name}}}")
        }
        _ => "${…}".to_owned(),
    }
}

fn render(value: &Value, depth: usize, text: &mut String) {
    if value.sensitive {
        text.push_str("(sensitive)");
        return;
    }
    match &value.kind {
        Kind::Null => text.push_str("(not set)"),
        Kind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Kind::Number(number) => text.push_str(&number.to_string()),
        Kind::String(value) => text.push_str(value),
        Kind::Reference(value) => text.push_str(&reference(value)),
        Kind::Unknown(_) => text.push_str("(unknown)"),
        Kind::Template(parts) => {
            for part in parts.iter() {
                match &part.kind {
                    Kind::String(plain) => text.push_str(plain),
                    Kind::Unknown(unknown) => text.push_str(&placeholder(&unknown.reason)),
                    _ => {
                        text.push_str("${");
                        render(part, depth, text);
                        text.push('}');
                    }
                }
            }
        }
        Kind::Encoded(encoded) => render(&encoded.value, depth, text),
        Kind::List(_) | Kind::Map(_) if depth > 2 || text.len() > 2 * LONGEST => text.push('…'),
        Kind::List(items) => {
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push_str(", ");
                }
                render(item, depth + 1, text);
            }
        }
        Kind::Map(entries) => {
            text.push('{');
            for (position, (key, item)) in entries.iter().enumerate() {
                if position > 0 {
                    text.push_str(", ");
                }
                text.push_str(key);
                text.push_str(": ");
                render(item, depth + 1, text);
            }
            text.push('}');
        }
    }
}
